"""Are two schemas the same, but for names, order and prose? For what is compared as a whole."""

import json
import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, Final

from chanx.asyncapi.diffing.cell import Cell
from chanx.asyncapi.diffing.ranges import numbers_of
from chanx.asyncapi.diffing.terms import Side
from chanx.asyncapi.walk import SCHEMA_KEYWORDS, Schema, is_array, is_object

_MAX_SCHEMAS: Final = 100
"""So many may belong to what is compared as a whole."""

_PROSE: Final = frozenset(
    {"title", "description", "examples", "default", "deprecated", "$comment", "definitions", "$id"}
)
_SAYING_NOTHING: Final[Mapping[str, tuple[Any, ...]]] = {
    **dict.fromkeys(("items", "additionalItems", "additionalProperties"), (True, {})),
    **dict.fromkeys(("minItems", "minLength", "minProperties"), (0,)),
    **dict.fromkeys(("properties", "patternProperties", "dependencies"), ({},)),
    "required": ([],),
    "uniqueItems": (False,),
}
"""By keywords, the values that say no more than their absence does."""

_MAPPINGS: Final = frozenset({"dependencies", "patternProperties", "properties"})
_UNIONS: Final = frozenset({"allOf", "anyOf", "oneOf"})
_UNORDERED: Final = frozenset({"required", "enum", "type", "allOf", "anyOf", "oneOf"})
_RANGE: Final = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"})


def are_same(side: Side, one: object, other_side: Side, other: object) -> bool:
    """Return whether two schemas are the same.

    Args:
        side: The schemas of the one's document.
        one: A schema.
        other_side: The schemas of the other's document.
        other: The other schema.
    """
    return _Comparison(side, other_side).of_schemas(one, other)


class _Comparison:
    """Takes for granted, within a circle of references, what it is asked already."""

    def __init__(self, side: Side, other_side: Side) -> None:
        self._side = side
        self._other_side = other_side
        self._assumed: set[tuple[int, int]] = set()

    def of_schemas(self, given: Any, other_given: Any) -> bool:
        one, other = _unwrapped(self._side, given), _unwrapped(self._other_side, other_given)
        if not is_object(one) or not is_object(other):
            return type(one) is type(other) and one == other
        if (id(one), id(other)) in self._assumed:
            return True
        if len(self._assumed) > _MAX_SCHEMAS:
            return False
        before = set(self._assumed)
        self._assumed.add((id(one), id(other)))
        one, other = _spelled(self._side, one), _spelled(self._other_side, other)
        keys = {*one, *other}
        if all(
            key in one and key in other and self._of_keyword(key, one[key], other[key])
            for key in keys
        ):
            return True
        self._assumed = before
        return False

    def _of_keyword(self, key: str, one: Any, other: Any) -> bool:
        are_same = self.of_schemas if key in SCHEMA_KEYWORDS else _of_data
        if key in _MAPPINGS and is_object(one) and is_object(other):
            return _of_mappings(one, other, self._of_part)
        if is_array(one) and is_array(other):
            if key in _UNORDERED:
                return _of_sets(one, other, are_same)
            if key in SCHEMA_KEYWORDS:
                return len(one) == len(other) and all(map(are_same, one, other))
        return are_same(one, other)

    def _of_part(self, one: Any, other: Any) -> bool:
        """Compare what stands under a property; dependencies may be lists of names."""
        one, other = ({"required": part} if is_array(part) else part for part in (one, other))
        return self.of_schemas(one, other)


def _unwrapped(side: Side, given: Any) -> Any:
    """Return a schema, or the only one that it consists of."""
    for _ in range(_MAX_SCHEMAS):
        given = side.target(given)
        if not is_object(given):
            break
        word = next(iter(keys)) if len(keys := _meant(given)) == 1 else ""
        parts = given.get(word)
        if word not in _UNIONS or not is_array(parts) or len(parts) != 1:
            break
        given = parts[0]
    return given


def _meant(schema: Schema) -> set[str]:
    """Return the keywords that say something of values."""
    return {
        key
        for key, value in schema.items()
        if not (key in _PROSE or key.startswith("x-") or value in _SAYING_NOTHING.get(key, ()))
    }


def _spelled(side: Side, schema: Schema) -> dict[str, Any]:
    """Return what a schema says, in one of the spellings that there are for it."""
    said = {key: schema[key] for key in _meant(schema)}
    if "const" in said and "enum" not in said:
        said["enum"] = [said.pop("const")]
    for word in ("anyOf", "oneOf"):
        if said.keys() == {word} and is_array(said[word]):
            parts = [_unwrapped(side, part) for part in said[word]]
            if all(is_object(part) and _meant(part) == {"type"} for part in parts):
                said = {"type": [part["type"] for part in parts]}
    if is_array(kinds := said.get("type")) and len(kinds) == 1:
        said["type"] = kinds[0]
    if _RANGE & said.keys():
        numbers = numbers_of(Cell(side, "number", (said,)))
        said = {key: value for key, value in said.items() if key not in _RANGE}
        said |= {"low": _exact(numbers.low), "high": _exact(numbers.high)}
    return said


def _exact(bound: tuple[float, bool]) -> tuple[str, bool]:
    """Return a bound by its digits, of which 1 and 1.0 have the same."""
    value, is_out = bound
    return str(value if math.isinf(value) else Fraction(value)), is_out


def _of_mappings(
    one: Mapping[str, Any], other: Mapping[str, Any], are_same: Callable[[Any, Any], bool]
) -> bool:
    return one.keys() == other.keys() and all(are_same(one[key], other[key]) for key in one)


def _of_sets(one: list[Any], other: list[Any], are_same: Callable[[Any, Any], bool]) -> bool:
    left = dict(enumerate(other))
    for item in one:
        index = next((index for index, part in left.items() if are_same(item, part)), None)
        if index is None:
            return False
        del left[index]
    return not left


def _of_data(one: Any, other: Any) -> bool:
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


__all__ = ["are_same"]
