"""The messages that every candidate echoes, and frames of them of an exact size."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.alias_generators import to_camel
from pydantic_core import to_json


class Line(BaseModel):
    """A line of a chat."""

    room_name: str
    sent_at: int
    text: str


class Reading(BaseModel):
    """One value of a sensor."""

    sensor_id: int
    unit_name: str
    value: float


class LineMessage(BaseModel):
    """One text, short or long."""

    action: Literal["line"] = "line"
    payload: Line


class ReadingsMessage(BaseModel):
    """A list of small objects."""

    action: Literal["readings"] = "readings"
    payload: list[Reading]


@dataclass(frozen=True, slots=True)
class Shape:
    """A message of one size.

    Attributes:
        name: Its size and what it holds, for the table.
        message: Its class, in plain pydantic.
        size: Bytes of its frame.
    """

    name: str
    message: type[BaseModel]
    size: int

    def frame(self, *, camelize: bool = False) -> str:
        """Return a JSON text of exactly that size, spelled as its encoder spells it."""
        spell = to_camel if camelize else str
        if self.message is LineMessage:
            return _line(self.size, spell)
        return _readings(self.size, spell)


SMALL = Shape("97 bytes", LineMessage, 97)
SHAPES = (
    SMALL,
    Shape("4 KiB, one text", LineMessage, 4 * 1024),
    Shape("4 KiB, small objects", ReadingsMessage, 4 * 1024),
    Shape("64 KiB, one text", LineMessage, 64 * 1024),
    Shape("64 KiB, small objects", ReadingsMessage, 64 * 1024),
)


def _line(size: int, spell: Callable[[str], str]) -> str:
    line = {spell("room_name"): "general", spell("sent_at"): 1_790_000_000, "text": ""}
    return _filled(size, {"action": "line", "payload": line}, line, "text")


def _readings(size: int, spell: Callable[[str], str]) -> str:
    def reading(number: int) -> dict[str, Any]:
        return {spell("sensor_id"): 1000 + number, spell("unit_name"): "celsius", "value": 21.5}

    empty = len(to_json({"action": "readings", "payload": []}))
    count = (size - empty) // (len(to_json(reading(0))) + len(","))
    readings = [reading(number) for number in range(count)]
    frame = {"action": "readings", "payload": readings}
    return _filled(size, frame, readings[-1], spell("unit_name"))


def _filled(size: int, frame: dict[str, Any], holder: dict[str, Any], key: str) -> str:
    missing = size - len(to_json(frame))
    holder[key] += "".join(islice(cycle("All work and no play. "), missing))
    return to_json(frame).decode()
