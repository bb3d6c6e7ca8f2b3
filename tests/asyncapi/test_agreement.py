"""The document is the behaviour: the kinds of types by which pydantic's schema says another thing.

Document and server have to agree on the payloads of each row of ``ROWS``, valid and not, on the
examples of the document, and on what is sent back, with formats asserted. ``MISMATCHES`` at the end
is the table of what documents and servers once disagreed on, each with its rows and tests.
"""

import json
from abc import ABC
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Generic, Literal, TypeVar

import jsonschema_rs
import pydantic
import pytest
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
)
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute

from chanx.asyncapi import AsyncAPIGenerator, lint
from chanx.core.decorators import event_handler, ws_handler
from chanx.core.errors import ConfigurationError
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.ext.fast_channels.discovery import FastAPIRouteDiscovery
from chanx.messages import BaseMessage
from chanx.routing import RouteInfo
from chanx.testing import WebsocketCommunicator
from tests.asyncapi.agreement import Server, message_of
from tests.asyncapi.telling_types import ROWS, Word

ROOT = Path(__file__).resolve().parents[2]


class Other(BaseModel):
    other: int


Inside = TypeVar("Inside")


class Box(BaseModel, Generic[Inside]):
    some_thing: Inside


Wrap = tuple[Callable[[Any], Any], Callable[[Any], Any]]


def deep_in_union(kind: Any) -> Any:
    return list.__class_getitem__(Box[kind] | Other)


