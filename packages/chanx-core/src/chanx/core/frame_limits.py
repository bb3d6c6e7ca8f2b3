"""Whether the server takes larger frames than any consumer does, which nobody is asked about."""

import logging
from contextlib import suppress
from operator import attrgetter
from typing import Any, Final, NamedTuple

from chanx.core.asgi import Send
from chanx.core.transports import within

logger: Final = logging.getLogger("chanx.websocket")


class FrameLimit(NamedTuple):
    """The greatest frame that a server takes.

    Attributes:
        size: Its bytes, inflated where it came compressed.
        server: The server's name.
        option: By what it is set there.
    """

    size: int
    server: str
    option: str


_PLACES: Final = {
    "uvicorn": (attrgetter("config.ws_max_size"), "--ws-max-size"),
    "hypercorn": (
        attrgetter("config.websocket_max_message_size"),
        "websocket_max_message_size in its configuration",
    ),
    "daphne": (attrgetter("websocket_max_message_size"), "--websocket-max-message-size"),
}
"""Where what servers give as ``send`` has their limit. ASGI has no word for it, and none of this is
documented: ``tests/served/test_frame_limits.py`` fails where a release of a server changes it."""


def frame_limit_of(send: Send) -> FrameLimit | None:
    """Return the greatest frame that a server takes; None where that cannot be found out.

    Args:
        send: What the application was given, by the server or by middleware.
    """
    for each in within(send):
        owner: Any = getattr(each, "__self__", None)
        # By the module's first part: which of a server's protocols it is, makes no difference here.
        server = type(owner).__module__.partition(".")[0]
        if server in _PLACES:
            place, option = _PLACES[server]
            # A release that keeps it elsewhere: then nothing is said, and the test fails that is
            # named above.
            with suppress(AttributeError):
                size = place(owner)
                # autobahn takes 0 for no limit; what that means for memory, nobody can be told in
                # bytes.
                if isinstance(size, int) and size > 0:
                    return FrameLimit(size, server, option)
    return None


class FrameLimitCheck:
    """Looks once in a process, at its first connection: then all consumers are mounted.

    A server inflates, keeps and decodes a frame before anybody can find it too large, so its own
    limit is what a frame may cost.
    """

    def __init__(self) -> None:
        self._largest = 0
        self._is_due = True

    def note(self, size: int) -> None:
        """Note the greatest frame that a consumer takes, when it is mounted.

        Args:
            size: Its bytes.
        """
        self._largest = max(self._largest, size)

    def __call__(self, send: Send) -> None:
        """Say in the log where the server takes larger frames than any consumer.

        Args:
            send: What the application was given for a connection.
        """
        if not self._is_due:
            return
        self._is_due = False
        limit = frame_limit_of(send)
        # With equal limits it is the server that closes, with 1009, but a frame costs no more than
        # it may.
        if limit is not None and limit.size > self._largest:
            logger.warning(
                "%s takes frames of up to %d bytes, and no consumer takes more than the %d of "
                "max_message_size: set %s to that, since a frame is kept, and inflated where it is "
                "compressed, before its size counts.",
                limit.server,
                limit.size,
                self._largest,
                limit.option,
            )


check_frame_limit: Final = FrameLimitCheck()
"""That of the process."""


__all__ = ["FrameLimit", "FrameLimitCheck", "check_frame_limit", "frame_limit_of"]
