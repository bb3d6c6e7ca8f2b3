"""The items that a cell of arrays allows."""

from dataclasses import dataclass
from typing import cast

from chanx.asyncapi.diffing.cell import Cell
from chanx.asyncapi.diffing.terms import NOTHING, Term
from chanx.asyncapi.walk import Schema, is_array


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
    if is_array(items):
        items = items[index] if index < len(items) else leaf.get("additionalItems", True)
    return cast("Schema | bool", items)


__all__ = ["Items", "items_of"]
