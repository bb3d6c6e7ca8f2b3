"""Who is told of the absences of a layer's servers, beside its log."""

import logging
from collections.abc import Callable
from typing import Final, TypeAlias

logger: Final = logging.getLogger("chanx.layers")

OnReturn: TypeAlias = Callable[[str, float], None]
"""Called with a server's address and the seconds for which it was away."""

_watching: Final[list[OnReturn]] = []


def watch(on_return: OnReturn) -> Callable[[], None]:
    """Have something told of each server of a layer in this process that is back.

    Args:
        on_return: Called in the event loop of the layer, so it returns at once. What it raises is
            logged.

    Returns:
        Ends that.
    """
    _watching.append(on_return)

    def end() -> None:
        if on_return in _watching:
            _watching.remove(on_return)

    return end


def tell(server: str, seconds: float) -> None:
    """Tell whoever watches that a server is back.

    Args:
        server: Its address, without a password.
        seconds: For how long it was away.
    """
    for on_return in [*_watching]:
        try:
            on_return(server, seconds)
        except Exception:
            logger.exception("What watches the servers of layers failed")


__all__ = ["OnReturn", "tell", "watch"]
