"""The document is the behaviour: the kinds of types by which pydantic's schema says another thing.

Each row names a type, payloads that are valid and payloads that are not; document and server have
to agree on both, on the examples of the document, and on what is sent back, with formats asserted.
"""

import datetime
import decimal
import enum
import json
import uuid
from abc import ABC
from collections import Counter, OrderedDict
from collections.abc import Callable
from typing import Annotated, Any, Literal

import pydantic
import pytest
from pydantic import (
    AliasChoices,
    AliasPath,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    FiniteFloat,
    NaiveDatetime,
    PastDatetime,
    PlainSerializer,
    Secret,
    SecretBytes,
    SecretStr,
    StringConstraints,
    WrapSerializer,
    field_serializer,
    model_serializer,
)
from pydantic.dataclasses import dataclass
from typing_extensions import TypedDict

from chanx.asyncapi import lint
from chanx.core.decorators import event_handler, ws_handler
from chanx.core.errors import ConfigurationError
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import BaseMessage
from chanx.testing import WebsocketCommunicator
from tests.asyncapi.agreement import Server, message_of


class Word(enum.Enum):
    GO = "go"
    STOP = "stop"


class Text(enum.StrEnum):
    GO = "go"
    STOP = "stop"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Right(enum.Flag):
    READ = 1
    WRITE = 2


class Access(enum.IntFlag):
    READ = 1
    WRITE = 2


class Gapped(enum.Flag):
    READ = 1
    RUN = 4


class Shifted(enum.Flag):
    THIRD = 4
    FOURTH = 8


class Kept(enum.Flag, boundary=enum.KEEP):
    READ = 1


class Circle(BaseModel):
    kind: Literal["circle"] = "circle"
    size: int = 1


class Square(BaseModel):
    kind: Literal["square", "box"] = "square"
    size: int = 1


class Going(BaseModel):
    kind: Literal[Text.GO]


class Stopping(BaseModel):
    kind: Literal[Text.STOP]


class Low(BaseModel):
    kind: Literal[Level.LOW]


class High(BaseModel):
    kind: Literal[Level.HIGH]


class Shape(BaseModel):
    shape: Circle | Square = Field(discriminator="kind", default_factory=Circle)


class AtPlace(BaseModel):
    x: int = Field(validation_alias=AliasPath("data", 0))


class AtPlaces(BaseModel):
    x: int = Field(validation_alias=AliasPath("data", 0))
    y: int = Field(validation_alias=AliasPath("data", 1), default=0)
    name: str = Field(validation_alias=AliasChoices(AliasPath("who", "name")))


class AtPlaceBesideIt(BaseModel):
    first: int = Field(validation_alias=AliasPath("data", 0))
    data: list[int]


class AtTheEnd(BaseModel):
    x: int = Field(validation_alias=AliasPath("data", -1))


class AtAnyPlace(BaseModel):
    x: int = Field(validation_alias=AliasChoices("first", AliasPath("data", "x"), "third"))


@dataclass
class AtPlaceOfDataclass:
    x: int = Field(validation_alias=AliasPath("data", "x"))


class ByName(BaseModel):
    model_config = ConfigDict(validate_by_alias=False, validate_by_name=True)

    user_name: int = Field(alias="userNo")


class ByNameInDict(TypedDict):
    __pydantic_config__ = ConfigDict(  # type: ignore[misc]  # as pydantic documents it
        validate_by_alias=False, validate_by_name=True
    )

    user_name: Annotated[int, Field(alias="userNo")]


class ByBoth(BaseModel):
    model_config = ConfigDict(validate_by_alias=True, validate_by_name=True)

    user: int = Field(alias="userNo")


class FieldSerialized(BaseModel):
    a: int = 1
    b: int | None = 2

    @field_serializer("a")
    def _a(self, value):  # type: ignore[no-untyped-def]  # what it returns is not said
        return f"<{value}>"

    @field_serializer("b", mode="wrap", when_used="unless-none")
    def _b(self, value, handler):  # type: ignore[no-untyped-def]
        return [handler(value)]  # pyright: ignore[reportUnknownVariableType]  # the case


class FieldSerializedAndSaid(BaseModel):
    a: int = 1

    @field_serializer("a")
    def _a(self, value: int) -> str:
        return f"<{value}>"


