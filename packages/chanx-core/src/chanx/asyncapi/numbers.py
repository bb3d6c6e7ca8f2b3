"""Numbers that JSON does not have: NaN and the infinities."""

import math
from collections.abc import Iterable
from typing import Any, Final, cast

from chanx.asyncapi.walk import Schema, is_object

WORDS: Final = ("NaN", "Infinity", "-Infinity")
"""What is sent for them where a class has ``ser_json_inf_nan="strings"``; else it is null.

In a union pydantic goes by the configuration of what holds the union, so that null is sent there.
"""

_LOWER: Final = frozenset({"minimum", "exclusiveMinimum"})
_UPPER: Final = frozenset({"maximum", "exclusiveMaximum"})


def number_schema(
    described: Schema, *, may_be_infinite: bool, spells_in_words: bool, is_sent: bool
) -> dict[str, Any]:
    """Return the JSON Schema of a float, with what stands for one that is not finite.

    Args:
        described: The schema of the finite ones.
        may_be_infinite: Whether there may be others; bounds on both sides leave none.
        spells_in_words: Whether they are spelled in words, which are accepted as well.
        is_sent: Whether the server sends it.
    """
    is_bounded = bool(_LOWER & described.keys() and _UPPER & described.keys())
    if not may_be_infinite or is_bounded or not (spells_in_words or is_sent):
        return dict(described)
    words = [{"type": "string", "enum": [*WORDS]}] if spells_in_words else []
    null = [{"type": "null"}] if is_sent else []
    return {"anyOf": [dict(described), *words, *null]}


def is_finite(value: object) -> bool:
    """Return whether a value of Python's holds no number that JSON does not have."""
    if is_object(value):
        return all(map(is_finite, value.values()))
    if isinstance(value, list | tuple | set | frozenset):
        return all(map(is_finite, cast(Iterable[object], value)))
    return not isinstance(value, float) or math.isfinite(value)


__all__ = ["WORDS", "is_finite", "number_schema"]
