"""A client reads what the server serialised and writes what it validates, whatever the aliases."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

import pytest
from pydantic import (
    AliasChoices,
    AliasGenerator,
    AliasPath,
    BaseModel,
    ConfigDict,
    Field,
    computed_field,
)
from pydantic.alias_generators import to_camel
from typing_extensions import TypedDict

from chanx.core.decorators import ws_handler
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import BaseMessage, PongMessage
from chanx.testing import WebsocketCommunicator
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


def served(consumer: type[AsyncJsonWebsocketConsumer[Any]], message: BaseMessage) -> str:
    """The frame that a consumer sends."""
    return consumer.current_runtime().codec.encode(message, "r")


@pytest.mark.parametrize("consumer", [Consumer, Camel])
def test_a_message_is_read_as_it_was_written(
    consumer: type[AsyncJsonWebsocketConsumer[Any]],
) -> None:
    message = Listed(payload=ENTRY)
    assert ClientCodec(consumer).decode(served(consumer, message)) == message


@pytest.mark.parametrize("consumer", [Consumer, Camel])
def test_a_ref_does_not_count_as_a_field(consumer: type[AsyncJsonWebsocketConsumer[Any]]) -> None:
    assert ClientCodec(consumer).decode(served(consumer, Strict(payload=1))) == Strict(payload=1)


class Fish(BaseModel):
    pet_kind: Literal["fish"] = "fish"


class Bird(BaseModel):
    pet_kind: Literal["bird"] = "bird"


class Form(BaseModel):
    model_config = ConfigDict(extra="forbid")

    first_name: str
    pin_code: Annotated[str, Field(exclude=True)] = ""
    given_as: Annotated[str, Field(validation_alias="gA", serialization_alias="w")] = ""
    one_of: Annotated[str, Field(validation_alias=AliasChoices(AliasPath("o", 0), "oneOfIt"))] = ""
    by_path: Annotated[str, Field(validation_alias=AliasPath("byPath"))] = ""
    shown_as: Annotated[str, Field(serialization_alias="s")] = ""
    best_pet: Annotated[Fish | Bird, Field(discriminator="pet_kind")] = Bird()

    @computed_field  # type: ignore[prop-decorator]  # as pydantic documents it
    @property
    def initial(self) -> str:
        return self.first_name[0]


class Send(BaseMessage):
    action: Literal["send"] = "send"
    payload: Form | list[Form]


class Desk(AsyncJsonWebsocketConsumer):
    emits = (Listed, Strict)
    forms: ClassVar[list[Form | list[Form]]] = []

    @ws_handler
    async def send_form(self, message: Send) -> PongMessage:
        self.forms.append(message.payload)
        return PongMessage()


class CamelDesk(Desk):
    camelize = True
    discriminator_field = "type"


FORM = Form.model_validate(
    {
        "first_name": "Ada",
        "pin_code": "1",
        "gA": "2",
        "oneOfIt": "3",
        "byPath": "4",
        "shown_as": "5",
    }
)


@pytest.mark.parametrize("consumer", [Desk, CamelDesk])
async def test_what_a_client_writes_is_what_the_consumer_reads(consumer: type[Desk]) -> None:
    application = consumer.as_asgi()
    async with WebsocketCommunicator(application, "/", consumer=consumer) as client:
        await client.request(Send(payload=[FORM]), expect=PongMessage)
    assert consumer.forms.pop() == [FORM]
