"""How messages are spelled on a consumer's wire."""

import sys
from dataclasses import dataclass
from typing import Annotated, Any, Literal, NamedTuple, Union

import pytest
from pydantic import (
    BaseModel,
    BeforeValidator,
    Field,
    SerializerFunctionWrapHandler,
    ValidationError,
    computed_field,
    field_serializer,
    model_serializer,
    model_validator,
)
from pydantic_core import from_json
from typing_extensions import TypedDict

from chanx.core.errors import MissingPackageError
from chanx.core.wire import WireFormat
from chanx.messages import BaseMessage, ErrorMessage, ErrorPayload, FieldError

CAMEL = WireFormat(camelize=True)


def load(wire: WireFormat, message: type[BaseMessage], text: str | bytes) -> Any:
    return wire.validator(message).validate_json(text)


def dump(wire: WireFormat, message: BaseMessage) -> Any:
    return from_json(wire.serializer(type(message)).to_json(message, by_alias=True))


def assert_round_trip(wire: WireFormat, message: BaseMessage, text: str) -> None:
    assert dump(wire, message) == from_json(text)
    assert load(wire, type(message), text) == message


class Pin(BaseModel):
    pin_label: str


class Spot(TypedDict):
    map_zoom: int


@dataclass
class Owner:
    full_name: str


class Size(NamedTuple):
    in_metres: int


class Place(BaseModel):
    place_name: str
    nearest_pins: list[Pin] = []
    free_notes: dict[str, Any] = {}
    last_spot: Spot | None = None
    first_owner: Owner | None = None
    area_size: Size | None = None


class MovePlace(BaseMessage):
    action: Literal["move_place"] = "move_place"
    payload: Place
    sent_at: int = 0


MOVED = MovePlace(
    payload=Place(
        place_name="a_b",
        nearest_pins=[Pin(pin_label="x_y")],
        free_notes={"user_key": {"inner_key": [{"deep_key": 1}]}},
        last_spot=Spot(map_zoom=2),
        first_owner=Owner("ada_l"),
        area_size=Size(3),
    )
)


def test_declared_names_become_camel_case_and_users_keys_and_values_stay() -> None:
    assert_round_trip(
        CAMEL,
        MOVED,
        """{"action": "move_place", "sentAt": 0, "payload": {
            "placeName": "a_b", "nearestPins": [{"pinLabel": "x_y"}],
            "freeNotes": {"user_key": {"inner_key": [{"deep_key": 1}]}},
            "lastSpot": {"mapZoom": 2}, "firstOwner": {"fullName": "ada_l"}, "areaSize": [3]}}""",
    )


def test_a_class_is_spelled_as_declared_everywhere_else() -> None:
    dump(CAMEL, MOVED)
    assert MOVED.model_dump()["payload"]["place_name"] == "a_b"
    assert dump(WireFormat(), MOVED)["payload"]["place_name"] == "a_b"


class Awkward(BaseModel):
    type: str = "t"
    fields: int = 1
    choices: int = 2
    metadata: Pin = Pin(pin_label="m")
    default: Pin = Pin(pin_label="d")
    config: Pin = Pin(pin_label="c")
    expected: Pin = Pin(pin_label="e")
    cls: Pin = Pin(pin_label="s")
    schema_: Pin = Pin(pin_label="h")
    computed_fields: Pin = Pin(pin_label="f")


class AwkwardMessage(BaseMessage):
    action: Literal["awkward"] = "awkward"
    payload: Awkward = Awkward()


def test_fields_named_like_parts_of_a_schema_are_fields_all_the_same() -> None:
    payload = dump(CAMEL, AwkwardMessage())["payload"]
    names = ("metadata", "default", "config", "expected", "cls", "computedFields")
    assert {name: payload[name] for name in names} == {
        name: {"pinLabel": label} for name, label in zip(names, "mdcesf", strict=True)
    }
    assert load(CAMEL, AwkwardMessage, '{"action":"awkward","payload":{}}') == AwkwardMessage()


def test_errors_are_spelled_in_camel_case_too() -> None:
    error = FieldError(loc=["a_b", 0], msg="m", type="t")
    message = ErrorMessage(payload=ErrorPayload(code="too_deep", detail="d", errors=[error]))
    assert dump(CAMEL, message) == message.model_dump()


class Square(BaseModel):
    shape_kind: Literal["square"] = "square"
    side_length: int


class Circle(BaseModel):
    shape_kind: Literal["circle"] = "circle"
    half_width: int


@dataclass
class Dot:
    colour_name: str
    shape_kind: Literal["dot"] = "dot"


Shape = Annotated[Square | Circle | Dot, Field(discriminator="shape_kind")]


class Draw(BaseMessage):
    action: Literal["draw"] = "draw"
    payload: Shape
    more_shapes: tuple[Shape, ...] = ()


