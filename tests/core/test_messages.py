"""The base class of messages, and the messages that chanx speaks."""

from abc import ABC
from enum import StrEnum
from typing import Annotated, Any, Generic, Literal, TypeVar

import pytest
from pydantic import (
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    computed_field,
    create_model,
)
from pydantic.alias_generators import to_camel

from chanx.constants import (
    COMPLETE_ACTIONS,
    EVENT_ACTION_COMPLETE,
    GROUP_ACTION_COMPLETE,
    MESSAGE_ACTION_COMPLETE,
)
from chanx.messages import (
    RESERVED_KEYS,
    AuthenticationMessage,
    AuthenticationPayload,
    BaseMessage,
    CompleteMessage,
    ErrorMessage,
    ErrorPayload,
    EventCompleteMessage,
    GroupCompleteMessage,
    PingMessage,
    PongMessage,
    actions_of,
)

PayloadT = TypeVar("PayloadT")


class Greeting(BaseMessage):
    action: Literal["greeting"]
    payload: str


class Envelope(BaseMessage, Generic[PayloadT]):
    action: Literal["envelope"]
    payload: PayloadT


def built(cls: type[BaseMessage], **values: Any) -> BaseMessage:
    """Return a message, made in a way that type checkers leave alone."""
    return cls(**values)


def made(name: str, **fields: Any) -> type[BaseMessage]:
    """Return a message class made at run time."""
    make: Any = create_model
    message: type[BaseMessage] = make(name, __base__=BaseMessage, **fields)
    return message


def test_a_single_action_is_its_own_default() -> None:
    assert built(Greeting, payload="hello").model_dump() == {
        "action": "greeting",
        "payload": "hello",
    }


def test_one_of_several_actions_is_chosen() -> None:
    class Edit(BaseMessage):
        action: Literal["edit", "delete"]

    assert actions_of(Edit) == ("edit", "delete")
    assert built(Edit, action="delete").action == "delete"
    with pytest.raises(ValidationError):
        built(Edit)


def test_an_annotated_action_and_one_of_an_enum_count() -> None:
    class Kind(StrEnum):
        LEFT = "left"
        RIGHT = "right"

    class Turn(BaseMessage):
        action: Annotated[Literal[Kind.LEFT, Kind.RIGHT], Field(description="Where to.")]

    assert actions_of(Turn) == ("left", "right")
    assert Turn.model_validate_json('{"action":"left"}').action is Kind.LEFT


def test_generic_messages_work_as_in_pydantic() -> None:
    assert actions_of(Envelope[int]) == ("envelope",)
    assert built(Envelope[int], payload=5).model_dump_json() == '{"action":"envelope","payload":5}'
    with pytest.raises(ValidationError):
        Envelope[int].model_validate({"action": "envelope", "payload": "x"})


def test_a_derived_message_has_an_action_of_its_own() -> None:
    class Louder(Greeting):
        action: Literal["louder"]  # type: ignore[assignment]  # pyright: ignore[reportIncompatibleVariableOverride]
        volume: int = 1

    assert built(Louder, payload="x").action == "louder"
    assert built(Greeting, payload="x").action == "greeting"


def test_an_abstract_base_needs_no_action() -> None:
    class RoomMessage(BaseMessage, ABC):
        room: str

    class Enter(RoomMessage):
        action: Literal["enter"]

    assert actions_of(RoomMessage) == ()
    assert built(Enter, room="a").model_dump() == {"action": "enter", "room": "a"}


def test_an_abstract_generic_base_needs_no_action() -> None:
    class Holder(BaseMessage, ABC, Generic[PayloadT]):
        payload: PayloadT

    class Held(Holder[int]):
        action: Literal["held"]

    assert built(Held, payload=1).action == "held"


def test_a_message_may_refer_to_a_model_that_comes_later() -> None:
    class Early(BaseMessage):
        action: Literal["early"]
        payload: "Later"

    class Later(BaseModel):
        number: int

    Early.model_rebuild(_types_namespace={"Later": Later})
    assert built(Early, payload={"number": 1}).action == "early"


def test_a_message_that_is_built_at_once_has_its_default() -> None:
    class Eager(BaseMessage):
        model_config = ConfigDict(defer_build=False)

        action: Literal["eager"]

    assert built(Eager).action == "eager"
    assert Eager.model_validate_json("{}").action == "eager"


