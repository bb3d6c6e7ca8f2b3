"""How many frames a user may send over time, in all connections of all processes."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final
from weakref import WeakKeyDictionary, WeakValueDictionary, proxy

from chanx.core.asgi import Event
from chanx.core.cancellation import is_own
from chanx.core.clock import Clock
from chanx.core.limits import Limits
from chanx.core.loops import PerLoop
from chanx.core.reach import REMEDY, is_within_process, worker_count
from chanx.layers import Allowance, ChannelLayer, CountingLayer

logger: Final = logging.getLogger("chanx.layers")

PART: Final = 10
"""A process takes tokens by the tenth of a burst, so that Redis is not asked for each frame."""

KEPT: Final = 1.0
"""Seconds for which a process may spend tokens that it took, and for which it takes none where
there are none. What it does not spend it gives back when it asks next."""

PATIENCE: Final = 0.25
"""Seconds for which a frame waits for the layer's answer; then it is handled without one."""

ABSENCE: Final = 5.0
"""Seconds for which a layer that fails is not asked again. Frames are handled meanwhile."""


class LocalCounter:
    """Counts within the process, where there is no layer that counts for all of them.

    Args:
        now: Returns the time in seconds, from any origin.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._kept: dict[str, tuple[float, float]] = {}
        # A look at all names, so that it comes rarely: next when twice as many are known as were
        # left.
        self._sweep_at = 1000

    async def take_tokens(
        self, name: str, count: int, *, rate: float, burst: int, unused: int = 0
    ) -> Allowance:
        """Take tokens, as :class:`~chanx.layers.CountingLayer` says."""
        now = self._now()
        tokens, at = self._kept.get(name, (float(burst), now))
        # What comes back counts before the cap, so that nobody saves up more than a burst.
        tokens = min(burst, tokens + (now - at) * rate + unused)
        # Whole ones only; the fraction stays, or a rate below one in the time between calls would
        # be none.
        granted = min(count, int(tokens))
        self._kept[name] = tokens - granted, now
        if len(self._kept) > self._sweep_at:
            # Whoever has sent nothing for so long that a bucket is full again is as good as new.
            full = burst / rate
            self._kept = {key: kept for key, kept in self._kept.items() if now - kept[1] < full}
            self._sweep_at = max(1000, 2 * len(self._kept))
        return Allowance(granted, 0.0 if granted else (1 - tokens) / rate)


class Purse:
    """The tokens of one user that an event loop has taken and not spent.

    ========  ==================================  =================================================
    state     what becomes of a frame             what moves it on
    ========  ==================================  =================================================
    empty     it waits for the counter's answer   tokens: filled; none: refused
    filled    it is handled, and costs a token    the last is spent, or ``KEPT`` passes: empty
    refused   it is refused                       the next token is due, or ``KEPT`` passes: empty
    ========  ==================================  =================================================

    The tests of each row, in ``tests/core/test_user_rate.py``, begin with its name.
    """

    __slots__ = ("__weakref__", "_refused_until", "_spent_by", "turn", "unused")

    def __init__(self) -> None:
        self.unused: int = 0
        """Tokens that are left; they may be too old to be spent."""
        self._spent_by = 0.0
        self._refused_until = 0.0
        # One frame asks for all of the user's connections here.
        self.turn: asyncio.Lock = asyncio.Lock()

    def spend(self, now: float) -> bool | None:
        """Return whether a frame may be handled; None where the counter has to be asked.

        Args:
            now: The time, in seconds.
        """
        # Old ones are not spent: others of the same user may have had them from the counter
        # meanwhile, to which they are given back with the next call.
        if self.unused and now < self._spent_by:
            self.unused -= 1
            return True
        # Not asked for each frame above the rate: who sends too much would else have Redis asked
        # the more.
        return False if now < self._refused_until else None

    def fill(self, allowance: Allowance, now: float) -> None:
        """Take what the counter gave; what was left was given back.

        Args:
            allowance: What it gave.
            now: The time, in seconds.
        """
        # Set, and not added: what was left went back with the question.
        self.unused = allowance.granted
        self._spent_by = now + KEPT
        # KEPT at most, so that tokens that another process gives back are found within a second.
        self._refused_until = now if allowance.granted else now + min(allowance.wait, KEPT)


class Tally:
    """What one event loop knows of a counter: its users' purses, and whether it answers.

    Args:
        counter: Counts for all processes, or for this one.
        clock: Tells the time.
    """

    def __init__(self, counter: CountingLayer, clock: Clock) -> None:
        self._counter = counter
        self._clock = clock
        # A purse is its user's connections': with the last of them it goes, unspent.
        self._purses: WeakValueDictionary[str, Purse] = WeakValueDictionary()
        self._away_until = 0.0
        self._is_away = False

    def purse(self, name: str) -> Purse:
        """Return a user's purse, the same for all connections that hold it.

        Args:
            name: What the user's tokens are called.
        """
        found = self._purses.get(name)
        if found is None:
            # Held by this name until it is returned: a weak table would else lose it at once.
            found = self._purses[name] = Purse()
        return found

    async def ask(self, name: str, count: int, rate: float, burst: int, unused: int) -> Allowance:
        """Ask for tokens; a counter that does not answer grants all of them.

        Args:
            name: What they are called.
            count: How many.
            rate: How many there are new each second.
            burst: How many there are at most.
            unused: How many are given back.
        """
        # A layer that fails is asked every ABSENCE seconds; asked for each frame, each frame would
        # wait PATIENCE for nothing.
        if self._clock.time() < self._away_until:
            return Allowance(count, 0.0)
        try:
            async with self._clock.timeout(PATIENCE):
                allowance = await self._counter.take_tokens(
                    name, count, rate=rate, burst=burst, unused=unused
                )
        except (Exception, asyncio.CancelledError) as error:
            if is_own(error):
                raise
            # Open rather than closed: a rate keeps abuse down, and no outage of Redis is to close
            # the service.
            self._away_until = self._clock.time() + ABSENCE
            if not self._is_away:
                self._is_away = True
                logger.warning(
                    "The channel layer does not count (%s): until it does, "
                    "max_messages_per_second_per_user bounds nobody.",
                    repr(error) if str(error) else type(error).__qualname__,
                )
            return Allowance(count, 0.0)
        if self._is_away:
            self._is_away = False
            logger.warning("The channel layer counts again.")
        return allowance


class _Tallies:
    """The tallies of one event loop."""

    def __init__(self) -> None:
        self._of_layers: WeakKeyDictionary[CountingLayer, Tally] = WeakKeyDictionary()
        self._local: Tally | None = None

    def of(self, layer: ChannelLayer | None, clock: Clock) -> Tally:
        if isinstance(layer, CountingLayer):
            tally = self._of_layers.get(layer)
            if tally is None:
                # By a proxy, or a value of the table would hold its own key, and so the layer for
                # as long as the loop lives. Connections hold it, and nobody else asks for tokens.
                tally = self._of_layers[layer] = Tally(proxy(layer), clock)
            return tally
        if self._local is None:
            self._local = Tally(LocalCounter(clock.time), clock)
            is_shared = layer is not None and not is_within_process(layer)
            if is_shared or worker_count() > 1:
                logger.warning(
                    "max_messages_per_second_per_user counts in each process for itself: %s.",
                    REMEDY,
                )
        return self._local


_tallies = PerLoop(_Tallies)


class UserRate:
    """Stands before the handling of one connection's frames, and refuses those above the rate.

    Args:
        layer: The connection's channel layer; None if there is none.
        user_id: Whose connection it is.
        limits: The rate, and the burst.
        clock: Tells the time.
        handle: Handles a frame.
        refuse: Answers one that is not handled.
    """

    __slots__ = (
        "_burst",
        "_count",
        "_handle",
        "_name",
        "_now",
        "_purse",
        "_rate",
        "_refuse",
        "_tally",
    )

    def __init__(
        self,
        layer: ChannelLayer | None,
        user_id: str,
        limits: Limits,
        clock: Clock,
        *,
        handle: Callable[[Event], Awaitable[object]],
        refuse: Callable[[Event], Awaitable[object]],
    ) -> None:
        rate = limits.max_messages_per_second_per_user
        assert rate is not None
        self._rate = rate
        self._burst = limits.max_burst_per_user
        self._count = max(1, self._burst // PART)
        # Consumers that have the same limit count together.
        self._name = f"rate {rate:g} {self._burst} {user_id}"
        self._tally = _tallies.get().of(layer, clock)
        self._purse = self._tally.purse(self._name)
        self._now = clock.time
        self._handle = handle
        self._refuse = refuse

    def handle_frame(self, event: Event) -> Awaitable[object]:
        """Return what is to be awaited to handle a frame, or to refuse it.

        Args:
            event: ASGI's ``websocket.receive``.
        """
        # The usual frame costs this call, and no coroutine.
        may_be = self._purse.spend(self._now())
        if may_be is None:
            return self._ask_first(event)
        return self._handle(event) if may_be else self._refuse(event)

    async def _ask_first(self, event: Event) -> None:
        # Frames of one connection keep their order, since its lane waits for this one.
        purse = self._purse
        async with purse.turn:
            # Asked again within the turn: whoever had it before may have filled the purse.
            while (may_be := purse.spend(self._now())) is None:
                allowance = await self._tally.ask(
                    self._name, self._count, self._rate, self._burst, purse.unused
                )
                purse.fill(allowance, self._now())
        await (self._handle(event) if may_be else self._refuse(event))


__all__ = ["ABSENCE", "KEPT", "PART", "PATIENCE", "LocalCounter", "Purse", "Tally", "UserRate"]