class ModelSerialized(BaseModel):
    a: int = 1

    @model_serializer
    def _all(self):  # type: ignore[no-untyped-def]
        return [self.a]


class ModelWrapped(BaseModel):
    a: int = 1

    @model_serializer(mode="wrap")
    def _all(self, handler):  # type: ignore[no-untyped-def]
        return {**handler(self), "a": "text"}  # pyright: ignore[reportUnknownVariableType]


class InWords(BaseModel):
    model_config = ConfigDict(ser_json_inf_nan="strings")

    x: float


class InConstants(BaseModel):
    model_config = ConfigDict(ser_json_inf_nan="constants")

    x: float


class Stripped(BaseModel):
    model_config = ConfigDict(str_strip_whitespace=True, str_min_length=1)

    x: str


class Stored(BaseModel):
    at: datetime.datetime = datetime.datetime(2025, 1, 31, 12)
    day: datetime.date = datetime.date(2025, 1, 31)


def at(moment: str) -> str:
    return f"2025-01-31T{moment}"


Row = tuple[Any, list[Any], list[Any]]

ROWS: dict[str, Row] = {
    "Literal of a StrEnum": (Literal[Text.GO], ["go"], ["stop"]),
    "Literal of an IntEnum": (Literal[Level.LOW, "x"], [1, "x"], [2, "1"]),
    "tag of a StrEnum": (
        Annotated[Going | Stopping, Field(discriminator="kind")],
        [{"kind": "go"}, {"kind": "stop"}],
        [{"kind": "x"}, {}],
    ),
    "tag of an IntEnum": (
        Annotated[Low | High, Field(discriminator="kind")],
        [{"kind": 1}, {"kind": 2}],
        [{"kind": "1"}, {}],
    ),
    "tag with a default": (
        Annotated[Circle | Square, Field(discriminator="kind")],
        [{"kind": "circle"}, {"kind": "box", "size": 2}],
        [{}, {"size": 1}, 1],
    ),
    "tag with a default, one class without it": (
        Annotated[Circle | Going, Field(discriminator="kind")],
        [{"kind": "circle"}, {"kind": "go"}],
        [{}, {"size": 1}],
    ),
    "tag with a default, in a field": (Shape, [{}, {"shape": {"kind": "box"}}], [{"shape": {}}]),
    "class of a tag alone": (Circle, [{}, {"kind": "circle"}], [{"kind": "square"}]),
    "datetime": (
        datetime.datetime,
        [at("12:00:00Z"), at("12:00:00"), at("12:00:00.123456+01:00")],
        ["x"],
    ),
    "AwareDatetime": (AwareDatetime, [at("12:00:00Z")], [at("12:00:00"), "x"]),
    "NaiveDatetime": (NaiveDatetime, [at("12:00:00")], [at("12:00:00Z"), at("12:00:00+01:00")]),
    "PastDatetime": (PastDatetime, [at("12:00:00Z"), at("12:00:00")], ["x"]),
    "naive default": (Stored, [{}, {"at": at("12:00:00")}], [{"at": "x"}]),
    "date": (datetime.date, ["2025-01-31"], ["x"]),
    "time": (datetime.time, ["12:00:00", "12:00:00Z"], []),
    "float": (float, [1.5, 1], [None, {}]),
    "floats": (list[float], [[1.5, 1]], [[None]]),
    "FiniteFloat": (FiniteFloat, [1.5], [None]),
    "float with bounds": (Annotated[float, Field(ge=0, le=1)], [0.5], [2, None]),
    "float or nothing": (float | None, [1.5, None], ["x"]),
    "float in words": (InWords, [{"x": 1.5}, {"x": "NaN"}, {"x": "-Infinity"}], [{"x": None}]),
    "float in constants": (InConstants, [{"x": 1.5}], [{"x": None}]),
    "Decimal": (decimal.Decimal, ["1.5", 1.5, "1e5", ".5"], ["x", "NaN"]),
    "Decimal that may be infinite": (
        Annotated[decimal.Decimal, Field(allow_inf_nan=True)],
        ["NaN", "-Infinity", "1"],
        ["x"],
    ),
    "complex": (complex, ["1+2j", "-1.5e3j", "1e400", ".5-infj"], ["x", "1+", {}]),
    "complex that is not a number": (
        complex,
        ["nan", "+nan+nanj", "-nan-nanj", "NaN", "1+NaNj", "nan-infj"],
        ["nun", "nan+j1"],
    ),
    "AliasPath": (AtPlace, [{"data": [1]}, {"data": [1, "more"]}], [{"x": 1}, {}, {"data": []}]),
    "several AliasPaths": (
        AtPlaces,
        [{"data": [1], "who": {"name": "a"}}, {"data": [1, 2], "who": {"name": "a"}}],
        [{"data": [1]}, {"data": [1, "x"], "who": {"name": "a"}}, {"data": [1], "who": {}}],
    ),
    "AliasPath beside its root": (
        AtPlaceBesideIt,
        [{"data": [1, 2]}],
        [{"data": []}, {"data": ["x"]}],
    ),
    "AliasPath from the end": (AtTheEnd, [{"data": [1]}], [{"data": []}, {"data": ["x"]}]),
    "AliasChoices": (AtAnyPlace, [{"first": 1}], [{"x": 1}, {}]),
    "AliasPath of a dataclass": (AtPlaceOfDataclass, [{"data": {"x": 1}}], [{"x": 1}, {}]),
    "by name only": (ByName, [{"user_name": 1}], [{"userNo": 1}, {}]),
    "by name only, TypedDict": (ByNameInDict, [{"user_name": 1}], [{"userNo": 1}, {}]),
    "by alias and by name": (ByBoth, [{"userNo": 1}], [{}]),
    "dict of IntEnum": (dict[Level, int], [{"1": 1, "2": 2}, {}], [{"3": 1}, {"LOW": 1}]),
    "dict of StrEnum": (dict[Text, int], [{"go": 1}], [{"GO": 1}]),
    "dict of Enum": (dict[Word, int], [{"go": 1}], [{"GO": 1}]),
    "dict of int": (dict[int, int], [{"1": 1, "-1": 1, "0": 0}], [{"x": 1}]),
    "dict of bool": (dict[bool, int], [{"true": 1, "false": 0}], [{"x": 1}]),
    "dict of float": (dict[float, int], [{"1.5": 1, "1e20": 1}], [{"x": 1}]),
    "dict of int or float": (dict[int | float, int], [{"1": 1, "1.5": 1}], [{"x": 1}]),
    "dict of int or str": (dict[int | str, int], [{"1": 1, "x": 1}], [{"x": "x"}]),
    "dict of Literal": (dict[Literal["a", "b"], int], [{"a": 1}], [{"c": 1}]),
    "dict of Literal of int": (dict[Literal[1, 2], int], [{}], [{"1": 1}, {"x": 1}]),
    "dict of Literal of both": (dict[Literal["a", 2], int], [{"a": 1}], [{"2": 1}]),
    "dict of date": (dict[datetime.date, int], [{"2025-01-31": 1}], [{"x": 1}]),
    "dict of datetime": (dict[datetime.datetime, int], [{at("12:00:00"): 1}], [{"x": 1}]),
    "dict of UUID": (dict[uuid.UUID, int], [{"123e4567-e89b-42d3-a456-426614174000": 1}], []),
    "dict of texts with a pattern": (
        dict[Annotated[str, Field(pattern="^a", max_length=3)], int],
        [{"ab": 1}],
        [{"b": 1}, {"abcd": 1}, {"ab": "x"}],
    ),
    "OrderedDict": (OrderedDict[Level, int], [{"1": 1}], [{"x": 1}]),
    "Counter": (Counter[Level], [{"1": 1}], [{"x": 1}]),
    "field_serializer": (FieldSerialized, [{"a": 1}, {"b": None}], [{"a": "x"}]),
    "field_serializer that says": (FieldSerializedAndSaid, [{"a": 1}], [{"a": "x"}]),
    "model_serializer": (ModelSerialized, [{"a": 1}], [{"a": "x"}]),
    "model_serializer around": (ModelWrapped, [{"a": 1}], [{"a": "x"}]),
    "PlainSerializer": (Annotated[int, PlainSerializer(lambda value: [value])], [1], ["x"]),
    "WrapSerializer": (
        Annotated[int, WrapSerializer(lambda value, handler: [handler(value)])],
        [1],
        ["x"],
    ),
    "Flag": (Right, [0, 1, 3], [4, "x"]),
    "IntFlag": (Access, [0, 3, 4, 1001], ["x", 1.5]),
    "gapped Flag": (Gapped, [0, 1, 4, 5], [2, 3, 6]),
    "Flag without low bits": (Shifted, [0, 4, 12], [1, 16]),
    "Flag that keeps": (Kept, [0, 1, 2, 1001], ["x"]),
    "Secret": (Secret[datetime.date], ["2025-01-31"], ["x"]),
    "Secret of a number": (Secret[int], [1], ["x"]),
    "SecretStr": (SecretStr, ["abc", ""], [1]),
    "SecretStr with a bound": (Annotated[SecretStr, Field(max_length=2)], ["ab"], ["abc"]),
    "SecretBytes": (Annotated[SecretBytes, Field(max_length=2)], ["ab"], ["abc"]),
    "stripped": (
        Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=5)],
        ["a", " a ", "aaaaa", "\N{ZERO WIDTH SPACE}"],
        [" ", "", "\N{NO-BREAK SPACE}", "aaaaaa"],
    ),
    "stripped, three": (
        Annotated[str, StringConstraints(strip_whitespace=True, min_length=3)],
        ["aaa", " a a ", "a\n\na"],
        ["aa", "  a", " aa "],
    ),
    "stripped, with a pattern": (
        Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, pattern="^.*$")],
        ["a"],
        [" "],
    ),
    "stripped by configuration": (Stripped, [{"x": " a"}], [{"x": " "}, {"x": ""}]),
}
for name in ("UUID1", "UUID3", "UUID4", "UUID5", "UUID6", "UUID7", "UUID8"):
    ROWS[name] = getattr(pydantic, name), [], [1]


