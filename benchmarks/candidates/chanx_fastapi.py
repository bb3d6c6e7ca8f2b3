"""chanx in a FastAPI application, mounted by its router."""

from fastapi import FastAPI

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

    router = ConsumerRouter()
    router.add_consumer("/", Echo)
    application = FastAPI()
    application.include_router(router)
    return application
