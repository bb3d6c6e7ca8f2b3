"""Markers of a framework on handlers and hooks, which nobody would resolve, are refused."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

import pytest
from pydantic import Field

from chanx.core.decorators import event_handler, ws_handler
from chanx.core.errors import ConfigurationError, FrameError
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import BaseMessage, PingMessage


@dataclass
class Depends:
    """As the markers of FastAPI, FastStream and others look."""

    dependency: Callable[..., Any] | None = None


MARKER: Any = Depends()
FIELD: Any = Field(default=3)


class Subject(AsyncJsonWebsocketConsumer):
    @ws_handler
    async def default(self, message: PingMessage, marked: int = 1) -> None: ...


def handler() -> object:
    class Consumer(AsyncJsonWebsocketConsumer):
        @ws_handler
        async def answer(self, message: PingMessage, marked: Any = MARKER) -> None: ...

    return Consumer


def annotated() -> object:
    class Consumer(AsyncJsonWebsocketConsumer):
        @ws_handler
        async def answer(self, message: PingMessage, marked: Annotated[int, MARKER]) -> None: ...

    return Consumer


def annotated_with_default() -> object:
    class Consumer(AsyncJsonWebsocketConsumer):
        @ws_handler
        async def answer(
            self, message: PingMessage, marked: Annotated[int | None, MARKER] = None
        ) -> None: ...

    return Consumer


def postponed() -> object:
    class Consumer(AsyncJsonWebsocketConsumer):
        @ws_handler
        async def answer(
            self, message: PingMessage, marked: "Annotated[int | None, MARKER]" = None
        ) -> None: ...

    return Consumer


def keyword() -> object:
    class Consumer(AsyncJsonWebsocketConsumer):
        @ws_handler
        async def answer(self, message: PingMessage, *, marked: int = FIELD) -> None: ...

    return Consumer


def message() -> object:
    class Consumer(AsyncJsonWebsocketConsumer):
        @ws_handler
        async def answer(self, marked: PingMessage = MARKER) -> None: ...

    return Consumer


def stream() -> object:
    class Consumer(AsyncJsonWebsocketConsumer):
        @ws_handler
        async def answer(self, message: PingMessage, marked: Any = MARKER) -> Any:
            yield message

    return Consumer


def event() -> object:
    class Consumer(AsyncJsonWebsocketConsumer[PingMessage]):
        @event_handler
        async def answer(self, event: PingMessage, marked: Any = MARKER) -> None: ...

    return Consumer


def override() -> object:
    class Consumer(Subject):
        async def default(self, message: PingMessage, marked: int = MARKER) -> None: ...

    return Consumer


def post_authentication() -> object:
    class Consumer(AsyncJsonWebsocketConsumer):
        async def post_authentication(self, marked: Any = MARKER) -> None: ...

    return Consumer


def disconnect() -> object:
    class Consumer(AsyncJsonWebsocketConsumer):
        async def disconnect(self, code: int, marked: Any = MARKER) -> None: ...

    return Consumer


def handle_validation_error() -> object:
    class Consumer(AsyncJsonWebsocketConsumer):
        async def handle_validation_error(self, error: FrameError, marked: Any = FIELD) -> None: ...

    return Consumer


def connect() -> object:
    class Consumer(AsyncJsonWebsocketConsumer):
        async def connect(self, marked: Any = MARKER) -> None: ...

    return Consumer.as_asgi()


@pytest.mark.parametrize(
    "declare",
    [
        handler,
        annotated,
        annotated_with_default,
        postponed,
        keyword,
        stream,
        event,
        override,
        post_authentication,
        disconnect,
        handle_validation_error,
        connect,
    ],
)
def test_a_marker_that_nobody_resolves_is_refused(declare: Callable[[], object]) -> None:
    text = r"Consumer\.\w+: nobody resolves \w+\(\.\.\.\) of its parameter 'marked': .*connect\(\)"
    with pytest.raises(ConfigurationError, match=text):
        declare()


def closing() -> object:
    class Consumer(AsyncJsonWebsocketConsumer):
        async def disconnect(self, marked: Annotated[int, MARKER]) -> None: ...

    return Consumer


def mixed_in() -> object:
    class Mixin:
        async def disconnect(self, marked: Any = MARKER) -> None: ...

    class Consumer(Mixin, AsyncJsonWebsocketConsumer): ...

    return Consumer


def gap() -> object:
    class Consumer(AsyncJsonWebsocketConsumer):
        async def on_layer_gap(self, marked: Any = MARKER) -> None: ...

    return Consumer


@pytest.mark.parametrize(
    ("declare", "given"),
    [
        (message, "message"),
        (closing, "close code"),
        (mixed_in, "close code"),
        (gap, "length of the gap"),
    ],
)
def test_a_marker_in_the_place_of_what_the_engine_gives_is_refused(
    declare: Callable[[], object], given: str
) -> None:
    text = rf"Consumer\.\w+: .* 'marked', which stands where the {given} comes: put it behind"
    with pytest.raises(ConfigurationError, match=text):
        declare()


def test_a_default_that_is_a_value_is_one() -> None:
    class Plain(AsyncJsonWebsocketConsumer):
        @ws_handler
        async def answer(
            self,
            message: PingMessage,
            times: int = 3,
            kind: type[BaseMessage] = PingMessage,
            unit: Annotated[str, "seconds"] = "s",
        ) -> None: ...

        async def connect(self, room: int = 1) -> None: ...

    assert Plain.as_asgi().consumer_class is Plain
