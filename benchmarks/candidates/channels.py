"""channels' JSON consumer, with pydantic in its hook."""

from typing import Any, Final

from channels import DEFAULT_CHANNEL_LAYER
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from channels.layers import channel_layers, get_channel_layer
from pydantic import BaseModel

import benchmarks.candidates.project  # noqa: F401  # pyright: ignore[reportUnusedImport]  # channels reads its settings
from benchmarks.driver import Application
from benchmarks.payloads import Shape

GROUP: Final = "room"


def echo(shape: Shape) -> Application:
    """Return an application that sends each typed message of a shape back."""

    class Echo(AsyncJsonWebsocketConsumer):
        async def receive_json(self, content: Any, **kwargs: Any) -> None:
            await self.send_json(shape.message.model_validate(content).model_dump())

    return Echo.as_asgi()


class Member(AsyncJsonWebsocketConsumer):
    """Sends its client what is sent to its group."""

    groups = [GROUP]  # noqa: RUF012 - a list is how channels declares it

    async def room_message(self, event: dict[str, Any]) -> None:
        """Handle one message of the group."""
        await self.send_json(event["content"])


def member_on(alias: str, layer: Any) -> Application:
    """Return an application as :class:`Member`, on a layer that gets an alias."""
    channel_layers.set(alias, layer)

    class MemberOn(Member):
        channel_layer_alias = alias

    return MemberOn.as_asgi()


async def broadcast(message: BaseModel, alias: str = DEFAULT_CHANNEL_LAYER) -> None:
    """Send a message to every member."""
    layer = get_channel_layer(alias)
    assert layer is not None
    await layer.group_send(GROUP, {"type": "room.message", "content": message.model_dump()})