class Holder(BaseModel):
    """Holds a value in a model."""


Wrap = tuple[Callable[[Any], Any], Callable[[Any], Any]]

WRAPPINGS: dict[str, Wrap] = {
    "alone": (lambda kind: kind, lambda value: value),
    "in a list": (list.__class_getitem__, lambda value: [value]),
    "in a dict": (lambda kind: dict.__class_getitem__((str, kind)), lambda value: {"a_b": value}),
    "optional": (lambda kind: kind | None, lambda value: value),
    "nested": (
        lambda kind: pydantic.create_model("Holder", held_value=(kind, ...)),
        lambda value: {"heldValue": value},
    ),
}


@pytest.mark.parametrize("wrapping", WRAPPINGS)
@pytest.mark.parametrize("row", ROWS)
async def test_document_and_server_agree(row: str, wrapping: str) -> None:
    kind, good, bad = ROWS[row]
    wrap, hold = WRAPPINGS[wrapping]
    if wrapping == "optional":
        bad = [value for value in bad if value is not None]
    server = Server(wrap(kind), camelize=wrapping == "nested")
    assert server.examples("carry"), "an example could be made"
    await server.check(map(hold, good), map(hold, bad))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize(
    "row", ["float", "float or nothing", "float in words", "float in constants"]
)
async def test_a_number_that_json_does_not_have_is_sent_as_documented(
    row: str, value: float
) -> None:
    kind, [good, *_], _ = ROWS[row]
    Carry, Carried = message_of("carry", Any), message_of("carried", kind)
    held = {"x": value} if isinstance(good, dict) else value

    class Sender(AsyncJsonWebsocketConsumer):
        emits = (Carried,)

        @ws_handler(input_type=Carry)
        async def carry(self, message: Any) -> None:
            await self.send_message(Carried(payload=held))
            await self.send_json({"action": "carried", "payload": {"x": value}})

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is sent")

    async with WebsocketCommunicator(Sender.as_asgi(), "/", consumer=Sender) as communicator:
        await communicator.send_json({"action": "carry", "payload": 1})
        frames = [json.loads(await communicator.receive_text(), parse_constant=refuse)]
        frames.append(json.loads(await communicator.receive_text(), parse_constant=refuse))
    assert Server(kind).sent.is_valid(frames[0]), frames[0]
    assert frames[1]["payload"] == {"x": None}


