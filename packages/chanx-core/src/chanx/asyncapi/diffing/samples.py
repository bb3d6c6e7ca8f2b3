"""Values that a sender may send, each checked by chanx's validator."""

import json
import math
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final

from chanx.asyncapi.diffing.cell import Cell
from chanx.asyncapi.diffing.cells import Cells
from chanx.asyncapi.diffing.items import items_of
from chanx.asyncapi.diffing.patterns import texts_for
from chanx.asyncapi.diffing.ranges import multiple, numbers_of
from chanx.asyncapi.diffing.terms import NOTHING, Key, Side, Term, TooManyAlternatives, key_of
from chanx.asyncapi.ecma_patterns import is_decided
from chanx.asyncapi.examples import make_example

_FEW: Final = 6
_MANY: Final = 80
_MAX_DEPTH: Final = 24
_MAX_ITEMS: Final = 1_200
_LONGEST: Final = 100_000
_TEXTS: Final = ("a", "", "0", "A", " ", "b", "-", "é", "a b", "1.5", "2025-01-31")
_NUMBERS: Final = (0, 1, -1, 2, 0.5, -0.5, 10, 1_000_000)
NAMES: Final = ("key", "a", "key2", "0", "A", "x-a")
"""Names for properties that a schema does not name."""


class Samples:
    """Makes values of a document's terms, small ones first.

    Args:
        cells: The document's cells.
    """

    def __init__(self, cells: Cells) -> None:
        self._cells = cells
        self._side = cells.side
        self._known: dict[Key, list[Any]] = {}
        self._within: set[Key] = set()
        self._objects: dict[tuple[int, ...], list[dict[str, Any]]] = {}

    def of(self, term: Term) -> list[Any]:
        """Return a few values of a term; none if none is found.

        Args:
            term: The term.
        """
        key = key_of(term)
        if key in self._known:
            return self._known[key]
        if key in self._within or len(self._within) > _MAX_DEPTH:
            return []  # smaller values are made elsewhere
        self._within.add(key)
        try:
            proposed = [value for cell in self._cells.of(term) for value in self.of_cell(cell)]
        except TooManyAlternatives:
            proposed = []
        finally:
            self._within.discard(key)
        found = [value for value in distinct(proposed) if self._side.allows(term, value)]
        found = sorted(found, key=size)[:_MANY]
        if found:
            self._known[key] = found
        return found

    def of_cell(self, cell: Cell) -> Iterator[Any]:
        """Yield a few values of a cell."""
        proposed = islice(self._proposed(cell), _MANY)
        return (value for value in proposed if self._side.allows(cell.leaves, value))

    def _proposed(self, cell: Cell) -> Iterator[Any]:
        if cell.kind == "values":
            yield from cell.values
        elif cell.kind == "number":
            yield from numbers_around(cell)
        elif cell.kind == "string":
            yield from texts_around(cell, ())
        elif cell.kind == "array":
            yield from self._arrays(cell)
        else:
            yield from self.objects(cell)

    def _arrays(self, cell: Cell) -> Iterator[list[Any]]:
        items = items_of(cell)
        for count in (items.least, items.least + 1, items.least + 2):
            if count <= items.most and (made := self.array(cell, int(count))) is not None:
                yield made

    def array(self, cell: Cell, count: int) -> list[Any] | None:
        """Return an array of so many items; None if none is found.

        Args:
            cell: A cell of arrays.
            count: How many.
        """
        items = items_of(cell)
        made = list[Any]()
        for index in range(min(count, _MAX_ITEMS + 1)):
            choices = self.of(items.at(index))
            if items.is_unique:
                known = set(map(spelled, made))
                choices = [item for item in choices if spelled(item) not in known]
            if not choices:
                return None
            made.append(choices[0])
        return made if len(made) == count else None

    def objects(self, cell: Cell) -> list[dict[str, Any]]:
        """Return objects of a cell: with what is required, and with each other property added."""
        key = tuple(map(id, cell.leaves))  # which live as long as the document's side
        if key not in self._objects:
            made = [*islice(self._made_objects(cell), _MANY)]
            if self._within:
                return made  # what it stands within is not among it
            self._objects[key] = made
        return self._objects[key]

    def _made_objects(self, cell: Cell) -> Iterator[dict[str, Any]]:
        members = self._cells.members(cell)
        base = dict[str, Any]()
        for name in sorted(members.required):
            term = members.named.get(name, members.rest)
            if not (choices := self.of(term)):
                return
            base[name] = choices[0]
        yield base
        full = dict(base)
        for name, term in members.named.items():
            choices = self.of(term)
            for choice in choices[:_FEW]:
                yield {**base, name: choice}
            if choices:
                full[name] = choices[0]
        yield full
        if members.is_map:
            least = int(cell.strictest("minProperties", is_lower=True))
            terms = [*members.patterns.values(), members.rest]
            for choice in islice((item for term in terms for item in self.of(term)), _FEW):
                more = (*NAMES, *(f"key{index}" for index in range(3, least)))
                yield from ({**full, name: choice} for name in NAMES)
                yield {**full, **dict.fromkeys(more[: max(least, 1)], choice)}


