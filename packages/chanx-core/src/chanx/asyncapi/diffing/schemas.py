"""The changes of one schema, as both directions show them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from chanx.asyncapi.diffing.alignment import Alignment, Remark
from chanx.asyncapi.diffing.cells import Cells
from chanx.asyncapi.diffing.change import VERDICTS, Verdict
from chanx.asyncapi.diffing.containment import sides_of
from chanx.asyncapi.diffing.differences import Difference, Differences
from chanx.asyncapi.diffing.faults import Policy
from chanx.asyncapi.diffing.rules import RULES, sentence, verdict_of
from chanx.asyncapi.diffing.terms import Side, Term
from chanx.asyncapi.walk import Schema

Reader = Literal["server", "client"]


@dataclass(frozen=True, slots=True)
class SchemaChange:
    """A change of a schema.

    Attributes:
        id: What kind.
        verdict: What it means.
        path: Where in the payload, a JSON pointer in which ``*`` is any item or name.
        sentence: What has changed.
        detail: The property or value that it is about; "" for none.
        witness: A value that is refused on one side only, in a tuple of its own; empty for none.
    """

    id: str
    verdict: Verdict
    path: str
    sentence: str
    detail: str = ""
    witness: tuple[()] | tuple[Any] = ()


class SchemaComparison:
    """Compares schemas of an old and a new document.

    Args:
        old: The old document.
        new: The new document.
        assert_formats: Whether readers are taken to check formats.
    """

    def __init__(self, old: object, new: object, *, assert_formats: bool = False) -> None:
        self._old = Cells(Side(old))
        self._new = Cells(Side(new))
        self._alignment = Alignment(self._old, self._new)
        self._onward = sides_of(self._old, self._new)
        self._backward = sides_of(self._new, self._old)
        self._onward_differences = Differences(self._onward)
        self._backward_differences = Differences(self._backward)
        self._assert_formats = assert_formats

    @property
    def missing(self) -> tuple[frozenset[str], frozenset[str]]:
        """The references that lead nowhere, of those followed in the old and the new document."""
        return frozenset(self._old.side.missing), frozenset(self._new.side.missing)

    def changes(
        self, reader: Reader, old: Iterable["Schema | bool"], new: Iterable["Schema | bool"]
    ) -> list[SchemaChange]:
        """Return how a schema has changed.

        Args:
            reader: Who reads what the schema is of: the server is compared as the reader of what
                clients of the old document send, clients of the old document as the readers of
                what the new server sends.
            old: The schemas of the old document; one of them holds.
            new: The schemas of the new document; likewise.
        """
        before, after = _one_of(self._old.side, old), _one_of(self._new.side, new)
        remarked = self._alignment.remarks(before, after)
        found = [
            *self._by_frames(reader, before, after),
            *self._by_policies(reader, before, after),
        ]
        found += [_remarked(reader, remark) for remark in remarked]
        return _without_echoes(found)

    def _by_frames(self, reader: Reader, before: Term, after: Term) -> Iterator[SchemaChange]:
        """Yield what frames show: those that may be refused, and those that are not any more."""
        less = self._onward_differences.between(before, after)
        more = self._backward_differences.between(after, before)
        bad, good = (less, more) if reader == "server" else (more, less)
        is_stricter = reader == "server"
        both = _changed_both_ways(less, more)
        for difference in bad:
            rule = RULES[difference.kind]
            named = rule.stricter if is_stricter else rule.looser
            if (difference.kind, difference.path) in both:
                named = rule.changed
            yield _change(named, verdict_of(named, bool(difference.witness)), difference)
        for difference in good:
            rule = RULES[difference.kind]
            named = rule.looser if is_stricter else rule.stricter
            if difference.witness and (difference.kind, difference.path) not in both:
                yield _change(named, "safe", difference)

    def _by_policies(self, reader: Reader, before: Term, after: Term) -> Iterator[SchemaChange]:
        """Yield what no validator shows: formats, and names that are not declared."""
        less = self._differing("format", before, after)
        more = self._differing("format", after, before, is_backward=True)
        bad, good = (less, more) if reader == "server" else (more, less)
        rule = RULES["format"]
        names = (rule.stricter, rule.looser) if reader == "server" else (rule.looser, rule.stricter)
        for item in bad:
            named = rule.changed if any(item.path == other.path for other in good) else names[0]
            yield _change(named, "breaking" if self._assert_formats else "review", item)
        for item in good:
            if not any(item.path == other.path for other in bad):
                yield _change(names[1], "safe", item)
        shown = {
            item.path
            for item in self._onward_differences.between(before, after)
            if item.kind == "closed"
        }
        for item in self._differing("closed", before, after):
            if item.path not in shown:
                yield _change("objects-closed", "review" if reader == "server" else "safe", item)
        for item in self._differing("closed", after, before, is_backward=True):
            yield _change("objects-opened", "safe", item)

    def _differing(
        self, kind: str, sent: Term, read: Term, *, is_backward: bool = False
    ) -> list[Difference]:
        """Return the differences that there are only by the policy of a kind."""
        sides, differences = (
            (self._backward, self._backward_differences)
            if is_backward
            else (self._onward, self._onward_differences)
        )
        word, containment, policy = (
            ("format", sides.formats, Policy(formats=True))
            if kind == "format"
            else ("additionalProperties", sides.unnamed, Policy(unnamed=True))
        )
        if word not in sides.read.side.words:
            return []
        found = differences.by_policy(containment, policy, sent, read)
        return [difference for difference in found if difference.kind == kind]


def _one_of(side: Side, schemas: Iterable["Schema | bool"]) -> Term:
    given = [*schemas]
    if len(given) == 1:
        return side.term(given)
    return side.term([side.keep({"anyOf": given})])


def _changed_both_ways(less: list[Difference], more: list[Difference]) -> set[tuple[str, str]]:
    """Return kinds and places where either schema allows what the other does not."""
    found = set[tuple[str, str]]()
    for difference in less:
        key = difference.kind, difference.path
        others = [item for item in more if (item.kind, item.path) == key]
        own = [item for item in less if (item.kind, item.path) == key]
        if RULES[difference.kind].changed and others and (len(own), len(others)) == (1, 1):
            found.add(key)
    return found


def _change(named: str, verdict: Verdict, difference: Difference) -> SchemaChange:
    said = sentence(named, difference.path, difference.detail)
    return SchemaChange(
        named, verdict, difference.path, said, difference.detail, difference.witness
    )


def _remarked(reader: Reader, remark: Remark) -> SchemaChange:
    verdict: Verdict = "safe"
    if remark.kind == "gone":
        named = "property-removed"
        verdict = "safe" if reader == "server" else "breaking"
    elif remark.kind == "added":
        named = "property-added-optional"
    elif remark.kind == "respelled":
        named, verdict = "key-case", "breaking"
    elif remark.kind == "default":
        named = "default-changed"
        verdict = "review" if reader == "server" else "safe"
    else:
        is_added = remark.kind == "extensible-added"
        named = "enum-value-added" if is_added else "enum-value-removed"
        verdict = "review" if is_added == (reader == "client") else "safe"
    said = sentence(named, remark.path, remark.detail)
    return SchemaChange(named, verdict, remark.path, said, remark.detail)


def _without_echoes(found: list[SchemaChange]) -> list[SchemaChange]:
    """Leave out what is told twice, or better by another: as new, or as spelled differently."""
    gravest: dict[tuple[str, str, str], SchemaChange] = {}
    for change in sorted(found, key=lambda change: VERDICTS.index(change.verdict)):
        gravest.setdefault((change.id, change.path, change.sentence), change)
    named = {
        (change.path, name): change.id
        for change in gravest.values()
        if change.id in ("property-added", "property-added-required", "key-case")
        for name in change.detail.split(" -> ")
    }
    return [
        change
        for change in gravest.values()
        if not (
            change.id in ("property-added-optional", "property-removed")
            and not change.witness
            and (change.path, change.detail) in named
        )
    ]


__all__ = ["Reader", "SchemaChange", "SchemaComparison"]
