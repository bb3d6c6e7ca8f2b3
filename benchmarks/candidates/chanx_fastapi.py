"""chanx in a FastAPI application, mounted by its router."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Depends, FastAPI

from benchmarks.candidates.chanx import ChatLine, Readings
from benchmarks.driver import Application
from benchmarks.payloads import LineMessage, Shape
from chanx.core.decorators import ws_handler
from chanx.ext.fast_channels import ConsumerRouter
from chanx.ext.fast_channels.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import BaseMessage


def echo(shape: Shape) -> Application:
    """Return an application that sends each typed message of a shape back."""
    kind = ChatLine if shape.message is LineMessage else Readings

    class Echo(AsyncJsonWebsocketConsumer):
        @ws_handler(input_type=kind, output_type=kind)
        async def echo(self, message: BaseMessage) -> BaseMessage:
            return message

    return _routed(Echo)


def depending_echo(shape: Shape, dependency: Callable[..., Any]) -> Application:
    """Return the same, whose handler takes a dependency beside its message."""
    kind = ChatLine if shape.message is LineMessage else Readings

    class Echo(AsyncJsonWebsocketConsumer):
        @ws_handler(input_type=kind, output_type=kind)
        async def echo(
            self, message: BaseMessage, value: Annotated[int, Depends(dependency)]
        ) -> BaseMessage:
            return message

    return _routed(Echo)


def _routed(consumer: type[AsyncJsonWebsocketConsumer]) -> Application:
    router = ConsumerRouter()
    router.add_consumer("/", consumer)
    application = FastAPI()
    application.include_router(router)
    return application
