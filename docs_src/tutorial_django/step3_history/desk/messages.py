"""What goes over the wire."""

from typing import Literal

from pydantic import BaseModel, Field

from chanx.messages import BaseMessage
from desk.models import Entry


class EntryData(BaseModel):
    """What somebody said."""

    id: int
    by: str
    text: str

    @classmethod
    def of(cls, entry: Entry) -> "EntryData":
        """What clients see of an entry."""
        return cls(id=entry.pk, by=entry.author.username, text=entry.text)


class Say(BaseMessage):
    """Something that a client says."""

    action: Literal["say"] = "say"
    payload: str = Field(min_length=1, max_length=500)


class Line(BaseMessage):
    """Something that somebody in the room said."""

    action: Literal["line"] = "line"
    payload: EntryData


class Welcome(BaseMessage):
    """The first message: what was said before."""

    action: Literal["welcome"] = "welcome"
    payload: list[EntryData]
