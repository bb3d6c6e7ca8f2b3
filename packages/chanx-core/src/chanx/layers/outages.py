"""Who is told of the absences of a layer's servers, beside its log."""

import logging
from collections.abc import Callable
from typing import Final, TypeAlias

logger: Final = logging.getLogger("chanx.layers")

OnReturn: TypeAlias = Callable[[str, float], None]
"""Called with a server's address and the seconds for which it was away."""

# Of the process, since metrics are, and layers are not known to them. append() and a copy are each
# one step of CPython's: event loops of several threads share it without a lock.
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
        # Twice is no error, as with a subscription of a layer.
        if on_return in _watching:
            _watching.remove(on_return)

    return end


def tell(server: str, seconds: float) -> None:
    """Tell whoever watches that a server is back.

    Args:
        server: Its address, without a password.
        seconds: For how long it was away.
    """
    # A copy: who is told may end its own watch.
    for on_return in [*_watching]:
        try:
            on_return(server, seconds)
        # Not the layer's: what it raised would pass for a failure of the connection that has just
        # come back.
        except Exception:
            logger.exception("What watches the servers of layers failed")


__all__ = ["OnReturn", "tell", "watch"]
