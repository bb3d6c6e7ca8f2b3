"""Flags: the numbers that stand for combinations of their members."""

import enum
from collections.abc import Sequence
from typing import Any, Final, TypeGuard

_MOST_LISTED: Final = 8
"""Bits whose combinations are listed where no range is right, up to 256 of them."""

_LARGEST: Final = 2**63 - 1
"""What pydantic looks up in an enumeration, negative numbers left out."""


def is_flag(kind: type[Any]) -> TypeGuard[type[enum.Flag]]:
    """Return whether an enumeration's members combine."""
    return issubclass(kind, enum.Flag)


def flag_schema(kind: type[enum.Flag]) -> dict[str, Any]:
    """Return the JSON Schema of a flag's combinations.

    An ``IntFlag`` keeps bits that no member has, and so do flags whose boundary is ``KEEP`` or
    ``EJECT``: any number of 64 bits is one, and none is sent that is negative. Of others, only what
    members make up.

    Args:
        kind: The flag.

    Example:
        >>> class Access(enum.Flag):
        ...     READ = 1
        ...     WRITE = 2
        >>> flag_schema(Access)
        {'type': 'integer', 'minimum': 0, 'maximum': 3}
    """
    described: dict[str, Any] = {"type": "integer", "minimum": 0}
    boundary: enum.FlagBoundary = vars(kind)["_boundary_"]
    if boundary in (enum.KEEP, enum.EJECT):
        return {**described, "maximum": _LARGEST}
    bits = sorted(member.value for member in kind)
    lowest = bits[0] if bits else 1
    if all(bit == lowest << index for index, bit in enumerate(bits)):
        described["maximum"] = sum(bits)
        return described if lowest == 1 else {**described, "multipleOf": lowest}
    if len(bits) <= _MOST_LISTED:
        return {"type": "integer", "enum": _combinations(bits)}
    return {
        **described,
        "maximum": sum(bits),
        "description": f"Made of {', '.join(map(str, bits))}.",
    }


def _combinations(bits: Sequence[int]) -> list[int]:
    found = [0]
    for bit in bits:
        found += [number | bit for number in found]
    return found


__all__ = ["flag_schema", "is_flag"]
