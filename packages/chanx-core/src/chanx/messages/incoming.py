"""Messages that clients of any consumer may send."""

from typing import Literal

from chanx.messages.base import BaseMessage


class PingMessage(BaseMessage):
    """A client asks whether the server still answers; reply with :class:`PongMessage`.

    On the wire: ``{"action": "ping"}``.
    """

    action: Literal["ping"] = "ping"


__all__ = ["PingMessage"]
