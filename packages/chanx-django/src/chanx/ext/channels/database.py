"""Django's database clean-up around handlers, in place of the one around an HTTP request."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from contextvars import ContextVar
from math import inf
from threading import get_ident
from time import monotonic
from types import TracebackType
from typing import Any, Final, ParamSpec, TypeVar

from asgiref.sync import sync_to_async
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

P = ParamSpec("P")
ResultT = TypeVar("ResultT")


_current: Final = ContextVar["UnitOfWork | None"]("chanx_unit_of_work", default=None)


class DatabaseCleanup:
    """Closes connections that are old or broken, before and after what uses them.

    Django closes at the beginning and at the end of a request what has outlived ``CONN_MAX_AGE``
    or failed, and has the others checked if ``CONN_HEALTH_CHECKS`` is set. A WebSocket has no
    requests, so a handler stands for one. A look at the connections is a hop to the thread that
    they belong to, many times the cost of a message, and waits for what else runs there. So a
    handler that used the database is followed by one, and nothing else is, except when a connection
    that was kept has failed or become too old, or something outside of handlers opened one.

    The thread is the one in which ``sync_to_async`` runs, where the ORM's asynchronous methods and
    ``database_sync_to_async`` run too. One instance serves the process.
    """

    def __init__(self) -> None:
        # When a connection becomes too old, by `monotonic()`.
        self._due = inf
        self._kept: Sequence[BaseDatabaseWrapper] = ()
        self._thread: int | None = None
        connection_created.connect(self._opened)

    def _opened(self, *, connection: BaseDatabaseWrapper, **_: Any) -> None:
        # In whichever thread opened it, as `_used` is.
        if self._used not in connection.execute_wrappers:
            connection.execute_wrappers.append(self._used)
        unit = _current.get()
        if unit is not None and unit.is_running:
            unit.uses_database = True
        elif self._thread in (None, get_ident()):
            self._due = 0.0

    def _used(self, execute: Callable[..., Any], *args: Any) -> Any:
        unit = _current.get()
        if unit is not None:
            unit.uses_database = True
        return execute(*args)

    def is_due(self) -> bool:
        """Return whether a look is to come before what may use the database."""
        for each in self._kept:
            if each.errors_occurred:
                return True
        return monotonic() >= self._due

    async def look(self) -> None:
        """Close connections that are old or broken."""
        await sync_to_async(self._look)()

    async def run(
        self, function: Callable[P, ResultT], *args: P.args, **kwargs: P.kwargs
    ) -> ResultT:
        """Run a function that uses the database, between two looks, in one turn of the thread.

        Args:
            function: The function.
            args: Its arguments.
            kwargs: Its arguments.

        Raises:
            Exception: What the function raises.
        """
        return await sync_to_async(self._run)(function, *args, **kwargs)

    def _run(self, function: Callable[..., ResultT], *args: Any, **kwargs: Any) -> ResultT:
        self._look()
        try:
            return function(*args, **kwargs)
        finally:
            self._look()

    def _look(self) -> None:
        # One in a transaction is nobody's to close: it holds what a TestCase of Django wrote.
        free = [each for each in connections.all(initialized_only=True) if not each.in_atomic_block]
        for each in free:
            each.close_if_unusable_or_obsolete()
        self._kept = [each for each in free if each.connection]
        ends = (each.close_at for each in self._kept if each.close_at is not None)
        self._due = min(ends, default=inf)
        self._thread = get_ident()
        unit = _current.get()
        if unit is not None:
            unit.uses_database = False


database_cleanup: Final = DatabaseCleanup()
"""The clean-up of the process."""


class UnitOfWork(AbstractAsyncContextManager[None]):
    """The time in which a handler, a hook or an authenticator may use the database."""

    __slots__ = ("is_running", "uses_database")

    def __init__(self) -> None:
        self.is_running = False
        self.uses_database = False

    @classmethod
    def next(cls) -> "UnitOfWork":
        """Return a unit that may be entered, in whose place the running code is from now on.

        It is the last one again, unless something runs in that: a context variable that is set for
        every message costs more than all the rest.
        """
        unit = _current.get()
        if unit is None or unit.is_running:
            unit = cls()
            _current.set(unit)
        return unit

    async def __aenter__(self) -> None:
        """Close connections that are old or broken, so that new ones take their place."""
        self.is_running = True
        if database_cleanup.is_due():
            await database_cleanup.look()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close connections that are old or broken, if any was used."""
        try:
            if self.uses_database:
                await database_cleanup.look()
        finally:
            self.is_running = False


__all__ = ["DatabaseCleanup", "UnitOfWork", "database_cleanup"]
