# SPDX-License-Identifier: 0BSD
"""A machine with a clock and sockets: it does what that says, and tells it what happens."""

import asyncio
import json
import random as chance
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal, Protocol, TypeVar

from .address import Address
from .behaviour import Behaviour
from .calls import Call
from .effects import (
    Drop,
    Effect,
    Hook,
    Item,
    Message,
    NeedToken,
    OpenSocket,
    Report,
    Send,
    Settle,
    StateChange,
    TokenReason,
    UnknownFrame,
    reportable,
)
from .errors import Unauthorized
from .machine import Machine
from .protocol import Protocol as Rules
from .states import State
from .transport import Events, Socket

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """That a token is asked for.

    Attributes:
        reason: ``connect`` at first, ``rejected`` after the server refused the one before,
            ``unknown`` after three attempts that failed without a reason, ``expiring`` for
            ``refresh_token()``.
    """

    reason: TokenReason


@dataclass(frozen=True, slots=True)
class Wrong:
    """A frame that is not a message of the document, or a wrong one.

    Attributes:
        raw: The frame.
        problem: What is wrong with it.
    """

    raw: Any
    problem: str


class Listener(Protocol):
    """Who is told of a connection. Nothing that it does is waited for."""

    def identify(self, frame: Any) -> tuple[str, Any, str | None]:
        """Return the key of a frame's message, what it is, and what is wrong with it."""
        ...

    def became(self, state: State) -> None:
        """Take a state."""
        ...

    def received(self, key: str, message: Any) -> None:
        """Take a message that nobody asked for."""
        ...

    def unknown(self, raw: Any, problem: str) -> None:
        """Take what is not a message of the document."""
        ...

    async def connected(self, first: bool) -> None:
        """Run the hook."""
        ...

    def failed(self, error: Exception) -> None:
        """Take what a hook, a provider or another function of the user's raised."""
        ...


@dataclass(slots=True, kw_only=True, eq=False)
class Pending(Call):
    """A call, and who waits for it.

    Attributes:
        on_settled: Is told what became of it, with the message that answered, or what is
            :class:`Wrong` with it.
        on_item: Is told what a stream brought, and whether it ends it.
    """

    on_settled: Callable[["Settle[Pending]", Any], None]
    on_item: Callable[[Any, bool], None] = field(default=lambda message, is_end: None)


