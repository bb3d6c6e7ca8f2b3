"""The thread of a test, where the ORM's code runs, as the test's transaction is there."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any, Final, ParamSpec, TypeVar

from asgiref.sync import AsyncToSync

from chanx.ext.channels.threads import Work, run

P = ParamSpec("P")
ResultT = TypeVar("ResultT")


class CallingThread(Executor):
    """Runs the synchronous code of connections in the thread that calls ``async_to_sync``.

    asgiref sends it to the call in which the connection was made. A connection that a synchronous
    test uses in one call after another would wait for the first one, which has ended. One instance
    serves the process.
    """

    def __init__(self) -> None:
        self._call: Executor | None = None
        self._work: SimpleQueue[Work] = SimpleQueue()

    def enter_call(self) -> None:
        """Run what waits, and what comes, in the call of ``async_to_sync`` that this runs in."""
        # asgiref's CurrentThreadExecutor of the call of async_to_sync that is under way in this
        # thread or its loop; a name of asgiref's own, with no public one beside it.
        call: Executor | None = getattr(AsyncToSync.executors, "current", None)
        if call is not self._call and call is not self and call is not None:
            self._call = call
            # What was submitted between two calls waits here: the call before had ended, and
            # refused it.
            if not self._work.empty():
                self._serve()

    def start(self, function: Callable[[], None]) -> None:
        """Run a function, and have tasks that it starts use this thread.

        Args:
            function: The function.
        """
        self.enter_call()
        executors: Any = AsyncToSync.executors
        before = getattr(executors, "current", None)
        if before is None:  # nothing synchronous calls this
            function()
            return
        # asgiref gives it to the tasks that the function starts: their thread-sensitive code comes
        # here, whichever call is under way by then.
        executors.current = self
        try:
            function()
        finally:
            executors.current = before

    def submit(
        self, fn: Callable[P, ResultT], /, *args: P.args, **kwargs: P.kwargs
    ) -> Future[ResultT]:
        """Run a function in the thread, as soon as that calls.

        Args:
            fn: The function.
            args: Its arguments.
            kwargs: Its arguments.
        """
        future: Future[ResultT] = Future()
        self._work.put((future, partial(fn, *args, **kwargs)))
        self._serve()
        return future

    def _serve(self) -> None:
        assert self._call is not None
        with suppress(RuntimeError):  # the call has ended, and the next one serves
            self._call.submit(self._run_waiting)

    def _run_waiting(self) -> None:
        # One that serves takes all that is there, so that further calls of it find nothing, and
        # end.
        with suppress(Empty):
            while True:
                run(*self._work.get_nowait())


calling_thread: Final = CallingThread()
"""The thread that runs the tests."""


__all__ = ["CallingThread", "calling_thread"]
