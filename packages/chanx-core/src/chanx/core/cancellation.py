"""Cancellation: whose one is, and the end of code that does not heed it."""

import asyncio
from collections.abc import Callable, Coroutine, Generator, Iterator
from types import CoroutineType
from typing import Any

from chanx.core.errors import ChanxError
from chanx.core.patience import patience


class LeftBehind(ChanxError):
    """What was waited for swallowed its cancellation, and is waited for no more."""


class Guard:
    """Awaits a coroutine, in the task that awaits the guard, until that ends or is left behind.

    asyncio can only ask a coroutine to end: one that catches ``CancelledError`` and goes on keeps
    the task that awaits it for ever. So the guard hands on each step itself, and stops to when a
    cancellation is neither heeded nor taken back (``Task.uncancel``, as time-outs do) in time.

    =========  ====================================  =============================================
    state      what it does                          what moves it on
    =========  ====================================  =============================================
    running    hands on each step                    a cancellation: asked; the coroutine's end
    asked      hands it on, and counts the time      it is taken back: running; the time is over:
                                                     left; the coroutine's end
    left       closes the coroutine where it stands  raises :class:`LeftBehind`, and is over
    =========  ====================================  =============================================

    The tests of each row, in ``tests/core/test_cancellation.py``, begin with its name.

    Args:
        coroutine: The coroutine.
        patience: Seconds that it may take to end once it is cancelled.
        on_left: Called when it is left behind; what it raises after that is of no interest.
    """

    __slots__ = ("_cancellations", "_coroutine", "_is_left", "_on_left", "_patience", "_timer")

    def __init__(
        self,
        coroutine: Coroutine[Any, Any, object],
        patience: float,
        on_left: Callable[[], None],
    ) -> None:
        self._coroutine = coroutine
        self._patience = patience
        self._on_left = on_left
        self._cancellations = 0
        self._timer: asyncio.TimerHandle | None = None
        self._is_left = False

    def __await__(self) -> Generator[Any, Any, None]:
        """Await the coroutine.

        Raises:
            LeftBehind: If it was left behind; the cancellation is not taken back.
            BaseException: What the coroutine raises.
        """
        coroutine = self._coroutine
        send = coroutine.send
        thrown: BaseException | None = None
        try:
            while True:
                # A generator, and no `yield from`: that would hand every exception on by itself.
                waited_for = send(None) if thrown is None else coroutine.throw(thrown)
                thrown = None
                try:
                    yield waited_for
                except GeneratorExit:
                    # The task's own coroutine is closed, as by whoever frees a loop that has
                    # stopped: not a cancellation, and nothing that may be thrown into the coroutine
                    # and answered by another step.
                    coroutine.close()
                    raise
                except asyncio.CancelledError as error:
                    # That of _leave(), which only brings the task here.
                    if self._is_left:
                        break
                    self._start_timer()
                    thrown = error
                except BaseException as error:  # noqa: BLE001 - it goes into the coroutine, or ends one that is given up
                    thrown = error
        except StopIteration:
            return
        finally:
            # An exception refers to this frame.
            thrown = None
            if self._timer is not None:
                self._timer.cancel()
        # Before it is closed: what it raises then is of no interest (Runner.is_end).
        self._on_left()
        _close(coroutine)
        raise LeftBehind

    def _start_timer(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        # Task.cancelling() counts the requests that nobody has taken back (Python 3.11), which
        # tells a cancellation that stands from one that a time-out within the coroutine has dealt
        # with.
        before, self._cancellations = self._cancellations, task.cancelling()
        if self._timer is not None:
            if self._cancellations > before:
                return
            # The one that it counts from was taken back meanwhile.
            self._timer.cancel()
            self._timer = None
        if not self._cancellations:
            return  # it leaked from what the coroutine awaits, and asks nobody to end
        # Of the loop and not of a Clock: what a test holds still is the project's time, while this
        # bounds code that does not end.
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(patience(self._patience), self._leave, task)

    def _leave(self, task: "asyncio.Task[Any]") -> None:
        self._timer = None
        # Else it was taken back since: the coroutine runs on, and may.
        if task.cancelling():
            # Wakes the task, and takes that back at once: nobody's count of cancellations may
            # change.
            self._is_left = True
            task.cancel()
            task.uncancel()


def guarded(awaited: object) -> object:
    """Return the coroutine of a guard that is awaited, for those who look where a task stands.

    Args:
        awaited: What a coroutine awaits (``cr_await``).

    Returns:
        The coroutine; if it is not a guard that is awaited, the same object.
    """
    # By its code: generators have no class of their own, and the guard itself is not to be found
    # there.
    if getattr(awaited, "gi_code", None) is Guard.__await__.__code__:
        frame: Any = getattr(awaited, "gi_frame", None)
        return None if frame is None else frame.f_locals["coroutine"]
    return awaited


def _close(coroutine: Coroutine[Any, Any, object]) -> None:
    """End a coroutine where it stands: it may let go of what it holds, but wait for nothing."""
    # Before it is closed: a coroutine that has ended awaits nothing any more.
    chain = [*_chain(coroutine)]
    try:
        coroutine.close()
    except Exception:  # noqa: BLE001 - it goes into the coroutine, or ends one that is given up
        # That it was left behind is known; this says no more.
        for each in chain:
            _keep_for_ever(each)


def _keep_for_ever(stubborn: object) -> None:
    """See to it that a coroutine that does not even end when it is closed is never freed.

    Python closes a coroutine once more when it frees it, at the latest when the process ends. This
    one would not end then either, and would keep the process for ever.
    """
    import ctypes  # only where it comes to that

    ctypes.pythonapi.Py_IncRef(ctypes.py_object(stubborn))


def _chain(awaited: object) -> Iterator[object]:
    """Yield a coroutine, the one that it awaits, and so on."""
    while isinstance(awaited, CoroutineType):
        yield awaited
        awaited = awaited.cr_await


def is_own(error: BaseException) -> bool:
    """Return whether an exception is the running task's cancellation.

    Args:
        error: The exception; a ``CancelledError`` may also have leaked from something that the task
            awaited, and is then an error like any other.
    """
    if not isinstance(error, asyncio.CancelledError):
        return False
    task = asyncio.current_task()
    # In a callback there is no task that could have been cancelled by others: then it is taken for
    # one.
    return task is None or task.cancelling() > 0


__all__ = ["Guard", "LeftBehind", "guarded", "is_own"]
