"""Everything that is said between a page and the server, as types."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from chanx.messages import BaseMessage
from django_chat.chat.models import Message

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class ChatMessage(BaseModel):
    """What a member said, as it is stored."""

    id: int = Field(description="Counts up over all rooms.")
    author: str = Field(description="The author's user name.")
    text: str
    sent_at: AwareDatetime

    @classmethod
    def of(cls, message: Message) -> "ChatMessage":
        """Return a message of the database, whose author is loaded."""
        return cls(
            id=message.pk,
            author=message.author.username,
            text=message.text,
            sent_at=message.sent_at,
        )


# From the page.


class Say(BaseMessage):
    """Say something to everyone in the room."""

    action: Literal["say"] = "say"
    payload: Text


class Typing(BaseMessage):
    """Tell the others that one is writing."""

    action: Literal["typing"] = "typing"


# To the page.


class WelcomePayload(BaseModel):
    """What a newcomer needs to know."""

    you: str = Field(description="One's own user name.")
    room: str = Field(description="The room's title.")
    history: list[ChatMessage] = Field(description="The latest messages, oldest first.")


class Welcome(BaseMessage):
    """What the page shows at first; it comes as soon as one is in the room."""

    action: Literal["welcome"] = "welcome"
    payload: WelcomePayload


class Said(BaseMessage):
    """Somebody said something, by WebSocket or by HTTP; it is stored by now."""

    action: Literal["said"] = "said"
    payload: ChatMessage


class IsTyping(BaseMessage):
    """Somebody is writing."""

    action: Literal["is_typing"] = "is_typing"
    payload: str = Field(description="The user name.")


# From other parts of the server, by the channel layer.


class Posted(BaseMessage):
    """A message was committed to the database."""

    action: Literal["posted"] = "posted"
    payload: ChatMessage
