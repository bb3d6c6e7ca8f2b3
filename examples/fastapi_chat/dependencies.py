"""What endpoints and the consumer ask FastAPI for; tests override it like any dependency."""

import os
import secrets
from collections.abc import AsyncIterator
from functools import cache
from hashlib import sha256
from typing import Annotated

from fastapi import Cookie, Depends, Path

from fastapi_chat.assistant import Assistant
from fastapi_chat.messages import Member
from fastapi_chat.rooms import Room, Rooms

REDIS_URL = os.environ.get("REDIS_URL")
"""The Redis over which several processes are one chat; None for one process."""

VISITOR_COOKIE = "visitor"

ROOM_PATTERN = "^[a-z0-9](-?[a-z0-9]){0,31}$"

RoomName = Annotated[
    str,
    Path(
        pattern=ROOM_PATTERN,
        description="Small letters, digits and single hyphens.",
        examples=["lobby"],
    ),
]


@cache
def rooms() -> Rooms:
    """The rooms: of all processes that ``REDIS_URL`` is given to, else of this one."""
    names = ["lobby", "random", "show-and-tell"]
    if REDIS_URL is None:
        return Rooms(names)
    from fastapi_chat.shared_rooms import SharedRooms  # needs redis-py

    return SharedRooms(REDIS_URL, names)


@cache
def assistant() -> Assistant:
    """The assistant; ``CHAT_WORD_DELAY`` sets its seconds between two words."""
    return Assistant(float(os.environ.get("CHAT_WORD_DELAY", "0.07")))


def visitor(
    visitor: Annotated[str | None, Cookie(description="A browser's secret.")] = None,
) -> str:
    """The browser's secret, which a page sets as a cookie; without one, a new secret each time."""
    return visitor or secrets.token_urlsafe()


def member_of(visitor: str, name: str) -> Member:
    """Return who a visitor is under a name; the id is made of both and does not tell the secret."""
    digest = sha256(f"{visitor}\0{name.casefold()}".encode()).hexdigest()
    return Member(id=digest[:16], name=name)


RoomsDependency = Annotated[Rooms, Depends(rooms)]


async def open_room(room: RoomName, rooms: RoomsDependency) -> AsyncIterator[Room]:
    """The room for the time that one message is handled; nobody else changes it meanwhile."""
    async with rooms.open(room) as opened:
        yield opened


AssistantDependency = Annotated[Assistant, Depends(assistant)]
VisitorDependency = Annotated[str, Depends(visitor)]
OpenRoom = Annotated[Room, Depends(open_room)]
