"""What a communicator sends, receives, and says of a connection's end."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any, Literal

import pytest
from pydantic import BaseModel

from chanx.core.authenticator import BaseAuthenticator
from chanx.core.close_codes import CloseCode
from chanx.core.decorators import event_handler, ws_handler
from chanx.core.errors import RefuseConnection
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import (
    AuthenticationMessage,
    BaseMessage,
    CompleteMessage,
    ErrorMessage,
    PingMessage,
    PongMessage,
)
from chanx.testing import (
    ApplicationStillRunning,
    LeakCheck,
    UnexpectedClose,
    UnexpectedFrame,
    WebsocketCommunicator,
)
from chanx.testing.contract.client import settled
from tests.held_time import HeldTime


class Person(BaseModel):
    first_name: str


class Greet(BaseMessage):
    action: Literal["greet"] = "greet"
    payload: Person


class Greeting(BaseMessage):
    action: Literal["greeting"] = "greeting"
    payload: Person


class Count(BaseMessage):
    action: Literal["count"] = "count"
    payload: int


class Number(BaseMessage):
    action: Literal["number"] = "number"
    payload: int


class Undeclared(BaseMessage):
    action: Literal["undeclared"] = "undeclared"


class Notice(BaseMessage):
    action: Literal["notice"] = "notice"


class Hold(BaseMessage):
    action: Literal["hold"] = "hold"


class Leave(BaseMessage):
    action: Literal["leave"] = "leave"


class Consumer(AsyncJsonWebsocketConsumer[BaseMessage]):
    passthrough_events = (Notice,)

    @ws_handler
    async def ping(self, message: PingMessage) -> PongMessage:
        return PongMessage()

    @ws_handler
    async def greet(self, message: Greet) -> Greeting:
        return Greeting(payload=message.payload)

    @ws_handler
    async def count(self, message: Count) -> AsyncIterator[Number]:
        for number in range(message.payload):
            yield Number(payload=number)

    @ws_handler
    async def hold(self, message: Hold) -> None:
        await asyncio.Event().wait()

    @ws_handler
    async def leave(self, message: Leave) -> None:
        await self.send_message(Undeclared())
        await self.close(CloseCode.NOT_FOUND, "gone")


class Completing(Consumer):
    send_completion = True


class Camel(Consumer):
    camelize = True
    discriminator_field = "type"


def connection(
    consumer: type[AsyncJsonWebsocketConsumer[Any]] = Consumer, **kwargs: Any
) -> WebsocketCommunicator:
    return WebsocketCommunicator(consumer.as_asgi(), "/", consumer=consumer, **kwargs)


async def test_a_reply_comes_back_as_the_consumers_own_model() -> None:
    async with connection() as client:
        await client.send_message(Greet(payload=Person(first_name="Ada")))
        assert await client.receive_message() == Greeting(payload=Person(first_name="Ada"))


async def test_camel_case_and_the_discriminator_are_undone() -> None:
    async with connection(Camel) as client:
        await client.send_message(Greet(payload=Person(first_name="Ada")), ref=1)
        assert await client.receive_json() == {
            "type": "greeting",
            "payload": {"firstName": "Ada"},
            "ref": 1,
        }
        await client.send_message(Greet(payload=Person(first_name="Ada")), ref=2)
        assert await client.receive_message() == Greeting(payload=Person(first_name="Ada"))


async def test_json_text_and_binary_frames_are_sent_as_they_are() -> None:
    async with connection() as client:
        await client.send_json({"action": "ping", "ref": "a"})
        assert await client.receive_json() == {"action": "pong", "ref": "a"}
        await client.send_text("{")
        await client.send_bytes(b"{}")
        codes: list[str] = []
        for _ in range(2):
            error = await client.receive_message()
            assert isinstance(error, ErrorMessage)
            codes.append(error.payload.code)
        assert codes == ["invalid_json", "unsupported_data"]


async def test_passthrough_events_are_typed() -> None:
    async with connection(Listening) as client:
        await Listening.broadcast_event(Notice())
        assert await client.receive_message() == Notice()


class Listening(Consumer):
    groups = ("listeners",)


async def test_a_message_that_the_consumer_does_not_declare_fails_with_the_fix() -> None:
    async with connection() as client:
        await client.send_message(Leave())
        with pytest.raises(UnexpectedFrame, match=r"Consumer\.emits") as raised:
            await client.receive_message()
        assert raised.value.frame == '{"action":"undeclared"}'


async def test_all_messages_end_at_the_completion_signal_without_waiting() -> None:
    async with connection(Completing) as client:
        await client.send_message(Count(payload=3))
        before = time.monotonic()
        messages = await client.receive_all_messages(timeout=60)
        assert messages == [Number(payload=0), Number(payload=1), Number(payload=2)]
        assert time.monotonic() - before < 30


async def test_all_messages_end_at_another_action_if_told_to() -> None:
    async with connection() as client:
        await client.send_message(Count(payload=2))
        await client.send_message(PingMessage())
        await client.send_message(PingMessage())
        messages = await client.receive_all_messages(stop_action="pong", timeout=60)
        assert messages == [Number(payload=0), Number(payload=1), PongMessage()]
        assert await client.receive_message() == PongMessage()


async def test_all_messages_that_came_are_returned_when_the_time_is_up() -> None:
    async with connection() as client:
        await client.send_message(Count(payload=2))
        await settled()
        messages = await client.receive_all_messages(timeout=0.01)
        assert messages == [Number(payload=0), Number(payload=1)]


async def test_all_messages_that_came_are_returned_when_the_connection_is_closed() -> None:
    async with connection(Refusing) as client:
        [error] = await client.receive_all_messages(timeout=60)
        assert isinstance(error, ErrorMessage)
        await client.assert_closed(CloseCode.NOT_FOUND)


async def test_a_time_out_does_not_disturb_the_application() -> None:
    release = asyncio.Event()

    class Slow(Consumer):
        @ws_handler
        async def ping(self, message: PingMessage) -> PongMessage:
            await release.wait()
            return PongMessage()

    async with connection(Slow) as client:
        await client.send_message(PingMessage())
        with pytest.raises(TimeoutError, match=r"No message came within 0\.01 s"):
            await client.receive_message(timeout=0.01)
        assert await client.receive_nothing(timeout=0.01)
        assert await client.receive_all_json(timeout=0.01) == []
        release.set()
        assert await client.receive_message() == PongMessage()


async def test_connect_tells_the_subprotocol() -> None:
    class Choosing(Consumer):
        async def connect(self) -> None:
            await self.accept(subprotocol="v2")

    client = connection(Choosing, subprotocols=["v1", "v2"])
    assert await client.connect() == (True, "v2")
    assert await client.connect() == (True, "v2")
    await client.disconnect()


async def closing(scope: Any, receive: Any, send: Any) -> None:
    """Refuses without accepting, which consumers do not, as browsers cannot read it."""
    await receive()
    await send({"type": "websocket.close", "code": 4403, "reason": "no"})


async def test_connect_tells_the_close_code_of_a_refusal() -> None:
    client = WebsocketCommunicator(closing, "/", consumer=Consumer)
    assert await client.connect() == (False, 4403)
    assert (client.close_code, client.close_reason) == (4403, "no")
    await client.assert_closed(4403)
    await client.disconnect()


async def test_connect_tells_the_status_of_a_denial() -> None:
    class Denying(Refusing):
        deny_with_http = True

    async with connection(Denying) as client:
        assert await client.connect() == (False, 404)
        assert client.denial is not None
        assert client.denial.status == 404
        assert b"No such room." in client.denial.body


class Refusing(Consumer):
    async def connect(self) -> None:
        raise RefuseConnection(404, "No such room.")


async def test_a_refusal_that_the_client_can_read_is_a_message_and_a_close_code() -> None:
    async with connection(Refusing) as client:
        error = await client.receive_message()
        assert isinstance(error, ErrorMessage)
        assert error.payload.detail == "No such room."
        await client.assert_closed(CloseCode.NOT_FOUND)


class Nobody(BaseAuthenticator):
    async def authenticate(self, scope: Any) -> bool:
        return False


async def test_an_authentication_message_is_typed() -> None:
    class Private(Consumer):
        authenticator_class = Nobody

    async with connection(Private) as client:
        message = await client.receive_message()
        assert isinstance(message, AuthenticationMessage)
        assert message.payload.status_code == 401
        await client.assert_closed(CloseCode.UNAUTHORIZED)


async def test_a_refusal_that_nothing_looked_at_fails_the_test() -> None:
    with pytest.raises(UnexpectedClose, match="4403"):
        async with WebsocketCommunicator(closing, "/", consumer=Consumer):
            pass


async def test_what_is_no_class_of_messages_cannot_be_expected() -> None:
    nothing: Any = None
    async with connection() as client:
        with pytest.raises(TypeError, match=r"None is not a class .* CompleteMessage"):
            await client.request(Leave(), expect=nothing)


async def test_a_path_to_which_no_route_leads_is_told() -> None:
    async def no_route(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.close", "code": 1000})  # as Starlette's routers do

    told = r"code 1000\. .* does a route lead from '/nowhere'\?"
    with pytest.raises(UnexpectedClose, match=told):
        async with WebsocketCommunicator(no_route, "/nowhere", consumer=Consumer) as client:
            await client.receive_json()


async def test_a_closed_connection_is_told_to_whoever_needs_it() -> None:
    async with connection() as client:
        await client.send_message(Leave())
        assert await client.receive_json() == {"action": "undeclared"}
        with pytest.raises(UnexpectedClose, match=r"4404, 'gone'") as raised:
            await client.receive_message()
        assert raised.value.code == CloseCode.NOT_FOUND
        with pytest.raises(UnexpectedClose):
            await client.send_message(PingMessage())
        assert not await client.receive_nothing()


async def test_assert_closed_waits_for_the_close_and_compares_the_code() -> None:
    async with connection() as client:
        with pytest.raises(AssertionError, match="still open"):
            await client.assert_closed(timeout=0.01)
        await client.send_message(Leave())
        with pytest.raises(AssertionError, match=r"4404.*Not 1000"):
            await client.assert_closed(1000)
        await client.assert_closed()
        assert await client.receive_json() == {"action": "undeclared"}


async def test_the_consumer_is_told_the_code_with_which_the_client_leaves() -> None:
    codes: list[int] = []

    class Listener(Consumer):
        async def disconnect(self, code: int) -> None:
            codes.append(code)

    client = connection(Listener)
    await client.connect()
    await client.disconnect(code=4001)
    await client.disconnect()
    assert codes == [4001]


async def test_leaving_ends_a_running_handler() -> None:
    async with connection() as client:
        await client.send_message(Hold())
        assert not await client.receive_all_json(timeout=0.01)


async def test_the_scope_may_be_changed_before_connecting() -> None:
    class Named(Consumer):
        async def post_authentication(self) -> None:
            await self.send_json({"user": self.user})

    client = connection(Named)
    client.scope["user"] = "ada"
    async with client:
        assert await client.receive_json() == {"user": "ada"}


async def test_what_needs_a_connection_says_so_before_there_is_one() -> None:
    client = connection()
    with pytest.raises(RuntimeError, match="async with"):
        await client.send_message(PingMessage())
    with pytest.raises(RuntimeError, match="async with"):
        await client.receive_message()
    await client.disconnect()


async def test_completion_signals_are_messages_where_each_is_received_by_itself() -> None:
    async with connection(Completing) as client:
        await client.send_message(PingMessage())
        assert await client.receive_message() == PongMessage()
        assert await client.receive_message() == CompleteMessage()


async def given_up(client: WebsocketCommunicator, held: HeldTime) -> None:
    """Disconnect, and let the time pass for which the end is waited for, twice."""
    ending = asyncio.create_task(client.disconnect(timeout=1))
    await held.advance(0)
    await held.advance(1)
    await held.advance(1)
    await ending


async def test_an_application_that_does_not_end_is_cancelled_and_reported(held: HeldTime) -> None:
    class Stubborn(Consumer):
        async def disconnect(self, code: int) -> None:
            await asyncio.Event().wait()

    client = connection(Stubborn)
    await client.connect()
    with pytest.raises(ApplicationStillRunning, match="was cancelled") as raised:
        await given_up(client, held)
    assert "in disconnect" in str(raised.value)


async def test_a_handler_that_does_not_end_is_shown(held: HeldTime) -> None:
    release = asyncio.Event()

    class Slow(Consumer):
        @ws_handler
        async def ping(self, message: PingMessage) -> PongMessage:
            try:
                await asyncio.Event().wait()
            finally:
                await release.wait()
            return PongMessage()

    client = connection(Slow)
    await client.connect()
    await client.send_message(PingMessage())
    with pytest.raises(ApplicationStillRunning) as raised:
        await given_up(client, held)
    assert "in ping" in str(raised.value)
    release.set()
    await client.disconnect()


async def test_an_application_that_ignores_its_cancellation_is_reported(held: HeldTime) -> None:
    release = asyncio.Event()

    class Deaf(Consumer):
        async def disconnect(self, code: int) -> None:
            while not release.is_set():
                try:
                    await release.wait()
                except asyncio.CancelledError:
                    continue

    client = connection(Deaf)
    await client.connect()
    with pytest.raises(ApplicationStillRunning, match="ignores its cancellation"):
        await given_up(client, held)
    release.set()
    await client.disconnect()


class Shared(BaseMessage):
    action: Literal["shared"] = "shared"
    payload: int


class SharedText(BaseMessage):
    action: Literal["shared"] = "shared"
    payload: str


async def test_classes_that_share_an_action_are_told_apart_by_what_fits() -> None:
    class Both(Consumer):
        emits = (Shared, SharedText)

        @event_handler
        async def notice(self, event: Notice) -> None:
            await self.send_message(SharedText(payload="one"))
            await self.send_message(Shared(payload=1))
            await self.send_json({"action": "shared", "payload": []})

        async def post_authentication(self) -> None:
            await self.send_event(Notice(), self.channel_name)

    async with connection(Both) as client:
        assert await client.receive_message() == SharedText(payload="one")
        assert await client.receive_message() == Shared(payload=1)
        with pytest.raises(UnexpectedFrame, match="not a valid 'shared' message"):
            await client.receive_message()


async def test_what_is_sent_right_after_connecting_reaches_a_consumer_that_joins_slowly() -> None:
    class Slow(AsyncJsonWebsocketConsumer[Notice]):
        async def post_authentication(self) -> None:
            for _ in range(100):
                await asyncio.sleep(0)
            await self.join_group("slow")

        @event_handler
        async def notice(self, event: Notice) -> Number:
            return Number(payload=1)

    async with WebsocketCommunicator(Slow.as_asgi(), "/", consumer=Slow) as client:
        await Slow.broadcast_event(Notice(), ["slow"])
        assert await client.receive_message() == Number(payload=1)


async def test_connecting_waits_no_longer_for_a_consumer_than_its_timeout() -> None:
    class Busy(AsyncJsonWebsocketConsumer):
        async def post_authentication(self) -> None:
            await asyncio.Event().wait()

    client = WebsocketCommunicator(Busy.as_asgi(), "/", consumer=Busy)
    client.begin_handshake()
    await settled()
    assert await client.connect(timeout=0.01) == (True, None)
    await client.disconnect()


async def test_a_refusal_that_receiving_everything_does_not_show_is_raised_at_the_end() -> None:
    with pytest.raises(UnexpectedClose, match="4403"):
        async with WebsocketCommunicator(closing, "/", consumer=Consumer) as client:
            assert await client.receive_all_messages() == []


async def test_connecting_does_not_wait_for_a_consumer_that_its_client_keeps_waiting() -> None:
    class Greeting(AsyncJsonWebsocketConsumer):
        emits = (Number,)

        async def post_authentication(self) -> None:
            await self.send_message(Number(payload=1))

    client = WebsocketCommunicator(Greeting.as_asgi(), "/", consumer=Greeting)
    client.stop_reading()
    began = time.monotonic()
    assert await client.connect(timeout=60) == (True, None)
    assert time.monotonic() - began < 30
    await client.expect_stalled()
    client.resume_reading()
    await client.expect(Number, payload=1)
    await client.disconnect()


def test_without_asyncio_the_error_says_what_to_do() -> None:
    client = WebsocketCommunicator(Consumer.as_asgi(), "/", consumer=Consumer)
    with pytest.raises(RuntimeError, match="anyio_backend"):
        client.connect().send(None)
    with pytest.raises(RuntimeError, match="anyio_backend"):
        LeakCheck().__aenter__().send(None)
