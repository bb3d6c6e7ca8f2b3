"""Documents that a user names on the command line: files, files in git, applications."""

import re
import subprocess
from pathlib import Path
from typing import Any, Final

from chanx.cli.applications import document_of
from chanx.cli.errors import CommandError
from chanx.cli.files import read
from chanx.cli.parsing import parse_document

_GIT: Final = re.compile(r"git:(?P<ref>[^:]+):(?P<path>.+)")
_APPLICATION: Final = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*")


def load_document(name: str | None) -> dict[str, Any]:
    """Return the document that a user names.

    Args:
        name: A file; ``-`` for the standard input; ``git:REF:PATH`` for a file as it is in a
            commit, by its path from here; ``module:app`` for an application; None for the one that
            a framework's settings name.

    Raises:
        CommandError: If there is no such document.
    """
    if name is None or is_application(name):
        return parse_document(
            "the document.json", document_of(name, {}, is_factory_named=False).json
        )
    if found := _GIT.fullmatch(name):
        return parse_document(found["path"], _from_git(found["ref"], found["path"]))
    return parse_document(name, read(name))


def is_application(name: str) -> bool:
    """Return whether a name is that of an application.

    Args:
        name: What a user names.
    """
    return bool(_APPLICATION.fullmatch(name)) and not Path(name).exists()


def is_file(name: str) -> bool:
    """Return whether a name is that of a file.

    Args:
        name: What a user names.
    """
    return name != "-" and not is_application(name) and not _GIT.fullmatch(name)


def _from_git(ref: str, path: str) -> str:
    if ref.startswith("-"):
        raise CommandError(f"{ref!r} is not the name of a commit.")
    command = ["git", "cat-file", "blob", f"{ref}:./{path}"]
    try:
        found = subprocess.run(command, capture_output=True, check=False)
    except OSError as error:
        raise CommandError(f"git cannot be run: {error.strerror}.") from error
    if found.returncode:
        reason = " ".join(found.stderr.decode("utf-8", "replace").split())
        raise CommandError(
            f"{path} cannot be read from {ref}: {reason.removesuffix('.')}. "
            "Commit it first; a clone in CI needs the commit too."
        )
    try:
        return found.stdout.decode("utf-8-sig")
    except ValueError as error:
        raise CommandError(f"{path} of {ref} is not UTF-8: {error}") from error


__all__ = ["is_application", "is_file", "load_document"]
