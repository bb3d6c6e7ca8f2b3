"""The client request that the running code serves."""

from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import NamedTuple

from chanx.core.connection import Connection
from chanx.core.frames import Ref
from chanx.messages import BaseMessage


class Frame(NamedTuple):
    """A frame on its way to the client, and what is logged of it.

    Attributes:
        content: The frame; bytes for a binary one.
        action: The message's action; None if it has none.
        ref: The correlation id that it carries; None for none.
    """

    content: str | bytes
    action: object
    ref: Ref | None


@dataclass(slots=True)
class Request:
    """A client message being handled.

    Attributes:
        connection: The connection it came by; what is sent by another one is none of its replies.
        ref: Its correlation id; None if the client gave none.
        held: Frames that wait for the end of the handler; None if replies are sent at once.
        answer: The class of the last message that carries its correlation id; None for none.
    """

    connection: Connection
    ref: Ref | None = None
    held: list[Frame] | None = field(default=None)
    answer: "type[BaseMessage] | None" = None


# A context variable and not an attribute of the connection: handlers of one connection may run
# beside each other, and each task that they start belongs to its own request.
current_request: ContextVar[Request | None] = ContextVar("chanx_request", default=None)
"""The request that the running handler serves; tasks that a handler starts inherit it."""


__all__ = ["Frame", "Request", "current_request"]
