"""The outcome of a comparison, and whether it is to fail."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from chanx.asyncapi.diffing.acceptance import Acceptance, Judged
from chanx.asyncapi.diffing.change import VERDICTS, Verdict

FailOn = Literal["breaking", "review", "any"]

_FAILING: Final[Mapping[FailOn, frozenset[Verdict]]] = {
    "breaking": frozenset({"breaking"}),
    "review": frozenset({"breaking", "review"}),
    "any": frozenset({"breaking", "review", "safe"}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What has changed.

    Attributes:
        old: What the old document is called.
        new: What the new document is called.
        new_file: The file of the new document; "" if it is none.
        judged: The changes that are shown, the gravest first.
        stale: What accepts a change that is not there.
        fail_on: Which changes fail, unless they are accepted.
    """

    old: str
    new: str
    new_file: str
    judged: tuple[Judged, ...]
    stale: tuple[Acceptance, ...]
    fail_on: FailOn

    def fails(self, item: Judged) -> bool:
        """Return whether a change fails."""
        return item.acceptance is None and item.change.verdict in _FAILING[self.fail_on]

    @property
    def is_failed(self) -> bool:
        """Whether any change fails."""
        return any(map(self.fails, self.judged))

    @property
    def verdict(self) -> Verdict:
        """The gravest verdict, of what is accepted too."""
        verdicts: list[Verdict] = ["none", *(item.change.verdict for item in self.judged)]
        return min(verdicts, key=VERDICTS.index)

    def counts(self) -> dict[Verdict, int]:
        """Return how many changes there are of each verdict, those that are accepted included."""
        verdicts = [item.change.verdict for item in self.judged]
        return {verdict: verdicts.count(verdict) for verdict in VERDICTS}


__all__ = ["FailOn", "Report"]
