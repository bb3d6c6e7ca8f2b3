"""Literals that no frame can hold."""

from enum import Enum
from typing import Any

from chanx.core.aliases import validates_before
from chanx.core.core_schemas import built_schema, validating_parts
from chanx.core.errors import ConfigurationError
from chanx.messages import BaseMessage


def check_literals(message: type[BaseMessage]) -> None:
    """Refuse a message that is to be received and of which a part never is.

    pydantic takes ``Literal[Colour.RED]`` for the member itself and not for its value, unless the
    two are equal, as those of a ``StrEnum`` or ``IntEnum`` are. JSON has no members. Where a
    before- or wrap-validator runs, it may make one of what the frame holds.

    Args:
        message: The message class.

    Raises:
        ConfigurationError: If it names such a member; the text says which, and what to write.
    """
    # The schema, and not the annotations: what pydantic will compare with, aliases and generics
    # resolved.
    schema = built_schema(message)
    for part in validating_parts(schema):
        expected: list[Any] = part["expected"] if part.get("type") == "literal" else []
        for member in expected:
            # Asked last, as it walks the schema: hardly a message has such a member.
            if isinstance(member, Enum) and member != member.value and not validates_before(schema):
                raise ConfigurationError(
                    f"{message.__qualname__} takes Literal[{member}], which pydantic finds in no "
                    f"frame: make {type(member).__qualname__} a StrEnum or IntEnum, or write "
                    f"Literal[{member.value!r}]."
                )


__all__ = ["check_literals"]
