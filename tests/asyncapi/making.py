"""Makes types of payloads, of all that pydantic has; always the same ones."""

import collections
import datetime
import decimal
import enum
import fractions
import ipaddress
import pathlib
import random
import re
import uuid
from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal, NamedTuple, Optional

import pydantic
from pydantic import BaseModel, ConfigDict, Field, RootModel, StringConstraints, create_model
from pydantic.dataclasses import dataclass
from typing_extensions import TypedDict


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Word(enum.StrEnum):
    GO = "go"
    STOP = "stop"


class Mixed(enum.Enum):
    TEXT = "a"
    NUMBER = 1


class Access(enum.IntFlag):
    READ = 1
    WRITE = 2


class Gapped(enum.Flag):
    READ = 1
    RUN = 4


class Point(NamedTuple):
    x: int
    y: float = 0.5


class Movie(TypedDict, total=False):
    movie_title: str
    year: int


@dataclass
class Checked:
    body_size: Annotated[int, Field(gt=0)]
    label: str = "none"


class Cat(BaseModel):
    kind: Literal["cat"] = "cat"
    lives_left: int = 9


class Dog(BaseModel):
    kind: Literal["dog", "puppy"]
    is_good: bool = True


class Node(BaseModel):
    node_name: str = "leaf"
    children: list["Node"] = []
    by_name: dict[str, "Node"] = {}
    parent_node: "Node | None" = None


class Labels(RootModel[list[str]]):
    """A list of labels."""


class Closed(BaseModel):
    model_config = ConfigDict(extra="forbid")

    only_one: int


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")

    at_least: int = 1


class Spelled(BaseModel):
    user_name: str = Field(alias="userLabel")
    read: int = Field(1, validation_alias="in", serialization_alias="out")


class Computed(BaseModel):
    side_length: float = 2.0

    @pydantic.computed_field  # type: ignore[prop-decorator]  # as pydantic documents it
    @property
    def whole_area(self) -> float:
        """Its square."""
        return self.side_length**2


Pet = Annotated[Cat | Dog, Field(discriminator="kind")]

# Without those of which no schema can tell what is right: what is past, what is still to come, and
# ByteSize, whose units are words.


def fractions_if_sound() -> Sequence[Any]:
    """pydantic before 2.14 fails at what is neither text nor number, in place of refusing it."""
    try:
        pydantic.TypeAdapter(fractions.Fraction).validate_python([])
    except pydantic.ValidationError:
        return (fractions.Fraction,)
    except TypeError:
        pass
    return ()


LEAVES: Final[Sequence[Any]] = (
    *(int, float, bool, str, bytes, None, Any, complex, decimal.Decimal, *fractions_if_sound()),
    *(datetime.datetime, datetime.date, datetime.time, datetime.timedelta),
    *(pydantic.AwareDatetime, pydantic.NaiveDatetime),
    *(uuid.UUID, pydantic.UUID1, pydantic.UUID3, pydantic.UUID4, pydantic.UUID5),
    *(pydantic.UUID6, pydantic.UUID7, pydantic.UUID8),
    *(pydantic.AnyUrl, pydantic.HttpUrl, pydantic.AnyWebsocketUrl, pydantic.FileUrl),
    *(pydantic.PostgresDsn, pydantic.RedisDsn),
    *(ipaddress.IPv4Address, ipaddress.IPv4Interface, ipaddress.IPv4Network),
    *(ipaddress.IPv6Address, ipaddress.IPv6Interface, ipaddress.IPv6Network),
    *(pydantic.IPvAnyAddress, pydantic.IPvAnyInterface, pydantic.IPvAnyNetwork),
    *(pathlib.Path, re.Pattern[str], pydantic.Json[list[int]]),
    *(pydantic.SecretStr, pydantic.SecretBytes, pydantic.Secret[int]),
    *(pydantic.StrictInt, pydantic.StrictStr, pydantic.StrictBool, pydantic.StrictFloat),
    *(pydantic.PositiveInt, pydantic.NegativeInt, pydantic.NonNegativeFloat, pydantic.FiniteFloat),
    *(pydantic.Base64Str, pydantic.Base64UrlBytes),
    *(Colour, Level, Word, Mixed, Access, Gapped, Literal["a", 1, True, None], Literal[Word.GO]),
    *(Point, Movie, Checked, Cat, Dog, Pet, Node, Labels, Closed, Open, Spelled, Computed),
    Annotated[int, Field(ge=2, lt=9, multiple_of=2)],
    Annotated[float, Field(ge=0, le=1)],
    Annotated[str, Field(min_length=2, max_length=5, pattern="^[a-zA-Z]*$")],
    Annotated[str, StringConstraints(strip_whitespace=True, min_length=2)],
    Annotated[str, StringConstraints(to_lower=True, max_length=10)],
    Annotated[list[int], Field(min_length=1, max_length=2)],
    Annotated[decimal.Decimal, Field(max_digits=5, decimal_places=2)],
    list[pydantic.Json[Any]],
)
KEYS: Final[Sequence[Any]] = (
    *(str, int, float, bool, uuid.UUID, datetime.date, Colour, Level, Word),
    Annotated[str, Field(pattern="^[a-z]")],
)


class Maker:
    """Makes types.

    Args:
        seed: What decides them.
    """

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._models = 0

    def model(self, leaves: Sequence[Any] = ()) -> type[BaseModel]:
        """A model with a field for each of the types, and some more.

        Args:
            leaves: The types; each is put into something, or not.
        """
        kinds = [self._wrapped(leaf) for leaf in leaves]
        kinds += [self.type() for _ in range(self._random.randrange(2))]
        self._models += 1
        fields: dict[str, Any] = {
            f"{self._random.choice(('some', 'other'))}_field_{index}": self._field(kind)
            for index, kind in enumerate(kinds)
        }
        return create_model(f"Made{self._models}", **fields)

    def type(self) -> Any:
        """A type of any kind."""
        return self._wrapped(self._random.choice(LEAVES))

    def _field(self, kind: Any) -> Any:
        options: dict[str, Any] = {}
        if self._random.random() < 0.2:
            options["description"] = "Said of it."
        if self._random.random() < 0.2:
            options["alias"] = f"alias{self._random.randrange(10**6)}"
        if self._random.random() < 0.2 and kind not in (Any, None):
            return kind | None, Field(None, **options)
        return kind, Field(..., **options)

    def _wrapped(self, kind: Any) -> Any:
        for _ in range(self._random.randrange(3)):
            kind = self._around(kind)
        return kind

    def _around(self, kind: Any) -> Any:
        kinds: list[Any] = [
            list.__class_getitem__(kind),
            kind if kind is Any else Optional[kind],  # noqa: UP045 - of None, too
            tuple.__class_getitem__((kind, int)),
            tuple.__class_getitem__((kind, ...)),
            collections.deque.__class_getitem__(kind),
            dict.__class_getitem__((self._random.choice(KEYS), kind)),
            self._nested(kind),
        ]
        return self._random.choice(kinds)

    def _nested(self, kind: Any) -> Any:
        self._models += 1
        fields: dict[str, Any] = {"held_value": (kind, ...)}
        return create_model(f"Holder{self._models}", **fields)


__all__ = ["KEYS", "LEAVES", "Maker"]
