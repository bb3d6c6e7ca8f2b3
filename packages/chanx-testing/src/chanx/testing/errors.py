"""What fails a test: the connection, a frame or the application is not as the test expects."""

from collections.abc import Mapping, Sequence
from operator import methodcaller
from typing import Final


class UnexpectedClose(AssertionError):
    """The connection is closed, and the test needs it open.

    Attributes:
        code: The close code.
        reason: The reason that came with it.
        hint: What may be the cause, as a sentence; empty for none.
    """

    def __init__(self, code: int, reason: str = "", hint: str = "") -> None:
        super().__init__(code, reason, hint)
        self.code = code
        self.reason = reason
        self.hint = hint

    def __str__(self) -> str:
        reason = f", {self.reason!r}" if self.reason else ""
        hint = f" {self.hint}" if self.hint else ""
        return f"The connection is closed, with code {self.code}{reason}.{hint}"


class UnexpectedFrame(AssertionError):
    """A frame is none of the messages that the consumer declares.

    Attributes:
        frame: The frame's text or bytes.
        why: What is wrong with it, and the fix.
    """

    def __init__(self, frame: str | bytes, why: str) -> None:
        super().__init__(frame, why)
        self.frame = frame
        self.why = why

    def __str__(self) -> str:
        return f"{self.why}\nThe frame: {self.frame!r}"


class ExpectationFailed(AssertionError):
    """What a test expects did not happen, or what it refutes did.

    Attributes:
        outcome: What happened instead.
        arrived: What did arrive, latest last, each with whether the test has read it.
    """

    def __init__(self, outcome: str, arrived: Sequence[str]) -> None:
        super().__init__(outcome, arrived)
        self.outcome = outcome
        self.arrived = arrived

    def __str__(self) -> str:
        arrived = "".join(f"\n  {line}" for line in self.arrived) or " nothing."
        return f"{self.outcome} What did arrive:{arrived}"


is_told_by_its_text: Final = methodcaller(
    "errisinstance", (ExpectationFailed, TimeoutError, UnexpectedClose, UnexpectedFrame)
)
"""Hides frames of the toolkit in what pytest shows of an error that says all there is to say.

pytest asks the ``__tracebackhide__`` of a module, too.
"""


class ApplicationStillRunning(AssertionError):
    """The application did not end with its connection, and was cancelled.

    Attributes:
        seconds: How long it was waited for.
        where: Where it stood, as the lines of a traceback.
        is_cancelled: Whether it ended when it was cancelled.
    """

    def __init__(self, seconds: float, where: str, *, is_cancelled: bool) -> None:
        super().__init__(seconds, where)
        self.seconds = seconds
        self.where = where
        self.is_cancelled = is_cancelled

    def __str__(self) -> str:
        outcome = "was cancelled" if self.is_cancelled else "ignores its cancellation"
        return (
            f"The application still ran {self.seconds:g} s after its connection ended, "
            f"and {outcome}. It stood at:\n{self.where}"
        )


class TasksLeft(AssertionError):
    """Tasks that began during a test still ran at its end, and were cancelled.

    Attributes:
        where: Where each of them stood, as the lines of a traceback.
    """

    def __init__(self, where: Sequence[str]) -> None:
        super().__init__(where)
        self.where = where

    def __str__(self) -> str:
        stood = "\n".join(self.where)
        return (
            f"Still running when the test ended, and cancelled: {len(self.where)}. "
            f"A consumer cancels in disconnect() what it started. It stood at:\n{stood}"
        )


class LayerNotEmpty(AssertionError):
    """A channel layer still holds at the end of a test what came into it during the test.

    Attributes:
        channels: Channels that somebody receives from or that hold messages.
        members: The channels of each group that has any, by the name the layer knows.
    """

    def __init__(self, channels: Sequence[str], members: Mapping[str, Sequence[str]]) -> None:
        super().__init__(channels, members)
        self.channels = channels
        self.members = members

    def __str__(self) -> str:
        lines = [f"\n  channel {channel}" for channel in self.channels]
        lines += [f"\n  group {group}: {', '.join(of)}" for group, of in self.members.items()]
        return (
            f"Left in the channel layer when the test ended:{''.join(lines)}\n"
            f"A connection leaves by itself what it joined with join_group(); whatever called "
            f"group_add() or receive() undoes it."
        )


__all__ = [
    "ApplicationStillRunning",
    "ExpectationFailed",
    "LayerNotEmpty",
    "TasksLeft",
    "UnexpectedClose",
    "UnexpectedFrame",
    "is_told_by_its_text",
]
