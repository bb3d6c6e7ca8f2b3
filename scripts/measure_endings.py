"""Stop every server under every load with every signal, and print how long that took.

``hatch run endings [SERVER ...]``: a row for each server and signal, a
column for each load, in seconds; a number of clients that were not told, or of ``disconnect`` that
did not run, stands behind it. Loopback only; about five minutes for all.
"""

import asyncio
import signal
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.served.endings import DRAIN, KINDS, LOADS, Ending, stopped


def shown(ending: Ending) -> str:
    """What a cell of the table says of an ending."""
    text = f"{ending.seconds:.1f}"
    untold = sum(code not in (1012, 4503) for code, _ in ending.closes)
    unended = ending.connections - len(ending.left)
    if ending.seconds > DRAIN + 2:
        text += " LATE"
    if untold:
        text += f" untold:{untold}"
    if unended:
        text += f" unended:{unended}"
    if "Traceback" in ending.output:
        text += f" tracebacks:{ending.output.count('Traceback')}"
    return text


async def main(kinds: list[str]) -> None:
    print(f"Handlers get {DRAIN} s; the end is to come within {DRAIN + 2} s.\n")
    print(f"| server, signal | {' | '.join(LOADS)} |\n|{' --- |' * (len(LOADS) + 1)}")
    with tempfile.TemporaryDirectory() as folder:
        for kind in kinds:
            for how in (signal.SIGTERM, signal.SIGINT):
                cells: list[str] = []
                for load in LOADS:
                    try:
                        cells.append(shown(await stopped(kind, load, how, Path(folder))))
                    except TimeoutError:
                        cells.append("NEVER")
                print(f"| {kind}, {how.name} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:] or [*KINDS]))
