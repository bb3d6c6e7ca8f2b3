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
        # A project's own bound, of its URL, at which the pool raises instead of waiting.
        most: int = self._client.connection_pool.max_connections
        self._turns = asyncio.Semaphore(min(AT_ONCE, most))
        # Those that are free, the one last used at the end. To the pool all of them are in use. A
        # new list when Redis was away: who has one of before finds another in its place.
        self._free: list[Any] = []
        self._is_closed = False
        self._answers = 0
        # Since the last answer somebody waited for one in vain.
        self._is_silent = False

    async def ask(self, *words: str | bytes) -> Any:
        """Return Redis's answer to a command.

        Args:
            words: The command.

        Raises:
            Exception: What redis-py raises; ``redis.TimeoutError`` if the answer takes longer than
                the server's time-out, or who goes before waits so long for one in vain.
        """
        has_to_wait = self._turns.locked()
        async with self._turns:
            # With those before it: each would wait as long again, a few at a time, and the last of
            # a thousand for minutes.
            if has_to_wait and self._is_silent:
                raise self._too_late()
            answers = self._answers
            try:
                async with asyncio.timeout(self._server.timeout):
                    return await self._ask(words)
            except (TimeoutError, redis.TimeoutError) as error:
                # Not where others are answered: only this connection is lost.
                self._is_silent |= self._answers == answers
                if isinstance(error, redis.TimeoutError):
                    raise
                raise self._too_late() from error

    def _too_late(self) -> redis.TimeoutError:
        return redis.TimeoutError(f"it did not answer within {self._server.timeout:g} seconds")

    async def _ask(self, words: tuple[str | bytes, ...]) -> Any:
        # Before one is made, for Redis may be away meanwhile.
        free = self._free
        connection = await self._take()
        try:
            await connection.send_command(*words)
            answer = await connection.read_response()
        except redis.ResponseError:
            # An answer like any other: nothing of it is left to be read.
            await self._keep(connection, free)
            raise
        except BaseException:
            # Also where the caller is cancelled: the answer would be that to the next command.
            await self._drop(connection)
            raise
        await self._keep(connection, free)
        return answer

    async def _keep(self, connection: Any, free: list[Any]) -> None:
        """Keep a connection that was answered, unless Redis was away meanwhile, or this closed."""
        self._answers += 1
        self._is_silent = False
        if free is self._free and not self._is_closed:
            free.append(connection)
        else:
            await self._drop(connection)

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

        Those in use belong to a sender, and go when they are answered: an address may lead to
        another Redis now, and what is published on the one before reaches nobody.
        """
        free, self._free = self._free, []
        for connection in free:
            await self._drop(connection)

    async def close(self) -> None:
        """Close the connections; those of who still waits for a turn close behind them."""
        self._is_closed = True
        self._free.clear()
        await close(self._client)


def _has_ended(connection: Any) -> bool:
    """Return whether a connection was closed while nobody used it, as by Redis's ``timeout``.

    A command over it would fail, though the next connection works. Or it was spoken on: that would
    pass for the answer to the next command.
    """
    # asyncio's own StreamReader, which has no other way out of redis-py: its can_read() waits for
    # a turn of the event loop. One without a reader is disconnected.
    reader: Any = connection._reader  # noqa: SLF001
    if reader is None or reader.at_eof():
        return True
    # After a reset there is no end, but an exception. What was read has no public name; redis-py
    # looks there as well.
    return reader.exception() is not None or bool(reader._buffer)  # noqa: SLF001


__all__ = ["AT_ONCE", "Commands"]
