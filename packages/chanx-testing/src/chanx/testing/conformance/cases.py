"""What is tried out, each for itself: a channel, an operation or something else, and a phase."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

from chanx.testing.conformance.subject import Subject

Phase: TypeAlias = Literal["examples", "coverage", "random", "sequences"]
PHASES: Final[tuple[Phase, ...]] = get_args(Phase)

HANDSHAKE: Final = "handshake"
FRAMES: Final = "frames"
ALL: Final = "all"
"""What is tried out besides the operations."""


@dataclass(frozen=True, slots=True)
class Case:
    """What one test tries out.

    Attributes:
        channel: The key of the channel.
        subject: The name of an operation, or ``handshake``, ``frames`` or ``all``.
        phase: The phase.
    """

    channel: str
    subject: str
    phase: Phase

    @property
    def id(self) -> str:
        """What pytest calls it."""
        return f"{self.channel}-{self.subject}-{self.phase}"


def cases_of(subjects: Iterable[Subject], phases: Sequence[Phase]) -> Iterator[Case]:
    """Yield the cases of connections, in the order of the document.

    Args:
        subjects: The connections.
        phases: The phases that are asked for.
    """
    for subject in subjects:
        own = [operation.name for operation in subject.operations if operation.messages]
        if "coverage" in phases:
            yield Case(subject.name, HANDSHAKE, "coverage")
            yield Case(subject.name, FRAMES, "coverage")
        for name in own:
            yield from (Case(subject.name, name, item) for item in phases if item != "sequences")
        if "sequences" in phases and own:
            yield Case(subject.name, ALL, "sequences")


__all__ = ["ALL", "FRAMES", "HANDSHAKE", "PHASES", "Case", "Phase", "cases_of"]
