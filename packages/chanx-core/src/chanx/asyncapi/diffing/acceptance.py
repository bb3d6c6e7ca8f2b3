"""Changes that are accepted on purpose, each with a reason: ``accepted.toml``."""

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from chanx.asyncapi.diffing.change import Change
from chanx.asyncapi.walk import is_array, is_object
from chanx.core.errors import ChanxError

_KEYS = frozenset({"fingerprint", "reason", "date"})


class AcceptanceError(ChanxError):
    """A file of accepted changes is not one; the text says what it has to be."""


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A change that is accepted.

    Attributes:
        fingerprint: That of the change.
        reason: Why, in the words of whoever accepts it.
        date: When, as it was written; "" for not told.
    """

    fingerprint: str
    reason: str
    date: str = ""


def read_acceptances(text: str) -> list[Acceptance]:
    """Return what a file accepts.

    Args:
        text: TOML, with a table ``[[accepted]]`` for each change.

    Raises:
        AcceptanceError: If it is not TOML, or a table is not a fingerprint with a reason.

    Example:
        >>> text = '[[accepted]]\\nfingerprint = "62c08637e479"\\nreason = "Nobody calls it."'
        >>> read_acceptances(text)
        [Acceptance(fingerprint='62c08637e479', reason='Nobody calls it.', date='')]
    """
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise AcceptanceError(f"it is not TOML: {error}.") from error
    tables = given.pop("accepted", [])
    if given or not is_array(tables):
        raise AcceptanceError("it has to consist of tables [[accepted]] and of nothing else.")
    return [_acceptance(table) for table in tables]


def _acceptance(table: Any) -> Acceptance:
    if not is_object(table) or not table.keys() <= _KEYS:
        raise AcceptanceError("each [[accepted]] has fingerprint, reason and perhaps date only.")
    fingerprint, reason = table.get("fingerprint"), table.get("reason")
    if not isinstance(fingerprint, str) or not isinstance(reason, str) or not reason.strip():
        raise AcceptanceError(
            "each [[accepted]] needs the fingerprint that the comparison shows, and a reason."
        )
    return Acceptance(fingerprint, reason, str(table.get("date", "")))


@dataclass(frozen=True, slots=True)
class Judged:
    """A change, and whether it is accepted.

    Attributes:
        change: The change.
        acceptance: What accepts it; None if nothing does.
    """

    change: Change
    acceptance: Acceptance | None


def judge(
    changes: Iterable[Change], acceptances: Sequence[Acceptance]
) -> tuple[list[Judged], list[Acceptance]]:
    """Return changes with what accepts them, and what accepts a change that is not there.

    Args:
        changes: The changes; only breaking ones and those for review need to be accepted.
        acceptances: What is accepted.
    """
    by_fingerprint = {item.fingerprint: item for item in acceptances}
    used = set[str]()
    judged = list[Judged]()
    for change in changes:
        acceptance = None
        if change.verdict in ("breaking", "review"):
            acceptance = by_fingerprint.get(change.fingerprint)
        if acceptance is not None:
            used.add(acceptance.fingerprint)
        judged.append(Judged(change, acceptance))
    return judged, [item for item in acceptances if item.fingerprint not in used]


__all__ = ["Acceptance", "AcceptanceError", "Judged", "judge", "read_acceptances"]
