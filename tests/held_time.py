"""Time that passes when a test says so: the machine may be ever so slow."""

import asyncio

import pytest

from chanx.core.asgi import ASGIApplication, Receive, Scope, Send
from chanx.core.clock import CLOCK
from chanx.testing import FrozenClock
from chanx.testing.contract.client import settled


class HeldTime:
    """The time of the event loop that runs, by which its timers and time-outs count.

    Args:
        monkeypatch: Lets it pass again when the test, or the context, ends.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        loop = asyncio.get_running_loop()
        self._now = loop.time()
        monkeypatch.setattr(loop, "time", lambda: self._now)

    async def advance(self, seconds: float) -> None:
        """Let time pass, and then everything run that it wakes."""
        self._now += seconds
        await settled()


def timed(application: ASGIApplication, clock: FrozenClock) -> ASGIApplication:
    """Return an application whose connections count by a clock, also over a server."""

    async def counted(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            scope["extensions"] = {**scope.get("extensions", {}), CLOCK: clock}
        await application(scope, receive, send)

    return counted
