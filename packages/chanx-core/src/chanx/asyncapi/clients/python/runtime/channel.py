# SPDX-License-Identifier: 0BSD
"""What the document says of a channel, and which of its messages a frame is."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ValidationError

from .address import Credential
from .frames import at
from .protocol import Protocol


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message that may come.

    Attributes:
        key: Its key.
        model: What it is read as.
        values: What its telling property may be; empty if it has none.
    """

    key: str
    model: type[BaseModel]
    values: tuple[Hashable, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """All that the document says of a channel.

    Attributes:
        protocol: What the machine is told.
        telling: The property by which messages are told apart; "" if there is none.
        incoming: The messages that may come.
        path: With ``{name}`` for each parameter.
        servers: The document's.
        credentials: The places of a token.
    """

    protocol: Protocol
    telling: str
    incoming: tuple[Incoming, ...]
    path: str
    servers: tuple[str, ...]
    credentials: tuple[Credential, ...]
    by_value: Mapping[Hashable, tuple[Incoming, ...]] = field(init=False)
    others: tuple[Incoming, ...] = field(init=False)

    def __post_init__(self) -> None:
        by_value: dict[Hashable, tuple[Incoming, ...]] = {}
        for item in self.incoming:
            for value in item.values:
                by_value[value] = (*by_value.get(value, ()), item)
        object.__setattr__(self, "by_value", by_value)
        others = tuple(item for item in self.incoming if not item.values)
        object.__setattr__(self, "others", others)

    def identify(self, frame: Any) -> tuple[str, Any, str | None]:
        """Return the key of a frame's message, what it is read as, and what is wrong with it.

        Args:
            frame: The frame.
        """
        told = at(frame, [self.telling]) if self.telling else None
        known = self.by_value.get(told, ()) if isinstance(told, Hashable) else ()
        problem: str | None = None
        for item in known or self.others:
            try:
                return item.key, item.model.model_validate(frame), None
            except ValidationError as error:
                problem = problem or _problem_of(item, error)
        return (known[0].key if known else ""), None, problem if known else None


def _problem_of(item: Incoming, error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False, include_context=False)[
        0
    ]
    place = ".".join(map(str, first["loc"]))
    return (
        f"{item.key}: {place}: {first['msg']}"
        if place
        else f"{item.key}: {first['msg']}"
    )


__all__ = ["Channel", "Incoming"]
