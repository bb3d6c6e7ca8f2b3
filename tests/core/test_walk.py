"""Which rooms of the engine a message passes, and which hooks a handshake enters."""

import sys
from collections.abc import Callable, Collection, Generator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any, ClassVar

import pytest

from chanx.asyncapi import AsyncAPIGenerator
from chanx.core import websocket
from chanx.core.authenticator import BaseAuthenticator, Credential
from chanx.core.decorators import ws_handler
from chanx.core.runtime import Overrides
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.routing import RouteInfo
from chanx.testing.contract.client import Client, settled
from chanx.testing.contract.messages import Said, Say

Consumer = AsyncJsonWebsocketConsumer[Any]
Call = tuple[str, str]


class Trace:
    """What of the engine is entered: modules and the names of functions, in their order."""

    def __init__(self) -> None:
        self.calls: list[Call] = []

    def begin(self) -> None:
        self.calls.clear()
        sys.setprofile(self._note)

    def end(self) -> None:
        sys.setprofile(None)

    @contextmanager
    def on(self) -> Generator[None]:
        self.begin()
        try:
            yield
        finally:
            self.end()

    @property
    def rooms(self) -> list[str]:
        """The modules, each once."""
        return [*dict.fromkeys(module.removeprefix("chanx.core.") for module, _ in self.calls)]

    def _note(self, frame: FrameType, event: str, argument: object) -> None:
        module: str = frame.f_globals.get("__name__", "")
        if event == "call" and module.startswith(("chanx.core.", "chanx.asyncapi.")):
            self.calls.append((module, frame.f_code.co_name))


class TracedClient(Client):
    """Traces from the moment that a frame is received until something is sent."""

    def __init__(self, consumer: type[Consumer], trace: Trace) -> None:
        self._trace = trace
        super().__init__(self._traced(consumer.as_asgi()))

    def _traced(self, application: Any) -> Any:
        async def traced(
            scope: Any, receive: Callable[[], Any], send: Callable[[Any], Any]
        ) -> None:
            async def receive_traced() -> Any:
                event = await receive()
                if event["type"] == "websocket.receive":
                    self._trace.begin()
                return event

            async def send_traced(event: Any) -> None:
                self._trace.end()
                await send(event)

            await application(scope, receive_traced, send_traced)

        return traced


class Room(Consumer):
    groups: Sequence[str] = ("room",)
    present: ClassVar[list["Room"]] = []

    @ws_handler
    async def say(self, message: Say) -> Said:
        self.present.append(self)
        return Said(payload=message.payload)


async def test_a_frame_passes_six_rooms_from_receive_to_send() -> None:
    trace = Trace()
    async with TracedClient(Room, trace) as client:
        await client.open()
        for _ in range(3):
            client.send(action="say")
            await client.message()
            await settled()
    trace.end()
    # The lane of frames called receive, and is not entered again.
    assert trace.rooms == ["lookout", "dispatch", "codec", "outbox", "connection"]


async def test_a_broadcast_to_another_passes_no_dispatcher() -> None:
    Room.present.clear()
    trace = Trace()
    async with Client(Room.as_asgi()) as ada, Client(Room.as_asgi()) as bob:
        for client in (ada, bob):
            await client.open()
        ada.send(action="say")
        await ada.message()
        with trace.on():
            await Room.present[0].broadcast_message(Said(payload="x"), exclude_current=True)
            await settled()
        assert (await bob.message())["payload"] == "x"
        assert ada.unseen == 0
    assert {"dispatch", "event_dispatch", "runner"}.isdisjoint(trace.rooms)
    assert trace.rooms[-2:] == ["outbox", "connection"]


async def connect(self: Any) -> None: ...


async def post_authentication(self: Any) -> None: ...


async def disconnect(self: Any, code: int) -> None: ...


def admits_origin(self: Any, origin: str | None) -> bool:
    return True


def unit_of_work(self: Any) -> None: ...


HOOKS: dict[str, Callable[..., Any]] = {
    hook.__name__: hook
    for hook in (connect, post_authentication, disconnect, admits_origin, unit_of_work)
}


class Admitting(BaseAuthenticator):
    async def authenticate(self, scope: Any) -> bool:
        return True


@pytest.mark.parametrize("authenticator", [None, Admitting])
@pytest.mark.parametrize("own", [None, *HOOKS])
async def test_a_connection_enters_no_hook_that_the_consumer_does_not_have(
    own: str | None, authenticator: type[BaseAuthenticator] | None
) -> None:
    hooks = {} if own is None else {own: HOOKS[own]}
    attributes = {**hooks, "authenticator_class": authenticator}
    consumer: type[Consumer] = type("Own", (Room,), attributes)
    trace = Trace()
    with trace.on():
        async with Client(consumer.as_asgi()) as client:
            client.begin()
            await settled()
            client.send(action="say")
            await settled()
            client.vanish()
            await client.ended()
    entered = {name for module, name in trace.calls if module == websocket.__name__}
    # Around which a unit of work cleans up what the end cut off.
    needless = {*HOOKS} - ({"disconnect"} if own == "unit_of_work" else set())
    assert {*HOOKS} == {*Overrides._fields}
    assert entered.isdisjoint(needless)


class Counted:
    """A list of credentials that counts how often it is read."""

    reads = 0

    def __get__(self, instance: object, owner: type) -> Sequence[Credential]:
        self.reads += 1
        return [Credential("token", "subprotocol")]


@pytest.mark.parametrize(("offered", "most"), [((), 0), (("token", "secret", "chat"), 1)])
@pytest.mark.parametrize("admits", [True, False])
async def test_a_handshake_reads_its_credentials_once_where_it_needs_them(
    admits: bool, offered: Collection[str], most: int
) -> None:
    counted = Counted()

    class Deciding(BaseAuthenticator):
        credentials: ClassVar[Any] = counted

        async def authenticate(self, scope: Any) -> bool:
            return admits

    class Private(Room):
        authenticator_class: ClassVar[type[BaseAuthenticator] | None] = Deciding

    application = Private.as_asgi()
    counted.reads = 0
    async with Client(application, subprotocols=[*offered]) as client:
        answer = await client.connect()
        assert answer["subprotocol"] == ("chat" if offered else None)
    assert counted.reads == most


def test_a_document_names_each_route_once() -> None:
    routes = [RouteInfo(path=f"/{number}", consumer=Room) for number in range(5)]
    trace = Trace()
    with trace.on():
        document = AsyncAPIGenerator(routes).generate()
    assert len(document["channels"]) == 5
    named = [name for module, name in trace.calls if module == "chanx.asyncapi.names"]
    assert named.count("snake_case") == 5