@pytest.mark.parametrize(
    ("shape", "text"),
    [
        (Square(side_length=1), '{"shapeKind": "square", "sideLength": 1}'),
        (Circle(half_width=1), '{"shapeKind": "circle", "halfWidth": 1}'),
        (Dot("red"), '{"shapeKind": "dot", "colourName": "red"}'),
    ],
)
def test_tagged_unions_find_their_tag(shape: Any, text: str) -> None:
    message = Draw(payload=shape, more_shapes=(shape,))
    expected = f'{{"action": "draw", "payload": {text}, "moreShapes": [{text}]}}'
    assert_round_trip(CAMEL, message, expected)


class Leaf(BaseModel):
    node_kind: Literal["leaf"] = "leaf"


class Branch(BaseModel):
    node_kind: Literal["branch"] = "branch"
    child_nodes: list[Annotated[Union["Branch", Leaf], Field(discriminator="node_kind")]]


class Grow(BaseMessage):
    action: Literal["grow"] = "grow"
    payload: Branch


def test_tagged_unions_of_recursive_models_find_their_tag() -> None:
    message = Grow(payload=Branch(child_nodes=[Branch(child_nodes=[Leaf()]), Leaf()]))
    assert_round_trip(
        CAMEL,
        message,
        """{"action": "grow", "payload": {"nodeKind": "branch", "childNodes": [
            {"nodeKind": "branch", "childNodes": [{"nodeKind": "leaf"}]},
            {"nodeKind": "leaf"}]}}""",
    )


class Aliased(BaseMessage):
    action: Literal["aliased"] = "aliased"
    own_name: int = Field(default=1, alias="OWN")
    in_name: int = Field(default=2, validation_alias="IN")
    out_name: int = Field(default=3, serialization_alias="OUT")


def test_own_aliases_are_kept() -> None:
    assert dump(CAMEL, Aliased()) == {"action": "aliased", "OWN": 1, "inName": 2, "OUT": 3}
    loaded = load(CAMEL, Aliased, '{"action":"aliased","OWN":4,"IN":5,"outName":6}')
    assert (loaded.own_name, loaded.in_name, loaded.out_name) == (4, 5, 6)


class Sized(BaseMessage):
    action: Literal["sized"] = "sized"
    side_length: int

    @computed_field
    def full_area(self) -> int:
        return self.side_length**2

    @computed_field(alias="OWN")
    def own_area(self) -> int:
        return self.side_length


def test_computed_fields_are_renamed() -> None:
    assert dump(CAMEL, Sized(side_length=2)) == {
        "action": "sized",
        "sideLength": 2,
        "fullArea": 4,
        "OWN": 2,
    }


@pytest.mark.parametrize("camelize", [False, True])
def test_the_action_has_the_consumers_key(camelize: bool) -> None:
    wire = WireFormat("message_kind", camelize)
    message = MovePlace(payload=Place(place_name="x"))
    assert dump(wire, message)["message_kind"] == "move_place"
    assert load(wire, MovePlace, wire.serializer(MovePlace).to_json(message, by_alias=True)) == (
        message
    )


class Wrapper(BaseMessage):
    action: Literal["wrapper"] = "wrapper"
    payload: MovePlace
    others: tuple["Wrapper", ...] = ()


def test_a_message_within_a_message_keeps_its_action_key() -> None:
    inner = MovePlace(payload=Place(place_name="x"))
    message = Wrapper(payload=inner, others=(Wrapper(payload=inner),))
    dumped = dump(WireFormat("kind"), message)
    assert dumped["kind"] == "wrapper"
    assert dumped["payload"]["action"] == "move_place"


class Thread(BaseMessage):
    action: Literal["thread"] = "thread"
    replies: tuple["Thread", ...] = ()

    @model_validator(mode="after")
    def check(self) -> "Thread":
        return self


def test_the_action_of_a_recursive_message_with_a_validator_has_the_consumers_key() -> None:
    wire = WireFormat("kind")
    assert dump(wire, Thread())["kind"] == "thread"
    with pytest.raises(ValidationError, match="kind"):
        load(wire, Thread, '{"kind":"other"}')


def test_errors_name_fields_as_the_client_spells_them() -> None:
    with pytest.raises(ValidationError) as caught:
        load(CAMEL, MovePlace, '{"action":"move_place","payload":{"nearestPins":[{}]}}')
    assert [item["loc"] for item in caught.value.errors()] == [
        ("payload", "placeName"),
        ("payload", "nearestPins", 0, "pinLabel"),
    ]


def test_without_pyhumps_the_error_names_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "humps", None)  # what the interpreter does for a missing one
    with pytest.raises(MissingPackageError, match=r"pip install 'chanx-core\[camel-case\]'"):
        WireFormat(camelize=True).validator(MovePlace)


class Titled(BaseModel):
    room_title: str


class ByTitle(BaseModel):
    title_kind: Literal["by_title"] = "by_title"
    room_title: str


class ById(BaseModel):
    title_kind: Literal["by_id"] = "by_id"
    room_id: int


