"""The client request that the running code serves."""

from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chanx.core.connection import Connection
    from chanx.core.frames import Ref


@dataclass(slots=True)
class Request:
    """A client message being handled.

    Attributes:
        connection: The connection it came by; what is sent by another one is none of its replies.
        ref: Its correlation id; None if the client gave none.
        held: Texts that wait for the end of the handler; None if replies are sent at once.
    """

    connection: "Connection"
    ref: "Ref | None" = None
    held: list[str] | None = field(default=None)


current_request: ContextVar[Request | None] = ContextVar("chanx_request", default=None)
"""The request that the running handler serves; tasks that a handler starts inherit it."""


__all__ = ["Request", "current_request"]
