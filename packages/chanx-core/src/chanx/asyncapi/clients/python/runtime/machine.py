# SPDX-License-Identifier: 0BSD
"""The behaviour of a client, without sockets and clocks: inputs go in, effects come out.

The rules R1 to R27 are chanx's docs/client-rules.md; vectors that check them name the rows below.

=======  ==========  =========================  ================================================
phase    state       waits for                  vector
=======  ==========  =========================  ================================================
idle     Idle        connect                    connect and close
token    Connecting  the token provider         4401 asks for a new token once
opening  Connecting  the socket, ready message  open only after the ready message
hooking  Connecting  the hook                   the hook runs before what is queued and may ...
open     Open        frames, calls              request and reply, refs are never reused
waiting  Waiting     the next attempt           full jitter doubles up to the cap
closed   Closed      nothing                    closing rejects everything and wins over a timer
=======  ==========  =========================  ================================================
"""

import random as chance
from asyncio import CancelledError
from collections.abc import Callable
from typing import Final, Generic, Literal, TypeAlias

from .attempts import Attempts
from .behaviour import Behaviour
from .calls import AnyCall
from .closing import verdict_of
from .effects import (
    Drop,
    Effect,
    Hook,
    Message,
    NeedToken,
    OpenSocket,
    Report,
    StateChange,
    TokenReason,
    UnknownFrame,
    reportable,
)
from .frames import at, is_refusal
from .outbox import Outbox
from .protocol import Frame, Protocol
from .states import Close, Closed, Connecting, Idle, Open, State, Waiting, Why
from .timers import Timers

_Phase: TypeAlias = Literal[
    "idle", "token", "opening", "hooking", "open", "waiting", "closed"
]

# What ends with a connection. The timers of calls have calls as their keys, and outlive a loss:
# a request that is sent again is timed from when it was made (R12).
_CONNECTION_TIMERS: Final = ("open", "stable", "heartbeat", "send", "pace")
# R5: what is open for less may have been accepted only to be closed.
_STABLE: Final = 5.0
# No server has closed: this is what one would close with, so that users need one word for both.
_UNAUTHORIZED: Final = 4401


