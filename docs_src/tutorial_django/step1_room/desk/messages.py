"""What goes over the wire."""

from typing import Literal

from chanx.messages import BaseMessage


class Say(BaseMessage):
    """Something that a client says."""

    action: Literal["say"] = "say"
    payload: str


class Said(BaseMessage):
    """Something that somebody in the room said."""

    action: Literal["said"] = "said"
    payload: str
