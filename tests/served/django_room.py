"""A project of Django for real servers, whose room floods those who listen."""

import os
from typing import Literal

import django
from django.conf import settings

settings.configure(
    ALLOWED_HOSTS=["*"],
    SECRET_KEY="of a test",
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "chanx.ext.channels",
    ],
    SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
    CHANNEL_LAYERS={"default": {"BACKEND": "chanx.layers.MemoryLayer"}},
    CHANX={"ALLOWED_ORIGINS": ["*"]},
)
django.setup()

from channels.routing import URLRouter  # noqa: E402
from channels.sessions import SessionMiddlewareStack  # noqa: E402

from chanx.core.asgi import Receive, Scope, Send  # noqa: E402
from chanx.core.decorators import ws_handler  # noqa: E402
from chanx.core.limits import Limits  # noqa: E402
from chanx.ext.channels.routing import path  # noqa: E402
from chanx.ext.channels.websocket import AsyncJsonWebsocketConsumer  # noqa: E402
from chanx.messages import BaseMessage  # noqa: E402

JOURNAL = os.environ["JOURNAL"]


def note(line: str) -> None:
    with open(JOURNAL, "a", encoding="utf-8") as journal:
        journal.write(line + "\n")


class Flood(BaseMessage):
    action: Literal["flood"] = "flood"
    payload: int


class Said(BaseMessage):
    action: Literal["said"] = "said"
    payload: str


class Room(AsyncJsonWebsocketConsumer):
    groups = ("room",)
    limits = Limits(max_outgoing_queue=20, close_timeout=0.5)

    async def post_authentication(self) -> None:
        await self.send_message(Said(payload="welcome"))

    async def disconnect(self, code: int) -> None:
        name = self.scope["query_string"].decode()
        note(f"left {name} {code}")

    @ws_handler
    async def flood(self, message: Flood) -> Said:
        for _ in range(message.payload):
            await self.broadcast_message(Said(payload="x" * 100_000), exclude_current=True)
        return Said(payload="flooded")


class Middleware:
    """Wraps send as a function does, and as an object does."""

    def __init__(self, application: object) -> None:
        self.application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(event: dict[str, object]) -> None:
            await send(event)

        await self.application(scope, receive, sending)  # type: ignore[operator]  # any application


application = Middleware(SessionMiddlewareStack(URLRouter([path("room", Room.as_asgi())])))
