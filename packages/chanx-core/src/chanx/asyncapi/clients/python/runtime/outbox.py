# SPDX-License-Identifier: 0BSD
"""What is to be sent, in its turn, and who waits for what comes of it.

=============  ==================================  ============================================
a call is      until                               vector
=============  ==================================  ============================================
in ``queue``   the client is open, it expires      a queue is bounded, ordered and ages
in ``line``    the socket and the rate allow it    frames beyond the burst are spaced; ...
in ``pending`` a reply, the end, its time, a loss  replies out of order find their requests
settled        -                                   cancelling what is settled does nothing
=============  ==================================  ============================================
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic

from .behaviour import Behaviour
from .calls import AnyCall, Call, Failure, Ref
from .effects import Effect, Item, Send, Settle
from .frames import put
from .protocol import Frame, Protocol
from .states import Close
from .timers import Timers


@dataclass(frozen=True, slots=True, eq=False)
class _Own:
    """A frame of the machine itself, of which nobody waits to hear."""

    frame: Frame
    on_sent: Callable[[], None] | None


class Outbox(Generic[AnyCall]):
    """What a client sends.

    Args:
        protocol: What the document says.
        behaviour: What the user chose.
        timers: The machine's.
        emit: Takes effects.
    """

    def __init__(
        self,
        protocol: Protocol,
        behaviour: Behaviour,
        timers: Timers,
        emit: Callable[[Effect[AnyCall]], None],
    ) -> None:
        self._protocol = protocol
        self._behaviour = behaviour
        self._timers = timers
        self._emit = emit
        self._refs = 0
        self._is_blocked = False
        self._paid_until = 0.0  # up to when what was sent uses the rate up
        # In the order in which they were sent, which dictionaries keep: a loss is told in it (R15).
        # The keys are `Ref`; looking one up takes any number.
        self._pending: dict[float | str, AnyCall] = {}
        self._line: list[AnyCall | _Own] = []  # for the present socket
        self._queue: list[AnyCall] = []  # for the next one

    def release(self) -> None:
        """Send what is queued: the client is open."""
        queue, self._queue = self._queue, []
        for call in queue:
            # From here on it waits for its turn, not for a connection: that is no reason to expire.
            if call.kind == "send":
                self._timers.clear(call)
            self._line.append(call)
        self._flush()

    def submit(self, call: AnyCall, *, is_ready: bool) -> None:
        """Send, or queue, or refuse to.

        Args:
            call: What to send.
            is_ready: Whether the socket is.
        """
        limit = self._protocol.max_size
        if not is_ready and not (
            self._behaviour.offline == "queue" and _may_wait(call)
        ):
            self.settle(call, "not_connected")
        elif not is_ready and len(self._queue) >= self._behaviour.max_queued:
            self.settle(call, "queue_full")
        elif limit is not None and (size := self._size_of(call)) > limit:
            self.settle(call, "too_large", amount=size)
        else:
            # Before it goes: what is settled as it goes has its timer cleared then.
            if call.kind != "send":
                given = call.timeout
                self._wait(call, self._behaviour.timeout if given is None else given)
            if is_ready:
                self._line.append(call)
                self._flush()
            else:
                self._enqueue(call)

    def post(self, frame: Frame, on_sent: Callable[[], None] | None = None) -> None:
        """Send a frame of the machine itself, in its turn.

        Args:
            frame: The frame.
            on_sent: Is told when it goes, which it does not if the socket is lost before.
        """
        self._line.append(_Own(frame, on_sent))
        self._flush()

    def blocked(self, is_blocked: bool) -> None:
        """Take note that the socket takes nothing more, or does so again."""
        self._is_blocked = is_blocked
        self._flush()

    def cancel(self, call: AnyCall, error: Failure, amount: float = 0) -> None:
        """End a call that nobody waits for any more (R13, R24).

        Args:
            call: The call; nothing is done if it is over.
            error: What to say of it.
            amount: Likewise.
        """
        frame = call.rules.cancel
        # What was not sent is only taken out of the line: the server never hears of it (R24).
        if self._is_pending(call):
            if frame is not None:
                by_ref = call.rules.cancels_by_ref
                self.post(put(frame, self._protocol.ref, call.ref) if by_ref else frame)
            self.settle(call, error, amount=amount)
        elif call in self._line or call in self._queue:
            self.settle(call, error, amount=amount)

    def find(self, ref: Any) -> AnyCall | None:
        """Return the call that waits for a reply with an id, if there is one."""
        # To Python, 1 is True. It is 1.0 to JSON too, which some servers make of each number.
        if not isinstance(ref, int | float | str) or isinstance(ref, bool):
            return None
        return self._pending.get(ref)

    def answer(self, call: AnyCall, frame: Frame, key: str) -> None:
        """Take a frame with the id of a call (R12, R13).

        Args:
            call: The call.
            frame: The frame.
            key: Its message's.
        """
        # Before errors and items: `complete` says that nothing comes, of any operation.
        if key == self._protocol.complete:
            return self.settle(call)
        if key in call.rules.errors:
            return self.settle(call, "server_error", key=key, frame=frame)
        if call.kind == "request":
            return self.settle(call, key=key, frame=frame)
        is_end = key in call.rules.end
        # The message that ends it is an item too: it may carry something.
        self._emit(Item(call, key, frame, is_end))
        if is_end:
            return self.settle(call)
        self._timers.clear(call)
        given = call.item_timeout
        timeout = self._behaviour.item_timeout if given is None else given
        if timeout is not None:
            self._wait(call, timeout)
        return None

    def lose(self, close: Close) -> None:
        """End what a lost socket took along (R15), and keep what may go with the next.

        Args:
            close: Why it is lost.
        """
        resend, offline = self._behaviour.resend, self._behaviour.offline
        line = [call for call in self._line if not isinstance(call, _Own)]
        calls = [*self._pending.values(), *line]
        # Before calls are settled or queued, which both look into these. An id of the lost socket
        # is nobody's on the next one.
        self._pending.clear()
        self._line.clear()
        self._is_blocked = False
        self._paid_until = 0.0  # the next socket's rate is unused
        for call in calls:
            is_repeated = resend and call.kind == "request" and call.rules.idempotent
            is_unsent = call.ref is None and offline == "queue" and _may_wait(call)
            # The line is as long as the user made it; the queue has its bound (R11).
            has_room = len(self._queue) < self._behaviour.max_queued
            if is_repeated or (is_unsent and has_room):
                self._enqueue(call)
            else:
                self.settle(call, "connection_lost", close=close)

    def end(self, close: Close) -> None:
        """End everything.

        Args:
            close: Why.
        """
        line = [call for call in self._line if not isinstance(call, _Own)]
        for call in [*self._pending.values(), *line, *self._queue]:
            self.settle(call, "closed", close=close)
        self._line.clear()

    def settle(
        self,
        call: AnyCall,
        error: Failure | None = None,
        *,
        amount: float = 0,
        key: str = "",
        frame: Frame = None,
        close: Close | None = None,
    ) -> None:
        """Say what became of a call, which is over with that.

        Args:
            call: The call.
            error: Why it failed; None if it did not.
            amount: As :class:`Settle` has it, like the rest.
            key: Likewise.
            frame: Likewise.
            close: Likewise.
        """
        sent = call.ref is not None
        self._emit(Settle(call, error, sent, amount, key, frame, close))
        self._timers.clear(call)
        if call.ref is not None:
            self._pending.pop(call.ref, None)
        self._line = [item for item in self._line if item is not call]
        self._queue = [item for item in self._queue if item is not call]

    def _enqueue(self, call: AnyCall) -> None:
        self._queue.append(call)
        if call.kind == "send":
            self._timers.after(
                self._behaviour.max_age, call, lambda: self.settle(call, "expired")
            )

    def _flush(self) -> None:
        rate = self._protocol.rate if self._behaviour.pace else None
        while self._line and not self._is_blocked:
            if rate is not None:
                # One of the burst is kept for frames that the network brings closer together.
                # A bucket of tokens, kept as one number: each frame moves `_paid_until` one
                # interval on, and one may go while that is no more than `burst - 2` intervals
                # ahead. So `burst - 1` go at once.
                interval, now = 1 / rate.per_second, self._timers.now
                free = self._paid_until - max(rate.burst - 2, 0) * interval
                # As timers count: one set for less would have been due already.
                if now + 1e-9 < free:
                    return self._timers.after(free - now, "pace", self._flush)
                self._paid_until = max(self._paid_until, now) + interval
            self._transmit(self._line.pop(0))
        return None

    def _transmit(self, item: AnyCall | _Own) -> None:
        if isinstance(item, _Own):
            self._emit(Send(item.frame, _written(item.frame)))
            return item.on_sent() if item.on_sent is not None else None
        frame, ref = self._dressed(item)
        text = _written(frame)
        limit = self._protocol.max_size
        # The id is known only now: it may be longer than the one that was counted with.
        if limit is not None and (size := len(text.encode())) > limit:
            return self.settle(item, "too_large", amount=size)
        self._emit(Send(frame, text))
        if ref is None:
            return self.settle(item)
        # Counted as it goes, and not before: ids stand in the order of what was sent, and what is
        # cancelled in the line takes none.
        self._refs += 1
        item.ref = ref
        self._pending[ref] = item
        return None

    def _dressed(self, call: AnyCall) -> tuple[Frame, Ref | None]:
        """Return a call's frame with the next id, if it is to have one."""
        if call.kind == "send":
            return call.frame, None
        number = self._refs + 1
        ref = str(number) if self._protocol.is_ref_text else number
        return put(call.frame, self._protocol.ref, ref), ref

    def _size_of(self, call: AnyCall) -> int:
        return len(_written(self._dressed(call)[0]).encode())

    def _is_pending(self, call: AnyCall) -> bool:
        return call.ref in self._pending

    def _wait(self, call: AnyCall, timeout: float) -> None:
        """End a call unless something comes in time. What a stream would still bring is stopped."""

        def end() -> None:
            if call.kind == "stream":
                self.cancel(call, "timeout", timeout)
            else:
                self.settle(call, "timeout", amount=timeout)

        self._timers.after(timeout, call, end)


def _may_wait(call: Call) -> bool:
    """Return whether a call may wait for a connection: a request may be out of date by then."""
    return call.kind == "send" or (call.kind == "request" and call.rules.idempotent)


def _written(frame: Frame) -> str:
    text = json.dumps(frame, ensure_ascii=False, separators=(",", ":"))
    # Half of a surrogate pair has no UTF-8. What Python puts in its place is JSON's escape for it,
    # since it can stand within strings only; JavaScript writes the same.
    return text.encode(errors="backslashreplace").decode()


__all__ = ["Outbox"]
