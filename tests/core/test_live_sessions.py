"""Connections are counted, found and ended from outside, whatever they do at the moment."""

import asyncio
import re
from collections.abc import Sequence
from functools import partial
from typing import Any, ClassVar

import pytest

from chanx.core.authenticator import BaseAuthenticator
from chanx.core.clock import CLOCK
from chanx.core.close_codes import CloseCode
from chanx.core.decorators import ws_handler
from chanx.core.errors import ConfigurationError
from chanx.core.live_sessions import LiveSession, all_live_sessions, live_sessions
from chanx.core.observer import ConnectionFacts, Observer
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.layers import MemoryLayer, get_layer, register_layer
from chanx.testing import FrozenClock
from chanx.testing.contract.client import Client, settled
from chanx.testing.contract.messages import Said, Say, Wait

Consumer = AsyncJsonWebsocketConsumer[Any]


class Room(Consumer):
    """Notes what is told at its end."""

    ended: ClassVar[list[int]] = []

    @ws_handler
    async def say(self, message: Say) -> Said:
        return Said(payload=message.payload)

    @ws_handler
    async def wait(self, message: Wait) -> None:
        await asyncio.Event().wait()

    async def disconnect(self, code: int) -> None:
        self.ended.append(code)


@pytest.fixture(autouse=True)
def ended() -> list[int]:
    """The codes that consumers are told at their end."""
    Room.ended.clear()
    return Room.ended


def client(consumer: type[Consumer] = Room, **options: Any) -> Client:
    return Client(consumer.as_asgi(), **options)


def only() -> LiveSession:
    (session,) = live_sessions()
    return session


async def close_of(socket: Client) -> tuple[int, str]:
    event = await socket.event()
    assert event["type"] == "websocket.close", event
    return event["code"], event["reason"]


@pytest.mark.parametrize("is_busy", [False, True])
async def test_another_task_ends_a_connection_whatever_it_does(
    is_busy: bool, ended: list[int]
) -> None:
    async with client() as socket:
        await socket.open()
        if is_busy:
            socket.send(action="wait")
        await settled()
        only().end_with(CloseCode.UNAUTHORIZED)
        assert await close_of(socket) == (4401, "Credentials are missing or wrong.")
    assert ended == [4401]
    assert len(live_sessions()) == 0


async def test_a_timer_ends_a_connection_when_its_clock_says_so() -> None:
    clock = FrozenClock()
    async with client(scope={"extensions": {CLOCK: clock}}) as socket:
        await socket.open()
        clock.call_later(60, partial(only().end_with, 4000, "Enough."))
        clock.advance(59)
        socket.send(action="say")
        assert (await socket.message())["action"] == "said"
        clock.advance(1)
        assert await close_of(socket) == (4000, "Enough.")


async def test_a_handler_that_ends_its_own_connection_may_finish() -> None:
    class Leaving(Room):
        @ws_handler
        async def say(self, message: Say) -> Said:
            only().end_with(1000)
            await asyncio.sleep(0)
            return Said(payload="bye")

    async with client(Leaving) as socket:
        await socket.open()
        socket.send(action="say")
        socket.send(action="say")
        assert (await socket.message())["payload"] == "bye"
        assert await close_of(socket) == (1000, "The connection has served its purpose.")


async def test_of_several_ends_the_first_counts() -> None:
    async with client() as socket:
        await socket.open()
        session = only()
        session.end_with(4001)
        session.end_with(4002)
        assert (await close_of(socket))[0] == 4001
        session.end_with(4003)


async def test_a_code_that_no_frame_may_carry_ends_nothing() -> None:
    async with client() as socket:
        await socket.open()
        with pytest.raises(ConfigurationError, match="1005"):
            only().end_with(1005)
        socket.send(action="say")
        assert (await socket.message())["action"] == "said"


class Hanging(BaseAuthenticator):
    async def authenticate(self, scope: Any) -> bool:
        await asyncio.Event().wait()
        return True


class HangingConnect(Room):
    async def connect(self) -> None:
        await asyncio.Event().wait()


class Unauthenticated(Room):
    authenticator_class: ClassVar[type[BaseAuthenticator] | None] = Hanging


class EndingConnect(Room):
    async def connect(self) -> None:
        only().end_with(4503, "Not now.")


class AcceptedConnect(HangingConnect):
    async def connect(self) -> None:
        await self.accept()
        await asyncio.Event().wait()


class Stubborn(Room):
    async def connect(self) -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await asyncio.sleep(0)


@pytest.mark.parametrize(
    "consumer", [HangingConnect, Unauthenticated, EndingConnect, AcceptedConnect, Stubborn]
)
async def test_a_connection_that_is_not_accepted_yet_is_refused(
    consumer: type[Room], caplog: pytest.LogCaptureFixture
) -> None:
    async with client(consumer) as socket:
        socket.begin()
        await settled()
        for session in live_sessions():
            session.end_with(4503, "Not now.")
        assert (await socket.event())["type"] == "websocket.accept"
        payload = (await socket.message())["payload"]
        assert payload == {"code": "refused", "detail": "Not now."}
        assert await close_of(socket) == (4503, "Not now.")
    assert len(live_sessions()) == 0
    assert [record.levelname for record in caplog.records] == ["WARNING"]


