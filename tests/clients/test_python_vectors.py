"""Vectors over real sockets: the host in Python, on an event loop whose time is the vector's."""

import asyncio
import heapq
from collections.abc import Callable
from contextvars import Context
from typing import Any, TypeVarTuple

from chanx.asyncapi.clients.python.runtime.address import Address, Credential
from chanx.asyncapi.clients.python.runtime.connection import Connection, Pending, TokenRequest
from chanx.asyncapi.clients.python.runtime.effects import StateChange
from chanx.asyncapi.clients.python.runtime.errors import Unauthorized
from chanx.asyncapi.clients.python.runtime.states import State
from chanx.asyncapi.walk import object_of
from tests.clients.play import Failing, behaviour_of, chances_of, protocol_of, rules_of, spelt
from tests.clients.staging import Vector, play_all, possible, staged

Arguments = TypeVarTuple("Arguments")
TURNS = 60
"""Turns of the event loop in which all that is on the way between its two ends arrives."""


class HeldLoop(asyncio.SelectorEventLoop):
    """An event loop whose time passes when somebody says so."""

    def __init__(self) -> None:
        self.now = 0.0
        self._due: list[float] = []
        super().__init__()

    def time(self) -> float:
        """Return the time."""
        return self.now

    def call_at(
        self,
        when: float,
        callback: Callable[[*Arguments], object],
        *args: *Arguments,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """Note when something is due."""
        heapq.heappush(self._due, when)
        return super().call_at(when, callback, *args, context=context)

    async def advance(self, seconds: float) -> None:
        """Let time pass; what is due runs when it is."""
        end = self.now + seconds
        while self._due and self._due[0] <= end + 1e-9:
            self.now = max(self.now, heapq.heappop(self._due))
            await turns()
        self.now = end
        await turns()


async def turns() -> None:
    for _ in range(TURNS):
        await asyncio.sleep(0)


class Named(Pending):
    """A call with the name that its vector has for it."""

    id: str = ""


class Host:
    """A client that does what vectors say, and keeps what it notices."""

    def __init__(self, loop: HeldLoop) -> None:
        self._loop = loop
        self._closing: asyncio.Task[None] | None = None
        self._connection: Connection | None = None
        self._vector: Vector = {}
        self._noticed: dict[str, list[Any]] = {"connection": [], "calls": []}
        self._calls: dict[str, Named] = {}
        self._tokens: list[asyncio.Future[str | None]] = []
        self._hooks: list[asyncio.Future[None]] = []

    async def __call__(self, name: str, *given: Any) -> Any:
        """Do what a stage says."""
        does: dict[str, Callable[..., Any]] = {
            "begin": self.begin,
            "step": self.step,
            "take": self.take,
        }
        return await does[name](*given)

    async def begin(self, vector: Vector, server: str) -> None:
        """Begin a vector."""
        await self.end()
        self._vector, self._calls, self._tokens, self._hooks = vector, {}, [], []
        self._noticed = {"connection": [], "calls": []}
        has_token = vector.get("options", {}).get("token", False)
        self._connection = Connection(
            protocol_of(vector.get("channel", {})),
            behaviour_of(vector),
            Address(
                server=server,
                path="/",
                parameters={},
                query={},
                headers={},
                cookies={},
                credentials=(Credential("query", "token"),),
            ),
            self,
            token=self.provide if has_token else None,
            has_hook=True,
            headers={},
            subprotocols=(),
            max_frame=1024 * 1024,
            socket_options={"ping_interval": None, "proxy": None},
            random=chances_of(vector),
        )

    async def end(self) -> None:
        """End the vector before."""
        if self._connection is not None:
            await self._connection.close(1000, "")
        if self._closing is not None:
            await self._closing

    async def take(self) -> dict[str, Any]:
        """Return what was noticed since the last time; all that is on the way has arrived."""
        await turns()
        taken, self._noticed = self._noticed, {"connection": [], "calls": []}
        return {**taken, "heard": float("inf")}

    async def step(self, step: dict[str, Any]) -> None:
        """Do a step of the client."""
        assert self._connection is not None
        match step:
            case {"advance": seconds}:
                await self._loop.advance(seconds)
            case {"do": "connect"}:
                self._connection.connect()
            case {"do": "wake"}:
                self._connection.wake()
            case {"do": "close"}:
                self._closing = asyncio.create_task(self._connection.close(1000, ""))
            case {"do": "token"}:
                if self._tokens and not (token := self._tokens.pop(0)).done():
                    self._answer(token, step)
            case {"do": "hooked"}:
                if self._hooks and not (hook := self._hooks.pop(0)).done():
                    if step.get("error"):
                        hook.set_exception(ValueError("a hook failed"))
                    else:
                        hook.set_result(None)
            case {"do": "cancel", "id": name}:
                self._connection.cancel(self._calls[name], step.get("error", "cancelled"))
            case {"do": kind, "id": name, "frame": frame}:
                operations = self._vector.get("channel", {}).get("operations", {})
                call = self._calls[name] = Named(
                    kind=kind,
                    frame=frame,
                    rules=rules_of(operations.get(frame["action"])),
                    timeout=step.get("timeout"),
                    item_timeout=step.get("item_timeout"),
                    on_settled=lambda effect, _: self._noticed["calls"].append(spelt(effect)),
                )
                call.id = name
                call.on_item = lambda message, _: self._noticed["calls"].append(
                    {"item": name, "message": message}
                )
                self._connection.submit(call)
            case _:
                raise AssertionError(f"nobody knows the step {step}")
        await turns()

    def _answer(self, token: asyncio.Future[str | None], step: dict[str, Any]) -> None:
        match step.get("error"):
            case None:
                token.set_result(step.get("token"))
            case "unauthorized":
                token.set_exception(Unauthorized())
            case _:
                token.set_exception(ValueError("a provider failed"))

    async def provide(self, request: TokenRequest) -> str | None:
        """Wait for the token of a step."""
        self._noticed["connection"].append({"need": "token", "reason": request.reason})
        token: asyncio.Future[str | None] = self._loop.create_future()
        self._tokens.append(token)
        return await token

    # What a connection tells.

    def identify(self, frame: Any) -> tuple[str, Any, str | None]:
        """Return what a frame is."""
        return object_of(frame).get("action", ""), frame, None

    def became(self, state: State) -> None:
        """Note a state."""
        self._noticed["connection"].append(spelt(StateChange(state)))

    def received(self, key: str, message: Any) -> None:
        """Note a message."""
        self._noticed["connection"].append({"message": message})

    def unknown(self, raw: Any, problem: str) -> None:
        """Note what is not a message."""
        self._noticed["connection"].append({"unknown": problem})

    async def connected(self, first: bool) -> None:
        """Note the hook, and wait for its end."""
        self._noticed["connection"].append({"hook": "open", "first": first})
        if self._vector.get("channel", {}).get("hook"):
            hook: asyncio.Future[None] = self._loop.create_future()
            self._hooks.append(hook)
            await hook

    def failed(self, error: Exception) -> None:
        """Note what fails, but for providers and hooks: that is an input of the vector."""
        if isinstance(error, Failing):
            self._noticed["connection"].append({"report": str(error)})


def test_the_host_in_python_does_what_the_vectors_say() -> None:
    loop = HeldLoop()

    async def play() -> None:
        host = Host(loop)
        async with staged() as stage:
            await play_all(possible(sees_status=True), stage, host)
            await host.end()

    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(play())
