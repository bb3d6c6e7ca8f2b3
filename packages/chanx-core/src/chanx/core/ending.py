"""The one end of a connection: who asks for it, what is waited for, and what the client is told."""

import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from chanx.core.activity import Activity
from chanx.core.asgi import Event, is_restart
from chanx.core.clock import Clock
from chanx.core.close_codes import ABNORMAL_CLOSURE, NO_CODE, CloseCode, is_sendable
from chanx.core.closing import unsendable
from chanx.core.connection import Connection
from chanx.core.events import read_disconnect
from chanx.core.farewell import Departure, Farewell, farewell, leave_unread
from chanx.core.handshake import Handshake
from chanx.core.journal import Journal
from chanx.core.outbox import Outbox
from chanx.core.runtime import Runtime

logger: Final = logging.getLogger("chanx.websocket")


def _nothing() -> None:
    """Stand for whoever would be told that handlers were cut."""


class Ending:
    """Ends one connection, once, whoever asks for that.

    =========  ===================================  ==============================================
    state      what is handled                      what moves it on
    =========  ===================================  ==============================================
    none       everything                           ``drain``, ``expire`` for its age, while
                                                    handlers run: departing; ``end_with``: decided;
                                                    the client or ``close``: closed
    departing  no further frame; handlers go on     they end, or their time does: decided
    decided    nothing; handlers are cancelled,     the client is told, or given up: closed
               but for shielded ones
    closed     nothing
    =========  ===================================  ==============================================

    Before the connection is accepted, ``decided`` refuses it. ``departing`` has its tests in
    ``tests/core/test_shutdown.py`` and with the ages in ``chanx/testing/contract/times.py``, the
    others in ``endings.py`` beside that, ``tests/core/test_live_sessions.py`` for ``end_with``.

    Args:
        connection: The connection.
        runtime: The limits and settings of its consumer.
        outbox: Where what the client is told goes.
        activity: What runs for the connection.
        journal: Where is logged what the server ends.
        clock: The time by which handlers and the client are waited for.

    Attributes:
        handshake: Who is asked whether the client may connect; None before and after.
    """

    __slots__ = (
        "_activity",
        "_clock",
        "_connection",
        "_departure",
        "_farewell",
        "_journal",
        "_outbox",
        "_runtime",
        "handshake",
    )

    def __init__(
        self,
        connection: Connection,
        runtime: Runtime,
        outbox: Outbox,
        activity: Activity,
        journal: Journal,
        clock: Clock,
    ) -> None:
        self._connection = connection
        self._runtime = runtime
        self._outbox = outbox
        self._activity = activity
        self._journal = journal
        self._clock = clock
        self._farewell: Farewell | None = None
        self._departure: Departure | None = None
        self.handshake: Handshake | None = None

    @property
    def is_decided(self) -> bool:
        """Whether the server ends the connection."""
        return self._farewell is not None

    def begin(self, handshake: Handshake) -> None:
        """Note who is asked whether the client may connect, and have it refused if it is over.

        Args:
            handshake: Who is asked.
        """
        self.handshake = handshake
        # The session begins before its handshake does: a drain that came in between, or a limit,
        # has decided already, and finds nobody to interrupt.
        if self._farewell is not None:
            handshake.end(self._farewell)

    async def close(self, code: int, reason: str) -> bool:
        """Close the connection; before it is accepted, that refuses it.

        Args:
            code: The close code.
            reason: The reason, for the client.

        Returns:
            Whether this call closed it; False if it had ended already.
        """
        # Both are asked: connect() may have accepted by itself, and is still a handshake then.
        if self.handshake is not None and self._connection.state == "connecting":
            return await self.handshake.close(code, reason)
        return await self._connection.close(code, reason)

    def end_with(self, code: int, reason: str = "", *, retry_after: float | None = None) -> None:
        """End the connection, from within its event loop: a timer, another task, its own handler.

        The client is told, if it takes that in time; a connection that is not accepted yet is
        refused. Handlers are cancelled, but for the caller where that is in the lane of frames: it
        may finish, and the client is told then. Of several ends the first counts; after the end
        this does nothing.

        Args:
            code: The close code.
            reason: For the client; an empty one for what the table of close codes says.
            retry_after: Seconds after which the client is to come back, which stands behind the
                reason, and in a message of its own where the settings say so; None for neither,
                unless the reason is empty, and the code asks the client to come back
                (:meth:`Runtime.retry_after`).

        Raises:
            ConfigurationError: If no close frame may carry the code; nothing ends then.
        """
        # First, so that a wrong code is an error of whoever gave it, also where nothing ends now.
        if not is_sendable(code):
            raise unsendable(code)
        # Whoever has words of their own may have said in them when to come back.
        if retry_after is None and not reason:
            retry_after = self._runtime.retry_after(code)
        ending = farewell(code, reason, retry_after)
        if self._farewell is not None or self._connection.state == "closed":
            return
        # From here on `is_decided`: what follows only wakes who waits, and may come back here.
        self._farewell = ending
        # Between handshake and lane, there is nothing to interrupt: the session looks by itself.
        if self._activity.frames is not None:
            self._activity.frames.stop()
        elif self.handshake is not None:
            self.handshake.end(ending)

    def fail(self, code: CloseCode) -> None:
        """End the connection, since it cannot be served any more, and log that.

        Args:
            code: The close code that says why.
        """
        # Asked here as well, so that nothing is logged of an end that does not count.
        if self._farewell is None:
            facts = {**self._journal.facts(None), "close_code": int(code)}
            why, whose = code.description.rstrip("."), self._journal.whose()
            logger.warning("Closing a connection: %s%s", why, whose, extra=facts)
            self.end_with(code)

    def disconnect(self, envelope: Mapping[str, Any]) -> None:
        """End the connection, as somebody elsewhere asks for.

        Args:
            envelope: The layer's message that says with what.
        """
        # From elsewhere: what is not a code there counts as 4403, so that end_with() does not raise
        # in the lane of events.
        code, reason = read_disconnect(envelope)
        self.end_with(code, reason)

    def drain(self, on_cut: Callable[[], object]) -> float:
        """End the connection once its handlers have ended, from within its event loop.

        No further frame is handled. Handlers get ``Limits.drain_timeout``.

        Args:
            on_cut: Called when they had not ended in time.

        Returns:
            The seconds that they get.
        """
        if self._farewell is not None and self._activity.is_finishing:
            # It ends already, but for handlers that finish once they began: these have their time
            # here as well, and are not for the end that is decided to cut.
            self._give_time(self._activity.background.cut, on_cut)
        else:
            self._depart(self._end_in_time, on_cut)
        return self._runtime.limits.drain_timeout

    def expire(self, code: CloseCode) -> None:
        """End the connection, whose time is over, from within its event loop.

        One that is just too old ends as :meth:`drain` ends one: nobody waits for that.

        Args:
            code: Which time.
        """
        # Only an age is a matter of course. Silence, and credentials that are good no longer, are
        # reasons to end at once; handlers are cancelled as at any end.
        if code == CloseCode.AGED:
            self._depart(partial(self.end_with, code), _nothing)
        else:
            self.end_with(code)

    def _depart(self, end: Callable[[], object], on_cut: Callable[[], object]) -> None:
        """Handle no further frame, and end once the handlers have ended; the last call counts."""
        frames = self._activity.frames
        # Nothing to wait for: decided already, before the accept, or no handler runs. Then end() is
        # called at once, which does nothing for the first of these.
        if self._farewell is not None or frames is None or self._activity.is_idle:
            end()
            return
        # Before the lane is told: it may end in this very turn, and complete() looks for the
        # departure.
        self._give_time(end, on_cut)
        frames.finish()

    def _give_time(self, end: Callable[[], object], on_cut: Callable[[], object]) -> None:
        # The end of the server comes before that of an age, and has another code.
        if self._departure is not None:
            self._departure.cancel()
        seconds = self._runtime.limits.drain_timeout
        self._departure = Departure(self._clock, seconds, end, on_cut)

    def _end_in_time(self) -> None:
        """End the connection, as its server stops, and what still runs of it."""
        self.end_with(CloseCode.SERVICE_RESTART)
        self._activity.background.cut()

    async def complete(self, last: Event | None) -> int:
        """Bring to its end what the lane of frames has left.

        Args:
            last: The last event, as the server has it; None if the lane was stopped before.

        Returns:
            The code with which the connection has ended.
        """
        # The lane has ended because its handler has. Those beside it have what is left of the same
        # time, and only then does the departure decide; its timer may have done so meanwhile, which
        # counts as well.
        if self._farewell is None and self._departure is not None:
            await self._activity.finish(self._departure.remaining)
            self._departure.end()
        elif last is not None and is_restart(last):
            # The server closes by itself (uvicorn), so that nobody is to be told; handlers have
            # their time all the same.
            await self._activity.finish(self._runtime.limits.drain_timeout)
            self._activity.background.cut()
        if self._farewell is not None:
            await self._give_up(self._farewell)
        if self._connection.close_code is not None:
            # What this side sent, whatever the last event says: after a close of the application's
            # own uvicorn's `websockets` says 1005 there, and hypercorn 1000.
            return self._connection.close_code
        # A close frame without a code counts as 1005, none at all as 1006 (RFC 6455, 7.1.5).
        return ABNORMAL_CLOSURE if last is None else int(last.get("code") or NO_CODE)

    async def _give_up(self, ending: Farewell) -> None:
        """Tell the client, if it takes that in time, why it is served no more."""
        # A write that waits for the client must not meet the close: some servers fail then.
        await self._activity.stop()
        connection, clock = self._connection, self._clock
        seconds = self._runtime.limits.close_timeout
        # A message would wait behind what a slow client leaves unread.
        is_slow = ending.code == int(CloseCode.SLOW_CONSUMER)
        in_words = self._runtime.settings.send_reconnect_message and not is_slow
        is_closed = await ending.tell(connection, self._outbox, clock, seconds, in_words=in_words)
        frames = self._activity.frames
        if is_closed and frames is not None and frames.unhandled:
            # Only where frames were left: further ones may stand in the server's queue, before the
            # client's end.
            await leave_unread(connection, clock, seconds)

    def release(self) -> None:
        """Let go of what refers to the connection in circles."""
        if self._departure is not None:
            self._departure.cancel()
            self._departure = None
        del self._journal


__all__ = ["Ending"]
