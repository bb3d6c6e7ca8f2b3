"""Turns of the handshakes that present a password, which takes long to check on purpose.

A password costs a third of a second of a processor, a token half a millisecond, and both are
checked in the thread where the ORM runs. Who presents passwords waits for a turn before that
thread, and not in it: a token has one password before it at most, however many there are.
"""

import asyncio
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Final

from chanx.core.asgi import Scope
from chanx.core.loops import PerLoop
from chanx.ext.channels.settings import chanx_settings

_AT_ONCE: Final = nullcontext()


def _turns() -> asyncio.Semaphore:
    # Half of the threads are left to the others.
    return asyncio.Semaphore(max(1, (chanx_settings.DATABASE_THREADS or 1) // 2))


# A semaphore of asyncio's belongs to the loop in which it was first waited for.
_of_loops = PerLoop(_turns)


def turn_of(scope: Scope) -> AbstractAsyncContextManager[None]:
    """Return what is to be entered while a handshake is authenticated.

    Args:
        scope: The ASGI connection scope. By HTTP's Basic scheme (RFC 7617) a password is presented.
    """
    for name, value in scope["headers"]:
        # Split as REST framework does it, by white space of any kind: a client may write a tab.
        if name == b"authorization" and value.lower().split(maxsplit=1)[:1] == [b"basic"]:
            return _Turn()
    return _AT_ONCE


class _Turn(AbstractAsyncContextManager[None]):
    """A turn among those of the event loop."""

    async def __aenter__(self) -> None:
        # Kept, so that the one that was taken is given back.
        self._turns = _of_loops.get()
        await self._turns.acquire()

    async def __aexit__(self, *_: object) -> None:
        self._turns.release()


__all__ = ["turn_of"]