async def test_a_handshake_that_is_ended_can_be_answered_with_http() -> None:
    class Denying(HangingConnect):
        deny_with_http = True

    async with client(Denying, extensions=["websocket.http.response"]) as socket:
        socket.begin()
        await settled()
        only().end_with(CloseCode.UNAVAILABLE)
        answer = await socket.event()
        assert (answer["type"], answer["status"]) == ("websocket.http.response.start", 503)
        await socket.event()


async def test_a_cancellation_by_others_during_a_handshake_goes_on() -> None:
    async with client(HangingConnect) as socket:
        socket.begin()
        await settled()
        assert socket.running is not None
        socket.running.cancel()
        await asyncio.wait([socket.running])
        assert socket.running.cancelled()
        socket.running = asyncio.create_task(asyncio.sleep(0))
    assert len(live_sessions()) == 0


async def test_an_end_between_handshake_and_first_frame_is_no_different() -> None:
    class Ending(Observer):
        def __init__(self, facts: ConnectionFacts) -> None:
            pass

        def connected(self) -> None:
            only().end_with(4001)

    class Unwanted(Room):
        observers = (Ending,)

        async def post_authentication(self) -> None:
            raise AssertionError("It is not entered.")

    async with client(Unwanted) as socket:
        await socket.open()
        assert await close_of(socket) == (4001, "")


class Named(Room):
    async def connect(self) -> None:
        self.user = self.scope["path"].strip("/") or None


async def test_sessions_are_counted_and_found_by_user_and_by_predicate() -> None:
    async with (
        client(Named, path="/ada") as ada,
        client(Named, path="/bob") as bob,
        client(Named, path="/") as nobody,
    ):
        for socket in (ada, bob, nobody):
            await socket.open()
        live = live_sessions()
        assert len(live) == 3
        assert all_live_sessions().count(live) == 1
        assert [session.consumer.user for session in live.of_user("ada")] == ["ada"]
        assert live.of_user(None) == []
        (found,) = live.where(lambda session: session.connection.scope["path"] == "/bob")
        assert found.user == "bob"
    assert len(live_sessions()) == 0


async def test_a_user_that_cannot_be_looked_up_is_nobody() -> None:
    class Lazy(Room):
        @property
        def user(self) -> Any:
            raise LookupError("not now")

    async with client(Lazy) as socket:
        await socket.open()
        assert only().user is None


async def test_all_are_ended_and_told_to_come_back_at_different_moments() -> None:
    sockets = [client() for _ in range(8)]
    for socket in sockets:
        await socket.__aenter__()
        await socket.open()
    live_sessions().end(CloseCode.UNAVAILABLE, retry_within=60)
    told = [await close_of(socket) for socket in sockets]
    for socket in sockets:
        await socket.__aexit__(None, None, None)
    assert {code for code, _ in told} == {4503}
    form = r"The server cannot serve the connection for now\. Retry in (\d+\.\d) s\."
    seconds = [float(match[1]) for _, reason in told if (match := re.fullmatch(form, reason))]
    assert len(seconds) == 8
    assert len({*seconds}) > 1
    assert max(seconds) <= 60


async def test_another_thread_ends_those_that_are_meant() -> None:
    async with client(Named, path="/ada") as ada, client(Named, path="/bob") as bob:
        for socket in (ada, bob):
            await socket.open()
        live = live_sessions()
        await asyncio.to_thread(live.end, 4401, where=lambda session: session.user == "ada")
        assert (await close_of(ada))[0] == 4401
        bob.send(action="say")
        assert (await bob.message())["action"] == "said"


def test_the_sessions_of_a_loop_that_is_closed_have_ended() -> None:
    async def sessions() -> Any:
        return live_sessions()

    asyncio.run(sessions()).end(1000)


class Closable(MemoryLayer):
    """A layer that holds something for each event loop."""

    def __init__(self, failure: BaseException | None = None) -> None:
        super().__init__()
        self.closed: list[asyncio.AbstractEventLoop] = []
        self._failure = failure

    async def close(self) -> None:
        await asyncio.sleep(0)
        self.closed.append(asyncio.get_running_loop())
        if self._failure is not None:
            raise self._failure


@pytest.mark.parametrize("failure", [None, LookupError("no"), asyncio.CancelledError("no")])
def test_a_layer_in_use_is_closed_once_at_the_end_of_its_event_loop(
    failure: BaseException | None, caplog: pytest.LogCaptureFixture
) -> None:
    layer, before = Closable(failure), get_layer()

    class Member(Room):
        groups: Sequence[str] = ("room",)

    async def talk() -> asyncio.AbstractEventLoop:
        for _ in range(2):
            async with client(Member) as socket:
                await socket.open()
                await Member.broadcast_event(Say(), ["elsewhere"])
        loop = asyncio.get_running_loop()
        assert loop not in layer.closed
        return loop

    register_layer("default", layer)
    try:
        loops = [asyncio.run(talk()) for _ in range(2)]
    finally:
        register_layer("default", before)
    assert layer.closed == loops
    errors = [record for record in caplog.records if record.levelname == "ERROR"]
    assert len(errors) == (0 if failure is None else 2)
