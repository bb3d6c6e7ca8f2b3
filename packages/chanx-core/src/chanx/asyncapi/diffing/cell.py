"""What one alternative of a term allows of one type of JSON."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeGuard

from chanx.asyncapi.diffing.terms import Leaves, Side
from chanx.asyncapi.walk import Schema

_OTHER: Final = ("not", "if", "oneOf", "contains", "dependencies")
"""Keywords whose meaning is only compared as a whole."""

_OF_KIND: Final[Mapping[str, frozenset[str]]] = {
    "contains": frozenset({"array"}),
    "dependencies": frozenset({"object"}),
}


@dataclass(frozen=True, slots=True)
class Cell:
    """What one alternative allows of one type.

    Attributes:
        side: The schemas of its document.
        kind: The type of JSON; ``"values"`` for a list of values, whatever their types.
        leaves: The schemas that hold together.
        values: The values, all of them; empty for other kinds.
    """

    side: Side
    kind: str
    leaves: Leaves
    values: tuple[Any, ...] = ()

    def strictest(self, keyword: str, *, is_lower: bool) -> float:
        """Return the largest lower or the smallest upper bound that leaves set.

        Args:
            keyword: Such as ``minLength``.
            is_lower: Whether it is a lower bound, of which 0 is the least.
        """
        given: list[float] = [leaf[keyword] for leaf in self.leaves if is_number(leaf.get(keyword))]
        return max([0, *given]) if is_lower else min([math.inf, *given])

    def others(self, keyword: str) -> list[Any]:
        """Return what leaves say under a keyword."""
        return [leaf[keyword] for leaf in self.leaves if keyword in leaf]

    def whole(self) -> list[tuple[str, Schema]]:
        """Return the parts of leaves that are only compared as a whole, by their keywords."""
        found = list[tuple[str, Schema]]()
        for leaf in self.leaves:
            for word in _OTHER:
                if word in leaf and self.kind in _OF_KIND.get(word, {self.kind}):
                    words = ("if", "then", "else") if word == "if" else (word,)
                    found.append((word, {name: leaf[name] for name in words if name in leaf}))
        return found


def is_number(value: object) -> TypeGuard[float]:
    """Return whether a value is a number of JSON."""
    return isinstance(value, int | float) and not isinstance(value, bool)


__all__ = ["Cell", "is_number"]
