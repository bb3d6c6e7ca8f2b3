"""Values at a place that a sender may send and a reader is likely to refuse."""

import math
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import islice
from typing import Any, Final, TypeAlias

from chanx.asyncapi.diffing.cell import Cell
from chanx.asyncapi.diffing.containment import Sides
from chanx.asyncapi.diffing.faults import Fault, Names
from chanx.asyncapi.diffing.items import items_of
from chanx.asyncapi.diffing.ranges import numbers_of
from chanx.asyncapi.diffing.samples import (
    NAMES,
    Samples,
    distinct,
    numbers_around,
    size,
    texts_around,
)
from chanx.asyncapi.diffing.terms import Key, Term, TooManyAlternatives

_CONDITIONS: Final = ("not", "if", "then", "else")
_MAX_VALUES: Final = 400

Question: TypeAlias = tuple[Key, Key, str, str, tuple[int, ...]]
"""What is asked of a place: the terms of both sides, and what is looked for."""


class Refused:
    """Values at a place that the sender may send and the reader refuses, the shortest first.

    They are found when they are asked for, and kept: a place may be in many frames.

    Args:
        sides: The cells of both documents.
        sent: What is sent there.
        read: What is read there.
        values: Values that are likely to be such.

    Attributes:
        is_known: Whether they have been asked for before.
    """

    def __init__(self, sides: "Sides", sent: Term, read: Term, values: Iterable[Any]) -> None:
        self.is_known = False
        self._found: list[Any] = []
        self._rest = (
            value
            for value in sorted(distinct(islice(values, _MAX_VALUES)), key=size)
            if sides.sent.side.allows(sent, value) and not sides.read.side.allows(read, value)
        )

    def __iter__(self) -> Iterator[Any]:
        """Yield the values."""
        index = 0
        while True:
            if index == len(self._found):
                more = [*islice(self._rest, 1)]
                if not more:
                    return
                self._found += more
            yield self._found[index]
            index += 1


class Candidates:
    """Proposes values; the validators of both sides decide of them.

    Args:
        sides: The cells of both documents.

    Attributes:
        samples: What the sender may send.
    """

    def __init__(self, sides: Sides) -> None:
        self._sides = sides
        self._refused: dict[Question, Refused] = {}
        self.samples: Samples = Samples(sides.sent)

    def of(self, sent: Term) -> list[Any]:
        """Return values of all that a sender may send.

        Args:
            sent: What is sent.
        """
        return self.samples.of(sent)

    def refused(self, question: Question, sent: Term, read: Term, values: Iterable[Any]) -> Refused:
        """Return the values of a place that the reader refuses, the same ones for a question.

        Args:
            question: What is asked.
            sent: What is sent there.
            read: What is read there.
            values: Values that are likely to be such; not looked at where the question is known.
        """
        known = self._refused.get(question)
        if known is None:
            known = self._refused[question] = Refused(self._sides, sent, read, values)
        else:
            known.is_known = True
        return known

    def of_cell(self, cell: Cell) -> Iterator[Any]:
        """Yield values of one of the sender's cells."""
        return self.samples.of_cell(cell)

    def against(self, cell: Cell, other: Cell, fault: Fault) -> Iterator[Any]:
        """Yield values of a cell that are likely to show a fault.

        Args:
            cell: The sender's cell.
            other: The reader's.
            fault: Why the reader may refuse what the sender may send.
        """
        for told in self._conditions(other):
            yield from told.values
            if told.kind == cell.kind:
                yield from self._around(cell, told, fault)
        yield from self._around(cell, other, fault)
        yield from self.samples.of_cell(cell)

    def _conditions(self, other: Cell) -> Iterator[Cell]:
        """Yield what conditions of a reader name, which it is likely to treat apart."""
        named = [part[word] for _, part in other.whole() for word in _CONDITIONS if word in part]
        for schema in named:
            with suppress(TooManyAlternatives):
                yield from self._sides.read.of(self._sides.read.side.term([schema]))

    def _around(self, cell: Cell, other: Cell, fault: Fault) -> Iterator[Any]:
        if cell.kind == "number":
            yield from _numbers(cell, other)
        elif cell.kind == "string":
            yield from _texts(cell, other)
        elif cell.kind == "array":
            yield from self._arrays(cell, other)
        else:
            yield from self._objects(cell, other, fault)

    def named(self, cell: Cell, names: Names) -> Iterator[Any]:
        """Yield objects with names that the sender may use and the reader is likely to refuse.

        Args:
            cell: The sender's cell.
            names: The names of both sides.
        """
        members = self._sides.sent.members(cell)
        made, values = self.samples.objects(cell)[:1], self.samples.of(members.rest)[:1]
        texts = (
            text
            for own in self._sides.sent.of(names.sent)
            for other in self._sides.read.of(names.read)
            for text in (*own.values, *(() if own.kind != "string" else _texts(own, other)))
        )
        for name in texts:
            yield from ({**base, name: value} for base in made for value in values)

    def _arrays(self, cell: Cell, other: Cell) -> Iterator[Any]:
        items, theirs = items_of(cell), items_of(other)
        for count in (theirs.least - 1, theirs.most + 1, items.least, items.most, 2):
            if not math.isinf(count) and items.least <= count <= items.most:
                made = self.samples.array(cell, int(count))
                if made is not None:
                    yield made
        for item in self.samples.of(items.at(0)):
            yield [item, item]
            yield [item] * max(2, int(items.least))

    def _objects(self, cell: Cell, other: Cell, fault: Fault) -> Iterator[Any]:
        made = [*self.samples.objects(cell)]
        if fault.name is not None:
            yield from (
                {key: value for key, value in item.items() if key != fault.name} for item in made
            )
        yield from made
        members = self._sides.sent.members(cell)
        if fault.name is None and members.is_map and made:
            values = self.samples.of(members.rest)[:2]
            count = other.strictest("maxProperties", is_lower=False)
            more = 0 if math.isinf(count) or count > 1_000 else int(count) + 1
            for value in values:
                yield from ({**made[0], name: value} for name in ("", " ", *NAMES, "a" * 70))
                yield {**made[0], **{f"key{index}": value for index in range(more)}}


def _numbers(cell: Cell, other: Cell) -> Iterator[float]:
    theirs = numbers_of(other)
    yield from numbers_around(cell, theirs.low[0], theirs.high[0])
    ours = numbers_of(cell)
    for step in theirs.steps:
        for unit in (*ours.steps, 1):
            yield from (unit * count for count in (1, 2, 3, 5, 7))
        yield from (step / 2, step + 1)
    if not math.isinf(ours.low[0]) and not math.isinf(ours.high[0]):
        yield (ours.low[0] + ours.high[0]) / 2


def _texts(cell: Cell, other: Cell) -> Iterator[str]:
    patterns = [pattern for pattern in other.others("pattern") if isinstance(pattern, str)]
    least = other.strictest("minLength", is_lower=True)
    most = other.strictest("maxLength", is_lower=False)
    lengths = [least - 1, least, *([] if math.isinf(most) else [most, most + 1])]
    yield from texts_around(cell, patterns, *lengths)


__all__ = ["Candidates", "Refused"]
