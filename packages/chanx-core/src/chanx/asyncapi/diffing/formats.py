"""Reports as text: for terminals, programs, pull requests, GitHub's log and test reports."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal
from xml.etree import ElementTree

from chanx.asyncapi.diffing.acceptance import Judged
from chanx.asyncapi.diffing.change import Change, Verdict
from chanx.asyncapi.diffing.report import Report

Format = Literal["text", "json", "markdown", "github", "junit"]

_LONGEST_WITNESS: Final = 400
_NOT_IN_XML: Final = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(report: Report, kind: Format) -> str:
    """Return a report as text, with a newline at its end.

    Args:
        report: The report.
        kind: ``"text"`` for terminals, ``"json"`` for programs, ``"markdown"`` for comments,
            ``"github"`` for the workflow commands of GitHub Actions, ``"junit"`` for test reports.
    """
    return _FORMATS[kind](report)


def _text(report: Report) -> str:
    lines = list[str]()
    for item in report.judged:
        change = item.change
        head = [f"{_verdict(item):<9}", f"{change.id:<24}", *_where(change)]
        lines.append("  ".join(part for part in head if part).rstrip())
        lines.append(f"{'':<11}{change.sentence}{_shown(change)}")
        if item.acceptance:
            lines.append(f"{'':<11}Accepted: {item.acceptance.reason}")
        elif change.verdict in ("breaking", "review"):
            lines.append(f"{'':<11}fingerprint {change.fingerprint}")
    lines += [f"stale      {item.fingerprint}  {item.reason}" for item in report.stale]
    lines.append(_summary(report))
    return "".join(f"{_printable(line)}\n" for line in lines)


def _verdict(item: Judged) -> str:
    return "accepted" if item.acceptance else item.change.verdict


def _where(change: Change) -> list[str]:
    message = f'{change.sender} sends "{change.message}"' if change.sender else change.message
    return [part for part in (change.place, message, change.path) if part]


def _shown(change: Change) -> str:
    """Return the witness with what it means, as the end of a sentence; "" without one."""
    if not change.witness:
        return ""
    text = json.dumps(change.witness[0], ensure_ascii=False)
    if len(text) > _LONGEST_WITNESS:
        text = f"{text[:_LONGEST_WITNESS]}... ({len(text)} characters)"
    is_bad = change.verdict in ("breaking", "review")
    if change.sender == "server":
        meaning = "Was not allowed, may be sent" if is_bad else "Might be sent, is not any more"
    else:
        meaning = "Was accepted, is refused" if is_bad else "Was refused, is accepted"
    return f" {meaning}: {text}"


def _summary(report: Report) -> str:
    counts = report.counts()
    words: dict[Verdict, str] = {"breaking": "breaking", "review": "for review", "safe": "safe"}
    parts = [f"{counts[verdict]} {word}" for verdict, word in words.items() if counts[verdict]]
    accepted = sum(item.acceptance is not None for item in report.judged)
    parts += [f"{accepted} of them accepted"] if accepted else []
    parts += [f"{len(report.stale)} accepted that are not there"] if report.stale else []
    return f"{', '.join(parts)}." if parts else "Nothing has changed on the wire."


def _printable(text: str) -> str:
    """Return a text as one line; what keys and values may hold besides is escaped."""
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)


def _json(report: Report) -> str:
    changes = [_as_json(item) for item in report.judged]
    given = {
        "old": report.old,
        "new": report.new,
        "verdict": report.verdict,
        "failed": report.is_failed,
        "counts": report.counts(),
        "changes": changes,
        "stale": [
            {"fingerprint": item.fingerprint, "reason": item.reason, "date": item.date}
            for item in report.stale
        ],
    }
    return json.dumps(given, indent=2) + "\n"


def _as_json(item: Judged) -> dict[str, Any]:
    change = item.change
    made: dict[str, Any] = {
        "id": change.id,
        "verdict": change.verdict,
        "place": change.place,
        "sender": change.sender or None,
        "message": change.message or None,
        "path": change.path,
        "sentence": change.sentence,
        "old_pointer": change.old_pointer or None,
        "new_pointer": change.new_pointer or None,
        "fingerprint": change.fingerprint,
        "accepted": item.acceptance.reason if item.acceptance else None,
    }
    if change.witness:  # which may be null
        made["witness"] = change.witness[0]
    return made


def _markdown(report: Report) -> str:
    lines = ["### Changes of the AsyncAPI document", ""]
    if report.judged:
        lines += ["| verdict | change | where | what |", "| --- | --- | --- | --- |"]
    for item in report.judged:
        change = item.change
        where = " ".join(_code(part) for part in _where(change))
        said = _cell(change.sentence + _shown(change))
        if item.acceptance:
            said += f" *Accepted:* {_cell(item.acceptance.reason)}"
        elif change.verdict in ("breaking", "review"):
            said += f" (`{change.fingerprint}`)"
        lines.append(f"| **{_verdict(item)}** | {_code(change.id)} | {where} | {said} |")
    lines += [""] if report.judged else []
    lines += [f"- stale: `{item.fingerprint}` {_cell(item.reason)}" for item in report.stale]
    lines.append(_summary(report))
    return "".join(f"{line}\n" for line in lines)


def _cell(text: str) -> str:
    escaped = re.sub(r"([\\`*_{}\[\]<>|#])", r"\\\1", _printable(text))
    return escaped.replace("@", "@\u200b")  # nobody is to be notified


def _code(text: str) -> str:
    plain = _printable(text).replace("`", "'").replace("|", "\\|")
    return f"`{plain}`"


def _github(report: Report) -> str:
    levels = {"breaking": "error", "review": "warning", "safe": "notice", "none": "notice"}
    lines = list[str]()
    for item in report.judged:
        change = item.change
        level = "notice" if item.acceptance else levels[change.verdict]
        file = f"file={_property(report.new_file)}," if report.new_file else ""
        said = f"{' '.join(_where(change))}: {change.sentence}{_shown(change)}"
        if not item.acceptance and change.verdict in ("breaking", "review"):
            said += f" (fingerprint {change.fingerprint})"
        lines.append(f"::{level} {file}title={_property(change.id)}::{_data(said)}")
    for stale in report.stale:
        lines.append(f"::warning title=stale::{_data(f'{stale.fingerprint} {stale.reason}')}")
    return "".join(f"{line}\n" for line in (*lines, _summary(report)))


def _data(text: str) -> str:
    return _printable(text).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _junit(report: Report) -> str:
    failures = sum(map(report.fails, report.judged))
    counts = {"tests": str(max(1, len(report.judged))), "failures": str(failures)}
    suite = ElementTree.Element("testsuite", {"name": "chanx asyncapi diff", **counts})
    for item in report.judged:
        change = item.change
        name = " ".join([change.id, *_where(change)[1:]])
        place = change.place or "document"
        case = ElementTree.SubElement(
            suite, "testcase", {"classname": _xml(place), "name": _xml(name)}
        )
        said = _xml(f"{change.sentence}{_shown(change)}")
        if report.fails(item):
            failure = {"type": change.verdict, "message": said}
            ElementTree.SubElement(
                case, "failure", failure
            ).text = f"fingerprint {change.fingerprint}"
        elif item.acceptance:
            ElementTree.SubElement(case, "skipped", {"message": _xml(item.acceptance.reason)})
        else:
            ElementTree.SubElement(case, "system-out").text = said
    if not report.judged:
        ElementTree.SubElement(suite, "testcase", {"classname": "document", "name": "unchanged"})
    ElementTree.indent(suite)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=False) + "\n"


def _xml(text: str) -> str:
    return _NOT_IN_XML.sub("\ufffd", _printable(text))


_FORMATS: Final[Mapping[Format, Callable[[Report], str]]] = {
    "text": _text,
    "json": _json,
    "markdown": _markdown,
    "github": _github,
    "junit": _junit,
}

__all__ = ["Format", "render"]
