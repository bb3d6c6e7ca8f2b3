"""Messages and handlers in a module whose annotations are left as text (PEP 563)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

import pytest

from chanx.core.decorators import ws_handler
from chanx.core.errors import ConfigurationError
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import BaseMessage, PingMessage, PongMessage, actions_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from decimal import Decimal

PayloadT = TypeVar("PayloadT")


class Greeting(BaseMessage):
    action: Literal["greeting"]
    payload: str


class Envelope(BaseMessage, Generic[PayloadT]):
    action: Literal["envelope"]
    payload: PayloadT


def test_a_postponed_literal_is_an_action() -> None:
    assert actions_of(Greeting) == ("greeting",)
    assert Greeting.model_validate({"payload": "x"}).action == "greeting"
    assert actions_of(Envelope[int]) == ("envelope",)


def test_a_handler_takes_classes_of_its_module() -> None:
    class Health(AsyncJsonWebsocketConsumer[Any]):
        @ws_handler
        async def ping(self, message: PingMessage | Greeting) -> PongMessage | None:
            raise NotImplementedError

        @ws_handler(concurrent=True)
        async def box(self, message: Envelope[int]) -> PongMessage:
            raise NotImplementedError

    assert [*Health.handler_table.messages] == ["ping", "greeting", "envelope"]
    assert Health.handler_table.messages["ping"].outputs == (PongMessage,)


def test_a_handler_takes_classes_of_the_function_around_it() -> None:
    class Local(BaseMessage):
        action: Literal["local"] = "local"

    class Health(AsyncJsonWebsocketConsumer[Any]):
        class Inner(BaseMessage):
            action: Literal["inner"] = "inner"

        @ws_handler
        async def local(self, message: Local) -> Inner:  # a name of the class
            raise NotImplementedError

        @ws_handler(summary="The same with arguments.")
        async def inner(self, message: Inner) -> Local:  # a name of the class
            raise NotImplementedError

    table = Health.handler_table.messages
    assert table["local"].outputs == (Health.Inner,)
    assert table["inner"].outputs == (Local,)


def test_an_override_takes_classes_of_the_function_around_it() -> None:
    class Local(BaseMessage):
        action: Literal["local"] = "local"

    class Base(AsyncJsonWebsocketConsumer[Any]):
        @ws_handler
        async def local(self, message: Local) -> None: ...

    class Derived(Base):
        async def local(self, message: Local) -> None: ...

    assert Derived.handler_table.messages["local"].method is Derived.local


def test_a_name_that_only_type_checkers_know_is_an_error_with_the_fix() -> None:
    with pytest.raises(ConfigurationError, match=r"'AsyncIterator'.*TYPE_CHECKING"):

        class Streaming(AsyncJsonWebsocketConsumer[Any]):  # pyright: ignore[reportUnusedClass]
            @ws_handler
            async def ping(self, message: PingMessage) -> AsyncIterator[PongMessage]:
                yield PongMessage()


def test_types_that_are_given_need_no_annotation_that_can_be_found() -> None:
    class Given(AsyncJsonWebsocketConsumer[Any]):
        @ws_handler(input_type=PingMessage, output_type=PongMessage)
        async def ping(self, message: Decimal) -> Decimal:
            raise NotImplementedError

    assert Given.handler_table.messages["ping"].outputs == (PongMessage,)
