"""A server whose payloads are serializers, held against its document."""

from typing import Annotated, Any, Literal

import pytest
from django.db import models
from rest_framework import serializers

from chanx.ext.channels import AsyncJsonWebsocketConsumer, BaseMessage, ws_handler
from chanx.ext.channels.serializers import SerializerInput, SerializerOutput
from chanx.testing.conformance import suite

# DRF takes more than it should be told, as numbers for texts.
pytestmark = pytest.mark.filterwarnings(
    "ignore:.*C6. what the document calls invalid:chanx.testing.conformance.ConformanceWarning"
)


class Colour(models.TextChoices):
    RED = "red"
    BLUE = "blue"


class PartSerializer(serializers.Serializer[Any]):
    key = serializers.SlugField(max_length=9)
    number = serializers.IntegerField(min_value=-3, max_value=9, required=False)


class ThingSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(read_only=True, default=1)
    text = serializers.CharField(max_length=5)
    blank = serializers.CharField(allow_blank=True, allow_null=True, required=False)
    flag = serializers.BooleanField()
    colour = serializers.ChoiceField(choices=Colour.choices, required=False)
    price = serializers.DecimalField(max_digits=5, decimal_places=2, required=False)
    key = serializers.UUIDField(required=False)
    day = serializers.DateField(required=False)
    moment = serializers.DateTimeField(required=False)
    address = serializers.IPAddressField(protocol="IPv4", required=False)
    tags = serializers.ListField(child=serializers.SlugField(), max_length=3, required=False)
    counts = serializers.DictField(child=serializers.IntegerField(), required=False)
    parts = PartSerializer(many=True, required=False)
    whatever = serializers.JSONField(required=False)


class SumSerializer(serializers.Serializer[Any]):
    texts = serializers.ListField(child=serializers.CharField())
    price = serializers.DecimalField(max_digits=5, decimal_places=2, allow_null=True)


class Keep(BaseMessage):
    action: Literal["keep"] = "keep"
    payload: Annotated[dict[str, Any], SerializerInput(ThingSerializer)]


class Kept(BaseMessage):
    action: Literal["kept"] = "kept"
    payload: Annotated[dict[str, Any], SerializerOutput(SumSerializer)]


class Store(AsyncJsonWebsocketConsumer):
    """Keeps things."""

    @ws_handler
    async def keep(self, message: Keep) -> Kept:
        """Keep a thing."""
        thing: Any = {"texts": [message.payload["text"]], "price": message.payload.get("price")}
        serializer: Any = SumSerializer(thing)
        return Kept(payload=serializer.data)


test_conformance = suite(Store.as_asgi(), seed=13)
