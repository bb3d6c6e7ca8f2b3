"""Where one side allows what the other may refuse, with a frame that shows it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, TypeAlias

from chanx.asyncapi.diffing.cells import Cell
from chanx.asyncapi.diffing.containment import Containment, Sides
from chanx.asyncapi.diffing.candidates import Candidates
from chanx.asyncapi.diffing.faults import Below, Fault, Policy, faults
from chanx.asyncapi.diffing.samples import NAMES, distinct, size, spelled
from chanx.asyncapi.diffing.terms import (
    Key,
    Term,
    TooManyAlternatives,
    key_of,
    kind_of,
)
from chanx.asyncapi.walk import escaped

_MAX_BASES: Final = 4
_MAX_FRAMES: Final = 400

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


class Differences:
    """Finds differences between what is sent and what is read.

    Args:
        sides: The cells of both documents.
    """

    def __init__(self, sides: Sides) -> None:
        self._sides = sides
        self._candidates = Candidates(sides)

    def between(self, sent: Term, read: Term) -> list[Difference]:
        """Return the differences, the shortest witness of each kind and place; none if proven none.

        Args:
            sent: What is sent.
            read: What is read.
        """
        if self._sides.plain.holds(sent, read):
            return []
        walk = _Walk(self._sides, self._candidates, sent, read)
        try:
            found = [*walk.of(sent, read, "", _alone, ())]
        except TooManyAlternatives:
            found = []
        return _shortest(found or [Difference("undecided", "", "", walk.any_witness())])

    def by_policy(self, containment: Containment, policy: Policy, sent: Term, read: Term) -> list[Difference]:
        """Return what differs only where a policy counts, without witnesses.

        Args:
            containment: What is proven under the policy.
            policy: The policy.
            sent: What is sent.
            read: What is read.
        """
        if containment.holds(sent, read):
            return []
        walk = _Walk(self._sides, self._candidates, sent, read, containment, policy)
        try:
            return _shortest(walk.of(sent, read, "", _alone, ()))
        except TooManyAlternatives:
            return []


def _alone(value: Any) -> Iterator[Any]:
    yield value


def _shortest(found: Iterable[Difference]) -> list[Difference]:
    best: dict[tuple[str, str, str], Difference] = {}
    for difference in found:
        key = difference.kind, difference.path, difference.detail
        known = best.get(key)
        if known is None or (
            difference.witness
            and (not known.witness or size(difference.witness) < size(known.witness))
        ):
            best[key] = difference
    return [*best.values()]


class _Walk:
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
        self._left = _MAX_FRAMES * 20

    def any_witness(self) -> tuple[()] | tuple[Any]:
        """Return any value at the root that may be sent and is refused, in a tuple."""
        return self._witness(*self._root, self._candidates.of(self._root[0]), _alone)

    def of(
        self, sent: Term, read: Term, path: str, wrap: _Wrap, within: tuple[tuple[Key, Key], ...]
    ) -> Iterator[Difference]:
        """Yield the differences at a place and below.

        Args:
            sent: What is sent there.
            read: What is read there.
            path: The place.
            wrap: Makes frames of values there.
            within: The pairs of terms that led here.
        """
        pair = key_of(sent), key_of(read)
        if pair in within or self._containment.holds(sent, read):
            return
        within = (*within, pair)
        others, cells = self._read.of(read), self._sent.of(sent)
        for cell in cells:
            if self._containment.covers(cell, read, others):
                continue
            if cell.kind == "values":
                missing = _kind_of_missing("", others, len(cells))
                yield from self._of_values(cell, sent, read, others, path, wrap, missing)
                continue
            same_kind = [other for other in others if other.kind == cell.kind]
            if not same_kind:
                values = self._candidates.of_cell(cell)
                kind = _kind_of_missing(cell.kind, others, len(cells))
                yield self._difference(kind, path, "", sent, read, values, wrap)
                continue
            other = self._nearest(cell, same_kind)
            yield from self._of_cells(cell, other, sent, read, path, wrap, within)

    def _of_values(
        self,
        cell: Cell,
        sent: Term,
        read: Term,
        others: list[Cell],
        path: str,
        wrap: _Wrap,
        missing: str,
    ) -> Iterator[Difference]:
        for value in cell.values:
            if self._read.side.allows(read, value):
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
            yield self._difference(kind, path, detail, sent, read, [value], wrap)

    def _nearest(self, cell: Cell, others: list[Cell]) -> Cell:
        """Return the cell that a reader means for one of the sender's: the most alike."""
        if len(others) == 1:
            return others[0]
        return min(others, key=lambda other: self._distance(cell, other))

    def _distance(self, cell: Cell, other: Cell) -> int:
        distance = 0
        for fault in faults(self._sent, cell, self._read, other, self._policy):
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
        self,
        cell: Cell,
        other: Cell,
        sent: Term,
        read: Term,
        path: str,
        wrap: _Wrap,
        within: tuple[tuple[Key, Key], ...],
    ) -> Iterator[Difference]:
        is_any = False
        for fault in faults(self._sent, cell, self._read, other, self._policy):
            if isinstance(fault, Fault):
                is_any = True
                values = self._candidates.against(cell, other, fault)
                detail = fault.name or ""
                yield self._difference(fault.kind, path, detail, sent, read, values, wrap)
            elif not self._containment.holds(fault.sent, fault.read):
                is_any = True
                step = "*" if fault.step in (None, -1) else escaped(str(fault.step))
                yield from self.of(
                    fault.sent, fault.read, f"{path}/{step}", self._within(cell, fault, wrap), within
                )
        if not is_any:  # it is within this one alone, and not proven for another reason
            values = self._candidates.of_cell(cell)
            yield self._difference("undecided", path, "", sent, read, values, wrap)

    def _within(self, cell: Cell, below: Below, wrap: _Wrap) -> _Wrap:
        samples = self._candidates.samples

        def wrap_item(value: Any) -> Iterator[Any]:
            if cell.kind == "array":
                index = 0 if below.step == -1 else below.step
                for count in range(4):
                    made = samples.array(cell, count)
                    if made is not None and isinstance(index, int) and index <= count:
                        yield from wrap([*made[:index], value, *made[index + 1 :]])
                return
            names = NAMES if below.step is None else (str(below.step),)
            for base in islice(samples.objects(cell), _MAX_BASES):
                for name in names:
                    yield from wrap({**base, name: value})

        return wrap_item

    def _difference(
        self,
        kind: str,
        path: str,
        detail: str,
        sent: Term,
        read: Term,
        values: Iterable[Any],
        wrap: _Wrap,
    ) -> Difference:
        return Difference(kind, path, detail, self._witness(sent, read, values, wrap))

    def _witness(
        self, sent: Term, read: Term, values: Iterable[Any], wrap: _Wrap
    ) -> tuple[()] | tuple[Any]:
        """Return the shortest frame that has one of some values at a place and is refused for it."""
        if self._policy != Policy():
            return ()
        root_sent, root_read = self._root
        found = list[Any]()
        for value in sorted(distinct(islice(values, _MAX_FRAMES)), key=size):
            if not self._sent.side.allows(sent, value) or self._read.side.allows(read, value):
                continue
            for frame in islice(wrap(value), 8):
                self._left -= 1
                if self._sent.side.allows(root_sent, frame) and not self._read.side.allows(
                    root_read, frame
                ):
                    found.append(frame)
            if found or self._left < 0:
                break
        return (min(found, key=size),) if found else ()


def _kind_of_missing(kind: str, others: list[Cell], count: int) -> str:
    """Return what it means that a reader has no cell of a type, where the sender has so many."""
    if any(kind_of(value) == kind for other in others for value in other.values):
        return "values"
    return "branch" if count > 1 else "type"


__all__ = ["Difference", "Differences"]
