"""The rooms and what was said in them, in Redis, where all processes find them."""

import asyncio
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

import redis.asyncio

from fastapi_chat.rooms import NoRoomLeft, Room, Rooms

ROOMS: Final = "chat:rooms"
LOCK: Final = "chat:lock"
PATIENCE: Final = 30
"""Seconds after which a process that was killed is taken for gone, and its people with it."""


class SharedRooms(Rooms):
    """The rooms of all processes that share a Redis.

    A room is one field of a hash, read and written whole under a lock: simple, and enough for a
    chat of this size. People stay for as long as the process that serves them says that it lives.

    Args:
        url: ``redis://host:6379/0``, as redis-py has it.
        names: Rooms that are there from the beginning.
        capacity: How many rooms there may be.
        history: How many messages each keeps.
    """

    def __init__(
        self, url: str, names: Iterable[str] = (), *, capacity: int = 500, history: int = 200
    ) -> None:
        super().__init__(names, capacity=capacity, history=history)
        self._redis: Any = redis.asyncio.Redis.from_url(url)  # pyright: ignore[reportUnknownMemberType]  # redis-py's types
        self._living: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def open(self, name: str) -> AsyncGenerator[Room]:
        """Enter with a room, a new one if there is none of this name; nobody else changes it then.

        What is changed is kept unless the block fails.

        Raises:
            NoRoomLeft: If there may be no more rooms.
        """
        await self._say_that_it_lives()
        if self._living is None:
            self._living = asyncio.create_task(self._live())
        async with self._redis.lock(LOCK, timeout=10, sleep=0.01):
            room = await self.find(name) or await self._new()
            yield room
            await self._redis.hset(ROOMS, name, room.model_dump_json())

    async def find(self, name: str) -> Room | None:
        """Return a room, to look at; None if there is none of this name."""
        stored = await self._redis.hget(ROOMS, name)
        if stored is not None:
            return await self._read(stored)
        room = self._rooms.get(name)
        return None if room is None else room.model_copy(deep=True)

    async def by_name(self) -> list[tuple[str, Room]]:
        """Return the rooms with their names, in alphabetical order."""
        stored = await self._redis.hgetall(ROOMS)
        rooms = {name.decode(): await self._read(text) for name, text in stored.items()}
        return sorted((self._rooms | rooms).items())

    async def _new(self) -> Room:
        if await self._redis.hlen(ROOMS) >= self._capacity:
            await self._forget_one_of_all()
        return Room(history=self._history)

    async def _forget_one_of_all(self) -> None:
        for name, room in await self.by_name():
            if not room.members and await self._redis.hdel(ROOMS, name):
                return
        raise NoRoomLeft

    async def _read(self, text: bytes) -> Room:
        """Return a room without those whose process is gone."""
        room = Room.model_validate_json(text)
        processes = {connection.partition("/")[0] for connection in room.present}
        living = {each for each in processes if await self._redis.exists(f"chat:process:{each}")}
        room.present = {
            connection: member
            for connection, member in room.present.items()
            if connection.partition("/")[0] in living
        }
        return room

    async def _live(self) -> None:
        while True:
            await asyncio.sleep(PATIENCE / 3)
            with suppress(redis.RedisError, OSError):  # The next time may go better.
                await self._say_that_it_lives()

    async def _say_that_it_lives(self) -> None:
        await self._redis.set(f"chat:process:{self._process}", 1, ex=PATIENCE)
