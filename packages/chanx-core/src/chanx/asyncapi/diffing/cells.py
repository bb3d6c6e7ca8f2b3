"""What a term allows, by types of JSON, with the constraints of all its schemas merged."""

from collections.abc import Iterable, Iterator
from typing import Any

from chanx.asyncapi.diffing.cell import Cell
from chanx.asyncapi.diffing.items import items_of
from chanx.asyncapi.diffing.members import Members, members_of, term_of_name
from chanx.asyncapi.diffing.ranges import numbers_of
from chanx.asyncapi.diffing.terms import (
    KINDS,
    NOTHING,
    Leaves,
    Side,
    Term,
    key_of,
    kind_of,
    kinds_of,
    values_of,
)


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
        key = key_of(term)
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
        kinds = frozenset(KINDS).intersection(*map(kinds_of, leaves))
        listed = next((values for leaf in leaves if (values := values_of(leaf)) is not None), None)
        if listed is not None:
            values = [value for value in listed if self.side.allows(leaves, value)]
            if values:
                yield Cell(self.side, "values", leaves, tuple(values))
            return
        few = [value for value in (None, False, True) if kind_of(value) in kinds]
        if values := [value for value in few if self.side.allows(leaves, value)]:
            yield Cell(self.side, "values", leaves, tuple(values))
        for kind in KINDS[2:]:
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
        least, most = (
            cell.strictest(f"{end}Length", is_lower=end == "min") for end in ("min", "max")
        )
        return least > most


def _distinct(values: Iterable[Any]) -> tuple[Any, ...]:
    found: dict[str, Any] = {}
    for value in values:
        found.setdefault(f"{kind_of(value)}{value!r}", value)
    return tuple(found.values())


__all__ = ["Cells"]