class OneWord(BaseModel):
    kind: Literal[Word.GO]


class OtherWord(BaseModel):
    kind: Literal[Word.STOP]


LITERALS: dict[str, Any] = {
    "alone": Literal[Word.GO],
    "several": Literal[Word.GO, Word.STOP],
    "beside a text": Literal[Word.GO, "x"],
    "in a list": list[Literal[Word.GO]],
    "as a key": dict[Literal[Word.GO], int],
    "optional": Literal[Word.GO] | None,
    "as a tag": Annotated[
        OneWord | OtherWord,
        Field(discriminator="kind"),
    ],
}


@pytest.mark.parametrize("name", LITERALS)
def test_a_literal_that_no_frame_holds_is_refused_where_it_is_mounted(name: str) -> None:
    with pytest.raises(ConfigurationError, match=r"Carry takes Literal\[Word\..* a StrEnum"):
        Server(LITERALS[name])


def test_a_literal_that_no_event_holds_is_refused_too() -> None:
    Event = message_of("event", Literal[Word.GO])

    class Listener(AsyncJsonWebsocketConsumer):
        @event_handler(input_type=Event)
        async def hear(self, event: Any) -> None: ...

    with pytest.raises(ConfigurationError, match="Event takes Literal"):
        Listener.as_asgi()


