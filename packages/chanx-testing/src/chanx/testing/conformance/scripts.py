"""What is said on one or two connections, step by step, and what comes of it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from chanx.asyncapi.walk import is_array, is_object
from chanx.testing.conformance.subject import Operation
from chanx.testing.driver import Close

Frame: TypeAlias = str | bytes
Kind: TypeAlias = Literal["valid", "invalid", "open", "broken"]
"""What a document says of a frame; ``"broken"`` for what is not a message whatever it says."""


@dataclass(frozen=True, slots=True)
class Raw:
    """A frame that is not made of a JSON value.

    Attributes:
        data: Its text or bytes.
        note: What it is, in a word or two.
        kind: What a document says of it.
        size: Whether it has the greatest size, or one byte more; "" where size does not matter.
    """

    data: Frame
    note: str = ""
    kind: Kind = "broken"
    size: Literal["", "exact", "over"] = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """A place in a frame that takes a value from what the server has sent.

    Attributes:
        message: The name of the message that has it.
        path: Where it stands there, key by key.
        otherwise: What stands here if no such message has come.
    """

    message: str
    path: tuple[str, ...]
    otherwise: Any


@dataclass(frozen=True, slots=True)
class Step:
    """One frame of a client.

    Attributes:
        frame: What it holds: a JSON value, with :class:`Seen` in it, or :class:`Raw`.
        member: Whose connection it is, counted from 0.
        cancel: What is sent as soon as the first answer has come; None for nothing.
    """

    frame: Any
    member: int = 0
    cancel: Any = None


Script: TypeAlias = tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Received:
    """A frame of the server.

    Attributes:
        frame: Its text or bytes.
        value: What it holds; None if that is not JSON.
    """

    frame: Frame
    value: Any

    @property
    def text(self) -> str:
        """What is shown of it."""
        shown = self.frame if isinstance(self.frame, str) else repr(self.frame)
        return shown if len(shown) <= 300 else f"{shown[:300]}..."


@dataclass(slots=True)
class Exchange:
    """A step, and what came of it until nothing more came.

    Attributes:
        step: The step.
        sent: The frame as it was sent.
        value: What it holds; None if that is not JSON.
        kind: What the document says of it.
        operation: The operation that it belongs to; None for none.
        ref: The id that it carries; None for none.
        before: What had come on the same connection before.
        answers: What came on it then.
        pushes: What came on the others, each with its member.
        closed: How the connection was closed; None while it is not.
        errors: What was logged at the level of errors or raised meanwhile.
        is_quiet: Whether the server has come to rest.
        cancelled_after: How many answers had come when the cancelling frame was sent; None if
            none was.
        ping: What was sent behind it, to see whether the connection lives; "" for nothing.
        is_alive: Whether that was answered; None if none was sent.
        sources: Where the values of :class:`Seen` come from: exchange and answer, by path.
    """

    step: Step
    sent: Frame
    value: Any
    kind: Kind
    operation: Operation | None = None
    ref: Any = None
    before: list[Received] = field(default_factory=list[Received])
    answers: list[Received] = field(default_factory=list[Received])
    pushes: list[tuple[int, Received]] = field(default_factory=list[tuple[int, Received]])
    closed: Close | None = None
    errors: list[str] = field(default_factory=list[str])
    is_quiet: bool = True
    cancelled_after: int | None = None
    ping: Frame = ""
    is_alive: bool | None = None
    sources: Mapping[tuple[str, ...], str] = field(default_factory=dict[tuple[str, ...], str])


def read_frame(frame: Frame) -> Received:
    """Return a frame with what it holds."""
    try:
        value = json.loads(frame) if isinstance(frame, str) else None
    except (ValueError, RecursionError):
        value = None
    return Received(frame, value)


def written(value: Any) -> Frame:
    """Return the frame of a JSON value, or of what is none."""
    if isinstance(value, Raw):
        return value.data
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def filled(value: Any, seen: Mapping["Seen", Any]) -> Any:
    """Return a value in which places are filled with what the server has sent.

    Args:
        value: The value.
        seen: What has come of each place.
    """
    if isinstance(value, Seen):
        return seen.get(value, value.otherwise)
    if is_object(value):
        return {key: filled(item, seen) for key, item in value.items()}
    if is_array(value):
        return [filled(item, seen) for item in value]
    return value


__all__ = [
    "Exchange",
    "Frame",
    "Kind",
    "Raw",
    "Received",
    "Script",
    "Seen",
    "Step",
    "filled",
    "read_frame",
    "written",
]
