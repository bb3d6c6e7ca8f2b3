"""What a term allows of one type of JSON, with the constraints of all its schemas merged."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from chanx.asyncapi.diffing.terms import (
    NOTHING,
    TEXT,
    Leaves,
    Side,
    Term,
    kind_of,
    kinds_of,
    values_of,
)
from chanx.asyncapi.validation import matches
from chanx.asyncapi.walk import Schema, array_of, is_array, object_of

_OTHER: Final = ("not", "if", "oneOf", "contains", "dependencies")
"""Keywords whose meaning is only compared as a whole."""

_OF_KIND: Final[Mapping[str, frozenset[str]]] = {
    "contains": frozenset({"array"}),
    "dependencies": frozenset({"object"}),
}


@dataclass(frozen=True, slots=True)
class Cell:
    """What one alternative allows of one type.

    Attributes:
        side: The schemas of its document.
        kind: The type of JSON; ``"values"`` for a list of values, whatever their types.
        leaves: The schemas that hold together.
        values: The values, all of them; empty for other kinds.
    """

    side: Side
    kind: str
    leaves: Leaves
    values: tuple[Any, ...] = ()

    def strictest(self, keyword: str, *, is_lower: bool) -> float:
        """Return the largest lower or the smallest upper bound that leaves set.

        Args:
            keyword: Such as ``minLength``.
            is_lower: Whether it is a lower bound, of which 0 is the least.
        """
        given = [leaf[keyword] for leaf in self.leaves if _is_number(leaf.get(keyword))]
        return max([0, *given]) if is_lower else min([math.inf, *given])

    def others(self, keyword: str) -> list[Any]:
        """Return what leaves say under a keyword."""
        return [leaf[keyword] for leaf in self.leaves if keyword in leaf]

    def whole(self) -> list[tuple[str, Schema]]:
        """Return the parts of leaves that are only compared as a whole, by their keywords."""
        found = list[tuple[str, Schema]]()
        for leaf in self.leaves:
            for word in _OTHER:
                if word in leaf and self.kind in _OF_KIND.get(word, {self.kind}):
                    words = ("if", "then", "else") if word == "if" else (word,)
                    found.append((word, {name: leaf[name] for name in words if name in leaf}))
        return found


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
        steps += [step for step in [leaf.get("multipleOf")] if _is_number(step) and step > 0]
    low = max(lows)
    high = min(highs, key=lambda bound: (bound[0], not bound[1]))
    if is_integer or any(float(step).is_integer() for step in steps):
        low, high = _whole(low, math.ceil, 1), _whole(high, math.floor, -1)
    return Numbers(is_integer, low, high, tuple(steps))


def is_multiple(step: float, of: float) -> bool:
    """Return whether each multiple of a step is one of another."""
    return (Fraction(str(step)) / Fraction(str(of))).denominator == 1


def _names_integer(leaf: Schema) -> bool:
    given = leaf.get("type")
    return "number" not in given if is_array(given) and "integer" in given else given == "integer"


def _bounds(leaf: Schema, inclusive: str, exclusive: str) -> list[tuple[float, bool]]:
    given = ((leaf.get(word), word == exclusive) for word in (inclusive, exclusive))
    return [(bound, is_out) for bound, is_out in given if _is_number(bound)]


def _whole(bound: tuple[float, bool], rounded: Any, step: int) -> tuple[float, bool]:
    value, is_out = bound
    if math.isinf(value):
        return bound
    return (value + step if is_out and float(value).is_integer() else rounded(value)), False


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


@dataclass(frozen=True, slots=True)
class Members:
    """The properties of a cell of objects.

    Attributes:
        named: The terms of properties that are named, in their order.
        required: Those that are required, named or not.
        patterns: The terms of names that match patterns.
        rest: The term of all other names; ``ANYTHING`` for an open object.
        names: The term of what names may be.
    """

    named: Mapping[str, Term]
    required: frozenset[str]
    patterns: Mapping[str, Term]
    rest: Term
    names: Term

    @property
    def is_map(self) -> bool:
        """Whether values under names of the sender's own choice are what it is for.

        An open object that names properties is taken to be sent with no others.
        """
        return self.rest != NOTHING and (bool(self.rest) or not self.named) or bool(self.patterns)


def members_of(cell: Cell) -> Members:
    """Return the properties of a cell of objects."""
    leaves = cell.leaves
    names = dict.fromkeys(name for leaf in leaves for name in object_of(leaf.get("properties")))
    patterns = dict.fromkeys(
        pattern for leaf in leaves for pattern in object_of(leaf.get("patternProperties"))
    )
    side = cell.side
    return Members(
        named={name: side.term(_of_name(leaves, name)) for name in names},
        required=frozenset(name for leaf in leaves for name in array_of(leaf.get("required"))),
        patterns={
            pattern: side.term(object_of(leaf.get("patternProperties")).get(pattern, True) for leaf in leaves)
            for pattern in patterns
        },
        rest=side.term(leaf.get("additionalProperties", True) for leaf in leaves),
        names=side.term([TEXT, *cell.others("propertyNames")]),
    )


def term_of_name(cell: Cell, name: str) -> Term:
    """Return what a cell of objects allows under a name."""
    return cell.side.term(_of_name(cell.leaves, name))


def _of_name(leaves: Leaves, name: str) -> Iterator[Schema | bool]:
    for leaf in leaves:
        known = 0
        properties = object_of(leaf.get("properties"))
        if name in properties:
            known += 1
            yield properties[name]
        for pattern, part in object_of(leaf.get("patternProperties")).items():
            if matches({"pattern": pattern}, name, _no_lookup):
                known += 1
                yield part
        if not known:
            yield leaf.get("additionalProperties", True)


def _no_lookup(reference: str) -> Schema | bool:
    raise LookupError(reference)  # a pattern refers to nothing


@dataclass(frozen=True, slots=True)
class Items:
    """The items of a cell of arrays.

    Attributes:
        first: The terms of the first ones, where these have their own.
        rest: The term of all others.
        least: How many there are at least.
        most: How many there are at most.
        is_unique: Whether no two may be equal.
    """

    first: tuple[Term, ...]
    rest: Term
    least: float
    most: float
    is_unique: bool

    def at(self, index: int) -> Term:
        """Return the term of an item."""
        return self.first[index] if index < len(self.first) else self.rest


def items_of(cell: Cell) -> Items:
    """Return the items of a cell of arrays."""
    leaves, side = cell.leaves, cell.side
    count = max([0, *(len(leaf["items"]) for leaf in leaves if is_array(leaf.get("items")))])
    first = tuple(side.term(_item(leaf, index) for leaf in leaves) for index in range(count))
    rest = side.term(_item(leaf, count) for leaf in leaves)
    most = cell.strictest("maxItems", is_lower=False)
    for index, term in enumerate((*first, rest)):
        if term == NOTHING:
            most = min(most, index)
            break
    return Items(
        first,
        rest,
        cell.strictest("minItems", is_lower=True),
        most,
        any(leaf.get("uniqueItems") is True for leaf in leaves) and most > 1,
    )


def _item(leaf: Schema, index: int) -> Schema | bool:
    items = leaf.get("items", True)
    if not is_array(items):
        return items
    return items[index] if index < len(items) else leaf.get("additionalItems", True)


class Cells:
    """The cells of a document's terms, each made once.

    Args:
        side: The schemas of the document.
    """

    def __init__(self, side: Side) -> None:
        self.side = side
        self._known: dict[tuple[int, ...], list[Cell]] = {}
        self._members: dict[tuple[int, ...], Members] = {}

    def of(self, term: Term) -> list[Cell]:
        """Return the cells of a term.

        Args:
            term: The term.

        Raises:
            TooManyAlternatives: If there are too many to look at.
        """
        key = tuple(-1 if schema is False else id(schema) for schema in term)
        if key not in self._known:
            made = [cell for leaves in self.side.alternatives(term) for cell in self._made(leaves)]
            values = _distinct(value for cell in made for value in cell.values)
            listed = [Cell(self.side, "values", (), values)] if values else []
            self._known[key] = [*listed, *(cell for cell in made if cell.kind != "values")]
        return self._known[key]

    def members(self, cell: Cell) -> Members:
        """Return the properties of a cell of objects."""
        key = tuple(map(id, cell.leaves))  # leaves live as long as the side
        if key not in self._members:
            self._members[key] = members_of(cell)
        return self._members[key]

    def _made(self, leaves: Leaves) -> Iterator[Cell]:
        kinds = frozenset.intersection(frozenset(_ALL), *map(kinds_of, leaves))
        listed = next((values for leaf in leaves if (values := values_of(leaf)) is not None), None)
        if listed is not None:
            values = [value for value in listed if self.side.allows(leaves, value)]
            if values:
                yield Cell(self.side, "values", leaves, tuple(values))
            return
        few = [value for value in (None, False, True) if kind_of(value) in kinds]
        if values := [value for value in few if self.side.allows(leaves, value)]:
            yield Cell(self.side, "values", leaves, tuple(values))
        for kind in _ALL[2:]:
            cell = Cell(self.side, kind, leaves)
            if kind in kinds and not self._is_empty(cell):
                yield cell

    def _is_empty(self, cell: Cell) -> bool:
        """Return whether bounds leave nothing of a cell, as far as they tell alone."""
        if cell.kind == "number":
            numbers = numbers_of(cell)
            (low, is_low_out), (high, is_high_out) = numbers.low, numbers.high
            return low > high or (low == high and (is_low_out or is_high_out))
        if cell.kind == "object":
            members = self.members(cell)
            return any(term_of_name(cell, name) == NOTHING for name in members.required)
        if cell.kind == "array":
            items = items_of(cell)
            return items.least > items.most
        least, most = (cell.strictest(f"{end}Length", is_lower=end == "min") for end in ("min", "max"))
        return least > most


_ALL: Final = ("null", "boolean", "number", "string", "array", "object")


def _distinct(values: Iterator[Any]) -> tuple[Any, ...]:
    found: dict[str, Any] = {}
    for value in values:
        found.setdefault(f"{kind_of(value)}{value!r}", value)
    return tuple(found.values())


__all__ = [
    "Cell",
    "Cells",
    "Items",
    "Members",
    "Numbers",
    "is_multiple",
    "items_of",
    "members_of",
    "numbers_of",
    "term_of_name",
]