async def test_a_member_may_be_made_before_its_literal_is_looked_for() -> None:
    await Server(Annotated[Literal[Word.GO], BeforeValidator(Word)]).check(["go"], ["stop"])


@pytest.mark.parametrize("actions", [Literal[Word.GO], Literal[Word.GO, "x"]])
def test_an_action_is_no_member_of_an_enum(actions: Any) -> None:
    with pytest.raises(TypeError, match="make it a StrEnum"):
        pydantic.create_model("Act", __base__=BaseMessage, action=(actions, ...))


class Open(BaseMessage, ABC):
    model_config = ConfigDict(extra="allow")


class Closed(BaseMessage, ABC):
    model_config = ConfigDict(extra="forbid")


BASES = [BaseMessage, Open, Closed]


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize(
    ("ref", "echo"), [("a", "a"), (7, 7), (7.0, 7), (-0.0, 0), (1e3, 1000), (0, 0), ("", "")]
)
async def test_a_ref_is_sent_back(ref: Any, echo: Any, base: Any) -> None:
    server = Server(int, base=base)
    frame = {"action": "carry", "payload": 1, "ref": ref}
    [answer] = await server.answers([frame])
    assert server.received.is_valid(frame)
    assert server.sent.is_valid(answer)
    assert json.dumps(answer["ref"]) == json.dumps(echo)


@pytest.mark.parametrize("base", BASES)
async def test_a_ref_of_null_is_none(base: Any) -> None:
    server = Server(int, base=base)
    frame = {"action": "carry", "payload": 1, "ref": None}
    [answer] = await server.answers([frame])
    assert server.received.is_valid(frame)
    assert "ref" not in answer


@pytest.mark.parametrize("ref", [1.5, True, [], {}])
async def test_what_is_no_ref_is_refused(ref: Any) -> None:
    server = Server(int)
    frame = {"action": "carry", "payload": 1, "ref": ref}
    [answer] = await server.answers([frame])
    assert not server.received.is_valid(frame)
    assert answer["payload"]["errors"][0]["type"] == "ref_type"


def test_keywords_that_came_after_draft_07_are_told_in_its_words() -> None:
    extra: Any = {
        "contains": {"type": "integer"},
        "minContains": 2,
        "maxContains": 3,
        "dependentRequired": {"a": ["b"]},
        "dependentSchemas": {"c": {"minContains": 1}},
    }
    server = Server(Annotated[Any, Field(json_schema_extra=extra)])
    payload = server.document["components"]["schemas"]["Carry"]["properties"]["payload"]
    assert payload == {"contains": {"type": "integer"}, "dependencies": {"a": ["b"], "c": {}}}
    none = Server(Annotated[Any, Field(json_schema_extra={"contains": {}, "minContains": 0})])
    assert none.document["components"]["schemas"]["Carry"]["properties"]["payload"] == {}
    assert [finding.code for finding in lint(server.document)] == []
