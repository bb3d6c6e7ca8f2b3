"""Channel layers: what carries broadcasts and events between connections."""

from typing import TYPE_CHECKING, Any

from chanx.layers.memory import MemoryLayer
from chanx.layers.protocol import (
    Allowance,
    ChannelLayer,
    ClosableLayer,
    CountingLayer,
    LayerMessage,
    LocalLayer,
    PushLayer,
    SyncLayer,
)
from chanx.layers.registry import DEFAULT_ALIAS, get_layer, register_layer

if TYPE_CHECKING:
    from chanx.layers.redis import RedisLayer


def __getattr__(name: str) -> Any:
    # redis-py is an extra, and takes longer to import than all the rest.
    if name == "RedisLayer":
        from chanx.layers.redis import RedisLayer

        return RedisLayer
    # What hasattr() and `from chanx.layers import ...` need to tell a missing name from a missing
    # package.
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "DEFAULT_ALIAS",
    "Allowance",
    "ChannelLayer",
    "ClosableLayer",
    "CountingLayer",
    "LayerMessage",
    "LocalLayer",
    "MemoryLayer",
    "PushLayer",
    "RedisLayer",
    "SyncLayer",
    "get_layer",
    "register_layer",
]
