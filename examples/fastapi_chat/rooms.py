"""The rooms and what was said in them, in memory and within bounds.

``shared_rooms.py`` keeps the same where several processes find it.
"""

import secrets
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import count

from pydantic import BaseModel

from fastapi_chat.messages import ChatMessage, Member, Reason


class NotPossible(Exception):
    """A request that the rules of a room forbid."""

    def __init__(self, code: Reason, detail: str) -> None:
        super().__init__(code, detail)
        self.code: Reason = code
        self.detail = detail


class NameTaken(Exception):
    """Somebody else in the room has this name."""


class NoRoomLeft(Exception):
    """As many rooms are in use as there may be."""


class Room(BaseModel):
    """One room: who is there, and the latest messages.

    Attributes:
        history: How many messages are kept; the oldest is forgotten first.
        last_id: The id of the latest message.
        kept: The messages that are kept by their ids, oldest first.
        present: Who is there, by the name of each connection.
    """

    history: int = 200
    last_id: int = 0
    kept: dict[int, ChatMessage] = {}
    present: dict[str, Member] = {}

    @property
    def messages(self) -> list[ChatMessage]:
        """The messages that are kept, oldest first."""
        return list(self.kept.values())

    @property
    def members(self) -> list[Member]:
        """Who is there, once each, however many connections they have."""
        return list({member.id: member for member in self.present.values()}.values())

    def enter(self, connection: str, member: Member) -> None:
        """Note that a member is there.

        Args:
            connection: The name of the member's connection.
            member: The member.

        Raises:
            NameTaken: If another member of this name is there.
        """
        name = member.name.casefold()
        for other in self.present.values():
            if other.id != member.id and other.name.casefold() == name:
                raise NameTaken
        self.present[connection] = member

    def leave(self, connection: str) -> None:
        """Note that a connection has ended."""
        self.present.pop(connection, None)

    def say(self, author: Member, text: str) -> ChatMessage:
        """Keep a new message."""
        self.last_id += 1
        message = ChatMessage(
            id=self.last_id, author=author, text=text, sent_at=datetime.now(UTC), revision=0
        )
        self.kept[message.id] = message
        if len(self.kept) > self.history:
            del self.kept[next(iter(self.kept))]
        return message

    def edit(self, author: Member, message_id: int, text: str) -> ChatMessage:
        """Give a message a new text.

        Raises:
            NotPossible: If there is no such message, or it is another member's.
        """
        old = self._own(author, message_id)
        message = old.model_copy(update={"text": text, "revision": old.revision + 1})
        self.kept[message_id] = message
        return message

    def delete(self, author: Member, message_id: int) -> None:
        """Forget a message.

        Raises:
            NotPossible: If there is no such message, or it is another member's.
        """
        self._own(author, message_id)
        del self.kept[message_id]

    def _own(self, author: Member, message_id: int) -> ChatMessage:
        message = self.kept.get(message_id)
        if message is None:
            raise NotPossible("not_found", "This message does not exist any more.")
        if message.author.id != author.id:
            raise NotPossible("not_yours", "Only its author may change this message.")
        return message


class Rooms:
    """The rooms of one process by name; one that nobody is in makes place for a new one.

    Args:
        names: Rooms that are there from the beginning.
        capacity: How many rooms there may be.
        history: How many messages each keeps.
    """

    def __init__(
        self, names: Iterable[str] = (), *, capacity: int = 500, history: int = 200
    ) -> None:
        self._capacity = capacity
        self._history = history
        self._rooms = {name: Room(history=history) for name in names}
        self._process = secrets.token_hex(8)
        self._numbers = count(1)

    def new_connection(self) -> str:
        """Return a name for one more connection, by which its process is known."""
        return f"{self._process}/{next(self._numbers)}"

    @asynccontextmanager
    async def open(self, name: str) -> AsyncGenerator[Room]:
        """Enter with a room, a new one if there is none of this name; nobody else changes it then.

        Raises:
            NoRoomLeft: If there may be no more rooms.
        """
        room = self._rooms.pop(name, None)
        if room is None:
            if len(self._rooms) >= self._capacity:
                self._forget_one()
            room = Room(history=self._history)
        self._rooms[name] = room  # at the end: the first is the one opened longest ago
        yield room

    async def find(self, name: str) -> Room | None:
        """Return a room, to look at; None if there is none of this name."""
        return self._rooms.get(name)

    async def by_name(self) -> list[tuple[str, Room]]:
        """Return the rooms with their names, in alphabetical order."""
        return sorted(self._rooms.items())

    def _forget_one(self) -> None:
        for name, room in self._rooms.items():
            if not room.members:
                del self._rooms[name]
                return
        raise NoRoomLeft
