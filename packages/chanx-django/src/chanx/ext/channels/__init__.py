"""chanx for Django: consumers under channels' routing, settings, authentication and views.

What a first consumer needs is here:

    >>> from chanx.ext.channels import AsyncJsonWebsocketConsumer, BaseMessage, ws_handler
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from chanx.core.decorators import channel
    from chanx.core.errors import MessageError
    from chanx.ext.channels.decorators import binary_handler, event_handler, ws_handler
    from chanx.ext.channels.websocket import AsyncJsonWebsocketConsumer
    from chanx.messages import BaseMessage

_PLACES: Final = {
    "AsyncJsonWebsocketConsumer": "chanx.ext.channels.websocket",
    "BaseMessage": "chanx.messages",
    "MessageError": "chanx.core.errors",
    "binary_handler": "chanx.ext.channels.decorators",
    "channel": "chanx.core.decorators",
    "event_handler": "chanx.ext.channels.decorators",
    "ws_handler": "chanx.ext.channels.decorators",
}


def __getattr__(name: str) -> Any:
    # When it is asked for: Django imports this before its applications are loaded.
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_PLACES[name]), name)


__all__ = [
    "AsyncJsonWebsocketConsumer",
    "BaseMessage",
    "MessageError",
    "binary_handler",
    "channel",
    "event_handler",
    "ws_handler",
]
