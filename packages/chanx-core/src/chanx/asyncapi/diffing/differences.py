"""Where one side allows what the other may refuse, with a frame that shows it."""

from collections.abc import Iterable

from chanx.asyncapi.diffing.candidates import Candidates
from chanx.asyncapi.diffing.containment import Containment, Sides
from chanx.asyncapi.diffing.faults import Policy
from chanx.asyncapi.diffing.samples import size
from chanx.asyncapi.diffing.terms import Key, Term, TooManyAlternatives, key_of
from chanx.asyncapi.diffing.walk import Difference, Walk


class Differences:
    """Finds differences between what is sent and what is read.

    Args:
        sides: The cells of both documents.
    """

    def __init__(self, sides: Sides) -> None:
        self._sides = sides
        self._candidates = Candidates(sides)
        self._known: dict[tuple[Key, Key], list[Difference]] = {}

    def between(self, sent: Term, read: Term) -> list[Difference]:
        """Return the differences, the shortest witness of each kind and place; none if proven none.

        Args:
            sent: What is sent.
            read: What is read.
        """
        pair = key_of(sent), key_of(read)
        if pair not in self._known:
            self._known[pair] = self._between(sent, read)
        return self._known[pair]

    def _between(self, sent: Term, read: Term) -> list[Difference]:
        if self._sides.plain.holds(sent, read):
            return []
        walk = Walk(self._sides, self._candidates, sent, read)
        try:
            found = [*walk.differences()]
        except TooManyAlternatives:
            found = []
        return _shortest(found or [Difference("undecided", "", "", walk.any_witness())])

    def by_policy(
        self, containment: Containment, policy: Policy, sent: Term, read: Term
    ) -> list[Difference]:
        """Return what differs only where a policy counts, without witnesses.

        Args:
            containment: What is proven under the policy.
            policy: The policy.
            sent: What is sent.
            read: What is read.
        """
        if containment.holds(sent, read):
            return []
        walk = Walk(self._sides, self._candidates, sent, read, containment, policy)
        try:
            return _shortest(walk.differences())
        except TooManyAlternatives:
            return []


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


__all__ = ["Difference", "Differences"]
