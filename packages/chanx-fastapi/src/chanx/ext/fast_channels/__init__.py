"""chanx for FastAPI and Starlette: consumers with dependencies, and AsyncAPI endpoints."""

from chanx.core.authenticator import Credential
from chanx.core.decorators import binary_handler, channel, event_handler, ws_handler
from chanx.core.errors import MessageError
from chanx.ext.fast_channels.discovery import FastAPIRouteDiscovery
from chanx.ext.fast_channels.routing import ConsumerRouter
from chanx.ext.fast_channels.token_credential import TokenCredential
from chanx.ext.fast_channels.type_defs import AsyncAPIConfig
from chanx.ext.fast_channels.views import (
    asyncapi_docs,
    asyncapi_spec_json,
    asyncapi_spec_yaml,
    generate_asyncapi_schema,
    mount_asyncapi,
)
from chanx.ext.fast_channels.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import BaseMessage

__all__ = [
    "AsyncAPIConfig",
    "AsyncJsonWebsocketConsumer",
    "BaseMessage",
    "ConsumerRouter",
    "Credential",
    "FastAPIRouteDiscovery",
    "MessageError",
    "TokenCredential",
    "asyncapi_docs",
    "asyncapi_spec_json",
    "asyncapi_spec_yaml",
    "binary_handler",
    "channel",
    "event_handler",
    "generate_asyncapi_schema",
    "mount_asyncapi",
    "ws_handler",
]
