"""The room of a case."""

from typing import ClassVar

from chanx.ext.channels import AsyncJsonWebsocketConsumer, ws_handler
from desk.messages import Said, Say


class CaseConsumer(AsyncJsonWebsocketConsumer):
    """The room of one case."""

    emits: ClassVar = [Said]

    async def connect(self, pk: int) -> None:
        self.groups = [f"case {pk}"]

    @ws_handler
    async def say(self, message: Say) -> None:
        """Say something to everyone in the room."""
        await self.broadcast_message(Said(payload=message.payload))
