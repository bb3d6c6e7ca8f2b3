"""Django's database clean-up around handlers, in place of the one around an HTTP request."""

import time
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Any, Final

from channels.db import database_sync_to_async
from django.db import connections
from django.db.backends.signals import connection_created

SWEEP_INTERVAL: Final = 1.0
"""Seconds between two looks at connections that ``CONN_MAX_AGE`` keeps open. Looking costs a hop to
another thread, many times the cost of a message."""


class DatabaseCleanup(AbstractAsyncContextManager[None]):
    """Closes connections that are old or broken, before and after what runs in its context.

    Django closes at the beginning and at the end of a request what has outlived ``CONN_MAX_AGE``
    or failed. A WebSocket has no requests, so a handler stands for one. While no connection is open
    this does nothing: Django's ``connection_created`` says when there is something to look at.

    The connections are those of the thread in which ``sync_to_async`` runs, where the ORM's
    asynchronous methods and ``database_sync_to_async`` run too. One instance serves the process.
    """

    def __init__(self) -> None:
        self._is_connected = False
        self._not_before = 0.0
        connection_created.connect(self._connected)

    def _connected(self, **_: Any) -> None:
        # In whichever thread opened the connection.
        self._is_connected = True
        self._not_before = 0.0

    async def __aenter__(self) -> None:
        """Close connections that are old or broken, so that new ones take their place."""
        if self._is_connected and time.monotonic() >= self._not_before:
            await self.sweep()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close connections that are old, and those that broke."""
        if self._is_connected and (error is not None or time.monotonic() >= self._not_before):
            await self.sweep()

    async def sweep(self) -> None:
        """Close connections that are old or broken."""
        # channels closes them around the call; its communicator, in tests, does not.
        await database_sync_to_async(self._look)()

    def _look(self) -> None:
        opened = connections.all(initialized_only=True)
        self._is_connected = any(connection.connection is not None for connection in opened)
        self._not_before = time.monotonic() + SWEEP_INTERVAL


database_cleanup: Final = DatabaseCleanup()
"""The clean-up around every handler of the process."""


__all__ = ["DatabaseCleanup", "database_cleanup"]
