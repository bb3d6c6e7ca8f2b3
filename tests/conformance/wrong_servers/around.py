"""Stands around the right server and makes a wrong one of it."""

import json
from typing import Any

from chanx.core.asgi import ASGIApplication, Event, Receive, Scope, Send

Frame = dict[str, Any]


class Around:
    """Hands on what passes; subclasses spoil some of it.

    Args:
        app: The right server.
    """

    def __init__(self, app: ASGIApplication) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            await self.app(scope, receive, send)
            return

        async def received() -> Event:
            while True:
                event = await receive()
                if event["type"] != "websocket.receive" or await self.takes(event, send):
                    return event

        async def sent(event: Event) -> None:
            if event["type"] != "websocket.send":
                await send(event)
                return
            for frame in self.given(json.loads(event["text"])):
                close = frame.get("close")
                await send(
                    {"type": "websocket.close", "code": close}
                    if close
                    else {"type": "websocket.send", "text": json.dumps(frame)}
                )

        await self.app(self.opened(scope), received, sent)

    def opened(self, scope: Scope) -> Scope:
        """The handshake that the right server sees."""
        return scope

    async def takes(self, event: Event, send: Send) -> bool:
        """Whether a frame reaches the right server."""
        return True

    def given(self, frame: Frame) -> list[Frame]:
        """What the client gets of a frame: frames, and ``{"close": code}``."""
        return [frame]


async def refuse(send: Send, code: str, ref: Any = None) -> None:
    """Answer with an error."""
    frame: Frame = {"action": "error", "payload": {"code": code, "detail": "No."}}
    frame |= {} if ref is None else {"ref": ref}
    await send({"type": "websocket.send", "text": json.dumps(frame)})
