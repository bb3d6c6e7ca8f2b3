"""The range that a cell of numbers allows."""

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from chanx.asyncapi.diffing.cell import Cell, is_number
from chanx.asyncapi.walk import Schema, is_array


@dataclass(frozen=True, slots=True)
class Numbers:
    """The range of a cell of numbers; bounds of integers are inclusive and whole.

    Attributes:
        is_integer: Whether only integers are allowed.
        low: The lower bound, and whether it is itself excluded.
        high: The upper bound, likewise.
        steps: What values are multiples of.
    """

    is_integer: bool
    low: tuple[float, bool]
    high: tuple[float, bool]
    steps: tuple[float, ...]


def numbers_of(cell: Cell) -> Numbers:
    """Return the range of a cell of numbers."""
    is_integer = any(_names_integer(leaf) for leaf in cell.leaves)
    lows, highs, steps = [(-math.inf, False)], [(math.inf, False)], list[float]()
    for leaf in cell.leaves:
        lows += _bounds(leaf, "minimum", "exclusiveMinimum")
        highs += _bounds(leaf, "maximum", "exclusiveMaximum")
        steps += [step for step in [leaf.get("multipleOf")] if is_number(step) and step > 0]
    low = max(lows)
    high = min(highs, key=lambda bound: (bound[0], not bound[1]))
    if is_integer or any(float(step).is_integer() for step in steps):
        low, high = _whole(low, math.ceil, 1), _whole(high, math.floor, -1)
    return Numbers(is_integer, low, high, tuple(steps))


def is_multiple(step: float, of: float) -> bool:
    """Return whether each multiple of a step is one of another."""
    return (Fraction(str(step)) / Fraction(str(of))).denominator == 1


def multiple(step: float, count: int) -> float:
    """Return a multiple of a step, as it is written: three times 0.1 is 0.3."""
    found = Fraction(str(step)) * count
    return found.numerator if found.denominator == 1 else float(found)


def _names_integer(leaf: Schema) -> bool:
    given = leaf.get("type")
    return "number" not in given if is_array(given) and "integer" in given else given == "integer"


def _bounds(leaf: Schema, inclusive: str, exclusive: str) -> list[tuple[float, bool]]:
    given = ((leaf.get(word), word == exclusive) for word in (inclusive, exclusive))
    return [(bound, is_out) for bound, is_out in given if is_number(bound)]


def _whole(bound: tuple[float, bool], rounded: Any, step: int) -> tuple[float, bool]:
    value, is_out = bound
    if math.isinf(value):
        return bound
    return (value + step if is_out and float(value).is_integer() else rounded(value)), False


__all__ = ["Numbers", "is_multiple", "multiple", "numbers_of"]