class Connection:
    """One client's connection, with all sockets that it has in turn.

    Args:
        rules: What the document says.
        behaviour: What the user chose.
        address: Where it goes.
        listener: Who is told of it.
        token: A token, or who has them.
        has_hook: Whether ``listener.connected`` is to run.
        headers: Further headers.
        subprotocols: Further subprotocols.
        max_frame: Bytes of a frame that are read at most.
        socket_options: Further arguments of ``websockets``' ``connect``.
        random: Returns a number in [0, 1).
    """

    def __init__(
        self,
        rules: Rules,
        behaviour: Behaviour,
        address: Address,
        listener: Listener,
        *,
        token: str | Callable[[TokenRequest], Awaitable[str | None]] | None,
        has_hook: bool,
        headers: Mapping[str, str],
        subprotocols: Sequence[str],
        max_frame: int,
        socket_options: Mapping[str, Any],
        random: Callable[[], float] = chance.random,
    ) -> None:
        self._address = address
        self._listener = listener
        self._token = token
        self._headers = headers
        self._subprotocols = subprotocols
        self._max_frame = max_frame
        self._socket_options = socket_options
        self._has_hook = has_hook
        self._machine: Machine[Pending] = Machine(
            rules,
            behaviour,
            has_token=callable(token),
            has_hook=has_hook,
            random=random,
        )
        # Inputs and effects in one row: what an effect causes comes after all that was there (R14).
        self._work: deque[Callable[[], None]] = deque()
        self._is_busy = False
        self._timer: asyncio.TimerHandle | None = None
        self._socket: Socket | None = None
        # Those that were dropped as well, until nothing of them is left: closing waits for them.
        self._sockets: set[Socket] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._asking: asyncio.Task[None] | None = None
        self._asked: object = None  # stands for the attempt that waits for a token
        self._hooking: asyncio.Task[None] | None = None
        self._message: Any = None  # what the frame is that is being taken
        # What is wrong with the address is told at once, to whoever made the client.
        address.handshake(
            token if isinstance(token, str) else None, headers, subprotocols
        )

    @property
    def state(self) -> State:
        """Where the client stands."""
        return self._machine.state

    def connect(self) -> None:
        """Begin."""
        self._run(self._machine.connect)

    def wake(self) -> None:
        """Wait no longer."""
        self._run(self._machine.wake)

    def submit(self, call: Pending) -> None:
        """Send, now or in its turn."""
        self._run(lambda: self._machine.submit(call))

    def cancel(
        self, call: Pending, error: Literal["cancelled", "overflow"] = "cancelled"
    ) -> None:
        """End what nobody waits for any more."""
        self._run(lambda: self._machine.cancel(call, error))

    async def close(self, code: int, reason: str) -> None:
        """End for good, and wait until no socket and no task is left."""
        self._run(lambda: self._machine.close(code, reason))
        # Handlers, hooks and providers may close the client, and would else end themselves, or wait
        # for their own end.
        current = asyncio.current_task()
        for task in [task for task in self._tasks if task is not current]:
            task.cancel()
        for socket in self._sockets:
            await socket.closed()
        # Anew: a task that is cancelled may take its time, and one may have been done by now.
        if left := [task for task in self._tasks if task is not current]:
            await asyncio.wait(left)

    async def refresh(self) -> str | None:
        """Ask the provider, for the next attempt and for the caller."""
        token = await self._ask("expiring")
        self._run(lambda: self._machine.token(token))
        return token

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Have something done beside; the end of the connection waits for it."""
        task = asyncio.create_task(work)
        # The event loop holds tasks weakly: without this, one could vanish while it waits.
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _run(self, step: Callable[[], list[Effect[Pending]]]) -> None:
        """Give the machine an input, and do what it says; what that causes comes after it."""
        loop = asyncio.get_running_loop()
        # The time first: what was due before this input comes before it, in the order of the clock.
        self._work.append(lambda: self._take(self._machine.advance(loop.time())))
        self._work.append(lambda: self._take(step()))
        # An effect has called back: whoever runs the row comes to this too.
        if self._is_busy:
            return
        self._is_busy = True
        # What raises here is told to the caller, and must not leave the client busy for good.
        try:
            while self._work:
                self._work.popleft()()
        finally:
            self._is_busy = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if (due := self._machine.due) is not None:
            # With nothing to do but the time. The clock is that of `advance`.
            self._timer = loop.call_at(due, self._run, list)

    def _take(self, effects: list[Effect[Pending]]) -> None:
        self._work.extend(partial(self._perform, effect) for effect in effects)

    def _perform(self, effect: Effect[Pending]) -> None:
        match effect:
            case StateChange(state):
                self._listener.became(state)
            case NeedToken(reason):
                self._stop(self._asking)
                asked = self._asked = object()
                self._asking = self.start(self._answer(reason, asked))
            case OpenSocket(token):
                self._connect(token)
            case Drop(code, reason):
                # The hook ends with its connection (R16), and what it waits for with it.
                self._stop(self._hooking)
                if self._socket is not None:
                    self._socket.drop(code, reason)
                    self._socket = None
            case Send(_, text):
                if self._socket is not None:
                    self._socket.send(text)
            case Hook(first):
                if self._has_hook:
                    self._hooking = self.start(self._hook(first, self._socket))
            case Message(key):
                self._listener.received(key, self._message)
            case UnknownFrame(frame, problem):
                self._listener.unknown(frame, problem)
            case Report(error):
                self._listener.failed(error)
            case Item(call, _, _, is_end):
                call.on_item(self._message, is_end)
            case Settle(call):
                call.on_settled(effect, self._message)

    def _stop(self, task: asyncio.Task[None] | None) -> None:
        # One that has caused the loss itself goes on, as in a handler that closes the client.
        if task is not None and task is not asyncio.current_task():
            task.cancel()

    async def _ask(self, reason: TokenReason) -> str | None:
        if self._token is None or isinstance(self._token, str):
            return self._token
        return await self._token(TokenRequest(reason))

    async def _answer(self, reason: TokenReason, asked: object) -> None:
        token: str | None = None
        failure: Literal["failed", "unauthorized"] | None = None
        try:
            token = await own(self._ask(reason))
        except Unauthorized:
            failure = "unauthorized"
        except Exception as error:  # it is not our code
            self._listener.failed(error)
            failure = "failed"
        # A provider that was cancelled may end nevertheless, when another attempt waits (R22).
        if asked is self._asked:
            self._run(lambda: self._machine.token(token, failure))

    async def _hook(self, first: bool, socket: Socket | None) -> None:
        has_failed = False
        try:
            await own(self._listener.connected(first))
        except Exception as error:  # it is not our code
            self._listener.failed(error)
            has_failed = True
        # Likewise; and one that itself has caused the loss was not cancelled at all (R16).
        if socket is self._socket:
            self._run(lambda: self._machine.hooked(failed=has_failed))

    def _connect(self, token: str | None) -> None:
        given = self._token if isinstance(self._token, str) else token
        try:
            handshake = self._address.handshake(
                given, self._headers, self._subprotocols
            )
        except ValueError:  # it is the token: all else was tried when this was made
            self._run(lambda: self._machine.lost(1002, "There is no such address."))
            return
        events = Events(
            opened=lambda: self._run(self._machine.opened),
            received=self._received,
            closed=self._closed,
            blocked=lambda is_blocked: self._run(
                lambda: self._machine.blocked(is_blocked)
            ),
        )
        socket = Socket(
            handshake, events, max_frame=self._max_frame, options=self._socket_options
        )
        self._socket = socket
        self._sockets = {other for other in self._sockets if not other.is_gone} | {
            socket
        }

    def _closed(self, code: int, reason: str) -> None:
        # Both before the machine hears of it: its effects may open the next one at once.
        self._stop(self._hooking)
        self._socket = None
        self._run(lambda: self._machine.lost(code, reason))

    def _received(self, text: str | None) -> None:
        try:
            frame = json.loads(text or "", parse_constant=_refuse)
        # A server may nest more deeply than Python reads.
        except (ValueError, RecursionError):
            self._run(lambda: self._machine.received(text, "", "not_json"))
            return
        key, message, problem = self._listener.identify(frame)
        if problem is not None or not key:
            message = Wrong(frame, problem or "it is not a message of the document.")
        # What the frame is, for the effects that it causes: machines see frames alone. They are
        # done when `_run` returns, since no frame comes while the row is run.
        self._message = message
        self._run(lambda: self._machine.received(frame, key, problem))
        self._message = None


async def own(asked: Awaitable[T]) -> T:
    """Wait for what is not our code: it may cancel itself, which is a failure like others."""
    try:
        return await asked
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        raise reportable(error) from None


def _refuse(constant: str) -> None:
    """Refuse what Python reads and JSON has not: ``NaN`` and the infinities (RFC 8259, 6)."""
    raise ValueError(constant)


__all__ = ["Connection", "Listener", "Pending", "TokenRequest", "Wrong", "own"]
