"""Validation from a parsed frame gives what validation from its text gives."""

import datetime
import enum
import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Literal

import pytest
from jiter import from_json
from pydantic import (
    AnyUrl,
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    computed_field,
    field_validator,
)
from typing_extensions import TypedDict

from chanx.core import frames
from chanx.core.parsed import treats_parsed_as_text


class Colour(enum.Enum):
    RED = "red"
    ONE = 1


class Size(enum.IntEnum):
    ONE = 1


class Keyed(TypedDict):
    x: int


@dataclass
class Point:
    x: int


class Inner(BaseModel):
    x: int


class Square(BaseModel):
    x: int

    @computed_field  # type: ignore[prop-decorator]  # as pydantic documents it
    @property
    def area(self) -> Decimal:
        return Decimal(self.x) ** 2


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")

    x: int = 0


class Cat(BaseModel):
    kind: Literal["cat"]


class Dog(BaseModel):
    kind: Literal["dog"]


TYPES: dict[str, Any] = {
    "int": int,
    "float": float,
    "str": str,
    "bool": bool,
    "date": datetime.date,
    "datetime": datetime.datetime,
    "time": datetime.time,
    "uuid": uuid.UUID,
    "url": AnyUrl,
    "enum": Colour,
    "int enum": Size,
    "literal": Literal["a", 1],
    "literal bool": Literal[True],
    "list": list[int],
    "dict of int keys": dict[int, str],
    "dict of float keys": dict[float, int],
    "dict of date keys": dict[datetime.date, int],
    "dict of uuid keys": dict[uuid.UUID, int],
    "dict of anything": dict[str, Any],
    "typed dict": Keyed,
    "dataclass": Point,
    "model": Inner,
    "model with extra": Open,
    "model with a computed field": Square,
    "tagged union": Annotated[Cat | Dog, Field(discriminator="kind")],
    "optional": int | None,
    "any": Any,
    "bounded": Annotated[int, Field(gt=3, multiple_of=2)],
    "finite": Annotated[float, Field(allow_inf_nan=False)],
    "short list": Annotated[list[int], Field(max_length=1)],
}

VALUES = (
    *("1", "1.0", "1.5", "-0", "-0.0", "0", "true", "false", "null", "1e3", "1e20", "1e22"),
    *("1e400", "-1e-7", "0.1", "0.30000000000000004", "9007199254740993", "1" + "0" * 30),
    *("1" + "0" * 400, "1600000000", "1600000000.5", "16000000000000000", "86400", '""', '"a"'),
    *('"1"', '" 1 "', '"1.0"', '"1_000"', '"1e3"', '"inf"', '"nan"', '"yes"', '"red"', '"\\u0000"'),
    *('"2020-01-01"', '"2020-01-01T00:00:00"', '"2020-01-01T10:00:00Z"', '"10:00"', '"http://a.b"'),
    *('"12345678-1234-5678-1234-567812345678"', "[]", "[1]", '["1"]', "[1.0]", "[true]", "[[1]]"),
    *("{}", '{"1": "x"}', '{"1": 1}', '{"1.5": 1}', '{"a": 1}', '{"2020-01-01": 1}', '{"x": 1}'),
    *('{"x": "1"}', '{"x": 1, "y": 2}', '{"x": 1.5}', '{"x": null}', '{"kind": "cat"}', '{"": 1}'),
    *(
        '{"kind": "cow"}',
        '{"12345678-1234-5678-1234-567812345678": 1}',
        '"\\ud83d\\ude00"',
        "[1, 2]",
    ),
)


def outcome(validate: Any, value: Any) -> tuple[str, Any]:
    try:
        return "valid", repr(validate(value))
    except ValueError:  # usually a ValidationError; pydantic 2.13 lets one of Decimal's through
        return "invalid", None


@pytest.mark.parametrize("name", TYPES)
def test_what_may_be_validated_parsed_gives_the_same(name: str) -> None:
    adapter = TypeAdapter[Any](TYPES[name])
    assert treats_parsed_as_text(adapter.core_schema)
    for text in VALUES:
        in_json = outcome(adapter.validate_json, text)
        parsed = outcome(adapter.validate_python, from_json(text.encode()))
        # An integer that no float holds is infinity in text, which JSON cannot say.
        assert parsed in (in_json, ("invalid", None)[: 2 * (in_json == ("valid", "inf"))])


def told(validate: Any, value: Any) -> list[tuple[list[str | int], str, str]]:
    with pytest.raises(ValidationError) as caught:
        validate(value)
    errors = frames.invalid(caught.value, None, "a").errors or []
    return [(error.loc, error.msg, error.type) for error in errors]


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.parametrize("text", ["[]", "{}", '"a"', "1", "null", "[[]]", '{"x": {}}'])
def test_clients_are_told_the_same_of_parsed_values_as_of_text(name: str, text: str) -> None:
    adapter = TypeAdapter[Any](TYPES[name])
    if outcome(adapter.validate_json, text)[0] == "invalid":
        parsed = told(adapter.validate_python, from_json(text.encode()))
        assert parsed == told(adapter.validate_json, text)


class Strict(BaseModel):
    model_config = ConfigDict(strict=True)

    at: datetime.datetime


class NamedLikeParts(BaseModel):
    default: Decimal
    metadata: int = 0


class Coercing(BaseModel):
    model_config = ConfigDict(coerce_numbers_to_str=True)

    text: str


class AsksForTheMode(BaseModel):
    text: str

    @field_validator("text")
    @classmethod
    def note(cls, value: str, info: ValidationInfo) -> str:
        return f"{value} in {info.mode}"


@pytest.mark.parametrize(
    "kind",
    [
        Decimal,
        bytes,
        datetime.timedelta,
        int | str,
        list[Decimal],
        dict[str, list[bytes]],
        Annotated[datetime.date, Field(strict=True)],
        Strict,
        Coercing,
        NamedLikeParts,
        AsksForTheMode,
    ],
)
def test_what_tells_text_from_parsed_values_is_validated_as_text(kind: Any) -> None:
    assert not treats_parsed_as_text(TypeAdapter(kind).core_schema)