def numbers_around(cell: Cell, *bounds: float) -> Iterator[float]:
    """Yield numbers at the bounds of a cell and at further ones; not all are in the cell.

    Args:
        cell: A cell of numbers.
        bounds: Further numbers of interest.
    """
    own = numbers_of(cell)
    yield from _NUMBERS
    for bound in (own.low[0], own.high[0], *bounds):
        if math.isinf(bound):
            continue
        for step in (0, 1, -1, 0.5, -0.5, 0.001, -0.001):
            yield bound + step
        for unit in own.steps:
            first = math.floor(bound / unit)
            yield from (multiple(unit, first + count) for count in (-1, 0, 1, 2))
    for unit in own.steps:
        yield from (multiple(unit, count) for count in (0, 1, 2, 3, 5, 7, -1))


def texts_around(cell: Cell, patterns: Iterable[str], *lengths: float) -> Iterator[str]:
    """Yield texts that match the patterns of a cell, in lengths of interest.

    None are made where a pattern is one of which the validator cannot tell.

    Args:
        cell: A cell of texts.
        patterns: Further patterns, of which texts are made too.
        lengths: Further lengths of interest.
    """
    own = [pattern for pattern in cell.others("pattern") if isinstance(pattern, str)]
    if not all(map(is_decided, own)):
        return
    least = cell.strictest("minLength", is_lower=True)
    most = cell.strictest("maxLength", is_lower=False)
    wanted = [
        length for length in (least, most, *lengths, 1, 2) if least <= length <= min(most, _LONGEST)
    ]
    made = [text for pattern in own for text in texts_for(pattern, wanted)]
    formatted = [text for name in cell.others("format") for text in _of_format(name, cell.side)]
    if formatted and not own:
        # Readers may check formats, and what they would refuse anyway shows nothing.
        yield from formatted
        yield from (text.rjust(int(length), "a") for text in formatted for length in wanted)
        return
    if not own:
        made += [text for pattern in patterns for text in texts_for(pattern, wanted)]
        made += _TEXTS
        made += [letter * int(length) for length in wanted for letter in "a0"]
    yield from made


def _of_format(name: object, side: Side) -> list[str]:
    """Return an example of a format, if it is one that is known."""
    examples = [
        make_example({"type": "string", **named}, side.lookup)
        for named in ({"format": name}, dict[str, object]())
    ]
    return examples[:1] if examples[0] != examples[1] else []


def spelled(value: object) -> str:
    """Return a value as JSON, by which equal ones are told."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def size(value: object) -> tuple[int, str]:
    """Return what values are ordered by: shorter ones first, then by their text."""
    text = spelled(value)
    return len(text), text


def distinct(values: Iterable[Any]) -> list[Any]:
    """Return values, each once."""
    found: dict[str, Any] = {}
    for value in values:
        found.setdefault(spelled(value), value)
    return [*found.values()]


__all__ = [
    "NAMES",
    "NOTHING",
    "Samples",
    "distinct",
    "numbers_around",
    "size",
    "spelled",
    "texts_around",
]
