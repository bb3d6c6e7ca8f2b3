"""What pydantic can describe comes out right: real frames match, wrong ones do not."""

import datetime
import decimal
import enum
import ipaddress
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Generic, Literal, NamedTuple, NotRequired, TypeVar

import pytest
from pydantic import (
    AnyUrl,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Json,
    RootModel,
    SecretStr,
    Tag,
    WithJsonSchema,
    computed_field,
    create_model,
    field_serializer,
)
from pydantic.dataclasses import dataclass as pydantic_dataclass
from typing_extensions import TypeAliasType, TypedDict

from chanx.asyncapi import AsyncAPIGenerator
from chanx.core.codec import Codec
from chanx.core.decorators import ws_handler
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import BaseMessage
from chanx.routing import RouteInfo

T = TypeVar("T")


class Colour(enum.Enum):
    """Of a wall."""

    RED = "red"
    BLUE = "blue"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Word(enum.StrEnum):
    RED = "red"


class Access(enum.IntFlag):
    READ = 1
    WRITE = 2


class Right(enum.Flag):
    READ = 1
    WRITE = 2


class Several(enum.Enum):
    """Values of several types."""

    TEXT = "a"
    NUMBER = 1
    NOTHING = None


class Node(BaseModel):
    """A tree, recursive through a list, a dictionary and Optional."""

    name: str = "leaf"
    children: list["Node"] = []
    by_name: dict[str, "Node"] = {}
    parent: "Node | None" = None


class Tree(BaseModel):
    branches: dict[str, "Tree"] = {}
    trunk: "Tree | None" = None


class Egg(BaseModel):
    hen: "Hen | None" = None


class Hen(BaseModel):
    eggs: list[Egg] = []


class Page(BaseModel, Generic[T]):
    items: list[T]
    following: "Page[T] | None" = None


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: int = 9


class Dog(BaseModel):
    kind: Literal["dog", "puppy"]
    good: bool = True


class Fish(BaseModel):
    kind: Literal["fish"]


Mammal = Annotated[Cat | Dog, Field(discriminator="kind")]
Pet = Annotated[Mammal | Fish, Field(discriminator="kind")]


def _shape(value: Any) -> str:
    return "text" if isinstance(value, str) else "model"


TextOrCat = Annotated[
    Annotated[str, Tag("text")] | Annotated[Cat, Tag("model")], Discriminator(_shape)
]


class Point(NamedTuple):
    x: int
    y: int = 0


class Movie(TypedDict, total=False):
    title: str
    year: int


@dataclass
class Plain:
    size: int
    label: str = "none"


@pydantic_dataclass
class Checked:
    size: Annotated[int, Field(gt=0)]


class Labels(RootModel[list[str]]):
    """A list of tags."""


class Alias(BaseModel):
    taken: int = Field(alias="takenAt")
    both: int = Field(validation_alias="in", serialization_alias="out")


class Generated(BaseModel):
    model_config = ConfigDict(alias_generator=str.upper)

    user_name: str = "ada"


class Dated(TypedDict):
    at: datetime.date
    before: NotRequired["Dated"]


class Linked(NamedTuple):
    name: str
    others: "list[Linked] | None" = None


class Computed(BaseModel):
    width: float = 2.0

    @computed_field  # type: ignore[prop-decorator]  # as pydantic documents it
    @property
    def area(self) -> float:
        """Its square."""
        return self.width**2


class Serialized(BaseModel):
    at: datetime.datetime

    @field_serializer("at")
    def _seconds(self, value: datetime.datetime) -> int:
        return int(value.timestamp())


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=2, max_length=5, pattern=r"^[a-z]+$")]


class Odd(BaseModel):
    nothing: float = float("nan")
    endless: float = float("inf")
    old: int = Field(default=1, deprecated=True)
    made: list[int] = Field(default_factory=list[int])
    shown: str = Field(default="x", examples=["y"], json_schema_extra={"x-widget": "text"})
    rust: Annotated[str, Field(pattern=r"(?i)^[a-z]+\z")] = "abc"
    email: Annotated[str, Field(pattern=r"\A[\w\-]+\@\x{61}\z")] = "ada@a"
    either: float | None = float("nan")
    many: list[float] = [float("-inf")]


class Described(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"user_name": "ada"}]})

    user_name: str


Names = TypeAliasType("Names", list[str])

