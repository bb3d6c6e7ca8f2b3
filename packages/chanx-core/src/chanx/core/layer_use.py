"""The channel layers of an event loop: what each can do, and that it is closed in the end."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from typing import Final, NamedTuple

from chanx.core.cancellation import is_own
from chanx.core.loops import PerLoop, when_loop_ends
from chanx.layers import ChannelLayer, ClosableLayer, LocalLayer, PushLayer

logger: Final = logging.getLogger("chanx.layers")


class LayerUse(NamedTuple):
    """What a channel layer can do besides what every layer does.

    Attributes:
        layer: The layer.
        push: The layer, if it calls its receivers; else None.
        is_local: Whether it is one within the process (:class:`~chanx.layers.LocalLayer`).
    """

    layer: ChannelLayer
    push: PushLayer | None
    is_local: bool


class _LayersInUse:
    """The layers of one event loop.

    ``isinstance`` of a protocol looks at every attribute that it names, which costs a connection
    more than all else that it does with a layer: so it is asked once for each layer.
    """

    __slots__ = ("_end", "_uses")

    def __init__(self) -> None:
        # By id, since layers need not be hashable.
        self._uses: dict[int, LayerUse] = {}
        self._end: AsyncGenerator[None] | None = None

    def of(self, layer: ChannelLayer) -> LayerUse:
        # The entry keeps the layer, so that no other one gets its id.
        use = self._uses.get(id(layer))
        if use is None:
            push = layer if isinstance(layer, PushLayer) else None
            # Asked of the layer, and not of its class: RedisLayer calls its receivers too, and
            # waits for its server.
            is_local = isinstance(layer, LocalLayer) and layer.is_local
            use = self._uses[id(layer)] = LayerUse(layer, push, is_local)
            # One end for all layers of the loop; what is registered is an asynchronous generator,
            # which has to be kept.
            if self._end is None and isinstance(layer, ClosableLayer):
                self._end = when_loop_ends(self.close)
        return use

    async def close(self) -> None:
        # A copy: others may be used first while one is being closed.
        for use in [*self._uses.values()]:
            if isinstance(use.layer, ClosableLayer):
                try:
                    await use.layer.close()
                except (Exception, asyncio.CancelledError) as error:
                    # Its tasks were cancelled before, as the loop's all are at its end.
                    if is_own(error):
                        raise
                    logger.error("%r could not be closed", use.layer, exc_info=error)


_in_use = PerLoop(_LayersInUse)


def use_of(layer: ChannelLayer) -> LayerUse:
    """Return what a channel layer can do; from now on the event loop that runs closes it.

    Args:
        layer: The layer.
    """
    return _in_use.get().of(layer)


async def close_layers() -> None:
    """Close the layers that the event loop that runs uses, as at its end.

    Those that are used again open again what they need, and are closed again at the loop's end.
    """
    await _in_use.get().close()


__all__ = ["LayerUse", "close_layers", "use_of"]
