"""The parts of pages that are made of the code: ``python scripts/generated_parts.py`` writes them.

A part stands between ``<!-- generated: NAME -->`` and ``<!-- end of generated -->``.
"""

import argparse
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final, cast, get_args

from chanx.cli.main import parser
from chanx.core.close_codes import SUBSTITUTES, CloseCode, Retry, verdict_of
from chanx.messages import ERROR_TEXTS, ErrorCode

DOCS: Final = Path(__file__).resolve().parent.parent / "docs"
PART: Final = re.compile(
    r"(<!-- generated: ([\w-]+) -->\n).*?(<!-- end of generated -->\n)", re.DOTALL
)


def error_codes() -> Iterator[str]:
    yield "| code | what it means |\n| --- | --- |\n"
    for code in get_args(ErrorCode):
        yield f"| `{code}` | {ERROR_TEXTS[code]} |\n"


def close_codes() -> Iterator[str]:
    yield "| code | name in `CloseCode` | what it means | a client |\n| --- | --- | --- | --- |\n"
    for code in CloseCode:
        yield f"| {code:d} | `{code.name}` | {code.description} | {advice(code)} |\n"


ADVICE: Final[Mapping[Retry, str]] = {
    "never": "changes something first",
    "refresh": "comes back with new credentials",
    "backoff": "comes back, with back-off",
    "spread": "comes back when the reason says, and with back-off where it says nothing",
}


def advice(code: CloseCode) -> str:
    """What a client does after a close."""
    return "is done" if code is CloseCode.NORMAL else ADVICE[verdict_of(code)]


def substitutes() -> Iterator[str]:
    yield "| asked for | sent by daphne |\n| --- | --- |\n"
    for code, substitute in SUBSTITUTES.items():
        yield f"| {code} | {substitute:d} |\n"


FIGURES: Final = (
    "echo of 97 bytes, latency",
    "echo of 97 bytes, pipelined",
    "echo of 4 KiB, small objects, latency",
    "in Django, echo of 97 bytes, latency",
    "connect, accept, disconnect",
    "broadcast to 1,000 members",
    "50 connections echoing under uvicorn, throughput",
    "50 connections echoing under uvicorn, p99",
    "memory per idle connection under uvicorn, 1,000 open",
)
"""The rows of the benchmarks that one asks for first."""


def figures() -> Iterator[str]:
    """Some of the benchmarks' rows, with the machine that they were measured on."""
    text = (DOCS.parent / "benchmarks" / "README.md").read_text("utf-8")
    results = text.partition("<!-- results -->\n")[2]
    rows = dict(re.findall(r"^\| (.+?) \| (.*) \|$", results, re.MULTILINE))
    machine, _, _ = results.partition("\n")
    yield f"{machine}:\n\n| measured | chanx | beside |\n| --- | --- | --- |\n"
    for title in FIGURES:
        chanx, target, _verdict, beside = rows[title].split(" | ")
        base = re.sub(r"^at (?:most|least) (?:\+?[\d.]+ (?:x|KiB)(?: over)?) ", "", target)
        yield f"| {title} | {chanx.replace(' x', f' x {base}')} | {beside} |\n"


def command_line() -> Iterator[str]:
    """A section for each command, with a table of its arguments."""
    for name, command in commands("chanx", parser()):
        yield f"## `{name}`\n\n{command.description}\n\n| argument | |\n| --- | --- |\n"
        for action in command._actions:  # noqa: SLF001 - argparse has no other way to its arguments
            yield f"| {spelled(action)} | {action.help} |\n"
        yield "\n"


def spelled(action: argparse.Action) -> str:
    """An argument as one writes it."""
    value = action.metavar or (action.choices and f"{{{','.join(action.choices)}}}") or action.dest
    if not action.option_strings:
        return f"`[{value}]`" if action.nargs == "?" else f"`{value}`"
    takes = "" if action.nargs == 0 else f" {value}"
    return ", ".join(f"`{option}{takes}`" for option in action.option_strings)


def commands(
    name: str, command: argparse.ArgumentParser
) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """A command, or those that stand below it."""
    actions = command._actions  # noqa: SLF001 - argparse has no other way to them
    choices = (cast("object", action.choices) for action in actions)
    below = [
        cast("dict[str, argparse.ArgumentParser]", each) for each in choices if type(each) is dict
    ]
    if not below:
        yield name, command
    for parsers in below:
        for inner, each in parsers.items():
            yield from commands(f"{name} {inner}", each)


PARTS: Final[Mapping[str, Callable[[], Iterator[str]]]] = {
    "close-codes": close_codes,
    "command-line": command_line,
    "error-codes": error_codes,
    "figures": figures,
    "substitutes": substitutes,
}


def page(text: str) -> str:
    """The text of a page with its parts as the code has them."""

    def made(found: re.Match[str]) -> str:
        return f"{found[1]}\n{''.join(PARTS[found[2]]()).rstrip()}\n\n{found[3]}"

    return PART.sub(made, text)


def pages() -> Iterator[Path]:
    """The pages that have such parts."""
    for path in sorted(DOCS.rglob("*.md")):
        if PART.search(path.read_text("utf-8")):
            yield path


if __name__ == "__main__":
    for path in pages():
        path.write_text(page(path.read_text("utf-8")), "utf-8")
