"""The rooms and what was said in them, in memory and within bounds."""

from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import count

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


class Room:
    """One room: who is there, and the latest messages.

    Args:
        history: How many messages are kept; the oldest is forgotten first.
    """

    def __init__(self, history: int) -> None:
        self._history = history
        self._ids = count(1)
        self._messages: dict[int, ChatMessage] = {}
        self._present: dict[str, Member] = {}

    @property
    def messages(self) -> list[ChatMessage]:
        """The messages that are kept, oldest first."""
        return list(self._messages.values())

    @property
    def members(self) -> list[Member]:
        """Who is there, once each, however many connections they have."""
        return list({member.id: member for member in self._present.values()}.values())

    def enter(self, connection: str, member: Member) -> None:
        """Note that a member is there.

        Args:
            connection: The name of the member's connection.
            member: The member.

        Raises:
            NameTaken: If another member of this name is there.
        """
        name = member.name.casefold()
        for other in self._present.values():
            if other.id != member.id and other.name.casefold() == name:
                raise NameTaken
        self._present[connection] = member

    def leave(self, connection: str) -> None:
        """Note that a connection has ended."""
        self._present.pop(connection, None)

    def say(self, author: Member, text: str) -> ChatMessage:
        """Keep a new message."""
        message = ChatMessage(
            id=next(self._ids), author=author, text=text, sent_at=datetime.now(UTC), revision=0
        )
        self._messages[message.id] = message
        if len(self._messages) > self._history:
            del self._messages[next(iter(self._messages))]
        return message

    def edit(self, author: Member, message_id: int, text: str) -> ChatMessage:
        """Give a message a new text.

        Raises:
            NotPossible: If there is no such message, or it is another member's.
        """
        old = self._own(author, message_id)
        message = old.model_copy(update={"text": text, "revision": old.revision + 1})
        self._messages[message_id] = message
        return message

    def delete(self, author: Member, message_id: int) -> None:
        """Forget a message.

        Raises:
            NotPossible: If there is no such message, or it is another member's.
        """
        self._own(author, message_id)
        del self._messages[message_id]

    def _own(self, author: Member, message_id: int) -> ChatMessage:
        message = self._messages.get(message_id)
        if message is None:
            raise NotPossible("not_found", "This message does not exist any more.")
        if message.author.id != author.id:
            raise NotPossible("not_yours", "Only its author may change this message.")
        return message


class Rooms:
    """The rooms by name; one that nobody is in makes place for a new one.

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
        self._rooms: dict[str, Room] = {}
        for name in names:
            self.open(name)

    def open(self, name: str) -> Room:
        """Return a room, a new one if there is none of this name.

        Raises:
            NoRoomLeft: If there may be no more rooms.
        """
        room = self._rooms.pop(name, None)
        if room is None:
            if len(self._rooms) >= self._capacity:
                self._forget_one()
            room = Room(self._history)
        self._rooms[name] = room  # at the end: the first is the one opened longest ago
        return room

    def find(self, name: str) -> Room | None:
        """Return a room; None if there is none of this name."""
        return self._rooms.get(name)

    def by_name(self) -> list[tuple[str, Room]]:
        """Return the rooms with their names, in alphabetical order."""
        return sorted(self._rooms.items())

    def _forget_one(self) -> None:
        for name, room in self._rooms.items():
            if not room.members:
                del self._rooms[name]
                return
        raise NoRoomLeft
