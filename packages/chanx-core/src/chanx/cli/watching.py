"""Writing a client again whenever what it is made of changes."""

import subprocess
import sys
import time
from argparse import Namespace
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from chanx.cli.files import STANDARD, refuse_address, write
from chanx.cli.references import is_file

_INTERVAL: Final = 0.3
"""Seconds between two looks."""

_PASSED: Final = frozenset({"__pycache__", "node_modules", "site-packages", "venv"})
_MOST: Final = 20_000
"""Files; of more, the first are looked at."""


def watch(options: Namespace) -> int:
    """Write a client now, and whenever files change, until the user interrupts.

    Each time is a process of its own, which imports the application anew.

    Args:
        options: The arguments of ``chanx asyncapi client``; ``arguments`` are as they were given.

    Raises:
        CommandError: If the document is at an address, which nobody watches.
    """
    refuse_address(options.document or "")
    arguments = [argument for argument in options.arguments if argument != "--watch"]
    command = [sys.executable, "-c", "from chanx.cli import main; raise SystemExit(main())"]
    seen: dict[Path, float] | None = None
    try:
        while True:
            found = _times(options)
            if found != seen:
                seen = found
                subprocess.run([*command, *arguments], check=False)
                write(STANDARD, "Waiting for changes.\n")
            time.sleep(_INTERVAL)
    except KeyboardInterrupt:
        return 0


def _times(options: Namespace) -> dict[Path, float]:
    """Return when the files were changed of which the client is made."""
    name: str | None = options.document
    watched: Iterable[Path] = _below(Path(), {".py"})
    if name is not None and is_file(name):
        watched = _below(Path(name).parent, {".json", ".yaml", ".yml"})
    found: dict[Path, float] = {}
    output = Path(options.output).resolve()
    for path in (*watched, *([Path(options.patch)] if options.patch else [])):
        if len(found) < _MOST and output not in path.resolve().parents:
            try:
                found[path] = path.stat().st_mtime_ns
            except OSError:
                continue
    return found


def _below(folder: Path, suffixes: set[str]) -> Iterator[Path]:
    try:
        paths = sorted(folder.iterdir())
    except OSError:  # it is not there yet, or not any more
        return
    for path in paths:
        if path.name.startswith(".") or path.name in _PASSED:
            continue
        if path.is_dir() and not path.is_symlink():
            yield from _below(path, suffixes)
        elif path.suffix in suffixes:
            yield path


__all__ = ["watch"]
