"""Events reach their consumers whatever their classes call their fields outside."""

import asyncio
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, computed_field

from chanx.core.decorators import event_handler
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.layers import MemoryLayer
from chanx.messages import BaseMessage
from chanx.testing import WebsocketCommunicator, default_layer


class Price(BaseModel):
    model_config = ConfigDict(extra="forbid")

    net: int = Field(validation_alias="read_net", serialization_alias="sentNet")

    @computed_field
    def gross(self) -> int:
        return self.net * 2


class PriceChanged(BaseMessage):
    action: Literal["price_changed"] = "price_changed"
    payload: Price


class PriceHandled(BaseMessage):
    action: Literal["price_handled"] = "price_handled"
    payload: int


class Prices(AsyncJsonWebsocketConsumer[PriceChanged]):
    groups = ("prices",)

    @event_handler
    async def price_changed(self, event: PriceChanged) -> PriceHandled:
        return PriceHandled(payload=event.payload.net)


class ForwardedPrices(AsyncJsonWebsocketConsumer[PriceChanged]):
    groups = ("prices",)
    passthrough_events = (PriceChanged,)


EVENT = PriceChanged(payload=Price.model_validate({"read_net": 5}))


async def test_an_event_with_two_aliases_and_a_computed_field_reaches_its_handler() -> None:
    async with WebsocketCommunicator(Prices.as_asgi(), "/", consumer=Prices) as socket:
        await Prices.broadcast_event(EVENT)
        assert await socket.receive_json() == {"action": "price_handled", "payload": 5}


async def test_a_forwarded_event_is_spelled_as_clients_read_it() -> None:
    consumer = ForwardedPrices
    async with (
        WebsocketCommunicator(consumer.as_asgi(), "/", consumer=consumer) as one,
        WebsocketCommunicator(consumer.as_asgi(), "/", consumer=consumer) as other,
    ):
        await consumer.broadcast_event(EVENT)
        sent = {"action": "price_changed", "payload": {"sentNet": 5, "gross": 10}}
        assert await one.receive_json() == sent
        assert await other.receive_json() == sent


async def test_a_twin_for_threads_calls_what_a_project_has_made_of_its_asynchronous_one() -> None:
    asked: list[object] = []

    class Careful(AsyncJsonWebsocketConsumer):
        @classmethod
        async def disconnect_user(cls, user_id: object, code: int = 4401, reason: str = "") -> None:
            asked.append(user_id)
            await super().disconnect_user(user_id, code, reason)

    with default_layer(MemoryLayer()):
        await asyncio.to_thread(Careful.disconnect_user_sync, "ada")
    assert asked == ["ada"]
