"""Whether what is sent over a layer within the process reaches those that it is meant for."""

import logging
import sys
from inspect import currentframe
from pathlib import PurePath
from typing import Final

from chanx.layers import ChannelLayer, MemoryLayer, SyncLayer

logger: Final = logging.getLogger("chanx.layers")

# Servers with workers, whose settings stand on the stack; daphne has no workers.
SERVERS: Final = ("gunicorn", "hypercorn", "uvicorn")
COMMANDS: Final = ("django-admin", "manage.py")
SERVING_COMMANDS: Final = ("runserver", "test", "testserver")

REMEDY: Final = (
    "take a layer that processes share, such as chanx.layers.RedisLayer "
    "(CHANNEL_LAYERS in Django, register_layer elsewhere)"
)


class _Check:
    """Looks once in a process, when a layer is used first."""

    def __init__(self) -> None:
        self._is_due = True

    def __call__(self, layer: ChannelLayer | SyncLayer) -> None:
        """Warn if others than those of this process are meant, and the layer is within it.

        Args:
            layer: The layer, over which something is sent or received now.
        """
        # Once, and with the first layer: it is called for each send, and looking at the stack is
        # slow.
        if self._is_due:
            self._is_due = False
            if is_within_process(layer):
                _warn()


def is_within_process(layer: object) -> bool:
    """Return whether a layer reaches nobody but the process that it is in."""
    # By name, as the core does not import channels.
    return isinstance(layer, MemoryLayer) or type(layer).__name__ == "InMemoryChannelLayer"


def _warn() -> None:
    workers = worker_count()
    program = PurePath(sys.argv[0] if sys.argv else "").name
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    if workers > 1:
        logger.warning(
            "This is one of %d workers, and its channel layer reaches nobody in the others: %s.",
            workers,
            REMEDY,
        )
    elif program in COMMANDS and command not in SERVING_COMMANDS:
        logger.warning(
            "What %s %s sends stays in its own process, where nobody is connected: %s.",
            program,
            command,
            REMEDY,
        )


def worker_count() -> int:
    """Return how many workers the server has that runs this process; 1 if it does not say.

    No server tells its application. What started this process stands on its stack, though, and
    knows the server's settings.
    """
    # Also from within a task: its event loop runs on the stack of whoever started it.
    frame = currentframe()
    while frame is not None:
        if frame.f_globals.get("__name__", "").partition(".")[0] in SERVERS:
            for name in ("config", "self"):
                holder = frame.f_locals.get(name)
                settings = getattr(holder, "cfg", holder)  # gunicorn's
                workers = getattr(settings, "workers", None)
                # Of a server's objects nothing is documented: what is anything else says nothing.
                if isinstance(workers, int) and workers > 1:
                    return workers
        frame = frame.f_back
    return 1


check_reach: Final = _Check()

__all__ = ["REMEDY", "check_reach", "is_within_process", "worker_count"]
