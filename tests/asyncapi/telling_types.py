"""Types by which pydantic's schema says another thing than the wire: the rows of ``ROWS``.

Each names a type, payloads that are valid and payloads that are not.
"""

import datetime
import decimal
import enum
import uuid
from collections import Counter, OrderedDict
from typing import Annotated, Any, Literal

import pydantic
from pydantic import (
    AliasChoices,
    AliasPath,
    AwareDatetime,
    BaseModel,
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
    "IntFlag": (Access, [0, 3, 4, 1001, 2**63 - 1], ["x", 1.5, 2**63]),
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

__all__ = ["ROWS", "Row", "Text", "Word"]
