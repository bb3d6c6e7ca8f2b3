"""Commands of one event loop to one Redis, and the connections over which they go."""

import asyncio
from typing import Any, Final

import redis

from chanx.layers.redis.servers import Server, close

AT_ONCE: Final = 16
"""Connections that one event loop sends over at once; further commands wait for one."""


class Commands:
    """Sends commands, each over a connection that nobody else uses meanwhile.

    Connections stay with this once they were made. redis-py's pool locks, counts and looks after
    data each time that one is taken and given back: a broadcast to 1,000 members took a twentieth
    longer.

    Args:
        server: The Redis.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        self._client = server.sending()
        options = self._client.connection_pool.connection_kwargs
        if options.get("socket_timeout") == server.timeout:
            # Asked for by ask(), around all of a command: redis-py has a task of its own for each
            # write where it asks for it, on Python 3.11. A project's own, of its URL, stands.
            options["socket_timeout"] = None
        self._turns = asyncio.Semaphore(AT_ONCE)
        # Those that are free, the one last used at the end. To the pool all of them are in use.
        self._free: list[Any] = []

    async def ask(self, *words: str | bytes) -> Any:
        """Return Redis's answer to a command.

        Args:
            words: The command.

        Raises:
            Exception: What redis-py raises; ``redis.TimeoutError`` if the answer takes longer than
                the server's time-out, a wait for a connection included.
        """
        try:
            # Also around the wait for a turn, or hundreds who send to a Redis that is held up would
            # wait for one time-out after another.
            async with asyncio.timeout(self._server.timeout), self._turns:
                return await self._ask(words)
        except TimeoutError as error:
            seconds = f"{self._server.timeout:g} seconds"
            raise redis.TimeoutError(f"it did not answer within {seconds}") from error

    async def _ask(self, words: tuple[str | bytes, ...]) -> Any:
        connection = await self._take()
        try:
            await connection.send_command(*words)
            answer = await connection.read_response()
        except redis.ResponseError:
            # An answer like any other: nothing of it is left to be read.
            self._free.append(connection)
            raise
        except BaseException:
            # Also where the caller is cancelled: the answer would be that to the next command.
            await self._drop(connection)
            raise
        self._free.append(connection)
        return answer

    async def _take(self) -> Any:
        while self._free:
            connection = self._free.pop()
            if not _has_ended(connection):
                return connection
            await self._drop(connection)
        return await self._client.connection_pool.get_connection()

    async def _drop(self, connection: Any) -> None:
        # First, as the pool may hand it on at once; it connects what it finds disconnected.
        await connection.disconnect(nowait=True)
        await self._client.connection_pool.release(connection)

    async def refresh(self) -> None:
        """Let go of the connections that nobody uses, as Redis was away.

        Those in use belong to a sender, which finds out by itself.
        """
        free, self._free = self._free, []
        for connection in free:
            await self._drop(connection)

    async def close(self) -> None:
        """Close the connections."""
        self._free.clear()
        await close(self._client)


def _has_ended(connection: Any) -> bool:
    """Return whether Redis closed a connection while nobody used it, as its ``timeout`` has it.

    A command over it would fail, though the next connection works.
    """
    # asyncio's own StreamReader, which has no other way out of redis-py: its can_read() waits for
    # a turn of the event loop. One without a reader is disconnected.
    reader: asyncio.StreamReader | None = connection._reader  # noqa: SLF001
    return reader is None or reader.at_eof()


__all__ = ["AT_ONCE", "Commands"]
