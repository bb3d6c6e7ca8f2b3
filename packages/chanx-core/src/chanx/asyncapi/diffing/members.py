"""The properties that a cell of objects allows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from chanx.asyncapi.diffing.cell import Cell
from chanx.asyncapi.diffing.terms import NOTHING, TEXT, Leaves, Term
from chanx.asyncapi.validation import matches
from chanx.asyncapi.walk import Schema, array_of, object_of


@dataclass(frozen=True, slots=True)
class Members:
    """The properties of a cell of objects.

    Attributes:
        named: The terms of properties that are named, in their order.
        required: Those that are required, named or not.
        patterns: The terms of names that match patterns.
        rest: The term of all other names; ``ANYTHING`` for an open object.
        names: The term of what names may be.
        is_declared: Whether it is said what properties there are, even if none.
    """

    named: Mapping[str, Term]
    required: frozenset[str]
    patterns: Mapping[str, Term]
    rest: Term
    names: Term
    is_declared: bool

    @property
    def is_map(self) -> bool:
        """Whether values under names of the sender's own choice are what it is for.

        An open object that names properties is taken to be sent with no others.
        """
        has_rest = self.rest != NOTHING and (bool(self.rest) or not self.is_declared)
        return has_rest or bool(self.patterns)


def members_of(cell: Cell) -> Members:
    """Return the properties of a cell of objects."""
    leaves = cell.leaves
    names = dict.fromkeys(name for leaf in leaves for name in object_of(leaf.get("properties")))
    patterns = dict.fromkeys(
        pattern for leaf in leaves for pattern in object_of(leaf.get("patternProperties"))
    )
    side = cell.side
    return Members(
        named={name: side.term(_of_name(leaves, name)) for name in names},
        required=frozenset(name for leaf in leaves for name in array_of(leaf.get("required"))),
        patterns={
            pattern: side.term(
                object_of(leaf.get("patternProperties")).get(pattern, True) for leaf in leaves
            )
            for pattern in patterns
        },
        rest=side.term(leaf.get("additionalProperties", True) for leaf in leaves),
        names=side.term([TEXT, *cell.others("propertyNames")]),
        is_declared=any("properties" in leaf for leaf in leaves),
    )


def term_of_name(cell: Cell, name: str) -> Term:
    """Return what a cell of objects allows under a name."""
    return cell.side.term(_of_name(cell.leaves, name))


def _of_name(leaves: Leaves, name: str) -> Iterator[Schema | bool]:
    for leaf in leaves:
        known = 0
        properties = object_of(leaf.get("properties"))
        if name in properties:
            known += 1
            yield properties[name]
        for pattern, part in object_of(leaf.get("patternProperties")).items():
            if matches({"pattern": pattern}, name, _no_lookup):
                known += 1
                yield part
        if not known:
            yield leaf.get("additionalProperties", True)


def _no_lookup(reference: str) -> Schema | bool:
    raise LookupError(reference)  # a pattern refers to nothing


__all__ = ["Members", "members_of", "term_of_name"]
