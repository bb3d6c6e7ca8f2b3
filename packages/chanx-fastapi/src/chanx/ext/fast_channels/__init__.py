"""chanx for FastAPI and Starlette: consumers with dependencies, and AsyncAPI endpoints."""

from chanx.ext.fast_channels.discovery import FastAPIRouteDiscovery
from chanx.ext.fast_channels.routing import ConsumerRouter
from chanx.ext.fast_channels.type_defs import AsyncAPIConfig
from chanx.ext.fast_channels.views import (
    asyncapi_docs,
    asyncapi_spec_json,
    asyncapi_spec_yaml,
    generate_asyncapi_schema,
    mount_asyncapi,
)
from chanx.ext.fast_channels.websocket import AsyncJsonWebsocketConsumer

__all__ = [
    "AsyncAPIConfig",
    "AsyncJsonWebsocketConsumer",
    "ConsumerRouter",
    "FastAPIRouteDiscovery",
    "asyncapi_docs",
    "asyncapi_spec_json",
    "asyncapi_spec_yaml",
    "generate_asyncapi_schema",
    "mount_asyncapi",
]
