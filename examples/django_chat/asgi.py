"""The ASGI application: Django's pages and API, and the consumers."""

import os

from channels.routing import ProtocolTypeRouter, URLRouter
from django.conf import settings
from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "django_chat.settings")
http = get_asgi_application()
if settings.DEBUG:
    http = ASGIStaticFilesHandler(http)

from chanx.ext.channels.routing import include, path  # noqa: E402 - needs the applications

application = ProtocolTypeRouter(
    {
        "http": http,
        "websocket": URLRouter([path("ws/", include("django_chat.chat.routing"))]),
    }
)