CASES: list[tuple[Any, Any, Any]] = [
    (int, 3, "x"),
    (float, 1.5, "x"),
    (bool, True, "maybe"),
    (None, None, 1),
    (Any, {"any": [1]}, ...),
    (bytes, "text", 5),
    (decimal.Decimal, "1.50", {}),
    (datetime.datetime, "2025-01-31T12:00:00Z", {}),
    (datetime.date, "2025-01-31", {}),
    (datetime.time, "12:00:00", {}),
    (datetime.timedelta, "PT1H", {}),
    (uuid.UUID, "123e4567-e89b-42d3-a456-426614174000", 1),
    (AnyUrl, "https://example.com/", 1),
    (SecretStr, "secret", 1),
    (ipaddress.IPv4Address, "192.0.2.1", {}),
    (ipaddress.IPv6Network, "2001:db8::/32", {}),
    (Colour, "red", "green"),
    (Level, 1, 3),
    (Access, 3, "x"),
    (Right, 3, 4),
    (Several, None, 2),
    (Literal["a", 1, True, None], "a", "b"),
    (Literal[Word.RED, "red", "blue"], "red", "green"),
    (list[Colour], ["red"], ["green"]),
    (set[int], [1, 2], "x"),
    (tuple[int, str], [1, "a"], ["a"]),
    (tuple[int, ...], [1, 2], ["a"]),
    (dict[str, int], {"a": 1}, {"a": "x"}),
    (dict[int, str], {"1": "a"}, []),
    (dict[Colour, int], {"red": 1}, []),
    (int | str | None, "a", {}),
    (Node, {"name": "a", "children": [{"name": "b"}]}, {"children": 1}),
    (Tree, {"branches": {"a": {"trunk": {}}}}, {"branches": {"a": 1}}),
    (Hen, {"eggs": [{"hen": {"eggs": []}}]}, {"eggs": 1}),
    (Page[int], {"items": [1], "following": {"items": []}}, {"items": ["x"]}),
    (Page[Page[Colour]], {"items": [{"items": ["red"]}]}, {"items": [{"items": ["x"]}]}),
    (Cat | Dog, {"kind": "cat"}, {"kind": "cow"}),
    (Mammal, {"kind": "puppy"}, {"kind": "fish"}),
    (Pet, {"kind": "fish"}, {"kind": "cow"}),
    (list[Pet], [{"kind": "cat", "lives": 1}], [{"kind": 1}]),
    (TextOrCat, "text", 1),
    (Point, [1, 2], ["x"]),
    (Movie, {"title": "Alien"}, {"year": "x"}),
    (Plain, {"size": 1}, {}),
    (Checked, {"size": 1}, {"size": 0}),
    (Labels, ["a"], {}),
    (Alias, {"takenAt": 1, "in": 2}, {"taken": 1, "both": 2}),
    (Generated, {"USER_NAME": "bo"}, {"USER_NAME": 1}),
    (Dated, {"at": "2025-01-31", "before": {"at": "2025-01-30"}}, {"before": 1}),
    (Linked, ["a", [["b", None]]], ["a", 1]),
    (Computed, {"width": 3}, {"width": []}),
    (Serialized, {"at": "2025-01-31T12:00:00Z"}, {}),
    (Strict, {"name": "abc"}, {"name": "abc", "more": 1}),
    (Odd, {"rust": "abc"}, {"old": "x"}),
    (Described, {"user_name": "bo"}, {}),
    (Names, ["a"], [1]),
    (Annotated[int, Field(ge=2, lt=9, multiple_of=2)], 4, 9),
    (Annotated[list[int], Field(min_length=2, max_length=3)], [1, 2], [1]),
    (Annotated[set[str], Field(min_length=1)], ["a"], []),
]


def message_of(action: str, kind: Any) -> Any:
    """A message class with a payload of some type."""
    fields: Any = {"action": (Literal[action], action), "payload": (kind, ...)}
    return create_model(action.title(), __base__=BaseMessage, __doc__="Carries a value.", **fields)


@pytest.mark.parametrize("camelize", [False, True])
@pytest.mark.parametrize(("kind", "good", "bad"), CASES, ids=lambda value: str(value)[:40])
def test_frames_match_the_schema_of_their_type(
    document_of: Callable[..., Any], kind: Any, good: Any, bad: Any, camelize: bool
) -> None:
    Carry, Carried = message_of("carry", kind), message_of("carried", kind)
    is_camel = camelize

    class Carrier(AsyncJsonWebsocketConsumer):
        camelize = is_camel

        @ws_handler(input_type=Carry, output_type=Carried)
        async def carry(self, message: Any) -> Any:
            return Carried(payload=message.payload)

    document = document_of(Carrier)
    received, sent = document.message("carry"), document.message("carried")
    codec = Carrier.current_runtime().codec
    if is_camel:
        good = _camel(good)
    frame = {"action": "carry", "payload": good}
    assert document.accepts(received["payload"], frame)
    assert document.accepts(received["payload"], {**frame, "ref": 7})
    assert not document.accepts(received["payload"], {"payload": good})
    if bad is not ...:
        assert not document.accepts(received["payload"], {"action": "carry", "payload": bad})
    message = _decoded(codec, frame)
    reply = json.loads(codec.encode(Carried(payload=message.payload), 7))
    assert document.accepts(sent["payload"], reply)
    assert received["examples"], "an example could be made"
    for example in received["examples"]:
        _decoded(codec, example["payload"])
    assert sent["examples"]


def test_text_that_holds_json_is_described_with_what_it_holds(
    document_of: Callable[..., Any],
) -> None:
    class Import(BaseMessage):
        """Brings rows."""

        action: Literal["import"] = "import"
        payload: Json[list[Cat]]

    class Importer(AsyncJsonWebsocketConsumer):
        @ws_handler
        async def load(self, message: Import) -> None: ...

    received = document_of(Importer).message("import")
    (example,) = received["examples"]
    message = _decoded(Importer.current_runtime().codec, example["payload"])
    assert message.payload[0].kind == "cat"


def test_what_stands_elsewhere_is_taken_for_anything(document_of: Callable[..., Any]) -> None:
    class Shape(BaseMessage):
        """Draws a shape that somebody else describes."""

        action: Literal["shape"] = "shape"
        payload: Annotated[Any, WithJsonSchema({"$ref": "https://example.com/shape.json"})]

    class Drawer(AsyncJsonWebsocketConsumer):
        @ws_handler
        async def draw(self, message: Shape) -> None: ...

    routes = [RouteInfo(path="/", consumer=Drawer)]
    document = AsyncAPIGenerator(routes).generate()
    payload = document["components"]["schemas"]["Shape"]["properties"]["payload"]
    assert payload == {"$ref": "https://example.com/shape.json"}
    assert "Shape" in document["components"]["messages"]


def _camel(value: Any) -> Any:
    return {"userName": "bo"} if value == {"user_name": "bo"} else value


def _decoded(codec: Codec, frame: Any) -> Any:
    return codec.decode(json.dumps(frame)).message
