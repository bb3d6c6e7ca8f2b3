"""A server that does what its document says: the wrong ones stand around it."""

from collections.abc import AsyncIterator
from typing import Annotated, Any, ClassVar, Literal

from fastapi import FastAPI, Path, Query
from pydantic import BaseModel, Field

from chanx.core.authenticator import BaseAuthenticator, Credential
from chanx.core.decorators import channel, ws_handler
from chanx.core.limits import Limits
from chanx.ext.fast_channels.routing import ConsumerRouter
from chanx.ext.fast_channels.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import BaseMessage, PingMessage, PongMessage
from chanx.testing.conformance import Hooks, Place

KEYS = {"key-of-ada": "ada", "key-of-grace": "grace"}


class Note(BaseModel):
    text: str = Field(min_length=1, max_length=40)
    mood: Literal["glad", "sad"] | None = None


class Kept(BaseModel):
    id: int
    text: str


class Say(BaseMessage):
    """Say something to all."""

    action: Literal["say"] = "say"
    payload: Note


class Said(BaseMessage):
    """Somebody said something."""

    action: Literal["said"] = "said"
    payload: Kept


class Erase(BaseMessage):
    """Erase what was said."""

    action: Literal["erase"] = "erase"
    payload: Kept


class Erased(BaseMessage):
    """It is gone."""

    action: Literal["erased"] = "erased"
    payload: int


class Missing(BaseMessage, outcome="error"):
    """It was never there."""

    action: Literal["missing"] = "missing"


class Count(BaseMessage):
    """Count up."""

    action: Literal["count"] = "count"
    payload: int = Field(ge=0, le=5)


class Number(BaseMessage):
    """A number."""

    action: Literal["number"] = "number"
    payload: int


class Counted(BaseMessage):
    """All are counted."""

    action: Literal["counted"] = "counted"


class Halt(BaseMessage):
    """Stop to count."""

    action: Literal["halt"] = "halt"


class Welcome(BaseMessage):
    """One is in."""

    action: Literal["welcome"] = "welcome"


class KeyAuthenticator(BaseAuthenticator):
    """Knows keys in a header."""

    credentials = (Credential("x-key", "header"),)

    async def authenticate(self, scope: Any) -> bool:
        headers = dict(scope["headers"])
        scope["user"] = KEYS.get(headers.get(b"x-key", b"").decode())
        return scope["user"] is not None


router = ConsumerRouter()


@router.consumer("/rooms/{room}")
@channel(name="room")
class Room(AsyncJsonWebsocketConsumer):
    """A room."""

    authenticator_class = KeyAuthenticator
    emits: ClassVar = (Said,)
    ready_message = Welcome
    limits = Limits(max_message_size=1024, max_messages_per_second=50, max_burst=100)
    kept: ClassVar[dict[int, str]] = {}
    halted = False

    async def connect(
        self,
        room: Annotated[int, Path(ge=1, le=9, examples=[1])],
        name: Annotated[str, Query(max_length=24, examples=["Ada"])],
    ) -> None:
        self.groups = [f"room.{room}"]

    async def post_authentication(self) -> None:
        await self.send_message(Welcome())

    @ws_handler
    async def say(self, message: Say) -> Said:
        """Say something to all."""
        number = len(self.kept) + 1
        self.kept[number] = message.payload.text
        said = Said(payload=Kept(id=number, text=message.payload.text))
        await self.broadcast_message(said, exclude_current=True)
        return said

    @ws_handler
    async def erase(self, message: Erase) -> Erased | Missing:
        """Erase what was said."""
        if self.kept.get(message.payload.id) != message.payload.text:
            return Missing()
        self.kept[message.payload.id] = ""
        return Erased(payload=message.payload.id)

    @ws_handler(concurrent=True, end=Counted)
    async def count(self, message: Count) -> AsyncIterator[Number | Counted]:
        """Count up."""
        for number in range(message.payload):
            yield Number(payload=number)
        yield Counted()

    @ws_handler(cancels="count")
    async def halt(self, message: Halt) -> None:
        """Stop to count."""

    @ws_handler(heartbeat=20)
    async def ping(self, message: PingMessage) -> PongMessage:
        """Answer."""
        return PongMessage()


app = FastAPI(title="Rooms")
app.include_router(router)


class RoomHooks(Hooks):
    """Who comes into the rooms."""

    async def credentials(self, place: Place, member: int) -> str | None:
        return [*KEYS][member]
