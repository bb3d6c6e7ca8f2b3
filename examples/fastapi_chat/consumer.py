"""The WebSocket of a room: one typed handler for each thing that a page can ask for."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, ClassVar

from fastapi import Query

from chanx.core.decorators import channel
from chanx.core.errors import RefuseConnection
from chanx.core.limits import Limits
from chanx.ext.fast_channels import AsyncJsonWebsocketConsumer, ConsumerRouter, ws_handler
from chanx.messages import PingMessage, PongMessage
from fastapi_chat.assistant import Assistant
from fastapi_chat.dependencies import (
    AssistantDependency,
    OpenRoom,
    RoomName,
    RoomsDependency,
    VisitorDependency,
    member_of,
)
from fastapi_chat.messages import (
    Announcement,
    AnswerEnd,
    AnswerWord,
    Ask,
    Delete,
    Deleted,
    Edit,
    Edited,
    Member,
    Presence,
    Rejected,
    RejectedPayload,
    Said,
    Say,
    Stop,
    Welcome,
    WelcomePayload,
)
from fastapi_chat.rooms import NameTaken, NoRoomLeft, NotPossible, Room, Rooms

router = ConsumerRouter()

UserName = Annotated[
    str,
    Query(pattern=r"\S", max_length=24, description="What the others call you.", examples=["Ada"]),
]


def room_group(room: str) -> str:
    """Return the group of everyone in a room."""
    return f"room.{room}"


@router.consumer("/ws/rooms/{room}")
@channel(name="room", tags=["chat"])
class ChatRoom(AsyncJsonWebsocketConsumer[Announcement]):
    """One person in one room.

    A `welcome` comes first, with the history and who is there. What a person does is answered
    with the message that everyone else receives; `ref` tells which request it answers.
    """

    emits = (Presence, Said, Edited, Deleted)
    ready_message = Welcome
    close_codes: ClassVar = {4409: "Somebody else in the room has the name: choose another."}
    passthrough_events = (Announcement,)
    limits = Limits(max_message_size=16 * 1024, max_messages_per_second=5, max_burst=30)

    room: str
    rooms: Rooms
    connection: str
    member: Member
    assistant: Assistant
    stop_answer: asyncio.Event | None = None

    async def connect(
        self,
        room: RoomName,
        name: UserName,
        visitor: VisitorDependency,
        rooms: RoomsDependency,
        assistant: AssistantDependency,
    ) -> None:
        """Enter the room, unless somebody else there has the name."""
        self.room, self.rooms, self.assistant = room, rooms, assistant
        self.connection = rooms.new_connection()
        self.member = member_of(visitor, name)
        try:
            async with rooms.open(room) as entered:
                entered.enter(self.connection, self.member)
        except NameTaken:
            detail = f"Somebody called {name} is in this room already: choose another name."
            raise RefuseConnection(409, detail) from None
        except NoRoomLeft:
            raise RefuseConnection(503, "All rooms are taken. Try again later.") from None
        self.groups = [room_group(room)]

    async def post_authentication(self) -> None:
        """Tell the newcomer about the room, and the room about the newcomer."""
        async with self.rooms.open(self.room) as room:
            await self.broadcast_message(Presence(payload=room.members), exclude_current=True)
        await self.welcome(room)

    async def on_layer_gap(self, seconds: float) -> None:
        """Tell about the room anew, since some of what happened may not have come."""
        async with self.rooms.open(self.room) as room:
            room.present[self.connection] = self.member  # else missing, where Redis forgot all
        await self.welcome(room)

    async def welcome(self, room: Room) -> None:
        """Tell who is there, and what was said; what happens from now on comes afterwards."""
        payload = WelcomePayload(you=self.member, members=room.members, history=room.messages)
        await self.send_message(Welcome(payload=payload))

    async def disconnect(self, code: int) -> None:
        """Tell the room who is still there."""
        if self.groups:  # else it was refused
            async with self.rooms.open(self.room) as room:
                room.leave(self.connection)
                await self.broadcast_message(Presence(payload=room.members))

    # What is told is told while the room is open, so that all hear it in the order of its changes.

    @ws_handler
    async def say(self, message: Say, room: OpenRoom) -> Said:
        """Say something to everyone in the room."""
        said = Said(payload=room.say(self.member, message.payload.text))
        await self.broadcast_message(said, exclude_current=True)
        return said

    @ws_handler
    async def edit(self, message: Edit, room: OpenRoom) -> Edited | Rejected:
        """Change a message of one's own."""
        new = message.payload
        try:
            edited = Edited(payload=room.edit(self.member, new.id, new.text))
        except NotPossible as error:
            return rejected(error)
        await self.broadcast_message(edited, exclude_current=True)
        return edited

    @ws_handler
    async def delete(self, message: Delete, room: OpenRoom) -> Deleted | Rejected:
        """Delete a message of one's own."""
        try:
            room.delete(self.member, message.payload.id)
        except NotPossible as error:
            return rejected(error)
        deleted = Deleted(payload=message.payload)
        await self.broadcast_message(deleted, exclude_current=True)
        return deleted

    @ws_handler(concurrent=True, end=AnswerEnd)
    async def ask(self, message: Ask) -> AsyncIterator[AnswerWord | AnswerEnd | Rejected]:
        """Stream the assistant's answer word by word, to the asker alone."""
        if self.stop_answer is not None:
            yield rejected(NotPossible("busy", "Wait for the answer before, or stop it."))
            return
        stop = self.stop_answer = asyncio.Event()
        try:
            async for word in self.assistant.answer(message.payload.text, stop):
                yield AnswerWord(payload=word)
            yield AnswerEnd(payload="stopped" if stop.is_set() else "finished")
        finally:
            self.stop_answer = None

    @ws_handler(cancels="ask", idempotent=True)
    async def stop(self, message: Stop) -> None:
        """Stop the answer; it then ends with its `answer_end`."""
        if self.stop_answer is not None:
            self.stop_answer.set()

    @ws_handler(heartbeat=20)
    async def ping(self, message: PingMessage) -> PongMessage:
        """Answer, so that the page knows that the connection is alive."""
        return PongMessage()


def rejected(error: NotPossible) -> Rejected:
    """Return the message that tells a page why its request was not done."""
    return Rejected(payload=RejectedPayload(code=error.code, detail=error.detail))
