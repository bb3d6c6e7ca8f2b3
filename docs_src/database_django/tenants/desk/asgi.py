"""The ASGI application: Django's views, and the consumer."""

import os

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "desk.settings")
http = get_asgi_application()  # first, as consumers may import models

from chanx.ext.channels.routing import path  # noqa: E402
from desk.consumers import Log  # noqa: E402

websocket = URLRouter([path("<slug:tenant>/log/", Log.as_asgi())])
application = ProtocolTypeRouter({"http": http, "websocket": websocket})
