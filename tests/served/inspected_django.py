"""A project of Django whose connections operators see."""

from collections.abc import Callable
from typing import Any

import django
from django.conf import settings

from chanx.observing.inspector import Inspector

inspector = Inspector(slow=0.0)

settings.configure(
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="of a test",
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "chanx.ext.channels",
    ],
    MIDDLEWARE=[
        "django.middleware.csrf.CsrfViewMiddleware",
        f"{__name__}.operators",
    ],
    CHANNEL_LAYERS={"default": {"BACKEND": "chanx.layers.MemoryLayer"}},
)
django.setup()

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.contrib.auth.models import AnonymousUser, User  # noqa: E402
from django.core.asgi import get_asgi_application  # noqa: E402
from django.http import HttpRequest, HttpResponseBase  # noqa: E402
from django.urls import path as url  # noqa: E402

from chanx.core.decorators import ws_handler  # noqa: E402
from chanx.ext.channels.inspector import InspectorView  # noqa: E402
from chanx.ext.channels.routing import path  # noqa: E402
from chanx.ext.channels.websocket import AsyncJsonWebsocketConsumer  # noqa: E402
from chanx.testing.contract.messages import Said, Say  # noqa: E402


def operators(respond: Callable[[HttpRequest], HttpResponseBase]) -> object:
    """Take the header's word for it."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        is_operator = request.headers.get("X-Operator") == "yes"
        operator = User(username="root", is_staff=True, is_superuser=True)
        request.user = operator if is_operator else AnonymousUser()
        return respond(request)

    return middleware


class Room(AsyncJsonWebsocketConsumer):
    groups = ("room",)
    observers = (inspector,)

    @ws_handler
    async def say(self, message: Say) -> Said:
        return Said(payload=message.payload)


urlpatterns: list[Any] = [url("admin/inspector", InspectorView.as_view(inspector=inspector))]
application = ProtocolTypeRouter(
    {
        "http": get_asgi_application(),
        "websocket": URLRouter([path("room/", Room.as_asgi())]),
    }
)
