"""What a client reads is what the server serialised, whatever the models' aliases."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

import pytest
from pydantic import AliasGenerator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from typing_extensions import TypedDict

from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import BaseMessage
from chanx.testing.codec import ClientCodec


class Cat(BaseModel):
    kind: Literal["cat"] = "cat"
    lives_left: int = 9


class Dog(BaseModel):
    kind: Literal["dog"] = "dog"


@dataclass
class Owner:
    first_name: str


class Address(TypedDict):
    street_name: str


class Entry(BaseModel):
    model_config = ConfigDict(alias_generator=AliasGenerator(serialization_alias=to_camel))

    created_at: int
    owner_of: Owner
    lives_at: list[Address]
    has_pets: dict[str, Annotated[Cat | Dog, Field(discriminator="kind")]]
    metadata: "Entry | None" = None
    written_as: Annotated[str, Field(validation_alias="given_as", serialization_alias="w")] = ""
    parent_entry: "Entry | None" = None


class Listed(BaseMessage):
    action: Literal["listed"] = "listed"
    payload: Entry


class Strict(BaseMessage):
    model_config = ConfigDict(extra="forbid")

    action: Literal["strict"] = "strict"
    payload: int


class Consumer(AsyncJsonWebsocketConsumer):
    emits = (Listed, Strict)


class Camel(Consumer):
    camelize = True
    discriminator_field = "type"


ENTRY = Entry(
    created_at=1,
    owner_of=Owner("Ada"),
    lives_at=[{"street_name": "Main"}],
    has_pets={"tom_cat": Cat(), "rex": Dog()},
    metadata=Entry(created_at=2, owner_of=Owner("Bob"), lives_at=[], has_pets={}),
    parent_entry=Entry(created_at=0, owner_of=Owner("Eve"), lives_at=[], has_pets={}),
)


@pytest.mark.parametrize("consumer", [Consumer, Camel])
def test_a_message_is_read_as_it_was_written(
    consumer: type[AsyncJsonWebsocketConsumer[Any]],
) -> None:
    codec = ClientCodec(consumer)
    message = Listed(payload=ENTRY)
    assert codec.decode(codec.encode(message)) == message


@pytest.mark.parametrize("consumer", [Consumer, Camel])
def test_a_ref_does_not_count_as_a_field(consumer: type[AsyncJsonWebsocketConsumer[Any]]) -> None:
    codec = ClientCodec(consumer)
    assert codec.decode(codec.encode(Strict(payload=1), ref="r")) == Strict(payload=1)
