"""The way through all that is sent and read, to the places where the reader may refuse."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, TypeAlias

from chanx.asyncapi.diffing.candidates import Candidates
from chanx.asyncapi.diffing.cell import Cell
from chanx.asyncapi.diffing.containment import Containment, Sides
from chanx.asyncapi.diffing.faults import Below, Fault, Names, Policy
from chanx.asyncapi.diffing.samples import NAMES, size, spelled
from chanx.asyncapi.diffing.terms import (
    Key,
    Term,
    key_of,
    kind_of,
)
from chanx.asyncapi.walk import escaped

_MAX_BASES: Final = 4
_MAX_DEPTH: Final = 20
_MAX_DIFFERENCES: Final = 40
_MAX_TOLD: Final = 8
"""Differences of one frame that another frame has shown before; what one schema changes may stand
in each place of each message that refers to it."""
_MAX_FRAMES: Final = 400 * 20
_MAX_FRAMES_OF_ONE: Final = 64

_Wrap: TypeAlias = Callable[[Any], Iterator[Any]]
"""Puts a value at its place into what stands around it, in several ways."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that may be sent and may be refused.

    Attributes:
        kind: What kind of constraint; a key of the table in :mod:`rules`.
        path: Where in the payload, a JSON pointer; ``*`` for any item or name.
        detail: The property or value that it is about, as JSON; "" for the place itself.
        witness: What may be sent and is refused, in a tuple of its own; empty if none was found.
    """

    kind: str
    path: str
    detail: str
    witness: tuple[()] | tuple[Any]


_MORE: Final = Difference("more", "", "", ())


@dataclass(frozen=True, slots=True)
class _Place:
    """A place in a frame that is still to be compared.

    Attributes:
        sent: What is sent there.
        read: What is read there.
        path: Where it is.
        wrap: Makes frames of values there.
        depth: How deep it is.
    """

    sent: Term
    read: Term
    path: str
    wrap: _Wrap
    depth: int


def _alone(value: Any) -> Iterator[Any]:
    yield value


class Walk:
    """One comparison, from a frame's root.

    Args:
        sides: The cells of both documents.
        candidates: Proposes values.
        sent: What is sent.
        read: What is read.
        containment: What is proven.
        policy: What counts.
    """

    def __init__(
        self,
        sides: Sides,
        candidates: Candidates,
        sent: Term,
        read: Term,
        containment: Containment | None = None,
        policy: Policy | None = None,
    ) -> None:
        self._sent, self._read = sides.sent, sides.read
        self._containment = containment or sides.plain
        self._policy = policy or Policy()
        self._candidates = candidates
        self._root = sent, read
        self._left = _MAX_FRAMES
        self._told = 0

    def any_witness(self) -> tuple[()] | tuple[Any]:
        """Return any value at the root that may be sent and is refused, in a tuple."""
        sent, read = self._root
        key = key_of(sent), key_of(read), "any", "", ()
        refused = self._candidates.refused(key, sent, read, self._candidates.of(sent))
        return self._witness(refused, _alone, _MAX_BASES + 1)

    def differences(self) -> Iterator[Difference]:
        """Yield the differences, those of what stands outside first.

        A pair of terms is looked at where it stands first only, as a circle brings it again.
        """
        waiting = deque([_Place(*self._root, "", _alone, 0)])
        seen = set[tuple[Key, Key]]()
        count = 0
        while waiting:
            place = waiting.popleft()
            pair = key_of(place.sent), key_of(place.read)
            if pair in seen or self._containment.holds(place.sent, place.read):
                continue
            seen.add(pair)
            if count > _MAX_DIFFERENCES:
                yield _MORE
                return
            for found in self._at(place):
                if isinstance(found, Difference):
                    count += 1
                    yield found
                elif found.depth <= _MAX_DEPTH:
                    waiting.append(found)

    def _at(self, place: "_Place") -> Iterator["Difference | _Place"]:
        others, cells = self._read.of(place.read), self._sent.of(place.sent)
        for cell in cells:
            if self._containment.covers(cell, place.read):
                continue
            if cell.kind == "values":
                missing = _kind_of_missing("", others, len(cells))
                yield from self._of_values(cell, place, others, missing)
                continue
            same_kind = [other for other in others if other.kind == cell.kind]
            if not same_kind:
                values = self._candidates.of_cell(cell)
                kind = _kind_of_missing(cell.kind, others, len(cells))
                yield self._difference(kind, place, "", values, (id(cell),))
                continue
            yield from self._of_cells(cell, self._nearest(cell, same_kind), place)

    def _of_values(
        self, cell: Cell, place: "_Place", others: list[Cell], missing: str
    ) -> Iterator[Difference]:
        for value in cell.values:
            if self._read.side.allows(place.read, value):
                continue
            kinds = {kind_of(item) for other in others for item in other.values}
            if value is None:
                kind = "null"
            elif kind_of(value) in kinds:
                kind = "value"
            elif any(other.kind == kind_of(value) for other in others):
                kind = "value-bound"
            else:
                kind = missing
            detail = spelled(value) if kind in ("value", "value-bound") else ""
            yield self._difference(kind, place, detail, [value])

    def _nearest(self, cell: Cell, others: list[Cell]) -> Cell:
        """Return the cell that a reader means for one of the sender's: the most alike."""
        if len(others) == 1:
            return others[0]
        return min(others, key=lambda other: self._distance(cell, other))

    def _distance(self, cell: Cell, other: Cell) -> int:
        distance = 0
        for fault in self._containment.faults(cell, other):
            if isinstance(fault, Fault):
                distance += 2
            elif not self._containment.holds(fault.sent, fault.read):
                # What tells branches apart has no value in common with that of another branch.
                is_apart = not any(
                    self._read.side.allows(fault.read, value)
                    for value in self._candidates.samples.of(fault.sent)
                )
                distance += 100 if is_apart else 1
        return distance

    def _of_cells(
        self, cell: Cell, other: Cell, place: "_Place"
    ) -> Iterator["Difference | _Place"]:
        is_any = False
        for fault in self._containment.faults(cell, other):
            if isinstance(fault, Fault):
                is_any = True
                values = self._candidates.against(cell, other, fault)
                about = (id(cell), id(other))
                yield self._difference(fault.kind, place, fault.name or "", values, about)
            elif not self._containment.holds(fault.sent, fault.read):
                is_any = True
                if isinstance(fault, Names):
                    values = self._candidates.named(cell, fault)
                    yield self._difference("names", place, "", values, (id(cell), id(other)))
                    continue
                step = "*" if fault.step in (None, -1) else escaped(str(fault.step))
                wrap = self._within(cell, fault, place.wrap)
                path = f"{place.path}/{step}"
                yield _Place(fault.sent, fault.read, path, wrap, place.depth + 1)
        if not is_any:  # it is within this one alone, and not proven for another reason
            values = self._candidates.of_cell(cell)
            yield self._difference("undecided", place, "", values, (id(cell),))

    def _within(self, cell: Cell, below: Below, wrap: _Wrap) -> _Wrap:
        samples = self._candidates.samples

        def wrap_item(value: Any) -> Iterator[Any]:
            if cell.kind == "array":
                index = 0 if below.step == -1 else below.step
                for count in range(4):
                    made = samples.array(cell, count)
                    if made is not None and isinstance(index, int) and index <= count:
                        yield [*made[:index], value, *made[index + 1 :]]
                return
            names = NAMES if below.step is None else (str(below.step),)
            for base in islice(samples.objects(cell), _MAX_BASES):
                for name in names:
                    yield {**base, name: value}

        return lambda value: _in_turn(map(wrap, wrap_item(value)))

    def _difference(
        self,
        kind: str,
        place: "_Place",
        detail: str,
        values: Iterable[Any],
        about: tuple[int, ...] = (),
    ) -> Difference:
        """Return a difference, with a witness if one is found.

        Args:
            kind: What kind of constraint.
            place: Where it is.
            detail: The property or value that it is about.
            values: Values there that are likely to show it.
            about: The cells that it is of, which live as long as their documents' sides.
        """
        witness: tuple[()] | tuple[Any] = ()
        if self._policy == Policy():
            key = key_of(place.sent), key_of(place.read), kind, detail, about
            refused = self._candidates.refused(key, place.sent, place.read, values)
            self._told += refused.is_known
            if self._told > _MAX_TOLD and refused.is_known:
                return _MORE
            # What was shown in another frame already needs no search for the shortest.
            witness = self._witness(refused, place.wrap, 1 if refused.is_known else _MAX_BASES + 1)
        return Difference(kind, place.path, detail, witness)

    def _witness(self, refused: Iterable[Any], wrap: _Wrap, enough: int) -> tuple[()] | tuple[Any]:
        """Return the shortest frame that is refused for one of some values at a place."""
        root_sent, root_read = self._root
        found = list[Any]()
        for value in refused:
            for frame in islice(wrap(value), _MAX_FRAMES_OF_ONE):
                self._left -= 1
                if self._sent.side.allows(root_sent, frame) and not self._read.side.allows(
                    root_read, frame
                ):
                    found.append(frame)
                    if len(found) >= enough:
                        break
            if found or self._left < 0:
                break
        return (min(found, key=size),) if found else ()


def _in_turn(all_frames: Iterable[Iterator[Any]]) -> Iterator[Any]:
    """Yield one of each, then the next of each: a few may have to do, and those be different."""
    waiting = deque(all_frames)
    while waiting:
        frames = waiting.popleft()
        for frame in islice(frames, 1):
            yield frame
            waiting.append(frames)


def _kind_of_missing(kind: str, others: list[Cell], count: int) -> str:
    """Return what it means that a reader has no cell of a type, where the sender has so many."""
    if any(kind_of(value) == kind for other in others for value in other.values):
        return "values"
    return "branch" if count > 1 else "type"


__all__ = ["Difference", "Walk"]
