"""Django's database clean-up around handlers, in place of the one around an HTTP request."""

from collections.abc import AsyncGenerator, Callable, Hashable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from contextvars import ContextVar
from math import inf
from threading import current_thread, get_ident, local, main_thread
from time import monotonic
from types import TracebackType
from typing import Any, Final, ParamSpec, TypeVar

import channels.db
from asgiref.sync import sync_to_async
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from chanx.ext.channels.threads import UnitThread, enter, is_entered, leave, within

P = ParamSpec("P")
ResultT = TypeVar("ResultT")

# For a stream that reads its rows for longer than CONN_MAX_AGE: a minute more, in which most end.
PATIENCE: Final = 60.0
"""Seconds that a connection may be used past its age, before those who come get another."""

# As many as write at once; further ones wait for a thread, as they would wait for locks in a
# database.
ISOLATED_THREADS: Final = 4
"""How many threads those share that need one of their own where others share one."""

# Copied into whatever the unit's code starts, threads of sync_to_async included: so the execute
# wrapper knows whose query it is.
_current: Final = ContextVar["UnitOfWork | None"]("chanx_unit_of_work", default=None)


# Of the thread, as Django's connections are: one may be closed by the thread that made it only
# (BaseDatabaseWrapper.validate_thread_sharing).
class _Retired(local):
    """The connections of a thread that are too old, and still used by who began with them."""

    def __init__(self) -> None:
        self.connections: list[BaseDatabaseWrapper] = []


