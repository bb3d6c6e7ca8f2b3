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


def handler() -> None:
    class Consumer(AsyncJsonWebsocketConsumer):
        @ws_handler
        async def answer(self, message: PingMessage, marked: Any = MARKER) -> None: ...


def annotated() -> None:
    class Consumer(AsyncJsonWebsocketConsumer):
        @ws_handler
        async def answer(self, message: PingMessage, marked: Annotated[int, MARKER]) -> None: ...


def annotated_with_default() -> None:
    class Consumer(AsyncJsonWebsocketConsumer):
        @ws_handler
        async def answer(
            self, message: PingMessage, marked: Annotated[int | None, MARKER] = None
        ) -> None: ...


def postponed() -> None:
    class Consumer(AsyncJsonWebsocketConsumer):
        @ws_handler
        async def answer(
            self, message: PingMessage, marked: "Annotated[int | None, MARKER]" = None
        ) -> None: ...


def keyword() -> None:
    class Consumer(AsyncJsonWebsocketConsumer):
        @ws_handler
        async def answer(self, message: PingMessage, *, marked: int = FIELD) -> None: ...


def message() -> None:
    class Consumer(AsyncJsonWebsocketConsumer):
        @ws_handler
        async def answer(self, marked: PingMessage = MARKER) -> None: ...


def stream() -> None:
    class Consumer(AsyncJsonWebsocketConsumer):
        @ws_handler
        async def answer(self, message: PingMessage, marked: Any = MARKER) -> Any:
            yield message


def event() -> None:
    class Consumer(AsyncJsonWebsocketConsumer[PingMessage]):
        @event_handler
        async def answer(self, event: PingMessage, marked: Any = MARKER) -> None: ...


def override() -> None:
    class Consumer(Subject):
        async def default(self, message: PingMessage, marked: int = MARKER) -> None: ...


def post_authentication() -> None:
    class Consumer(AsyncJsonWebsocketConsumer):
        async def post_authentication(self, marked: Any = MARKER) -> None: ...


def disconnect() -> None:
    class Consumer(AsyncJsonWebsocketConsumer):
        async def disconnect(self, code: int, marked: Any = MARKER) -> None: ...


def handle_validation_error() -> None:
    class Consumer(AsyncJsonWebsocketConsumer):
        async def handle_validation_error(self, error: FrameError, marked: Any = FIELD) -> None: ...


def connect() -> None:
    class Consumer(AsyncJsonWebsocketConsumer):
        async def connect(self, marked: Any = MARKER) -> None: ...

    Consumer.as_asgi()


@pytest.mark.parametrize(
    "declare",
    [
        handler,
        annotated,
        annotated_with_default,
        postponed,
        keyword,
        message,
        stream,
        event,
        override,
        post_authentication,
        disconnect,
        handle_validation_error,
        connect,
    ],
)
def test_a_marker_that_nobody_resolves_is_refused(declare: Callable[[], None]) -> None:
    text = r"Consumer\.\w+: nobody resolves \w+\(\.\.\.\) of its parameter 'marked': .*connect\(\)"
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