class Machine(Generic[AnyCall]):
    """The behaviour of one client; every input returns its effects, in order.

    Args:
        protocol: What the document says.
        behaviour: What the user chose.
        has_token: Whether there is a token provider.
        has_hook: Whether there is a hook.
        random: Returns a number in [0, 1).
    """

    def __init__(
        self,
        protocol: Protocol,
        behaviour: Behaviour,
        *,
        has_token: bool = False,
        has_hook: bool = False,
        random: Callable[[], float] = chance.random,
    ) -> None:
        self._protocol = protocol
        self._behaviour = behaviour
        self._has_hook = has_hook
        self._phase: _Phase = "idle"
        self._state: State = Idle()
        # Handed out when the input is over: whoever does them may call again at once (R14), and
        # finds the machine between two inputs.
        self._effects: list[Effect[AnyCall]] = []
        # Shared with the outbox, which times its calls under themselves.
        self._timers = Timers()
        self._outbox: Outbox[AnyCall] = Outbox(
            protocol,
            behaviour,
            self._timers,
            lambda effect: self._effects.append(effect),
        )
        self._token: str | None = None
        # Why the provider is asked before the next attempt; None if it is not.
        self._asks: TokenReason | None = "connect" if has_token else None
        self._attempts = Attempts(behaviour, has_token, random)
        self._is_first = True  # whether no connection was open yet
        self._is_asked = False  # whether a ping, sent or not, waits for its answer

    @property
    def state(self) -> State:
        """Where the client stands."""
        return self._state

    @property
    def due(self) -> float | None:
        """When :meth:`advance` is to be called; None for never."""
        return self._timers.due

    @property
    def _is_ready(self) -> bool:
        return self._phase in ("hooking", "open")

    @property
    def _has_socket(self) -> bool:
        return self._phase == "opening" or self._is_ready

    def advance(self, now: float) -> list[Effect[AnyCall]]:
        """Tell the time: before any other input, and when something is due.

        Args:
            now: Seconds from any origin.
        """
        self._timers.advance(now)
        return self._take()

    def connect(self) -> list[Effect[AnyCall]]:
        """Begin (R1)."""
        if self._phase == "idle":
            self._attempt()
        return self._take()

    def close(self, code: int = 1000, reason: str = "") -> list[Effect[AnyCall]]:
        """End for good: the user has had enough (R19).

        Args:
            code: The close code.
            reason: What the server is told.
        """
        if self._phase == "closed":
            return []
        # Whoever waits for a call hears of the close before the socket goes and the state is told,
        # as with a loss (R15): `_finish`, which changes the phase, finds nothing left to end.
        had_socket = self._has_socket
        close = Close(code, reason, "never")
        self._outbox.end(close)
        if had_socket:
            self._effects.append(Drop(code, reason))
        self._finish("by_client", close)
        return self._take()

    def wake(self) -> list[Effect[AnyCall]]:
        """Wait no longer: the network may be back (R8)."""
        if self._phase == "waiting":
            self._attempt()
        # A second ping would have its answer timed anew: a network that wakes the client every few
        # seconds would keep a dead socket open for ever.
        elif self._phase == "open" and not self._is_asked:
            self._ping()
        return self._take()

    def token(
        self, token: str | None, error: Literal["failed", "unauthorized"] | None = None
    ) -> list[Effect[AnyCall]]:
        """Take what the provider gave (R9).

        Args:
            token: The token; None for none.
            error: Why it gave none; None if it did not fail.
        """
        is_awaited = self._phase == "token"
        if error is None:
            # Kept where no attempt waits, too: `refresh_token()` brings it for the next one, which
            # has nothing to ask for any more.
            self._token, self._asks = token, None
            if is_awaited:
                self._open()
        elif is_awaited and error == "failed":
            self._wait(Close(_UNAUTHORIZED, "There is no token.", "backoff"))
        elif is_awaited:
            self._finish("refused", Close(_UNAUTHORIZED, "There is no token.", "never"))
        return self._take()

    def opened(self) -> list[Effect[AnyCall]]:
        """Take note that the socket is open."""
        # Else the socket says nothing yet: some servers accept to say in a message why they refuse.
        if self._phase == "opening" and self._protocol.ready is None:
            self._ready()
        return self._take()

    def hooked(self, *, failed: bool = False) -> list[Effect[AnyCall]]:
        """Take note that the hook has ended (R16).

        Args:
            failed: Whether it raised something.
        """
        if self._phase == "hooking":
            if failed:
                self._drop()
            else:
                self._begin()
        return self._take()

    def lost(self, code: int, reason: str = "") -> list[Effect[AnyCall]]:
        """Take note that the socket is closed.

        Args:
            code: The close code; 4000 plus the status of a refused handshake.
            reason: What the server said.
        """
        # A socket that was dropped ends some time later: that was told when it was dropped (R22).
        if self._has_socket:
            self._lose(code or 1006, reason)  # Deno says 0 where others say 1006
        return self._take()

    def received(
        self, frame: Frame, key: str, problem: str | None = None
    ) -> list[Effect[AnyCall]]:
        """Take a frame.

        Args:
            frame: The frame.
            key: Its message's; "" if it is none.
            problem: What is wrong with it; None for nothing.
        """
        if not self._has_socket:
            return []
        # It may have the id of a request: then it is a wrong reply, and not one of another kind.
        if not key:
            problem = problem or "no_message"
        # Before it is looked at: what is wrong shows as well that the other side is there (R10).
        self._hear()
        ref = at(frame, self._protocol.ref) if self._protocol.ref else None
        call = self._outbox.find(ref)
        beat, asked = self._protocol.heartbeat, self._protocol.server_heartbeat
        if problem is not None:
            self._effects.append(UnknownFrame(frame, problem))
            if call is not None:
                self._outbox.settle(call, "invalid")
        elif asked is not None and key == asked.ping:  # with an id, too, it is no reply
            self._outbox.post(asked.pong)
        elif call is not None:
            self._outbox.answer(call, frame, key)
        elif ref is None and beat is not None and key == beat.pong:
            # With an id it is the late reply to a ping that the user sent, and told as such.
            pass
        elif key in self._protocol.messages:
            self._note(key, frame)
            # Told before the hook runs, which may look at it as `ready`.
            self._effects.append(Message(key, frame))
            is_ready = key == self._protocol.ready and not is_refusal(frame)
            if self._phase == "opening" and is_ready:
                self._ready()
        else:
            self._effects.append(UnknownFrame(frame, "no_message"))
        return self._take()

    def submit(self, call: AnyCall) -> list[Effect[AnyCall]]:
        """Send, now or in its turn; what becomes of it is settled.

        Args:
            call: What to send.
        """
        if isinstance(self._state, Closed):
            self._outbox.settle(call, "closed", close=self._state.close)
        else:
            self._outbox.submit(call, is_ready=self._is_ready)
        return self._take()

    def cancel(
        self, call: AnyCall, error: Literal["cancelled", "overflow"] = "cancelled"
    ) -> list[Effect[AnyCall]]:
        """End what nobody waits for any more (R24); of a stream, this is how it is left (R13).

        Args:
            call: Which.
            error: Why.
        """
        self._outbox.cancel(call, error)
        return self._take()

    def blocked(self, is_blocked: bool) -> list[Effect[AnyCall]]:
        """Take note that the socket takes nothing more, or does so again (R23).

        Args:
            is_blocked: Which of them; True once more if it took some, and not enough.
        """
        if not is_blocked:
            self._timers.clear("send")
        # Told again, it took some: that begins anew. Before the client is ready, `open_timeout`
        # ends it.
        elif self._is_ready:
            self._timers.after(self._behaviour.send_timeout, "send", self._drop)
        self._outbox.blocked(is_blocked)
        return self._take()

    def _take(self) -> list[Effect[AnyCall]]:
        effects, self._effects = self._effects, []
        return effects

    def _become(self, state: State) -> None:
        self._state = state
        self._effects.append(StateChange(state))

    def _note(self, key: str, frame: Frame) -> None:
        """Take note of when the server wants the client back, if a message says so (R27)."""
        message = self._protocol.reconnect
        if message is not None and key == message.key:
            self._attempts.come_back(at(frame, message.retry_after))

    def _attempt(self) -> None:
        # What the server said of coming back counts for one attempt, however that is begun (R27).
        self._attempts.begin()
        # Waking comes before it is due. Left alone, it would open a second socket (R21).
        self._timers.clear("retry")
        self._become(Connecting(self._attempts.failures))
        if self._asks is None:
            self._open()
        else:
            self._phase = "token"
            self._effects.append(NeedToken(self._asks))

    def _open(self) -> None:
        self._phase = "opening"
        self._effects.append(OpenSocket(self._token))
        # Not before: how long a provider takes is its own affair (R2), as where it shows a form.
        self._timers.after(self._behaviour.open_timeout, "open", self._drop)

    def _ready(self) -> None:
        self._phase = "hooking"
        self._effects.append(Hook(self._is_first))
        if not self._has_hook:
            self._begin()

    def _begin(self) -> None:
        self._phase = "open"
        self._timers.clear("open")
        # The state is told before what was queued goes (R16): whoever hears of it may send, and
        # comes after the queue, since the host takes that in its turn.
        self._become(Open(self._is_first))
        self._is_first = False
        self._attempts.succeed()
        self._timers.after(_STABLE, "stable", self._attempts.forget)
        self._hear()
        self._outbox.release()

    def _drop(self) -> None:
        # First: the host has forgotten the socket when those hear of it who may send again.
        self._effects.append(Drop(1006, ""))
        self._lose(1006, "")

    def _lose(self, code: int, reason: str) -> None:
        # The user decides before anything has changed; what `decide` asks of the client, the host
        # takes when this is over (R14).
        close = self._judged(code, reason)
        # This reads the phase, which nothing below has changed yet.
        following = self._attempts.lose(close, was_open=self._phase == "open")
        # Left alone, `open` and `heartbeat` of this connection would drop the next one.
        self._timers.clear(*_CONNECTION_TIMERS)
        # Before the state is told: nobody waits any more when `Waiting` is seen (R15).
        self._outbox.lose(close)
        if following == "never":
            return self._finish("refused", close)
        if close.verdict == "refresh":
            self._asks = "rejected"
        return self._attempt() if following == "now" else self._wait(close)

    def _judged(self, code: int, reason: str) -> Close:
        """Return what a close means to the user, to the document, or by its code (R6)."""
        said, meaning = self._protocol.close_codes.get(code, (None, None))
        close = Close(code, reason, said or verdict_of(code), meaning)
        try:
            decided = self._behaviour.decide(close) if self._behaviour.decide else None
        except (Exception, CancelledError) as error:  # it is not our code
            self._effects.append(Report(reportable(error)))
            return close
        return close if decided is None else Close(code, reason, decided, meaning)

    def _wait(self, close: Close) -> None:
        retry_in = self._attempts.fail(close)
        if retry_in is None:
            return self._finish("gave_up", close)
        # It is asked for this attempt; a client that gives up has no use for a token.
        if self._attempts.is_reason_unknown():
            self._asks = "unknown"
        self._phase = "waiting"
        self._become(Waiting(self._attempts.failures, retry_in, close))
        self._timers.after(retry_in, "retry", self._attempt)
        return None

    def _finish(self, why: Why, close: Close) -> None:
        self._outbox.end(close)
        self._timers.clear_all()  # a closed client leaves nothing due (R24)
        self._phase = "closed"
        self._become(Closed(why, close))

    def _hear(self) -> None:
        """Take note of a frame: any shows that the connection is alive (R10)."""
        beat = self._protocol.heartbeat
        # While the hook runs, `open_timeout` is what ends a dead connection.
        if self._phase != "open" or beat is None:
            return
        own = self._behaviour.ping_interval
        interval = own if own is not None else beat.interval
        self._is_asked = False
        self._timers.after(
            25 if interval is None else interval, "heartbeat", self._ping
        )

    def _ping(self) -> None:
        beat = self._protocol.heartbeat
        if beat is None:
            return
        self._is_asked = True
        # It may wait for its turn, behind what is spaced: silence would ask once more meanwhile.
        self._timers.clear("heartbeat")
        self._outbox.post(beat.ping, self._pinged)

    def _pinged(self) -> None:
        """Time the answer from when the ping goes: what is sent before it may take its time."""
        # Again: a frame that came while the ping waited is no answer to it.
        self._is_asked = True
        self._timers.after(self._behaviour.pong_timeout, "heartbeat", self._drop)


__all__ = ["Machine"]