class DatabaseCleanup:
    """Closes connections that are old or broken, before and after what uses them.

    Django closes at the beginning and at the end of a request what has outlived ``CONN_MAX_AGE``
    or failed, and has the others checked if ``CONN_HEALTH_CHECKS`` is set. A WebSocket has no
    requests, so a handler stands for one. A look at the connections is a hop to the thread that
    they belong to, many times the cost of a message, and waits for what else runs there. So a
    handler that used the database is followed by one, and nothing else is, except when a connection
    that was kept has failed or become too old, or something outside of handlers opened one.

    The thread is the one in which ``sync_to_async`` runs, where the ORM's asynchronous methods and
    ``database_sync_to_async`` run too. Many units of work share it, and with it a connection, which
    lives as long as one of them uses it: a stream reads its rows from it. The clean-up of channels,
    around its middleware and ``database_sync_to_async``, keeps to that as well. One instance serves
    the process.
    """

    def __init__(self) -> None:
        # When a connection becomes too old, by `monotonic()`.
        self._due = inf
        self._kept: Sequence[BaseDatabaseWrapper] = ()
        self._thread: int | None = None
        # Those that have used the database.
        self._running: set[UnitOfWork] = set()
        self._retired = _Retired()
        connection_created.connect(self._opened)
        # By name of the module, where channels looks it up at each call: its middleware and
        # database_sync_to_async are the project's, and would close what a handler reads from.
        channels.db.close_old_connections = self.tidy  # type: ignore[attr-defined]  # no stub has it

    def _opened(self, *, connection: BaseDatabaseWrapper, **_: Any) -> None:
        # In whichever thread opened it, as `_used` is.
        # Appended for good, unlike by execute_wrapper(), which is for a block; a connection that
        # reconnects has its list already.
        if self._used not in connection.execute_wrappers:
            connection.execute_wrappers.append(self._used)
        unit = _current.get()
        if unit is not None and unit.is_open:
            self._note_use(unit, connection)
        # Opened outside of any unit, as by a consumer's own task: nobody else would look at it.
        elif self._thread in (None, get_ident()):
            self._due = 0.0

    def _used(
        self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any
    ) -> Any:
        # A query of nobody's unit, in a view say, is Django's own matter.
        unit = _current.get()
        if unit is not None:
            self._note_use(unit, context["connection"])
        return execute(sql, params, many, context)

    def _note_use(self, unit: "UnitOfWork", connection: BaseDatabaseWrapper) -> None:
        unit.connections.add(connection)
        # A unit that has ended while its code goes on in the thread must not be kept for ever:
        # nobody would take it out of _running again.
        if unit.is_open:
            self._running.add(unit)

    def _is_in_use(self, connection: BaseDatabaseWrapper) -> bool:
        # In a thread that a cancelled handler has left, code may still run that notes its use.
        # A copy, as units end in the event loop meanwhile: tuple() of a set is one step of
        # CPython's.
        return any(unit.is_open and connection in unit.connections for unit in tuple(self._running))

    def end(self, unit: "UnitOfWork") -> None:
        """Let go of what a unit of work has used up to now.

        Args:
            unit: The unit.
        """
        self._running.discard(unit)

    def is_due(self) -> bool:
        """Return whether a look is to come before what may use the database."""
        # Asked for every message: attributes of what is kept, and a clock. connections.all() would
        # look at each alias, and at the wrong thread's.
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

    # In one turn of the thread rather than in three: between two, others could use the connection,
    # or the caller be cancelled.
    def _run(self, function: Callable[..., ResultT], *args: Any, **kwargs: Any) -> ResultT:
        self._look()
        try:
            return function(*args, **kwargs)
        finally:
            self._look()

    def _look(self) -> None:
        unit = _current.get()
        if unit is not None:
            self.end(unit)
            # Of one look the next begins with nothing: what is used from here on is noted again.
            unit.connections.clear()
        self.tidy()
        # A thread of the unit's own plans nothing: it looks at its connections at its end anyway
        # (finish).
        if unit is None or not unit.has_own_thread:
            self._plan()

    def _plan(self) -> None:
        """Note when the next look at this thread's connections is due."""
        # Those with a connection to the server; Django makes wrappers for an alias that is only
        # mentioned.
        self._kept = [each for each in self._free() if each.connection]
        ends = (
            # One that is used is not due before its patience ends, or each message until then would
            # hop to the thread.
            each.close_at + PATIENCE * self._is_in_use(each)
            for each in self._kept
            if each.close_at is not None
        )
        self._due = min(ends, default=inf)
        # The main thread is a test's, which other tests of the process do not use.
        if current_thread() is not main_thread():
            self._thread = get_ident()

    def _free(self) -> Sequence[BaseDatabaseWrapper]:
        # One in a transaction is nobody's to close: it holds what a TestCase of Django wrote.
        return [each for each in connections.all(initialized_only=True) if not each.in_atomic_block]

    def tidy(self, **_: Any) -> None:
        """Close this thread's connections that are old or broken, if no unit of work uses them."""
        for connection in self._free():
            if not self._is_in_use(connection):
                connection.close_if_unusable_or_obsolete()
            elif connection.connection is not None:
                self._tidy_used(connection)
        retired = self._retired.connections
        # They are closed by the first look after their last user.
        for connection in [each for each in retired if not self._is_in_use(each)]:
            retired.remove(connection)
            connection.close()

    def finish(self) -> None:
        """Close this thread's connections as :meth:`tidy`, in a thread that has just one unit.

        A transaction that is open still is of a handler that was given up on: it never ends.
        """
        for connection in connections.all(initialized_only=True):
            if connection.in_atomic_block:
                # First, so that whoever uses the thread next gets a new one, also where closing
                # this one raises.
                del connections[connection.alias]
                connection.close()  # also where that gives it back to a pool
                if connection.connection is not None and not connection.closed_in_transaction:
                    connection.connection.close()  # SQLite's in memory, which Django keeps open
        self.tidy()

    def _tidy_used(self, connection: BaseDatabaseWrapper) -> None:
        """Do what may be done to a connection without harm to those who use it."""
        # So that the next query of this connection is preceded by a check (CONN_HEALTH_CHECKS), as
        # after a request; close_if_unusable_or_obsolete() does it for those that may be closed.
        connection.health_check_done = False  # type: ignore[attr-defined]  # no stub has it
        # Broken for all who use it: closing it costs them nothing more.
        if connection.errors_occurred and not connection.is_usable():
            connection.close()
            return
        # It is usable, so the error was the query's. Left set, it would have every message look
        # again.
        connection.errors_occurred = False
        if connection.close_at is not None and monotonic() >= connection.close_at + PATIENCE:
            # Else one that is never unused would never be closed.
            del connections[connection.alias]
            self._retired.connections.append(connection)


