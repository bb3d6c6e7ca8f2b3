"""Values at a place that a sender may send and a reader is likely to refuse."""

import math
from collections.abc import Iterator
from typing import Any

from chanx.asyncapi.diffing.cell import Cell
from chanx.asyncapi.diffing.containment import Sides
from chanx.asyncapi.diffing.faults import Fault
from chanx.asyncapi.diffing.items import items_of
from chanx.asyncapi.diffing.ranges import numbers_of
from chanx.asyncapi.diffing.samples import NAMES, Samples, numbers_around, texts_around
from chanx.asyncapi.diffing.terms import Term


class Candidates:
    """Proposes values; the validators of both sides decide of them.

    Args:
        sides: The cells of both documents.

    Attributes:
        samples: What the sender may send.
    """

    def __init__(self, sides: Sides) -> None:
        self._sides = sides
        self.samples: Samples = Samples(sides.sent)

    def of(self, sent: Term) -> list[Any]:
        """Return values of all that a sender may send.

        Args:
            sent: What is sent.
        """
        return self.samples.of(sent)

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
        if cell.kind == "number":
            yield from _numbers(cell, other)
        elif cell.kind == "string":
            yield from _texts(cell, other)
        elif cell.kind == "array":
            yield from self._arrays(cell, other)
        else:
            yield from self._objects(cell, other, fault)
        yield from self.samples.of_cell(cell)

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


__all__ = ["Candidates"]
