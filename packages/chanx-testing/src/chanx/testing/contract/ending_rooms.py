"""What the contracts of ends share: a consumer, and the sessions of the event loop."""

from collections.abc import Sequence

from chanx.core.decorators import ws_handler
from chanx.testing.contract.adapter import Consumer
from chanx.testing.contract.messages import Said, Say


class Room(Consumer):
    """A consumer that notes what happens to it, in the lists of its subclass."""

    groups: Sequence[str] = ("room", "räume/1")

    @ws_handler
    async def say(self, message: Say) -> Said | None:
        return Said(payload=message.payload)


__all__ = ["Room"]
