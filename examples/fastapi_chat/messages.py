"""Everything that is said between a page and the server, as types."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from chanx.messages import BaseMessage

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class Member(BaseModel):
    """Somebody in a room."""

    id: str = Field(description="The same for the same browser and name, also after a reconnect.")
    name: str


class ChatMessage(BaseModel):
    """What somebody said."""

    id: int = Field(description="Counts up within the room.")
    author: Member
    text: str
    sent_at: AwareDatetime
    revision: int = Field(0, description="How often it was edited.")


# From the page.


class TextPayload(BaseModel):
    """A text to say or to ask."""

    text: Text


class EditPayload(TextPayload):
    """A message's new text."""

    id: int


class DeletePayload(BaseModel):
    """A message to delete, or one that is gone."""

    id: int


class Say(BaseMessage):
    """Say something to everyone in the room."""

    action: Literal["say"] = "say"
    payload: TextPayload


class Edit(BaseMessage):
    """Change a message of one's own."""

    action: Literal["edit"] = "edit"
    payload: EditPayload


class Delete(BaseMessage):
    """Delete a message of one's own."""

    action: Literal["delete"] = "delete"
    payload: DeletePayload


class Ask(BaseMessage):
    """Ask the assistant, which answers word by word, to the asker alone."""

    action: Literal["ask"] = "ask"
    payload: TextPayload


class Stop(BaseMessage):
    """Stop the answer that is being given, if there is one."""

    action: Literal["stop"] = "stop"


# To the page.


class WelcomePayload(BaseModel):
    """What a newcomer needs to know."""

    you: Member
    members: list[Member]
    history: list[ChatMessage] = Field(description="The latest messages, oldest first.")


class Welcome(BaseMessage):
    """What the page shows at first; it comes as soon as one is in the room."""

    action: Literal["welcome"] = "welcome"
    payload: WelcomePayload


class Presence(BaseMessage):
    """Who is in the room, whenever somebody comes or goes."""

    action: Literal["presence"] = "presence"
    payload: list[Member]


class Said(BaseMessage):
    """Somebody said something; its author receives it as the reply."""

    action: Literal["said"] = "said"
    payload: ChatMessage


class Edited(BaseMessage):
    """Somebody changed a message."""

    action: Literal["edited"] = "edited"
    payload: ChatMessage


class Deleted(BaseMessage):
    """Somebody deleted a message."""

    action: Literal["deleted"] = "deleted"
    payload: DeletePayload


class Announcement(BaseMessage):
    """An announcement to the room, made over HTTP."""

    action: Literal["announcement"] = "announcement"
    payload: TextPayload


class AnswerWord(BaseMessage):
    """The next word of an answer, with the space after it."""

    action: Literal["answer_word"] = "answer_word"
    payload: str


class AnswerEnd(BaseMessage):
    """The answer ends here."""

    action: Literal["answer_end"] = "answer_end"
    payload: Literal["finished", "stopped"]


Reason = Literal["not_found", "not_yours", "busy"]


class RejectedPayload(BaseModel):
    """Why a request was not done."""

    code: Reason = Field(description="For a program.")
    detail: str = Field(description="For a person.")


class Rejected(BaseMessage, outcome="error"):
    """A well-formed request that the chat does not do."""

    action: Literal["rejected"] = "rejected"
    payload: RejectedPayload
