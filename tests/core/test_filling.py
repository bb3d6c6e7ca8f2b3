"""What handlers and hooks take beyond their message, filled by whoever says how: the seam."""

import inspect
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, ClassVar

import pytest

from chanx.core.decorators import event_handler, ws_handler
from chanx.core.errors import ConfigurationError
from chanx.core.filling import Parameters, Resolver, resolvers
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import PingMessage, PongMessage
from chanx.testing import WebsocketCommunicator


class Filling(AsyncJsonWebsocketConsumer[PingMessage]):
    """As an adapter: fills each parameter with its name, and notes what becomes of a call."""

    asked: ClassVar[list[Parameters]] = []
    steps: ClassVar[list[str]] = []

    @classmethod
    def resolver_of(cls, parameters: Parameters) -> Resolver | None:
        cls.asked.append(parameters)
        names = [each.name for each in parameters.declared]
        if names == ["unknown"]:
            return super().resolver_of(parameters)

        @asynccontextmanager
        async def resolve(consumer: Any) -> AsyncGenerator[Mapping[str, Any]]:
            cls.steps.append("open")
            try:
                yield {name: f"{name} of {type(consumer).__name__}" for name in names}
            finally:
                cls.steps.append("close")

        return resolve


@pytest.fixture(autouse=True)
def clean() -> None:
    Filling.asked.clear()
    Filling.steps.clear()


async def test_a_handler_is_called_with_what_fills_its_parameters() -> None:
    class Room(Filling):
        @ws_handler
        async def answer(self, message: PingMessage, word: str, *, other: str) -> PongMessage:
            self.steps.append(f"{word}, {other}")
            return PongMessage()

    async with WebsocketCommunicator(Room.as_asgi(), "/", consumer=Room) as client:
        await client.send_message(PingMessage())
        assert await client.receive_all_messages() == [PongMessage()]
    assert Filling.steps == ["open", "word of Room, other of Room", "close"]


async def test_a_stream_and_hooks_are_too() -> None:
    class Room(Filling):
        async def post_authentication(self, word: str) -> None:
            self.steps.append(f"hook {word}")

        async def disconnect(self, code: int, word: str) -> None:
            self.steps.append(f"{code} {word}")

        @ws_handler
        async def answer(self, message: PingMessage, word: str) -> AsyncIterator[PongMessage]:
            yield PongMessage()
            self.steps.append(word)

    async with WebsocketCommunicator(Room.as_asgi(), "/", consumer=Room) as client:
        await client.send_message(PingMessage())
        assert await client.receive_all_messages() == [PongMessage()]
    assert Filling.steps == [
        *("open", "hook word of Room", "close"),
        *("open", "word of Room", "close"),
        *("open", "1000 word of Room", "close"),
    ]


@pytest.mark.parametrize("is_named", [False, True])
async def test_what_an_override_gives_stands_and_the_rest_is_filled(is_named: bool) -> None:
    class Room(Filling):
        @ws_handler
        async def answer(
            self, message: PingMessage, word: str = "empty", other: str = "empty"
        ) -> PongMessage:
            self.steps.append(f"{word}, {other}")
            return PongMessage()

        async def disconnect(self, code: int, word: str = "empty", other: str = "empty") -> None:
            self.steps.append(f"{word}, {other}")

    class Below(Room):
        @ws_handler
        async def answer(
            self, message: PingMessage, word: str = "empty", other: str = "empty"
        ) -> PongMessage:
            if is_named:
                return await super().answer(message, word="given")
            return await super().answer(message, "given")

        async def disconnect(self, code: int, *args: Any, **kwargs: Any) -> None:
            await super().disconnect(code, "given")

    async with WebsocketCommunicator(Below.as_asgi(), "/", consumer=Below) as client:
        await client.send_message(PingMessage())
        assert await client.receive_all_messages() == [PongMessage()]
    told = [each for each in Filling.steps if each not in ("open", "close")]
    assert told == ["given, other of Below"] * 2


async def test_what_an_override_of_a_stream_gives_stands_too() -> None:
    class Room(Filling):
        @ws_handler
        async def answer(
            self, message: PingMessage, word: str = "empty", other: str = "empty"
        ) -> AsyncIterator[PongMessage]:
            self.steps.append(f"{word}, {other}")
            yield PongMessage()

    class Below(Room):
        @ws_handler
        async def answer(
            self, message: PingMessage, word: str = "empty", other: str = "empty"
        ) -> AsyncIterator[PongMessage]:
            async for reply in super().answer(message, "given"):
                yield reply

    async with WebsocketCommunicator(Below.as_asgi(), "/", consumer=Below) as client:
        await client.send_message(PingMessage())
        assert await client.receive_all_messages() == [PongMessage()]
    assert "given, other of Below" in Filling.steps


def test_a_method_is_asked_about_once_and_one_that_takes_no_more_is_left_as_it_is() -> None:
    class Room(Filling):
        async def on_layer_gap(self, seconds: float, word: str) -> None: ...

        @ws_handler
        async def answer(self, message: PingMessage, word: str) -> None: ...

        @event_handler
        async def plain(self, event: PingMessage) -> None: ...

    class Below(Room):
        """Has both as its base has them."""

    assert [(each.where.split(".")[-2:], len(each.declared)) for each in Filling.asked] == [
        (["Room", "on_layer_gap"], 1),
        (["Room", "answer"], 1),
    ]
    assert len(list(resolvers(Below))) == 2
    table = Room.handler_table
    assert table.events["ping"].method is vars(Room)["plain"]
    assert table.messages["ping"].method is vars(Room)["answer"]
    assert Below.handler_table.messages["ping"].method is vars(Room)["answer"]
    assert list(inspect.signature(Room.answer).parameters) == ["self", "message", "word"]


def unfilled() -> object:
    class Room(Filling):
        @ws_handler
        async def answer(self, message: PingMessage, unknown: str) -> None: ...

    return Room


def unfilled_hook() -> object:
    class Room(Filling):
        async def disconnect(self, code: int, unknown: str) -> None: ...

    return Room


def without_a_name() -> object:
    class Room(Filling):
        @ws_handler
        async def answer(self, message: PingMessage, word: str, /) -> None: ...

    return Room


@pytest.mark.parametrize(
    ("declare", "text"),
    [
        (unfilled, r"Room\.answer: .*with one argument for the message"),
        (unfilled_hook, r"Room\.disconnect .*declare it as `async def disconnect\(self, code\)`"),
        (without_a_name, r"'word' of .*Room\.answer is positional-only"),
    ],
)
def test_what_nothing_fills_is_refused_as_in_the_core(
    declare: Callable[[], object], text: str
) -> None:
    with pytest.raises(ConfigurationError, match=text):
        declare()
