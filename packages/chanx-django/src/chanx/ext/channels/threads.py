"""A thread for each unit of work, and with it database connections of its own."""

import asyncio
from collections.abc import Callable, Hashable
from concurrent.futures import Executor, Future
from functools import cache, partial
from queue import SimpleQueue
from threading import Lock, Semaphore, Thread
from typing import Any, ParamSpec, TypeVar

from asgiref.sync import SyncToAsync, ThreadSensitiveContext

P = ParamSpec("P")
ResultT = TypeVar("ResultT")

Work = tuple[Future[Any], Callable[[], Any]]
"""A function that waits for its turn, and what is to have its result."""


class UnitThread(Executor):
    """Runs the synchronous code of one unit of work after another, each in one thread of a pool.

    A unit takes a thread when it first needs one, and waits if all are taken; it keeps it to its
    end. What runs between units runs in the thread that everything shares.

    Args:
        owner: Whose pool it is: a consumer's class that has one of its own, or anything else that
            may be a key. It is the process's own for this owner and size.
        size: How many threads the pool has.
        around: Called in the thread before a unit's code, and after it.
    """

    def __init__(self, owner: Hashable, size: int, around: Callable[[], None]) -> None:
        self._pool = _pool(owner, size)
        self._around = around
        self._is_open = False
        self._work: SimpleQueue[Work | None] | None = None
        # Of concurrent.futures and not of asyncio: it is resolved in the thread, and looked at in
        # the loop.
        self._begun: Future[None] = Future()

    def submit(
        self, fn: Callable[P, ResultT], /, *args: P.args, **kwargs: P.kwargs
    ) -> Future[ResultT]:
        """Run a function in the unit's thread.

        Args:
            fn: The function.
            args: Its arguments.
            kwargs: Its arguments.
        """
        # What still runs of a unit that has ended, or has not begun, runs where all else does:
        # asgiref's own thread.
        if not self._is_open:
            return SyncToAsync.single_thread_executor.submit(fn, *args, **kwargs)
        if self._work is None:
            self._work = SimpleQueue()
            self._begun = Future()
            # First in the queue, so that old connections are closed before the unit's own code
            # meets them.
            self._work.put((self._begun, self._around))
            self._pool.serve(self._work)
        future: Future[ResultT] = Future()
        self._work.put((future, partial(fn, *args, **kwargs)))
        return future

    @property
    def is_taken(self) -> bool:
        """Whether the unit has a thread, or waits for one."""
        return self._work is not None

    def open(self) -> None:
        """Begin a unit."""
        self._is_open = True

    async def close(self) -> bool:
        """End the unit, and wait until its thread has done what comes after it.

        A unit that was cancelled before it had a thread waits for none.

        Returns:
            Whether it had a thread, or waited for one.
        """
        self._is_open = False
        # Taken first: what is submitted from here on belongs to no unit.
        work, self._work = self._work, None
        if work is None:
            return False
        last: Future[None] = Future()
        work.put((last, self._around))
        # Behind what was submitted already: the thread does all of it, and then serves another
        # unit.
        work.put(None)
        # Cancelled while it waited for a thread: the thread will find work whose futures nobody
        # waits for, and run what goes around it.
        if not self._begun.done():
            return True
        # A handler that is cancelled here is done, and what comes after it counts all the same.
        # Shielded: cancelling the wrapper would cancel `last`, and with it the look at the
        # connections.
        await asyncio.shield(asyncio.wrap_future(last))
        return True


def is_entered() -> bool:
    """Return whether ``sync_to_async`` uses a unit's thread where this code runs."""
    context = within()
    return context is not None and isinstance(
        SyncToAsync.context_to_thread_executor.get(context), UnitThread
    )


def within() -> ThreadSensitiveContext | None:
    """Return what :func:`enter` returned where this code runs; None for the shared thread."""
    # Where asgiref looks for the executor of thread-sensitive code if no call of async_to_sync is
    # under way above it, and before its own single thread (SyncToAsync.__call__).
    return SyncToAsync.thread_sensitive_context.get(None)


def leave(before: ThreadSensitiveContext | None) -> None:
    """Have ``sync_to_async`` use what it used before, where this code runs.

    Args:
        before: What :func:`within` returned then.
    """
    SyncToAsync.thread_sensitive_context.set(before)  # type: ignore[arg-type]  # None for none


def enter(thread: UnitThread) -> ThreadSensitiveContext:
    """Have ``sync_to_async`` use a thread from now on, where this code runs and what it starts.

    Args:
        thread: The thread.

    Returns:
        What holds for as long as it is referred to.
    """
    # Not by entering it: nothing is to end when the unit does, which may begin again.
    context = ThreadSensitiveContext()
    # A weak mapping of asgiref's: the entry lives as long as the unit, which keeps the context.
    SyncToAsync.context_to_thread_executor[context] = thread
    SyncToAsync.thread_sensitive_context.set(context)
    return context


class _Pool:
    """Threads that serve one unit after another, each to its end.

    They are daemons: a server that stops while handlers run ends none of their units, and the
    process is to end all the same.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._started = 0
        # Threads that wait for a unit. It is taken for them by who brings one, so that two units
        # are never left to the same idle thread while a third could be started.
        self._idle = Semaphore(0)
        self._units: SimpleQueue[SimpleQueue[Work | None]] = SimpleQueue()
        self._lock = Lock()

    def serve(self, unit: "SimpleQueue[Work | None]") -> None:
        """Have a thread run the work of a unit, up to None."""
        self._units.put(unit)
        # Over the look and the count together: two that come at once would start a thread too many.
        with self._lock:
            if self._idle.acquire(blocking=False) or self._started == self._size:
                return
            self._started += 1
            name = f"chanx-unit-{self._started}"
        # Started outside of the lock, as starting waits for the thread.
        Thread(target=self._run, name=name, daemon=True).start()

    def _run(self) -> None:
        while True:
            # For ever: pools are the process's, and daemons end with it.
            unit = self._units.get()
            while (item := unit.get()) is not None:
                run(*item)
                del item  # what it refers to may end before the next comes
            # After the last item of the unit, None, and before the next get(): who brings a unit
            # now starts no other.
            self._idle.release()


@cache
def _pool(owner: Hashable, size: int) -> _Pool:
    return _Pool(size)


def run(future: Future[Any], function: Callable[[], Any]) -> None:
    """Run a function that waits for its turn, unless nobody wants it any more.

    Args:
        future: What is to have its result.
        function: The function.
    """
    # As concurrent.futures' own executors do; it also keeps the future from being cancelled while
    # it runs.
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = function()
    except BaseException as error:  # noqa: BLE001 - it goes to who waits
        future.set_exception(error)
        del future  # the traceback refers to this frame, and so back to the error
    else:
        future.set_result(result)


__all__ = ["UnitThread", "Work", "enter", "is_entered", "leave", "run", "within"]
