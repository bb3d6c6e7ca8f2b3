"""The channel layers of a process, by alias."""

import threading
from typing import Final

from chanx.core.errors import UnknownLayerError
from chanx.layers.memory import MemoryLayer
from chanx.layers.protocol import ChannelLayer

DEFAULT_ALIAS: Final = "default"

# Threads of views and event loops ask for the default at the same time; two of them would make a
# MemoryLayer each, and broadcast past one another.
_lock = threading.Lock()
_layers: dict[str, ChannelLayer] = {}


def register_layer(alias: str, layer: ChannelLayer) -> None:
    """Make a channel layer known to the consumers of this process.

    Args:
        alias: The name by which consumers find it (``channel_layer_alias``); ``"default"`` is
            what they use unless told otherwise. A layer that had the alias is replaced.
        layer: The channel layer.

    Example:
        >>> from chanx.layers import MemoryLayer
        >>> register_layer("notifications", MemoryLayer(capacity=100))
    """
    with _lock:
        _layers[alias] = layer


def get_layer(alias: str = DEFAULT_ALIAS) -> ChannelLayer:
    """Return the channel layer of an alias.

    Args:
        alias: The name it was registered under. ``"default"`` is a :class:`MemoryLayer` until
            something else is registered.

    Raises:
        UnknownLayerError: If nothing is registered under the alias; the text lists what is.
    """
    with _lock:
        # Made when first asked for: who registers one at start-up never has this one beside it.
        if alias == DEFAULT_ALIAS and alias not in _layers:
            _layers[alias] = MemoryLayer()
        layer = _layers.get(alias)
        if layer is None:
            known = ", ".join(sorted({DEFAULT_ALIAS, *_layers}))
            raise UnknownLayerError(
                f"No channel layer has the alias {alias!r}; there are: {known}. "
                f"Register it at start-up: register_layer({alias!r}, layer)."
            )
        return layer


__all__ = ["DEFAULT_ALIAS", "get_layer", "register_layer"]
