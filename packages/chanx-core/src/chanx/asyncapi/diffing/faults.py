"""Where a cell allows what a cell of the other side may not: what containment has to prove.

The keyword table of the comparison. A :class:`Fault` at the place itself says that something is
allowed that may be refused; a :class:`Below` asks the same of what stands in it, and
:class:`Names` of the names of that.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from chanx.asyncapi.diffing.cell import Cell
from chanx.asyncapi.diffing.cells import Cells
from chanx.asyncapi.diffing.items import items_of
from chanx.asyncapi.diffing.members import Members, term_of_name
from chanx.asyncapi.diffing.ranges import is_multiple, numbers_of
from chanx.asyncapi.diffing.sameness import are_same
from chanx.asyncapi.diffing.terms import NOTHING, Term, kind_of
from chanx.asyncapi.walk import Schema


@dataclass(frozen=True, slots=True)
class Policy:
    """What counts, beside what chanx's validator refuses.

    Attributes:
        formats: Whether ``format`` does; in draft-07 it is an annotation.
        unnamed: Whether senders of open objects are taken to send names that they do not declare.
    """

    formats: bool = False
    unnamed: bool = False


@dataclass(frozen=True, slots=True)
class Fault:
    """What may be refused, at a place.

    Attributes:
        kind: What kind of constraint; a key of the table in :mod:`rules`.
        name: The property that it is about; None for the place itself.
    """

    kind: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Below:
    """What stands within a place, on both sides.

    Attributes:
        step: The property's name or the item's index; None for any other name, -1 for any other
            item.
        sent: What is sent.
        read: What is read.
    """

    step: str | int | None
    sent: Term
    read: Term


@dataclass(frozen=True, slots=True)
class Names(Below):
    """The names that an object may have; the step is None."""


Question: TypeAlias = Fault | Below


def faults(sent: Cells, cell: Cell, read: Cells, other: Cell, policy: Policy) -> Iterator[Question]:
    """Yield what has to hold for all that a cell allows to be allowed by another.

    Args:
        sent: The sender's cells.
        cell: One of them, not of listed values.
        read: The reader's cells.
        other: One of these, of the same type.
        policy: What counts.
    """
    for word, part in other.whole():
        if word == "not" and _is_of_other_types(read, part["not"], cell.kind):
            continue
        if not any(
            word == known and are_same(cell.side, given, other.side, part)
            for known, given in cell.whole()
        ):
            yield Fault("overlap" if word == "oneOf" else "condition")
    known, wanted = (set(given.others("format")) for given in (cell, other))
    if policy.formats and cell.kind in ("string", "number") and not wanted <= known:
        yield Fault("format")
    if cell.kind == "number":
        yield from _of_numbers(cell, other)
    elif cell.kind == "string":
        yield from _of_texts(cell, other)
    elif cell.kind == "array":
        yield from _of_arrays(cell, other)
    elif cell.kind == "object":
        yield from _of_objects(sent, cell, read, other, policy)


def _is_of_other_types(read: Cells, excluded: Schema | bool, kind: str) -> bool:
    """Return whether what ``not`` excludes has no value of a type."""
    cells = read.of(read.side.term([excluded]))
    return all(
        cell.kind != kind and all(kind_of(value) != kind for value in cell.values) for cell in cells
    )


def _of_numbers(cell: Cell, other: Cell) -> Iterator[Question]:
    ours, theirs = numbers_of(cell), numbers_of(other)
    is_whole = ours.is_integer or any(float(step).is_integer() for step in ours.steps)
    if theirs.is_integer and not is_whole:
        yield Fault("type")
    if theirs.low > ours.low or _is_below(theirs.high, ours.high):
        yield Fault("bound")
    known = (*ours.steps, 1) if ours.is_integer else ours.steps
    if not all(any(is_multiple(own, step) for own in known) for step in theirs.steps):
        yield Fault("bound")


def _is_below(one: tuple[float, bool], other: tuple[float, bool]) -> bool:
    return (one[0], not one[1]) < (other[0], not other[1])


def _of_texts(cell: Cell, other: Cell) -> Iterator[Question]:
    if _is_looser(cell, other, "minLength", "maxLength"):
        yield Fault("bound")
    if not set(other.others("pattern")) <= set(cell.others("pattern")):
        yield Fault("pattern")


def _is_looser(cell: Cell, other: Cell, least: str, most: str) -> bool:
    return cell.strictest(least, is_lower=True) < other.strictest(least, is_lower=True) or (
        cell.strictest(most, is_lower=False) > other.strictest(most, is_lower=False)
    )


def _of_arrays(cell: Cell, other: Cell) -> Iterator[Question]:
    ours, theirs = items_of(cell), items_of(other)
    if ours.least < theirs.least or ours.most > theirs.most:
        yield Fault("bound")
    if theirs.is_unique and not ours.is_unique and ours.most > 1:
        yield Fault("bound")
    for index in range(max(len(ours.first), len(theirs.first))):
        if index < ours.most:
            yield Below(index, ours.at(index), theirs.at(index))
    if ours.most > max(len(ours.first), len(theirs.first)):
        yield Below(-1, ours.rest, theirs.rest)


def _of_objects(
    sent: Cells, cell: Cell, read: Cells, other: Cell, policy: Policy
) -> Iterator[Question]:
    ours, theirs = sent.members(cell), read.members(other)
    for name in sorted(theirs.required - ours.required):
        yield Fault("required" if name in ours.named else "added-required", name)
    for name, term in ours.named.items():
        if term == NOTHING:
            continue
        wanted = term_of_name(other, name)
        if wanted == NOTHING:
            yield Fault("closed-to", name)
        else:
            yield Below(name, term, wanted)
    yield from _of_other_names(cell, ours, other, theirs, policy)
    if _least(cell, ours) < other.strictest("minProperties", is_lower=True):
        yield Fault("bound")
    if _most(cell, ours) > other.strictest("maxProperties", is_lower=False):
        yield Fault("bound")


def _least(cell: Cell, members: Members) -> float:
    return max(cell.strictest("minProperties", is_lower=True), len(members.required))


def _most(cell: Cell, members: Members) -> float:
    known = math.inf if members.is_map else len(members.named)
    return min(cell.strictest("maxProperties", is_lower=False), known)


def _of_other_names(
    cell: Cell, ours: Members, other: Cell, theirs: Members, policy: Policy
) -> Iterator[Question]:
    names = (*theirs.patterns.values(), theirs.rest)
    for pattern, term in ours.patterns.items():
        wanted = [theirs.patterns[pattern]] if pattern in theirs.patterns else names
        for read in wanted:
            yield Below(None, term, read)
    if ours.rest == NOTHING:
        return
    if not ours.is_map:
        if policy.unnamed and theirs.rest != ():
            yield Fault("closed")
        return
    if theirs.rest == NOTHING:
        yield Fault("closed")
        return
    yield Below(None, ours.rest, theirs.rest)
    for read in theirs.patterns.values():
        yield Below(None, ours.rest, read)
    for name, read in theirs.named.items():
        if name not in ours.named:
            yield Below(name, ours.rest, read)
    if theirs.names != ours.names and len(theirs.names) > 1:
        yield Names(None, ours.names, theirs.names)


__all__ = ["Below", "Fault", "Names", "Policy", "Question", "faults"]
