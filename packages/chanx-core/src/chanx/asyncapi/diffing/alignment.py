"""What stands at the same place of an old and a new schema, where no frame tells the difference."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from chanx.asyncapi.diffing.cell import Cell
from chanx.asyncapi.diffing.cells import Cells
from chanx.asyncapi.diffing.items import items_of
from chanx.asyncapi.diffing.samples import spelled
from chanx.asyncapi.diffing.terms import (
    NOTHING,
    Key,
    Side,
    Term,
    TooManyAlternatives,
    key_of,
    values_of,
)
from chanx.asyncapi.walk import array_of, escaped, is_object

_EXTENSIBLE: Final = "x-extensible-enum"


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that an old and a new schema say differently.

    Attributes:
        kind: ``"gone"`` and ``"added"`` for properties, ``"respelled"`` for one that is both but
            for case and punctuation, ``"default"``, and ``"extensible-added"`` and
            ``"extensible-removed"`` for values that are named where others are allowed too.
        path: Where in the payload, a JSON pointer; ``*`` for any item or name.
        detail: The property, or the values, as JSON.
    """

    kind: str
    path: str
    detail: str


_Place: TypeAlias = tuple[Term, Term, str]


class Alignment:
    """Lays the terms of an old and a new document beside each other; each pair is compared once.

    Args:
        old: The cells of the old document.
        new: The cells of the new document.
    """

    def __init__(self, old: Cells, new: Cells) -> None:
        self._old = old
        self._new = new
        self._known: dict[tuple[Key, Key], list[Remark | _Place]] = {}

    def remarks(self, old: Term, new: Term) -> list[Remark]:
        """Return what an old and a new term say differently, and what they lead to.

        Args:
            old: What was sent or read.
            new: What is.
        """
        waiting: deque[_Place] = deque([(old, new, "")])
        seen = set[tuple[Key, Key]]()
        found = dict[Remark, None]()
        while waiting:
            one, other, path = waiting.popleft()
            pair = key_of(one), key_of(other)
            if pair in seen:
                continue
            seen.add(pair)
            for item in self._at(pair, one, other):
                if isinstance(item, Remark):
                    found[replace(item, path=path + item.path)] = None
                else:
                    waiting.append((item[0], item[1], path + item[2]))
        return [*found]

    def _at(self, pair: tuple[Key, Key], old: Term, new: Term) -> "list[Remark | _Place]":
        """Return what is said of a pair, and the pairs below it, by their paths from here."""
        if pair not in self._known:
            said = _said(self._old.side, old, self._new.side, new, "")
            self._known[pair] = [*said, *self._below(old, new, "")]
        return self._known[pair]

    def _below(self, old: Term, new: Term, path: str) -> Iterator["Remark | _Place"]:
        try:
            olds, news = self._old.of(old), self._new.of(new)
        except TooManyAlternatives:
            return
        for kind in ("object", "array"):
            left = [cell for cell in olds if cell.kind == kind]
            right = [cell for cell in news if cell.kind == kind]
            for one, other in self._pairs(left, right):
                below = self._objects if kind == "object" else self._arrays
                yield from below(one, other, path)

    def _pairs(self, old: list[Cell], new: list[Cell]) -> Iterator[tuple[Cell, Cell]]:
        if len(old) == len(new) == 1:
            yield old[0], new[0]
            return
        for cell in old:
            alike = [other for other in new if self._tags(cell) & self._tags(other)]
            if len(alike) == 1:
                yield cell, alike[0]

    def _tags(self, cell: Cell) -> frozenset[tuple[str, str]]:
        cells = self._old if cell.side is self._old.side else self._new
        members = cells.members(cell) if cell.kind == "object" else None
        return frozenset(
            (name, spelled(value))
            for name, term in (members.named.items() if members else ())
            if members and name in members.required
            for schema in term
            if is_object(schema)
            for value in values_of(schema) or ()
        )

    def _arrays(self, old: Cell, new: Cell, path: str) -> Iterator["Remark | _Place"]:
        ours, theirs = items_of(old), items_of(new)
        for index in range(max(len(ours.first), len(theirs.first))):
            yield ours.at(index), theirs.at(index), f"{path}/{index}"
        yield ours.rest, theirs.rest, f"{path}/*"

    def _objects(self, old: Cell, new: Cell, path: str) -> Iterator["Remark | _Place"]:
        ours, theirs = self._old.members(old), self._new.members(new)
        left = {name: term for name, term in ours.named.items() if term != NOTHING}
        right = {name: term for name, term in theirs.named.items() if term != NOTHING}
        added = {_squeezed(name): name for name in right if name not in left}
        added.pop("", None)
        for name, term in left.items():
            if name in right:
                yield term, right[name], f"{path}/{escaped(name)}"
            elif not theirs.is_map:
                yield Remark("gone", path, name)
                if (other := added.get(_squeezed(name))) is not None:
                    yield Remark("respelled", path, f"{name} -> {other}")
        for name in right:
            if name not in left and not ours.is_map:
                yield Remark("added", path, name)
        if ours.rest and theirs.rest and NOTHING not in (ours.rest, theirs.rest):
            yield ours.rest, theirs.rest, f"{path}/*"


def _said(old_side: Side, old: Term, new_side: Side, new: Term, path: str) -> Iterator[Remark]:
    before, after = _given(old, "default"), _given(new, "default")
    if before and after and before != after:
        yield Remark("default", path, f"{before[0]} -> {after[0]}")
    known, now = _listed(old_side, old), _listed(new_side, new)
    if known and now:
        if now - known:
            yield Remark("extensible-added", path, ", ".join(sorted(now - known)))
        if known - now:
            yield Remark("extensible-removed", path, ", ".join(sorted(known - now)))


def _given(term: Term, key: str) -> list[str]:
    return [spelled(schema[key]) for schema in term if is_object(schema) and key in schema]


def _squeezed(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())


def _listed(side: Side, term: Term) -> set[str]:
    """Return the values that are named beside others: an enum that is to grow."""
    found = set[str]()
    for schema in term:
        if not is_object(schema):
            continue
        found.update(map(spelled, array_of(schema.get(_EXTENSIBLE))))
        for word in ("anyOf", "oneOf"):
            parts = [
                part
                for given in array_of(schema.get(word))
                if is_object(part := side.target(given))
            ]
            if any(part.get("type") == "string" and values_of(part) is None for part in parts):
                found.update(spelled(value) for part in parts for value in values_of(part) or ())
    return found


__all__ = ["Alignment", "Remark"]