WRAPPINGS: dict[str, Wrap] = {
    "alone": (lambda kind: kind, lambda value: value),
    "in a list": (list.__class_getitem__, lambda value: [value]),
    "in a dict": (lambda kind: dict.__class_getitem__((str, kind)), lambda value: {"a_b": value}),
    "optional": (lambda kind: kind | None, lambda value: value),
    "nested": (
        lambda kind: pydantic.create_model("Holder", held_value=(kind, ...)),
        lambda value: {"heldValue": value},
    ),
    "in a union": (lambda kind: Annotated[kind, Field()] | Other, lambda value: value),
    "of a generic class in a list of a union": (
        deep_in_union,
        lambda value: [{"some_thing": value}, {"other": 1}],
    ),
    "in a tuple of a dict": (
        lambda kind: dict.__class_getitem__((str, tuple.__class_getitem__((kind, int)))),
        lambda value: {"a_b": [value, 1]},
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
    "row", ["float", "floats", "float or nothing", "float in words", "float in constants"]
)
async def test_a_number_that_json_does_not_have_is_sent_as_documented(
    row: str, value: float
) -> None:
    kind, [good, *_], _ = ROWS[row]
    Carry, Carried = message_of("carry", Any), message_of("carried", kind)
    held: Any = {"x": value} if isinstance(good, dict) else value
    if isinstance(good, list):
        held = [value]

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


class Meeting(BaseModel):
    room: str


class Doubled(BaseMessage):
    action: Literal["told"] = "told"
    payload: int


class Named(BaseMessage):
    action: Literal["told"] = "told"
    payload: str


class Held(BaseMessage):
    action: Literal["told"] = "told"
    payload: Meeting


class Ask(BaseMessage):
    action: Literal["ask"] = "ask"
    payload: str


async def test_what_is_sent_under_one_action_is_told_apart_by_its_type() -> None:
    class Teller(AsyncJsonWebsocketConsumer):
        @ws_handler
        async def ask(self, message: Ask) -> Doubled | Named | Held:
            if message.payload == "number":
                return Doubled(payload=2)
            return Named(payload="x") if message.payload else Held(payload=Meeting(room="attic"))

    application = Teller.as_asgi()
    document = AsyncAPIGenerator([RouteInfo(path="/", consumer=Teller)]).generate()
    assert {finding.code for finding in lint(document)} == {"missing-summary"}
    components = {"components": document["components"]}
    told = {
        key: jsonschema_rs.Draft7Validator({**message["payload"], **components})
        for key, message in document["components"]["messages"].items()
        if message["name"] == "told"
    }
    async with WebsocketCommunicator(application, "/", consumer=Teller) as communicator:
        for asked, expected in [("number", "Doubled"), ("name", "Named"), ("", "Held")]:
            await communicator.send_json({"action": "ask", "payload": asked})
            [frame] = await communicator.receive_all_json()
            assert [key for key, part in told.items() if part.is_valid(frame)] == [expected]


@pytest.mark.parametrize("convertor", ["int", "float"])
async def test_a_number_in_a_path_is_served_as_documented(convertor: str) -> None:
    class Room(AsyncJsonWebsocketConsumer):
        """Reads the path itself."""

    app = Starlette(routes=[WebSocketRoute(f"/{{number:{convertor}}}", Room.as_asgi())])
    document = AsyncAPIGenerator(FastAPIRouteDiscovery(app).discover()).generate()
    [channel] = document["channels"].values()
    described = channel["parameters"]["number"]["x-schema"]
    text = jsonschema_rs.Draft7Validator({"type": "string", "pattern": described["x-pattern"]})
    number = jsonschema_rs.Draft7Validator(described)
    is_let_in: dict[str, bool] = {}
    for given in ("0", "7", "007", "1.5", "-1", "+1", "1e3", "-1.5", "1.", ".5", "x", "inf"):
        communicator = WebsocketCommunicator(app, f"/{given}", consumer=Room)
        is_let_in[given], _ = await communicator.connect()
        await communicator.disconnect()
        assert text.is_valid(given) is is_let_in[given], given
    assert {given for given, is_in in is_let_in.items() if is_in} == (
        {"0", "7", "007"} if convertor == "int" else {"0", "7", "007", "1.5"}
    )
    assert number.is_valid(7)
    assert not number.is_valid(-1)


MISMATCHES: dict[str, list[str | Callable[..., Any]]] = {
    "a ref of null": [test_a_ref_of_null_is_none],
    "a ref of 1.0": [test_a_ref_is_sent_back, test_what_is_no_ref_is_refused],
    "Literal of a plain Enum": [
        test_a_literal_that_no_frame_holds_is_refused_where_it_is_mounted,
        test_a_literal_that_no_event_holds_is_refused_too,
        test_an_action_is_no_member_of_an_enum,
        test_a_member_may_be_made_before_its_literal_is_looked_for,
        "tag of a StrEnum",
        "tag of an IntEnum",
    ],
    "tag with a default": [
        "tag with a default",
        "tag with a default, one class without it",
        "tag with a default, in a field",
    ],
    "datetime without offset": ["datetime", "PastDatetime", "naive default", "time"],
    "NaiveDatetime": ["NaiveDatetime", "AwareDatetime"],
    "numbers that JSON does not have": [
        test_a_number_that_json_does_not_have_is_sent_as_documented,
        "float in words",
        "float in constants",
        "complex that is not a number",
    ],
    "AliasPath": ["AliasPath", "several AliasPaths", "AliasPath beside its root"],
    "by name and not by alias": ["by name only", "by name only, TypedDict", "by alias and by name"],
    "dict of IntEnum": ["dict of IntEnum", "dict of Enum", "dict of int", "dict of Literal"],
    "serializers that do not say what they return": [
        "field_serializer",
        "model_serializer",
        "PlainSerializer",
        "WrapSerializer",
    ],
    "Flag": ["Flag", "IntFlag", "gapped Flag", "Flag without low bits", "Flag that keeps"],
    "Secret": ["Secret", "Secret of a number", "SecretStr with a bound", "SecretBytes"],
    "examples of UUIDs": [f"UUID{version}" for version in (1, 3, 4, 5, 6, 7, 8)],
    "numbers in paths": [
        test_a_number_in_a_path_is_served_as_documented,
        "tests/channels/test_discovery.py::test_a_number_in_a_path_is_served_as_documented",
    ],
    "stripped white space": [
        "stripped",
        "stripped, three",
        "stripped, with a pattern",
        "stripped by configuration",
    ],
    "sent unions of one action": [
        test_what_is_sent_under_one_action_is_told_apart_by_its_type,
    ],
    "minContains of the user": [test_keywords_that_came_after_draft_07_are_told_in_its_words],
}
"""What documents and servers once disagreed on, each with what holds them to it.

That is a test, by its name where it is another folder's, or a row.
"""


@pytest.mark.parametrize("mismatch", MISMATCHES)
def test_what_once_disagreed_has_rows_and_tests(mismatch: str) -> None:
    held = MISMATCHES[mismatch]
    assert held
    for row in (one for one in held if isinstance(one, str)):
        file, _, test = row.partition("::")
        if test:
            assert f"def {test}(" in (ROOT / file).read_text("utf-8")
        else:
            assert row in ROWS
