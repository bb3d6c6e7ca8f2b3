"""Is all that a sender may send allowed by the reader? Proven by the schemas, not by trying."""

import json
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from chanx.asyncapi.diffing.cell import Cell
from chanx.asyncapi.diffing.cells import Cells
from chanx.asyncapi.diffing.faults import Below, Policy, Question, faults
from chanx.asyncapi.diffing.terms import Key, Term, TooManyAlternatives, key_of, values_of
from chanx.asyncapi.ecma_patterns import is_decided
from chanx.asyncapi.walk import is_object

_MAX_SPLITS: Final = 2
"""So many properties of one object are told apart by their values."""

_Pair: TypeAlias = tuple[Key, Key]


class Containment:
    """Proves that terms of one document are contained in terms of another.

    All pairs of terms are taken to be contained until one is seen not to be, and then whatever was
    built on it is looked at again. What remains holds, within circles of references too: values are
    finite, so each is refused at some depth or at none.

    Args:
        sent: The sender's cells.
        read: The reader's cells.
        policy: What counts.
    """

    def __init__(self, sent: Cells, read: Cells, policy: Policy) -> None:
        self._sent = sent
        self._read = read
        self._policy = policy
        self._holds: dict[_Pair, bool] = {}
        self._terms: dict[_Pair, tuple[Term, Term]] = {}
        self._built_on: dict[_Pair, set[_Pair]] = {}
        self._waiting: list[_Pair] = []
        self._looking_at: _Pair | None = None
        # Cells live as long as these, so that their ids are theirs.
        self._covered: dict[tuple[int, Key], bool] = {}
        self._narrow: dict[tuple[int, ...], dict[str, Cell]] = {}
        self._faults: dict[tuple[int, int], tuple[Cell, list[Question]]] = {}

    def holds(self, sent: Term, read: Term) -> bool:
        """Return whether it is proven that a reader accepts whatever the sender may send.

        Args:
            sent: What is sent.
            read: What is read.
        """
        self._assumed(sent, read)
        self._look()
        return self._assumed(sent, read)

    def covers(self, cell: Cell, read: Term) -> bool:
        """Return whether it is proven that a reader accepts all of one of a sender's cells.

        Args:
            cell: The cell.
            read: What is read.
        """
        key = id(cell), key_of(read)
        while key not in self._covered:
            found = self._covers(cell, read, self._read.of(read))
            if self._waiting:
                self._look()
            else:
                self._covered[key] = found
        return self._covered[key]

    def faults(self, cell: Cell, other: Cell) -> list[Question]:
        """Return what has to hold for all that a cell allows to be allowed by another.

        Args:
            cell: One of the sender's.
            other: One of the reader's, of the same type.
        """
        key = id(cell), id(other)
        if key not in self._faults:
            made = [*faults(self._sent, cell, self._read, other, self._policy)]
            self._faults[key] = cell, made
        return self._faults[key][1]

    def _assumed(self, sent: Term, read: Term) -> bool:
        """Return what is known or else assumed of a pair, and note who asks."""
        if not read:
            return True
        pair = key_of(sent), key_of(read)
        if pair not in self._holds:
            self._holds[pair] = True
            self._terms[pair] = sent, read
            self._waiting.append(pair)
        if self._looking_at is not None and self._holds[pair]:
            self._built_on.setdefault(pair, set()).add(self._looking_at)
        return self._holds[pair]

    def _look(self) -> None:
        while self._waiting:
            pair = self._looking_at = self._waiting.pop()
            if self._holds[pair] and not self._is_contained(*self._terms[pair]):
                self._holds[pair] = False
                self._waiting.extend(self._built_on.pop(pair, ()))
        self._looking_at = None

    def _is_contained(self, sent: Term, read: Term) -> bool:
        try:
            others = self._read.of(read)
            return all(self._covers(cell, read, others) for cell in self._sent.of(sent))
        except TooManyAlternatives:
            return False

    def _covers(self, cell: Cell, read: Term, others: list[Cell]) -> bool:
        if cell.kind == "values":
            return self._is_decided(read) and all(
                self._read.side.allows(read, value) for value in cell.values
            )
        same_kind = [other for other in others if other.kind == cell.kind]
        return self._by_one(cell, same_kind) or self._by_several(cell, same_kind, _MAX_SPLITS)

    def _is_decided(self, read: Term) -> bool:
        """Return whether the validator can tell of all patterns; it passes over what it cannot."""
        alternatives = self._read.side.alternatives(read)
        given = (leaf.get("pattern", "") for leaves in alternatives for leaf in leaves)
        return all(isinstance(pattern, str) and is_decided(pattern) for pattern in given)

    def _by_one(self, cell: Cell, others: list[Cell]) -> bool:
        return any(self._is_within(cell, other) for other in others)

    def _is_within(self, cell: Cell, other: Cell) -> bool:
        return all(
            isinstance(fault, Below) and self._assumed(fault.sent, fault.read)
            for fault in self.faults(cell, other)
        )

    def _by_several(self, cell: Cell, others: list[Cell], splits: int) -> bool:
        """Tell objects apart by the values of a property, for readers with a branch for each."""
        if cell.kind != "object" or len(others) < 2 or not splits:
            return False
        for name, values in self._closed(cell):
            parts = [self._narrowed(cell, name, value) for value in values]
            if all(
                self._by_one(part, others) or self._by_several(part, others, splits - 1)
                for part in parts
            ):
                return True
        return False

    def _closed(self, cell: Cell) -> list[tuple[str, list[Any]]]:
        members = self._sent.members(cell)
        found = list[tuple[str, list[Any]]]()
        for name in members.required:
            for schema in members.named.get(name, ()):
                if is_object(schema) and (values := values_of(schema)) and len(values) > 1:
                    found.append((name, values))
        return found

    def _narrowed(self, cell: Cell, name: str, value: object) -> Cell:
        known = self._narrow.setdefault(tuple(map(id, cell.leaves)), {})
        key = json.dumps([name, value], sort_keys=True)
        if key not in known:
            narrowed = cell.side.keep({"properties": {name: {"const": value}}})
            known[key] = Cell(cell.side, cell.kind, (*cell.leaves, narrowed))
        return known[key]


@dataclass(frozen=True, slots=True)
class Sides:
    """The cells of a sender's and a reader's document, and what is proven of them.

    Attributes:
        sent: The sender's.
        read: The reader's.
        plain: Containment by what chanx's validator refuses.
        formats: The same where formats count.
        unnamed: The same where open objects are sent with anything.
    """

    sent: Cells
    read: Cells
    plain: Containment
    formats: Containment
    unnamed: Containment


def sides_of(sent: Cells, read: Cells) -> Sides:
    """Return what is needed to compare what one document sends with what another reads."""
    return Sides(
        sent,
        read,
        Containment(sent, read, Policy()),
        Containment(sent, read, Policy(formats=True)),
        Containment(sent, read, Policy(unnamed=True)),
    )


__all__ = ["Containment", "Sides", "sides_of"]