def test_an_alias_generator_that_leaves_the_action_alone_is_no_alias() -> None:
    class Camel(BaseMessage):
        model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

        action: Literal["camel"]
        full_name: str

    assert built(Camel, full_name="x").model_dump_json(by_alias=True) == (
        '{"action":"camel","fullName":"x"}'
    )


def test_a_message_made_at_run_time_is_a_message() -> None:
    message = made("Made", action=(Literal["made"], ...))
    assert actions_of(message) == ("made",)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"action": (str, "greeting")},
        {"action": (Literal[1], 1)},
        {"action": (Literal["a", 1], "a")},
        {"action": (Literal["a"] | None, None)},
    ],
    ids=str,
)
def test_without_literal_strings_as_action_the_error_names_class_and_fix(
    fields: dict[str, Any],
) -> None:
    with pytest.raises(TypeError, match=r'Broken needs an action: declare `action: Literal\["'):
        made("Broken", **fields)


@pytest.mark.parametrize(
    "field",
    [
        Field(default="a", alias="type"),
        Field(default="a", validation_alias="type"),
        Field(default="a", serialization_alias="type"),
    ],
    ids=["alias", "validation_alias", "serialization_alias"],
)
def test_an_alias_of_the_action_is_refused_with_the_fix(field: Any) -> None:
    with pytest.raises(TypeError, match=r"Broken\.action has an alias.*discriminator_field"):
        made("Broken", action=(Literal["a"], field))


@pytest.mark.parametrize("actions", [Literal["a"], Literal["a", "b"]])
def test_a_default_that_is_none_of_the_actions_is_refused_with_those_that_are(actions: Any) -> None:
    with pytest.raises(TypeError, match=r"Broken\.action is 'c' by default.*write one of a"):
        made("Broken", action=(actions, "c"))
    for default in ("a", Field(default_factory=lambda: "a")):
        assert made("Whole", action=(actions, default)).model_validate({}).action == "a"


@pytest.mark.parametrize("key", sorted(RESERVED_KEYS))
@pytest.mark.parametrize(
    "place", ["name", "alias", "validation_alias", "serialization_alias", "choices"]
)
def test_a_reserved_key_is_refused_with_the_fix(key: str, place: str) -> None:
    make_field: Any = Field
    fields: dict[str, Any] = {key: (int, 0)}
    if place == "choices":
        fields = {"n": (int, make_field(0, validation_alias=AliasChoices("n", key)))}
    elif place != "name":
        fields = {"n": (int, make_field(0, **{place: key}))}
    with pytest.raises(TypeError, match=f"Broken declares {key}.*rename it or move it"):
        made("Broken", action=(Literal["a"], "a"), **fields)


def test_a_computed_field_of_a_reserved_name_is_refused() -> None:
    with pytest.raises(TypeError, match="declares ref"):

        class Broken(BaseMessage):  # pyright: ignore[reportUnusedClass]
            action: Literal["broken"] = "broken"

            @computed_field
            def ref(self) -> int:
                return 1


def test_a_reserved_key_within_the_payload_is_the_users() -> None:
    class Payload(BaseModel):
        ref: str
        topic: str

    class Fine(BaseMessage):
        action: Literal["fine"] = "fine"
        payload: Payload

    assert Fine(payload=Payload(ref="a", topic="b")).payload.ref == "a"


@pytest.mark.parametrize(
    ("message", "action"),
    [
        (PingMessage(), "ping"),
        (PongMessage(), "pong"),
        (CompleteMessage(), MESSAGE_ACTION_COMPLETE),
        (GroupCompleteMessage(), GROUP_ACTION_COMPLETE),
        (EventCompleteMessage(), EVENT_ACTION_COMPLETE),
    ],
)
def test_signals_have_no_payload(message: BaseMessage, action: str) -> None:
    assert message.model_dump_json() == f'{{"action":"{action}"}}'


def test_the_completion_signals_are_known_by_their_actions() -> None:
    assert {"complete", "group_complete", "event_complete"} == COMPLETE_ACTIONS


def test_an_error_lists_fields_only_where_it_is_about_fields() -> None:
    message = ErrorMessage(payload=ErrorPayload(code="too_large", detail="d"))
    assert message.model_dump_json() == (
        '{"action":"error","payload":{"code":"too_large","detail":"d"}}'
    )


def test_the_outcome_of_authentication_carries_data() -> None:
    payload = AuthenticationPayload(status_code=200, status_text="OK")
    assert AuthenticationMessage(payload=payload).model_dump_json() == (
        '{"action":"authentication","payload":{"status_code":200,"status_text":"OK","data":null}}'
    )
