"""What a server is held to: the table of checks, and what is found."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that servers are held to.

    Attributes:
        id: Its name: ``C1`` and so on.
        says: What holds of a server that conforms.
    """

    id: str
    says: str


CHECKS: Final[Mapping[str, Check]] = MappingProxyType(
    {
        check.id: check
        for check in (
            Check("C1", "A valid frame is answered: by a reply, an error, or `complete`."),
            Check("C2", "What the server sends is one of the messages that it may send."),
            Check("C3", "What answers an operation is one of its replies."),
            Check("C4", "An answer carries the `ref` of its request, of the same type."),
            Check("C5", "A valid frame is not refused as invalid."),
            Check("C6", "An invalid frame gets a documented error, and the socket lives."),
            Check(
                "C7",
                "What is not a message at all gets a documented error or close code: text that is "
                "not JSON, binary, deeply nested, an unknown action.",
            ),
            Check(
                "C8",
                "Without a right credential there is a documented refusal, and nothing else.",
            ),
            Check(
                "C9", "A credential works in each place that is declared for it, and in no other."
            ),
            Check("C10", "A wrong path or query is refused with a documented close code."),
            Check(
                "C11", "A stream has one end, nothing after it, and ends soon when it is cancelled."
            ),
            Check("C12", "The server closes with documented codes only."),
            Check("C13", "Nothing fails: no close with 4500, no error in the log, no exception."),
            Check(
                "C14", "What others are sent is a declared message, and carries no `ref` of theirs."
            ),
            Check("C15", "A frame of exactly the greatest size passes, and no larger one."),
        )
    }
)
"""The checks by their ids."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with a server.

    Attributes:
        check: The id of the check.
        text: What was seen, in a sentence.
        expression: What a test asserts to see it, in Python, of ``frames`` and ``client``.
    """

    check: str
    text: str
    expression: str = ""


class ConformanceError(AssertionError):
    """A server does not do what its document says.

    Attributes:
        check: The id of the check; a key of :data:`CHECKS`.
        report: What was seen, and the test to paste.
    """

    def __init__(self, check: str, report: str) -> None:
        super().__init__(check, report)
        self.check = check
        self.report = report

    def __str__(self) -> str:
        return self.report


class ConformanceWarning(UserWarning):
    """A server takes what its document calls invalid, or cannot be held to something."""


__all__ = ["CHECKS", "Check", "ConformanceError", "ConformanceWarning", "Finding"]
