"""Whether ``info.version`` says what has changed (Semantic Versioning 2.0.0)."""

import re
from collections.abc import Iterable
from typing import Final

from chanx.asyncapi.diffing.change import Change

_VERSION: Final = re.compile(r"v?(\d{1,9})\.(\d{1,9})(?:\.(\d{1,9}))?(?:[-+].*)?")


def check_version(old: str, new: str, changes: Iterable[Change]) -> list[Change]:
    """Return a change if a version has to grow more than it does.

    Breaking changes need a major step, all others on the wire a minor one; below 1.0.0 a minor and
    a patch (clause 4, by custom).

    Args:
        old: The old document's ``info.version``.
        new: The new document's.
        changes: What has changed.
    """
    verdicts = {change.verdict for change in changes}
    step = 0 if "breaking" in verdicts else 1 if verdicts & {"review", "safe"} else 2
    before, after = _read(old), _read(new)
    if before is None or after is None:
        name = old if before is None else new
        sentence = f"The version {name!r} is not one of three numbers, and cannot be checked."
        return [_change("version-unknown", "review", sentence)] if step < 2 else []
    if before[0] == 0:
        step += 1
    least = _stepped(before, step) if step < 3 and verdicts - {"none"} else before
    if after >= least:
        return []
    kind = "breaking changes" if "breaking" in verdicts else "what has changed"
    wanted = ".".join(map(str, least))
    sentence = f"The version was {old}, and is {new}; {kind} ask for {wanted} at least."
    return [_change("version-too-small", "breaking", sentence)]


def _change(named: str, verdict: str, sentence: str) -> Change:
    at = "/info/version"
    return Change(
        id=named,
        verdict="breaking" if verdict == "breaking" else "review",
        place="",
        sentence=sentence,
        old_pointer=at,
        new_pointer=at,
    )


def _read(text: str) -> tuple[int, ...] | None:
    found = _VERSION.fullmatch(text)
    return tuple(int(part or 0) for part in found.groups()) if found else None


def _stepped(version: tuple[int, ...], index: int) -> tuple[int, ...]:
    return (*version[:index], version[index] + 1, *(0 for _ in version[index + 1 :]))


__all__ = ["check_version"]
