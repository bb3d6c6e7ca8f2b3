"""Messages that the consumers of the contract speak."""

from typing import Any, Literal

from pydantic import BaseModel, field_validator

from chanx.messages import BaseMessage


class Say(BaseMessage):
    """Asks for a reply."""

    action: Literal["say"] = "say"
    payload: str = ""


class Said(BaseMessage):
    """The reply."""

    action: Literal["said"] = "said"
    payload: str = ""


class Wait(BaseMessage):
    """Asks for a reply that takes its time."""

    action: Literal["wait"] = "wait"
    payload: int = 0


class Waited(BaseMessage):
    """The late reply."""

    action: Literal["waited"] = "waited"
    payload: int = 0


class Fail(BaseMessage):
    """Asks for trouble."""

    action: Literal["fail"] = "fail"
    payload: Any = None


class News(BaseMessage):
    """An event."""

    action: Literal["news"] = "news"
    payload: str = ""


class Line(BaseModel):
    """A line of an order."""

    item_name: str
    how_many: int


class Order(BaseMessage):
    """A message with something to validate."""

    action: Literal["order"] = "order"
    payload: list[Line]


class Fragile(BaseMessage):
    """A message whose validator has a mistake of its own."""

    action: Literal["fragile"] = "fragile"
    payload: str

    @field_validator("payload")
    @classmethod
    def look_up(cls, value: str) -> str:
        return {"known": "value"}[value]


__all__ = ["Fail", "Fragile", "Line", "News", "Order", "Said", "Say", "Wait", "Waited"]
