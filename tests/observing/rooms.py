"""A consumer that does of everything a little, and what its tests share."""

from collections.abc import Callable, Collection, Sequence
from typing import Any, ClassVar

from chanx.core.decorators import event_handler, ws_handler
from chanx.core.observer import ObserverFactory
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.layers import MemoryLayer
from chanx.layers.hub import OnGap, Receiver
from chanx.testing.contract.messages import Fail, News, Said, Say, Wait, Waited


class GapLayer(MemoryLayer):
    """A layer that may have been away."""

    def __init__(self) -> None:
        super().__init__()
        self._on_gaps: list[OnGap] = []

    def subscribe(
        self, channel: str, receiver: Receiver, on_gap: OnGap | None = None
    ) -> Callable[[], None]:
        if on_gap is not None:
            self._on_gaps.append(on_gap)
        return super().subscribe(channel, receiver, on_gap)

    def tell_gap(self, seconds: float) -> None:
        """Tell every connection that messages may be missing."""
        for on_gap in self._on_gaps:
            on_gap(seconds)


Consumer = type[AsyncJsonWebsocketConsumer[Any]]


def room(*factories: ObserverFactory) -> Consumer:
    """Return a consumer that is observed, called Room."""

    class Room(AsyncJsonWebsocketConsumer[Any]):
        groups: Sequence[str] = ("room",)
        observers: ClassVar[Collection[ObserverFactory] | None] = factories

        @ws_handler
        async def say(self, message: Say) -> Said:
            return Said(payload=message.payload)

        @ws_handler
        async def wait(self, message: Wait) -> Waited:
            await self.broadcast_event(News())
            await self.broadcast_message(Said(payload="all"))
            return Waited()

        @ws_handler
        async def fail(self, message: Fail) -> None:
            raise LookupError("nothing")

        @event_handler
        async def news(self, event: News) -> None: ...

    Room.__qualname__ = "Room"
    return Room
