"""How the server ends a connection: with which code and words, and after how long."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

from chanx.core.asgi import LAST
from chanx.core.clock import Clock
from chanx.core.close_codes import description_of
from chanx.core.connection import MAX_REASON_BYTES, Connection
from chanx.core.outbox import Outbox
from chanx.core.patience import patience
from chanx.messages import ReconnectMessage, ReconnectPayload


class Farewell(NamedTuple):
    """What the server ends a connection with.

    Attributes:
        code: The close code.
        reason: For the client, with the moment to come back.
        retry_after: Seconds after which the client is to come back; None to tell nothing of it.
    """

    code: int
    reason: str
    retry_after: float | None

    async def tell(
        self,
        connection: Connection,
        outbox: Outbox,
        clock: Clock,
        seconds: float,
        *,
        in_words: bool,
    ) -> bool:
        """Close the connection; give the client up if it does not take that in time.

        Args:
            connection: The connection.
            outbox: Where its messages go.
            clock: The time by which the client is waited for.
            seconds: For how long, for each thing that it is told.
            in_words: Whether it is told in a message, too, when to come back.

        Returns:
            Whether this closed it; False if it had ended already.
        """
        if in_words and self.retry_after is not None:
            message = ReconnectMessage(payload=ReconnectPayload(retry_after=self.retry_after))
            try:
                # A message needs room at the client's socket, which a slow client may not give:
                # bounded as the close is, and by itself, so that the close gets its time all the
                # same.
                async with clock.timeout(patience(seconds)):
                    await outbox.tell(message)
            except TimeoutError:
                # So that the close, which it would not read either, waits for nobody.
                connection.abandon(0)
        # Whatever became of the message: the code says as much, and is what programs go by.
        is_closed = await connection.close(self.code, self.reason)
        if is_closed:
            # close() returns once the server has taken the frame, which may still lie in its
            # buffer. The timer does nothing to a transport that has ended by then.
            connection.abandon(patience(seconds))
        return is_closed


def farewell(code: int, reason: str, retry_after: float | None) -> Farewell:
    """Return what a connection ends with.

    Args:
        code: The close code, one that a close frame may carry.
        reason: For the client; an empty one for what the table of close codes says.
        retry_after: Seconds after which the client is to come back; None to tell nothing of it.
    """
    told = reason or description_of(code)
    if retry_after is None:
        return Farewell(code, told, None)
    when = hint(retry_after)
    # Of what is too long for a close frame the words are cut, and not the moment behind them, which
    # programs read.
    room = MAX_REASON_BYTES - len(when) - 1
    words = told.encode(errors="ignore")[:room].decode(errors="ignore")
    # A code of a project's own has no description, and nothing stands before the moment then.
    return Farewell(code, f"{words} {when}".lstrip(), retry_after)


def hint(retry_after: float) -> str:
    """Return the words that tell a client when to come back.

    Args:
        retry_after: Seconds.

    Example:
        >>> hint(3.21)
        'Retry in 3.2 s.'
    """
    # Clients that chanx writes read the number out of this text (rule R27 of docs/client-rules.md),
    # so that its form is part of the protocol.
    return f"Retry in {retry_after:.1f} s."


class Departure:
    """The time that the handlers of a connection get when it is to end.

    Args:
        clock: The connection's clock.
        seconds: How long.
        end: Ends the connection.
        on_cut: Called when that has to be, since the handlers have not ended in time.
    """

    __slots__ = ("_clock", "_end", "_on_cut", "_timer", "_until")

    def __init__(
        self,
        clock: Clock,
        seconds: float,
        end: Callable[[], object],
        on_cut: Callable[[], object],
    ) -> None:
        self._clock = clock
        self._end = end
        self._on_cut = on_cut
        self._until = clock.time() + seconds
        # By the connection's clock and not by the loop's: a test that holds it still decides when
        # this ends.
        self._timer = clock.call_later(seconds, self._cut)

    @property
    def remaining(self) -> float:
        """The seconds that are left."""
        return self._until - self._clock.time()

    def end(self) -> None:
        """End the connection, now that its handlers have ended."""
        # First: `end` may run for some time, and the timer would call it once more.
        self.cancel()
        self._end()

    def cancel(self) -> None:
        """End nothing any more."""
        self._timer.cancel()

    def _cut(self) -> None:
        # Before the end, which tells nobody whether anything was cut: the process asks for that, to
        # know whether threads may be left (`left_threads.py`).
        self._on_cut()
        self._end()


async def leave_unread(connection: Connection, clock: Clock, seconds: float) -> None:
    """Take what a client sent before it heard of the end, and leave it.

    hypercorn hears nothing of a client, its end included, as long as frames of it wait.

    Args:
        connection: The connection, which is closed.
        clock: The time by which the client's end is waited for.
        seconds: For how long.
    """
    with suppress(TimeoutError):
        async with clock.timeout(patience(seconds)):
            is_last = False
            while not is_last:
                is_last = (await connection.receive())["type"] == LAST
                await asyncio.sleep(0)  # not all servers let others run


__all__ = ["Departure", "Farewell", "farewell", "hint", "leave_unread"]
