"""The channel layers of tests: one of its own for each, and what is behind a wrapped one."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Final, Protocol, TypeVar, runtime_checkable
from warnings import warn

from chanx.core.session import Session
from chanx.layers import DEFAULT_ALIAS, ChannelLayer, get_layer, register_layer

LayerT = TypeVar("LayerT", bound=ChannelLayer)

_in_force: Final[list[ChannelLayer]] = []
"""The layers that tests have made the default one, the last of which counts."""


@runtime_checkable
class LayerWrapper(Protocol):
    """A channel layer that hands on to another what it is given."""

    wrapped: ChannelLayer


def unwrapped(layer: object) -> object:
    """Return the channel layer behind all wrappers.

    Args:
        layer: A channel layer, wrapped or not.
    """
    # By the attribute, so that wrappers of projects count.
    while isinstance(layer, LayerWrapper):
        layer = layer.wrapped
    return layer


@contextmanager
def default_layer(layer: LayerT) -> Generator[LayerT]:
    """Make a channel layer the default one for some time.

    For consumers that take their layer from :func:`chanx.layers.get_layer`, which those of Django
    do not: there ``override_settings(CHANNEL_LAYERS=...)`` does it, and a connection warns.

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
    _in_force.append(layer)
    try:
        yield layer
    finally:
        # By the layer and not the last one: fixtures may end in another order than they began.
        _in_force.remove(layer)
        register_layer(DEFAULT_ALIAS, previous)


def tell_of_other_layer(session: Session) -> None:
    """Warn if a connection does not use the layer that its test has made the default one.

    Args:
        session: The connection's session.
    """
    consumer = session.consumer
    if not _in_force or consumer.channel_layer_alias != DEFAULT_ALIAS:
        return
    if unwrapped(session.subscriber.layer) is not unwrapped(_in_force[-1]):
        warn(
            f"chanx_layer and default_layer() have no effect on {type(consumer).__qualname__}, "
            f"which takes its layer from elsewhere. In a Django project that is CHANNEL_LAYERS: "
            f"use override_settings(CHANNEL_LAYERS=...) instead.",
            stacklevel=2,
        )


__all__ = ["LayerWrapper", "default_layer", "tell_of_other_layer", "unwrapped"]
