"""Channel layers: what carries broadcasts and events between connections."""

from chanx.layers.memory import MemoryLayer
from chanx.layers.protocol import ChannelLayer, LayerMessage, PushLayer
from chanx.layers.registry import DEFAULT_ALIAS, get_layer, register_layer

__all__ = [
    "DEFAULT_ALIAS",
    "ChannelLayer",
    "LayerMessage",
    "MemoryLayer",
    "PushLayer",
    "get_layer",
    "register_layer",
]
