"""What a connection receives from a channel layer that has to be asked for each message."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any, Final

from chanx.core.cancellation import is_own
from chanx.core.clock import Clock, pause
from chanx.core.loops import PerLoop
from chanx.core.tasks import cancel, start
from chanx.layers import ChannelLayer

FIRST_DELAY: Final = 0.1
"""Seconds before a layer that failed is tried again; each further time it is twice as many."""

LONGEST_DELAY: Final = 5.0
"""Seconds between two tries at most."""

DOUBT_AFTER: Final = 60.0
"""Seconds after which a layer that lets ``receive()`` time out is asked whether it is there."""


_UNREADABLE: Final = (ValueError, TypeError, LookupError, AttributeError)
"""What layers raise that took a message from their server and cannot read it; that one is gone."""

_MOST_UNREADABLE: Final = 100
"""Messages in a row that a layer cannot read; after so many it is rather the layer that fails."""


class _Company:
    """The receivers of one layer in one event loop, which tell each other of outages.

    ``channels_redis.core`` raises in one of them at a time, as the others wait for their turn:
    when that comes the server may be back, without the groups, and nobody else has noticed.
    """

    __slots__ = ("failing_since", "is_failing", "outages", "receivers")

    def __init__(self) -> None:
        self.receivers: set[Receiver] = set()
        self.outages = 0
        self.is_failing = False
        self.failing_since = 0.0


_companies = PerLoop(dict[int, _Company])


class Receiver:
    """Takes what a layer has for one channel, in the one ``receive()`` that ever waits there.

    A ``receive()`` that times out has received nothing, and goes on; one that cannot read what it
    received has lost no other message, and goes on, too. If it fails otherwise it is
    tried again with growing, random delays, and the groups are joined again first: a layer that
    was restarted may have forgotten them, those of other connections as well. Where the layer
    forgets members after some time (``group_expiry``), they are renewed long before.

    Args:
        layer: The channel layer.
        channel: The channel.
        clock: Tells how long the layer has failed.
        patience: Seconds for which it may.
        put: Takes each message.
        renew: Joins the connection's groups again.
        on_gap: Told once the layer works again, with the seconds for which it may have lost
            messages.
        warn: Told when the layer begins to fail, with what it raised.
        skip: Told of a message that cannot be read, with what that raised.
        give_up: Told when it has failed for too long, with what it raised last.
    """

    __slots__ = (
        "_channel",
        "_clock",
        "_company",
        "_delay",
        "_failing_since",
        "_give_up",
        "_has_begun",
        "_is_renewing",
        "_is_stopped",
        "_layer",
        "_missing_since",
        "_on_gap",
        "_patience",
        "_put",
        "_renew",
        "_renewed_after",
        "_renewed_at",
        "_skip",
        "_tasks",
        "_warn",
    )

    def __init__(
        self,
        layer: ChannelLayer,
        channel: str,
        *,
        clock: Clock,
        patience: float,
        put: Callable[[Any], object],
        renew: Callable[[], Awaitable[None]],
        on_gap: Callable[[float], None],
        warn: Callable[[BaseException], None],
        skip: Callable[[BaseException], None],
        give_up: Callable[[BaseException], None],
    ) -> None:
        self._layer = layer
        self._channel = channel
        self._clock = clock
        self._patience = patience
        self._put = put
        self._renew = renew
        self._on_gap = on_gap
        self._warn = warn
        self._skip = skip
        self._give_up = give_up
        self._has_begun = self._is_stopped = self._is_renewing = False
        self._failing_since: float | None = None
        self._missing_since = 0.0
        self._delay = FIRST_DELAY
        # By id, as layers need not have a hash; receivers keep theirs, so that no other gets it.
        self._company = _companies.get().setdefault(id(layer), _Company())
        self._company.receivers.add(self)
        # As if joined just now, which the groups are that it begins with; those that are joined
        # later tell the layer themselves.
        self._renewed_at = clock.time()
        self._renewed_after = self._company.outages
        # One receive() for the life of the channel, and none that is cancelled and called again:
        # with channels_redis.pubsub the end of a pending one releases the channel.
        self._tasks = [start(self._receive_all())]
        # Layers of Django Channels that forget members have it; asked of any object, since no
        # protocol names it.
        expiry: object = getattr(layer, "group_expiry", None)
        if isinstance(expiry, int | float) and expiry > 0:
            # Half of it: one attempt may fail, and there is time for several more.
            self._tasks.append(start(self._keep(expiry / 2)))

    async def stop(self, patience: float) -> bool:
        """Receive no more, by which the layer learns that the channel has ended.

        Args:
            patience: Seconds for the layer to let go.

        Returns:
            Whether it did.

        Raises:
            asyncio.CancelledError: If the caller was cancelled meanwhile; it waited all the same.
        """
        # Before all else: where a layer swallows its cancellation, the receiving task sees by this
        # that it is to end.
        self._is_stopped = True
        self._company.receivers.discard(self)
        # It may be the one that noticed an outage, whose end the others would wait for in vain.
        self._note_end_of_outage()
        if not self._company.receivers:
            _companies.get().pop(id(self._layer), None)
        interruption: asyncio.CancelledError | None = None
        # Layers release a channel when its receive() is cancelled: it has to have begun for that.
        while not self._has_begun:
            try:
                await asyncio.sleep(0)
            except asyncio.CancelledError as error:
                interruption = error
        # All of them, also one that renews: it would join groups again that are left by now.
        left = await cancel(self._tasks, self._clock, patience)
        if interruption is not None:
            raise interruption
        return not left

    async def _receive_all(self) -> None:
        self._has_begun = True
        is_working = True
        unreadable = 0
        while is_working:
            began = self._clock.time()
            try:
                # The one door for what comes. It does not suspend, so a slow client delays no
                # reading: what waits for it, the lane counts.
                self._put(await self._layer.receive(self._channel))
                # Only a message proves that the layer works again: joining the groups may succeed
                # where receiving does not.
                self._failing_since = None
                unreadable = 0
                if self._is_stopped:  # and the cancellation was swallowed
                    return
            except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - layers raise what they like
                if self._is_over():
                    return
                # Asked first: one message of others must not count as an outage, for which groups
                # would be joined again.
                if isinstance(error, _UNREADABLE) and unreadable < _MOST_UNREADABLE:
                    unreadable += 1
                    self._skip(error)
                # redis-py 8 times blocking reads out after 5 s, which ends nothing as long as the
                # server answers.
                elif not _is_timeout(error) or not await self._is_still_there():
                    is_working = await self._recover(error, began)
                    unreadable = 0

    def _is_over(self) -> bool:
        """Whether this task is to end; else a cancellation is one that leaked from the layer."""
        # By the count, and not by the exception: redis-py on Python 3.11 can swallow a
        # cancellation, and others let one leak.
        task = asyncio.current_task()
        return self._is_stopped or task is None or task.cancelling() > 0

    async def _is_still_there(self) -> bool:
        """Ask a layer that answers nothing, now and then: its server may have been replaced."""
        # Whatever raises at once, time and again, must not keep the event loop.
        await asyncio.sleep(FIRST_DELAY)
        if self._clock.time() - self._renewed_at < DOUBT_AFTER:
            return True
        try:
            await self._rejoin_in_time()
        except (Exception, asyncio.CancelledError) as error:
            if is_own(error):
                raise
            return False
        return True

    async def _recover(self, error: BaseException, began: float) -> bool:
        """Wait until the layer works again, and return whether it does.

        Args:
            error: What it raised.
            began: When that call began; one that lasted shows that the layer worked meanwhile.
        """
        now = self._clock.time()
        self._is_renewing = True
        # A call that waited for longer than the longest delay had a layer that worked: this is
        # another outage, with another time to be patient.
        if self._failing_since is None or now - began > LONGEST_DELAY:
            self._failing_since, self._delay = now, FIRST_DELAY
            self._note_outage()
            # Others may have noticed it long before this one, which waited for its turn.
            self._missing_since = self._company.failing_since
            self._warn(error)
        # Counted from the first failure, whatever was tried since: a layer that works for a moment
        # now and then is given up as well.
        while (left := self._failing_since + self._patience - self._clock.time()) > 0:
            # Random, so that not all connections of all processes come at once.
            await pause(self._clock, min(left, self._delay * random.uniform(0.5, 1)))
            self._delay = min(self._delay * 2, LONGEST_DELAY)
            try:
                await self._rejoin()
            except (Exception, asyncio.CancelledError) as again:
                if is_own(again):
                    raise
                error = again
            else:
                self._is_renewing = False
                self._note_end_of_outage()
                # One that began and ended meanwhile is another one's to note.
                self._renew_after_outage()
                # Behind the renewal: until then nothing sent to a group could come, so that the gap
                # lasted until now.
                self._on_gap(self._clock.time() - self._missing_since)
                return True
        # With what was raised last, which says most of the state in which the layer is.
        self._give_up(error)
        return False

    def _note_outage(self) -> None:
        if not self._company.is_failing:
            self._company.is_failing = True
            self._company.outages += 1
            self._company.failing_since = self._clock.time()

    def _note_end_of_outage(self) -> None:
        """Let the others join their groups again, since they may not have noticed."""
        company = self._company
        if company.is_failing:
            company.is_failing = False
            for other in company.receivers:
                other._renew_after_outage()  # noqa: SLF001 - of the same class

    def _renew_after_outage(self) -> None:
        # One that goes through several outages makes up for them together, and has one gap.
        if self._renewed_after < self._company.outages and not self._is_renewing:
            self._is_renewing = True
            # Kept with the others, for stop() to cancel; given the beginning, as by the next outage
            # there is another.
            self._tasks.append(start(self._renew_until_done(self._company.failing_since)))

    async def _renew_until_done(self, since: float) -> None:
        delay = FIRST_DELAY
        while self._renewed_after < self._company.outages:
            # All receivers of the layer are told at once; the server has just come back.
            await pause(self._clock, delay * random.random())
            try:
                await self._rejoin()
            except (Exception, asyncio.CancelledError) as error:
                if is_own(error):
                    raise
                delay = min(delay * 2, LONGEST_DELAY)
        # Before anything suspends, so that an outage that is noted from here on begins another.
        self._is_renewing = False
        self._on_gap(self._clock.time() - since)
        # Taken out, or each outage would leave a task in the list for as long as the connection
        # lives.
        self._tasks = [task for task in self._tasks if task is not asyncio.current_task()]

    async def _keep(self, interval: float) -> None:
        """Renew the connection's memberships before the layer forgets them."""
        delay = interval
        while True:
            await pause(self._clock, delay * random.uniform(0.8, 1))
            try:
                await self._rejoin_in_time()
                delay = interval
            except (Exception, asyncio.CancelledError) as error:
                if is_own(error):
                    raise
                self._warn(error)
                # After another whole interval the layer would have forgotten them.
                delay = interval / 10

    async def _rejoin_in_time(self) -> None:
        """Join again as is done now and then; that may end an outage that only others noticed."""
        made_up_for, since = self._renewed_after, self._company.failing_since
        await self._rejoin()
        if made_up_for < self._renewed_after and not self._is_renewing:
            self._on_gap(self._clock.time() - since)

    async def _rejoin(self) -> None:
        # Read before: one that begins meanwhile is not made up for by this.
        outages = self._company.outages
        await self._renew()
        self._renewed_after = outages
        self._renewed_at = self._clock.time()


def _is_timeout(error: BaseException) -> bool:
    # redis-py's own is not a TimeoutError of Python's.
    return any(kind.__name__ == "TimeoutError" for kind in type(error).__mro__)


__all__ = ["DOUBT_AFTER", "FIRST_DELAY", "LONGEST_DELAY", "Receiver"]
