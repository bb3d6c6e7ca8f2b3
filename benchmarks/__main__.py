"""Measure, and show or write the table: ``python -m benchmarks --help``."""

import argparse
import asyncio
import sys
from importlib import import_module
from pathlib import Path
from typing import Final

from benchmarks import report
from benchmarks.plan import FULL, QUICK, Plan
from benchmarks.rounds import settle_allocators

README: Final = Path(__file__).with_name("README.md")
PARTS: Final = (
    *("echo", "django", "depending", "connect", "observing", "broadcast", "layers", "served"),
    *("memory", "documents", "testing"),
)
"""The modules that measure, in this order; imported when they do, after the arguments are read."""


def parse() -> argparse.Namespace:
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser("benchmarks", description="Measure chanx beside its peers.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"one of {', '.join(PARTS)}; all")
    parser.add_argument("--quick", action="store_true", help="tiny counts: does it all work?")
    parser.add_argument(
        "--check",
        action="store_true",
        help=f"fail if a target is missed by more than in the table of {README.name}",
    )
    parser.add_argument("--write", action="store_true", help=f"write the table to {README.name}")
    arguments = parser.parse_args()
    if unknown := set(arguments.parts) - {*PARTS}:
        parser.error(f"there is no {', '.join(sorted(unknown))}: name any of {', '.join(PARTS)}")
    if arguments.write and (arguments.quick or arguments.parts):
        parser.error("--write takes a full run: leave --quick and the parts out")
    return arguments


async def measure(parts: list[str], plan: Plan) -> list[report.Row]:
    """Measure some parts one after the other, and tell on standard error how it goes."""
    _settled = settle_allocators()
    rows: list[report.Row] = []
    for part in parts:
        print(f"measuring {part} ...", file=sys.stderr, flush=True)
        rows += await import_module(f"benchmarks.{part}").measure(plan)
    return rows


def main() -> int:
    """Run; return the exit code."""
    arguments = parse()
    machine = report.machine()
    rows = asyncio.run(measure(arguments.parts or [*PARTS], QUICK if arguments.quick else FULL))
    worse = report.regressed(rows, README)
    text = f"{machine}\n\n{report.table(rows)}"
    print(text)
    if arguments.write:
        report.write(README, text)
    if arguments.check and worse:
        print("worse than before:", *worse, sep="\n", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
