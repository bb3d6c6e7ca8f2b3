"""The channel layers of tests: one of its own for each, and what is behind a wrapped one."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Protocol, TypeVar, runtime_checkable

from chanx.layers import DEFAULT_ALIAS, ChannelLayer, get_layer, register_layer

LayerT = TypeVar("LayerT", bound=ChannelLayer)


@runtime_checkable
class LayerWrapper(Protocol):
    """A channel layer that hands on to another what it is given."""

    wrapped: ChannelLayer


def unwrapped(layer: object) -> object:
    """Return the channel layer behind all wrappers.

    Args:
        layer: A channel layer, wrapped or not.
    """
    while isinstance(layer, LayerWrapper):
        layer = layer.wrapped
    return layer


@contextmanager
def default_layer(layer: LayerT) -> Generator[LayerT]:
    """Make a channel layer the default one for some time.

    For consumers that take their layer from :func:`chanx.layers.get_layer`, which those of Django
    do not: there ``override_settings(CHANNEL_LAYERS=...)`` does it.

    Args:
        layer: The layer.

    Returns:
        A context manager, which gives the layer.

    Example:
        >>> from chanx.layers import MemoryLayer
        >>> with default_layer(MemoryLayer()) as layer:
        ...     assert get_layer() is layer
        >>> assert get_layer() is not layer
    """
    previous = get_layer()
    register_layer(DEFAULT_ALIAS, layer)
    try:
        yield layer
    finally:
        register_layer(DEFAULT_ALIAS, previous)


__all__ = ["LayerWrapper", "default_layer", "unwrapped"]
