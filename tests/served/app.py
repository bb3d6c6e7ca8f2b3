"""An application for real servers, which notes in a file what becomes of its connections."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar, Literal

from chanx.core.asgi import Receive, Scope, Send
from chanx.core.authenticator import BaseAuthenticator
from chanx.core.decorators import binary_handler, event_handler, ws_handler
from chanx.core.errors import MessageError, RefuseConnection
from chanx.core.limits import Limits
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.layers import MemoryLayer, get_layer
from chanx.messages import BaseMessage

JOURNAL = Path(os.environ["JOURNAL"])


def note(line: str) -> None:
    """Append a line, so that it is there whatever happens to the process next."""
    with JOURNAL.open("a", encoding="utf-8") as journal:
        journal.write(line + "\n")


class Say(BaseMessage):
    action: Literal["say"] = "say"
    payload: str = ""


class Said(BaseMessage):
    action: Literal["said"] = "said"
    payload: str = ""


class Hang(BaseMessage):
    action: Literal["hang"] = "hang"


class Stream(BaseMessage):
    action: Literal["stream"] = "stream"


class Fail(BaseMessage):
    action: Literal["fail"] = "fail"


class Flood(BaseMessage):
    action: Literal["flood"] = "flood"


class Memory(BaseMessage):
    action: Literal["memory"] = "memory"


class Work(BaseMessage):
    action: Literal["work"] = "work"


class Cling(BaseMessage):
    action: Literal["cling"] = "cling"


class Leave(BaseMessage):
    action: Literal["leave"] = "leave"
    payload: int


class Rejecting(BaseAuthenticator):
    async def authenticate(self, scope: Any) -> bool:
        return False


class Room(AsyncJsonWebsocketConsumer[Say]):
    groups = ("room", "räume/1")
    limits = Limits(
        max_message_size=500_000,
        max_concurrent_handlers=4,
        max_outgoing_queue=64,
        close_timeout=0.2,
        drain_timeout=0.5,
    )
    live = most = worked = 0

    @property
    def name(self) -> str:
        query: bytes = self.scope["query_string"]
        return query.decode()

    async def post_authentication(self) -> None:
        note(f"joined {self.name}")
        await self.send_message(Said(payload="welcome"))

    async def disconnect(self, code: int) -> None:
        layer = get_layer()
        assert isinstance(layer, MemoryLayer)
        left = layer.groups_of(self.channel_name), self.channel_name in layer.channels()
        await asyncio.sleep(0)
        note(f"left {self.name} {code} {left == (frozenset(), False)}")
        note(f"worked {self.name} {self.worked}")

    @ws_handler
    async def say(self, message: Say) -> Said:
        return Said(payload=message.payload)

    @ws_handler
    async def hang(self, message: Hang) -> None:
        await self.send_message(Said(payload="hanging"))
        try:
            await asyncio.Event().wait()
        finally:
            note(f"cancelled {self.name}")

    @ws_handler
    async def stream(self, message: Stream) -> AsyncIterator[Said]:
        try:
            while True:
                yield Said(payload="x" * 1000)
                await asyncio.sleep(0)
        finally:
            note(f"closed {self.name}")

    @ws_handler
    async def fail(self, message: Fail) -> None:
        raise RuntimeError("secret of the server")

    @ws_handler
    async def flood(self, message: Flood) -> None:
        for _ in range(200):
            await self.broadcast_message(Said(payload="x" * 100_000), exclude_current=True)
            await asyncio.sleep(0)
        await self.send_message(Said(payload="flooded"))

    @ws_handler(concurrent=True)
    async def memory(self, message: Memory) -> Said:
        kind = type(self)
        kind.live += 1
        kind.most = max(kind.most, kind.live)
        await asyncio.sleep(0)
        kind.live -= 1
        return Said(payload=str(kind.most))

    @ws_handler
    async def work(self, message: Work) -> Said:
        await asyncio.sleep(0.02)
        self.worked += 1
        return Said(payload=str(self.worked))

    @ws_handler
    async def cling(self, message: Cling) -> None:
        await self.send_message(Said(payload="clinging"))
        while True:
            with suppress(asyncio.CancelledError):
                await asyncio.Event().wait()

    @ws_handler
    async def leave(self, message: Leave) -> None:
        await self.close(message.payload, "as asked")

    @event_handler
    async def on_say(self, event: Say) -> Said:
        return Said(payload=event.payload)


class Private(Room):
    authenticator_class = Rejecting


class Missing(Room):
    async def connect(self) -> None:
        raise RefuseConnection(404, "No such room.")


class Desk(AsyncJsonWebsocketConsumer[Any]):
    """Takes binary frames, asks its client, and finishes what it began."""

    asks: ClassVar[Any] = {Say: Said}

    @binary_handler
    async def mirror(self, data: bytes) -> bytes:
        return data[::-1]

    @ws_handler
    async def fail(self, message: Fail) -> Said:
        raise MessageError("busy", "Not now.")

    @ws_handler
    async def hang(self, message: Hang) -> Said:
        answer = await self.request(Say(payload="sure?"), expect=Said, timeout=10)
        return Said(payload=answer.payload * 2)

    @ws_handler(shield=True)
    async def work(self, message: Work) -> Said:
        is_over = asyncio.Event()
        self.start_task(self.see_the_end(is_over))
        note("work begins")
        await is_over.wait()
        note("work ends")
        return Said()

    async def see_the_end(self, is_over: asyncio.Event) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            is_over.set()  # the connection's end has cancelled this

    async def disconnect(self, code: int) -> None:
        note("desk left")


CONSUMERS = {
    "/room": Room.as_asgi(),
    "/private": Private.as_asgi(),
    "/missing": Missing.as_asgi(),
    "/desk": Desk.as_asgi(),
}


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Serve the consumers, and note at the end what is left in the channel layer."""
    if scope["type"] == "websocket":
        await CONSUMERS[scope["path"]](scope, receive, send)
    elif scope["type"] == "lifespan":
        for _ in range(2):
            kind = (await receive())["type"]
            if kind == "lifespan.shutdown":
                layer = get_layer()
                assert isinstance(layer, MemoryLayer)
                note(f"shut down {len(layer.members_of('room'))} {len(layer.channels())}")
            await send({"type": f"{kind}.complete"})
