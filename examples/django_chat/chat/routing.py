"""Where the consumers are, below ``ws/``."""

from chanx.ext.channels.routing import path
from django_chat.chat.consumer import RoomConsumer

websocket_urlpatterns = [path("rooms/<slug:slug>/", RoomConsumer.as_asgi(), name="room")]
