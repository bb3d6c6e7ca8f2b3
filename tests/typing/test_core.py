"""What type checkers infer from the core's declarations; mypy and pyright read this file."""

from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Literal, TypeVar, Unpack, assert_type

from chanx.core.authenticator import BaseAuthenticator
from chanx.core.decorators import (
    WsHandlerArguments,
    binary_handler,
    channel,
    event_handler,
    ws_handler,
)
from chanx.core.errors import MessageError
from chanx.core.handler import Call, HandlerKind, HandlerOption
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import BaseMessage, PingMessage, PongMessage


class Say(BaseMessage):
    action: Literal["say"] = "say"
    payload: str


class News(BaseMessage):
    action: Literal["news"] = "news"


class Alarm(BaseMessage):
    action: Literal["alarm"] = "alarm"


@channel(name="room")
class Room(AsyncJsonWebsocketConsumer[News | Alarm]):
    groups = ("room",)
    authenticator_class = BaseAuthenticator

    async def connect(self, room: str = "", *, limit: int = 1) -> None:
        assert_type(await self.accept("v1"), bool)

    async def post_authentication(self) -> None:
        assert_type(await self.send_message(PongMessage()), bool)
        assert_type(await self.send_json({"action": "plain"}), bool)
        assert_type(await self.close(4000), bool)
        assert_type(self.channel_name, str)
        assert_type(self.authenticator, BaseAuthenticator | None)

    @ws_handler
    async def ping(self, message: PingMessage) -> PongMessage:
        return PongMessage()

    @ws_handler(summary="Say it.", concurrent=True)
    async def say(self, message: Say) -> Say | None:
        return message if message.payload else None

    @ws_handler
    async def stream(self, message: News) -> AsyncIterator[News]:
        yield message

    @event_handler
    async def on_news(self, event: News) -> None: ...

    @event_handler(tags=["urgent"])
    async def on_alarm(self, event: Alarm) -> Alarm:
        return event


class Asking(Room):
    asks: ClassVar[Mapping[type[BaseMessage], Any]] = {News: Alarm | Say}

    @ws_handler(errors={"busy": "Somebody speaks."}, shield=True)
    async def say(self, message: Say) -> Say | None:
        assert_type(await self.request(News(), expect=Alarm, timeout=None), Alarm)
        answer: BaseMessage = await self.request(News(), expect=(Say, Alarm))
        assert isinstance(answer, Say)
        task = self.start_task(self.count(), name="count", closes=4000)
        assert_type(await task, int)
        raise MessageError("busy", "Somebody speaks.", data={"seconds": 3}) from None

    @binary_handler
    async def upload(self, data: bytes) -> Say | bytes | None:
        assert_type(await self.send_bytes(data), bool)
        return data

    async def count(self) -> int:
        return 1


@Asking.exception_handler(KeyError, errors={"missing": "It is not there."})
def missing(consumer: Asking, error: KeyError) -> MessageError:
    return MessageError("missing", str(error))


@Asking.exception_handler(ValueError, IndexError)
async def wrong(consumer: Asking, error: ValueError | IndexError) -> MessageError | None:
    return None


MessageT = TypeVar("MessageT", bound=BaseMessage)


class Echo(AsyncJsonWebsocketConsumer[MessageT], Generic[MessageT]):
    @ws_handler
    async def echo(self, message: MessageT) -> MessageT:
        return message


class EchoSay(Echo[Say]): ...


@dataclass(frozen=True)
class Cost(HandlerOption):
    points: int

    async def around(self, consumer: Room, call: Call) -> None:
        await consumer.close()
        await call()


HandlerT = TypeVar("HandlerT", bound=Callable[..., object])


def costly(
    *, points: int, **arguments: Unpack[WsHandlerArguments]
) -> Callable[[HandlerT], HandlerT]:
    arguments["options"] = [*arguments.get("options", ()), Cost(points)]
    return ws_handler(**arguments)


class Priced(Room):
    async def around(self, call: Call) -> None:
        assert_type(call.kind, HandlerKind)
        assert_type(call.ref, str | int | None)
        assert_type(call.message, BaseMessage | bytes)
        assert_type(call.handler.option(Cost), Cost | None)
        assert_type(await call(), None)
        assert_type(call.reply, BaseMessage | bytes | None)
        call.reply = PongMessage()

    @costly(points=5, summary="Costs something.")
    async def ping(self, message: PingMessage) -> PongMessage:
        return PongMessage()


def test_decorated_methods_keep_their_types() -> None:
    room = Room()
    ping: Callable[[PingMessage], Coroutine[Any, Any, PongMessage]] = room.ping
    say: Callable[[Say], Awaitable[Say | None]] = room.say
    stream: Callable[[News], AsyncIterator[News]] = room.stream
    assert [method.__name__ for method in (ping, say, stream)] == ["ping", "say", "stream"]


async def test_a_handler_may_be_called_as_the_method_it_is() -> None:
    room = Room()
    assert_type(await room.ping(PingMessage()), PongMessage)
    assert_type(await room.say(Say(payload="x")), Say | None)
    assert_type([news async for news in room.stream(News())], list[News])
    assert_type(await room.on_alarm(Alarm()), Alarm)
    assert_type(await EchoSay().echo(Say(payload="x")), Say)


async def test_only_the_consumers_events_may_be_sent() -> None:
    await Room.broadcast_event(News())
    await Room.broadcast_event(Alarm(), ["room"])
    with_wrong_event: Callable[[], Awaitable[None]] = lambda: Room.broadcast_event(  # noqa: E731
        PingMessage()  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    )
    assert callable(with_wrong_event)


def test_a_decorated_class_keeps_its_type() -> None:
    assert_type(Room, type[Room])
    assert_type(Room.as_asgi().consumer_class, type[AsyncJsonWebsocketConsumer[Any]])