database_cleanup: Final = DatabaseCleanup()
"""The clean-up of the process."""


class UnitOfWork(AbstractAsyncContextManager[None]):
    """The time in which a handler, a hook or an authenticator may use the database.

    Args:
        owner: Who has a pool of threads of its own, or none: a consumer's class.
        size: How many threads that has; None for the one thread that all share.

    Attributes:
        owner: The owner.
        is_running: Whether it is entered, and not done with what comes after it.
        is_open: Whether it is entered, and keeps what it uses.
        connections: What it has used since the last look.
    """

    __slots__ = ("_context", "_thread", "connections", "is_open", "is_running", "owner")

    def __init__(self, owner: Hashable, size: int | None) -> None:
        self.owner: Hashable = owner
        self.is_running: bool = False
        self.is_open: bool = False
        self.connections: set[BaseDatabaseWrapper] = set()
        self._thread: UnitThread | None = None
        self._context: object = None
        if size is not None:
            self._thread = UnitThread(owner, size, database_cleanup.finish)
            self._context = enter(self._thread)
        elif is_entered():
            leave(None)  # what another consumer's code began, as by an event

    @classmethod
    def next(cls, owner: Hashable, size: Callable[[], int | None]) -> "UnitOfWork":
        """Return a unit that may be entered, in whose place the running code is from now on.

        It is the last one again, unless something runs in that: a context variable that is set for
        every message costs more than all the rest.

        Args:
            owner: Whose it is.
            size: Returns how many threads the owner has.
        """
        unit = _current.get()
        # Running: a hook within a handler, or a handler beside it, has a unit of its own, so that
        # the end of the one leaves the other what it uses.
        if unit is None or unit.is_running or unit.owner is not owner:
            unit = cls(owner, size())
            _current.set(unit)
        return unit

    @property
    def has_own_thread(self) -> bool:
        """Whether its code runs in a thread of its own."""
        return self._thread is not None and self._thread.is_taken

    @classmethod
    @asynccontextmanager
    async def isolated(cls) -> AsyncGenerator[None]:
        """Have what runs within use a thread and connections that nothing else uses meanwhile.

        Where the unit that runs has that, it goes on in it.
        """
        outer = _current.get()
        if outer is not None and outer.is_open and outer._thread is not None:  # noqa: SLF001 - of the same class
            yield
            return
        before = within()
        # By the class as owner, so that isolated units of all consumers share one pool.
        unit = cls(UnitOfWork, ISOLATED_THREADS)
        _current.set(unit)
        try:
            async with unit:
                yield
        finally:
            # Set back, where next() would only make another: the handler goes on in its unit.
            _current.set(outer)
            leave(before)

    async def __aenter__(self) -> None:
        """Close connections that are old or broken, so that new ones take their place."""
        # Before the look, which suspends: another unit that begins meanwhile must not be this one.
        self.is_running = True
        if database_cleanup.is_due():
            await database_cleanup.look()
        self.is_open = True
        if self._thread is not None:
            self._thread.open()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close connections that are old or broken, if any was used."""
        # Before anything is awaited: from here on nothing counts as used by this unit.
        self.is_open = False
        try:
            if self.connections:
                database_cleanup.end(self)
            if self._thread is not None and await self._thread.close():
                self.connections.clear()
            elif self.connections:
                await database_cleanup.look()
        finally:
            # Last, and also where a cancellation comes between, or every later message would make a
            # new unit.
            self.is_running = False


__all__ = ["DatabaseCleanup", "UnitOfWork", "database_cleanup"]
