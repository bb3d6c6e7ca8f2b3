"""chanx in a Django project, with its default settings."""

from typing import Any

from asgiref.sync import sync_to_async
from channels.routing import ProtocolTypeRouter, URLRouter
from django.db import connection

import benchmarks.candidates.project  # noqa: F401  # pyright: ignore[reportUnusedImport]  # what follows needs the settings
from benchmarks.candidates.chanx import ChatLine, Readings
from benchmarks.driver import Application
from benchmarks.payloads import LineMessage, Shape
from chanx.core.decorators import ws_handler
from chanx.ext.channels.database import UnitOfWork
from chanx.ext.channels.routing import path
from chanx.ext.channels.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import BaseMessage


def echo(shape: Shape) -> Application:
    """Return an application that sends each typed message of a shape back."""
    kind = ChatLine if shape.message is LineMessage else Readings

    class Echo(AsyncJsonWebsocketConsumer):
        @ws_handler(input_type=kind, output_type=kind)
        async def echo(self, message: BaseMessage) -> BaseMessage:
            return message

    return Echo.as_asgi()


def routed_echo(shape: Shape) -> Application:
    """Return the same behind channels' routers, as a project has it."""
    application: Any = echo(shape)
    return ProtocolTypeRouter({"websocket": URLRouter([path("", application)])})


async def open_connection() -> None:
    """Open a connection to the database, as a handler does; ``CONN_MAX_AGE`` keeps it."""
    async with UnitOfWork.next("benchmark", lambda: None):  # the thread that all share
        await sync_to_async(connection.ensure_connection)()