class Enter(BaseMessage):
    action: Literal["enter"] = "enter"
    room_id: int
    wanted_title: Titled | None = None
    wanted_by: Annotated[ByTitle | ById, Field(discriminator="title_kind")] | None = None
    own_name: int = Field(default=1, alias="OWN")

    @model_validator(mode="before")
    @classmethod
    def from_short_form(cls, data: Any) -> Any:
        """Takes the short form, and says what it stands for in Python's names."""
        if "room" not in data:
            return data
        return {
            "action": "enter",
            "room_id": data["room"],
            "wanted_title": {"room_title": "Lobby"},
            "wanted_by": {"title_kind": "by_id", "room_id": 1},
        }


class Leave(BaseMessage):
    action: Literal["leave"] = "leave"
    payload: "LeavePayload"


class LeavePayload(BaseModel):
    room_id: int

    @model_validator(mode="wrap")
    @classmethod
    def from_number(cls, data: Any, handler: Any) -> Any:
        """Takes a number for the whole."""
        return handler({"room_id": data} if isinstance(data, int) else data)


@dataclass
class Seat:
    seat_number: int


def seat(given: Any) -> Any:
    return {"seat_number": given} if isinstance(given, int) else given


class Sit(BaseMessage):
    action: Literal["sit"] = "sit"
    default: Annotated[Seat, BeforeValidator(seat)]  # a name that schemas have as well


@pytest.mark.parametrize(
    ("message", "short", "long"),
    [
        (
            Enter,
            '{"action":"enter","room":3}',
            '{"action":"enter","roomId":3,"wantedTitle":{"roomTitle":"Lobby"},'
            '"wantedBy":{"titleKind":"by_id","roomId":1}}',
        ),
        (
            Leave,
            '{"action":"leave","payload":3}',
            '{"action":"leave","payload":{"roomId":3}}',
        ),
        (Sit, '{"action":"sit","default":3}', '{"action":"sit","default":{"seatNumber":3}}'),
    ],
)
def test_validators_may_return_fields_by_their_names(
    message: type[BaseMessage], short: str, long: str
) -> None:
    assert load(CAMEL, message, short) == load(CAMEL, message, long)


class Change(BaseMessage):
    action: Literal["edit", "delete"]
    row_id: int = 0

    @model_validator(mode="before")
    @classmethod
    def from_old_form(cls, data: Any) -> Any:
        """Takes what former releases sent."""
        return {"action": "delete", "row_id": data["old"]} if "old" in data else data


@pytest.mark.parametrize("camelize", [True, False])
def test_validators_may_return_the_action_by_its_name(camelize: bool) -> None:
    loaded = load(WireFormat("kind", camelize), Change, '{"kind":"edit","old":1}')
    assert loaded == Change(action="delete", row_id=1)


def test_a_field_in_both_spellings_is_an_error() -> None:
    for text, loc in (
        ('{"action":"enter","roomId":1,"room_id":1}', ()),
        ('{"action":"enter","roomId":1,"wantedTitle":{"roomTitle":"a","room_title":"b"}}', None),
    ):
        with pytest.raises(ValidationError, match="are the same field: give one of them") as caught:
            load(CAMEL, Enter, text)
        assert caught.value.errors()[0]["loc"] == (("wantedTitle",) if loc is None else loc)


def test_errors_of_what_validators_returned_are_spelled_as_on_the_wire() -> None:
    with pytest.raises(ValidationError) as caught:
        load(CAMEL, Enter, '{"action":"enter","OWN":"x","own_name":2,"wantedBy":{"titleKind":"?"}}')
    assert [item["loc"] for item in caught.value.errors()] == [("roomId",), ("wantedBy",), ("OWN",)]


def test_without_such_validators_fields_have_one_spelling() -> None:
    with pytest.raises(ValidationError, match="placeName"):
        load(CAMEL, MovePlace, '{"action":"move_place","payload":{"place_name":"a"}}')


class Rounded(BaseMessage):
    action: Literal["rounded"] = "rounded"
    own_size: float = 0

    @field_serializer("own_size", mode="wrap")
    def write(self, value: float, handler: SerializerFunctionWrapHandler) -> Any:
        return handler(round(value))


def test_a_serializer_is_no_such_validator() -> None:
    assert dump(CAMEL, Rounded(own_size=1.2)) == {"action": "rounded", "ownSize": 1}
    assert load(CAMEL, Rounded, '{"action":"rounded","own_size":2}').own_size == 0


class Written(BaseModel):
    own_key: int = 1

    @model_serializer
    def write(self) -> dict[str, int]:
        return {"own_key": self.own_key}


class Wrapped(BaseModel):
    own_key: int = 1

    @model_serializer(mode="wrap")
    def write(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {**handler(self), "further_key": 2}


class Serialized(BaseMessage):
    action: Literal["serialized"] = "serialized"
    written_whole: Written = Written()
    written_around: Wrapped = Wrapped()


def test_what_a_users_serializer_writes_stays() -> None:
    assert dump(CAMEL, Serialized()) == {
        "action": "serialized",
        "writtenWhole": {"own_key": 1},
        "writtenAround": {"ownKey": 1, "further_key": 2},
    }
