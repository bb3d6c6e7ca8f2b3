"""What a project's ``pyproject.toml`` says of the linter: the table ``[tool.chanx.lint]``."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from chanx.asyncapi.linting import RULES, SEVERITIES
from chanx.asyncapi.linting.grammar import nearest
from chanx.asyncapi.walk import is_array, is_object
from chanx.cli.errors import CommandError
from chanx.cli.reports import FORMATS

NEVER: Final = "never"
"""The value of ``fail-on`` by which findings never are a failure."""

FAIL_ON: Final = (*SEVERITIES, NEVER)


@dataclass(frozen=True, slots=True)
class LintSettings:
    """What is said of the linter.

    Attributes:
        fail_on: The least severity by which the exit code is 1; ``"never"`` for none.
        format: How findings are written.
        ignore: Codes that are not told.
    """

    fail_on: str = "error"
    format: str = "text"
    ignore: frozenset[str] = frozenset()


def read_settings(folder: Path) -> LintSettings:
    """Return what the nearest ``pyproject.toml`` with the table says, in a folder or above it.

    Args:
        folder: The folder.

    Raises:
        CommandError: If it cannot be read, or says what does not exist.
    """
    for place in (folder, *folder.parents):
        path = place / "pyproject.toml"
        if not path.is_file():
            continue
        try:
            found: Any = tomllib.loads(path.read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise CommandError(f"{path} cannot be read: {error}") from error
        for key in ("tool", "chanx", "lint"):
            found = found.get(key) if is_object(found) else None
        if is_object(found):
            return _settings(str(path), found)
    return LintSettings()


def _settings(path: str, table: dict[str, Any]) -> LintSettings:
    for key in table:
        if key not in ("fail-on", "format", "ignore"):
            raise CommandError(f"{path}: [tool.chanx.lint] has fail-on, format, ignore; not {key}.")
    ignore = table.get("ignore", [])
    if not is_array(ignore) or not all(isinstance(code, str) for code in ignore):
        raise CommandError(f"{path}: ignore of [tool.chanx.lint] is a list of codes.")
    for key, known in (("fail-on", FAIL_ON), ("format", tuple(FORMATS))):
        if key in table and table[key] not in known:
            raise CommandError(f"{path}: {key} of [tool.chanx.lint] is one of {', '.join(known)}.")
    return LintSettings(
        table.get("fail-on", "error"), table.get("format", "text"), known_codes(ignore, path)
    )


def known_codes(codes: Iterable[str], where: str) -> frozenset[str]:
    """Return codes of rules.

    Args:
        codes: The codes.
        where: Where they are named, for the error.

    Raises:
        CommandError: If there is no such rule: ignoring it would hide nothing, without a word.
    """
    for code in codes:
        if code not in RULES:
            hint = nearest(code, RULES) or "docs/lint.md has all codes."
            raise CommandError(f"{where}: {code} is not a rule of the linter. {hint}")
    return frozenset(codes)


__all__ = ["FAIL_ON", "NEVER", "LintSettings", "known_codes", "read_settings"]
