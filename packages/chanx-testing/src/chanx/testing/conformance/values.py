"""Values that try a schema out: bounds, branches, each listed value, what is absent, and texts.

They are always the same ones. Not all of them are valid: that is up to the document.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from chanx.asyncapi.diffing.cell import Cell
from chanx.asyncapi.diffing.items import items_of
from chanx.asyncapi.diffing.ranges import numbers_of
from chanx.asyncapi.diffing.samples import distinct, numbers_around, texts_around
from chanx.asyncapi.diffing.terms import Key, Term, TooManyAlternatives, key_of
from chanx.testing.conformance.schemas import Schemas

TEXTS: Final = (
    " ",
    "  a  ",
    "\u0000",
    "a\u0000b",
    "\u200b",
    "\n\t",
    "\U0001f600",
    "e\u0301",
    "\u202eabc",
    "' OR 1=1 --",
    "<b>&amp;</b>",
    "../..",
    "x" * 256,
)
"""Texts that programs forget: white space, NUL, zero width, astral, combining, from right to left,
what is something in another language, and a long one."""

_OTHERS: Final[tuple[Any, ...]] = (None, True, 1, -1.5, "text", [], {}, [1], {"key": 1})
"""A value or two of each type of JSON."""

_LARGE: Final = (2**53 - 1, -(2**53) + 1)
"""The integers that all programs read exactly (RFC 7493, 2.2)."""
_DEEPEST: Final = 8
_FEW: Final = 2


class Variants:
    """Makes values of a document's schemas.

    Args:
        schemas: The schemas.
    """

    def __init__(self, schemas: Schemas) -> None:
        self._schemas = schemas
        self._cells = schemas.cells
        self._samples = schemas.samples

    def of(self, pointer: str, most: int) -> list[Any]:
        """Return values for a schema, the simplest first, each once.

        Args:
            pointer: Where the schema stands in the document.
            most: How many at most, those that are valid first.
        """
        term = self._schemas.term(pointer)
        made = distinct(islice(self._of(term, ()), most * 20))
        made.sort(key=lambda value: not self._schemas.allows(term, value))
        valid = [value for value in made if self._schemas.allows(term, value)]
        invalid = made[len(valid) :]
        kept = valid[: max(most // 2, most - len(invalid))]
        return [*kept, *invalid[: most - len(kept)]]

    def _of(self, term: Term, within: tuple[Key, ...]) -> Iterator[Any]:
        key = key_of(term)
        if (term and key in within) or len(within) > _DEEPEST:
            yield from self._samples.of(term)[:_FEW]
            return
        try:
            cells = self._cells.of(term)
        except TooManyAlternatives:
            return
        for cell in cells:
            yield from self._of_cell(cell, (*within, key))
        yield from _OTHERS

    def _of_cell(self, cell: Cell, within: tuple[Key, ...]) -> Iterator[Any]:
        if cell.kind == "values":
            yield from cell.values
        elif cell.kind == "number":
            yield from numbers_around(cell)
            yield from _LARGE if numbers_of(cell).is_integer else (*_LARGE, 1e300)
        elif cell.kind == "string":
            yield from texts_around(cell, ())
            yield from TEXTS
            longest = cell.strictest("maxLength", is_lower=False)
            if longest < 100_000:
                yield "x" * int(longest + 1)
            yield ""
        elif cell.kind == "array":
            yield from self._arrays(cell, within)
        else:
            yield from self._objects(cell, within)

    def _arrays(self, cell: Cell, within: tuple[Key, ...]) -> Iterator[list[Any]]:
        items = items_of(cell)
        made = list[list[Any]]()
        for count in (items.least, items.least + 1, items.most, items.least + 2):
            if count <= min(items.most, 1_000):
                array = self._samples.array(cell, int(count))
                made += [array] if array is not None else []
        yield from made
        full = max(
            made, key=lambda array: (0 < len(array) <= _DEEPEST, len(array)), default=list[Any]()
        )
        for index in range(min(len(full), len(items.first) + 1)):
            for item in self._of(items.at(index), within):
                yield [*full[:index], item, *full[index + 1 :]]
        if full:
            yield full[:-1]
            yield [*full, *(full[-1:] * max(1, int(min(items.most, 1_000)) + 1 - len(full)))]

    def _objects(self, cell: Cell, within: tuple[Key, ...]) -> Iterator[dict[str, Any]]:
        made = self._samples.objects(cell)
        yield from made[:1]
        yield from made[-1:]
        members = self._cells.members(cell)
        full = max(made, key=len, default=dict[str, Any]())
        for name, term in members.named.items():
            for value in self._of(term, within):
                yield {**full, name: value}
        for name in full:
            yield {key: value for key, value in full.items() if key != name}
        yield from made
        yield {**full, "not declared": 1}


__all__ = ["TEXTS", "Variants"]
