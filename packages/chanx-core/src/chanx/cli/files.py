"""Files that commands read and write."""

import os
import re
import sys
from errno import EBADF
from pathlib import Path
from shlex import quote
from typing import BinaryIO, Final, TextIO

from chanx.cli.errors import CommandError

STANDARD: Final = "-"
"""The name of the standard input and output."""

_ADDRESS: Final = re.compile(r"https?://", re.IGNORECASE)


def read(name: str) -> str:
    """Return the text of a file, or of the standard input.

    Args:
        name: The file's path; ``-`` for the standard input.

    Raises:
        CommandError: If it cannot be read, or is not UTF-8, or is the address of another host.
    """
    refuse_address(name)
    try:
        content = _opened(sys.stdin).read() if name == STANDARD else Path(name).read_bytes()
        return content.decode("utf-8-sig")
    except (OSError, ValueError) as error:  # a path with a NUL is a ValueError
        reason = error.strerror if isinstance(error, OSError) else error
        raise CommandError(f"{name} cannot be read: {reason}") from error


def refuse_address(name: str) -> None:
    """Refuse what names no file, but an address of HTTP.

    Args:
        name: What a user names.

    Raises:
        CommandError: If it is one; the text says how to make it a file.
    """
    if _ADDRESS.match(name):
        kind = "yaml" if name.endswith((".yaml", ".yml")) else "json"
        raise CommandError(
            "No other host is asked. Fetch the document, and name the file: "
            f"curl -fsS {quote(name)} -o asyncapi.{kind}"
        )


def write(name: str, text: str) -> None:
    """Write a text to a file, or to the standard output, as UTF-8.

    Args:
        name: The file's path; ``-`` for the standard output.
        text: The text.

    Raises:
        CommandError: If it cannot be written.
    """
    try:
        content = text.encode()
        if name == STANDARD:
            _write_out(content)
        else:
            Path(name).write_bytes(content)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise CommandError(f"{name} cannot be written: {reason}") from error


def _opened(stream: TextIO | None) -> BinaryIO:
    """Return a standard stream; the interpreter has None for one that its parent closed."""
    if stream is None:
        raise OSError(EBADF, os.strerror(EBADF))
    return stream.buffer


def _write_out(content: bytes) -> None:
    out = _opened(sys.stdout)
    try:
        out.write(content)
        out.flush()
    except OSError:
        # The interpreter flushes once more when it ends, and would tell of the same error.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise


__all__ = ["STANDARD", "read", "refuse_address", "write"]
