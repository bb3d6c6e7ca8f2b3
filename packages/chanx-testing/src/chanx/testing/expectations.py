"""What a test expects of a message, and whether one is like it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeGuard, TypeVar

from pydantic import BaseModel

from chanx.messages import BaseMessage, ErrorMessage, ExpectedErrorMessage

MessageT = TypeVar("MessageT", bound=BaseMessage)

ERRORS: Final[Mapping[type[BaseMessage], tuple[type[BaseMessage], str]]] = {
    ErrorMessage: (ExpectedErrorMessage, "the project's own"),
    ExpectedErrorMessage: (ErrorMessage, "chanx's own"),
}
"""The two classes of error messages, each with the other one, and whose that one's codes are."""


@dataclass(frozen=True, slots=True)
class Expectation(Generic[MessageT]):
    """A kind of message, and values that some of its fields have.

    Attributes:
        message_type: The message's class, or a base of it.
        fields: Values by field name. A mapping stands for a model of which only the named fields
            count; anything else is compared with ``==``.

    Raises:
        TypeError: If the class has no such field: a misspelt one would match nothing, and nothing
            is what a refutation asks for.
    """

    message_type: type[MessageT]
    fields: Mapping[str, Any]

    def __post_init__(self) -> None:
        kind = self.message_type
        unknown = self.fields.keys() - kind.model_fields.keys()
        if unknown and kind.model_config.get("extra") != "allow":
            raise TypeError(
                f"{kind.__qualname__} has no {', '.join(sorted(unknown))}, only: "
                f"{', '.join(kind.model_fields)}. What is inside its payload goes into a mapping: "
                f"payload={{...}}."
            )

    def __str__(self) -> str:
        fields = ", ".join(f"{name}={value!r}" for name, value in self.fields.items())
        return f"{self.message_type.__qualname__}({fields})"

    def is_met_by(self, message: BaseMessage | None) -> TypeGuard[MessageT]:
        """Return whether a message is what is expected.

        Args:
            message: The message; None is none.
        """
        return isinstance(message, self.message_type) and self.has_fields(message)

    def has_fields(self, message: BaseMessage) -> bool:
        """Return whether a message, of whatever class, has these values.

        Args:
            message: The message.
        """
        return _has(message, self.fields)


def _has(model: BaseModel, fields: Mapping[str, Any]) -> bool:
    return all(
        hasattr(model, name) and _is_like(getattr(model, name), value)
        for name, value in fields.items()
    )


def _is_like(actual: object, expected: object) -> bool:
    if isinstance(actual, BaseModel) and _is_mapping(expected):
        return _has(actual, expected)
    if _is_list(actual) and _is_list(expected):
        return len(actual) == len(expected) and all(map(_is_like, actual, expected))
    return actual == expected


def _is_mapping(value: object) -> TypeGuard[Mapping[str, Any]]:
    return isinstance(value, Mapping)


def _is_list(value: object) -> TypeGuard[Sequence[Any]]:
    return isinstance(value, list)


__all__ = ["ERRORS", "Expectation", "MessageT"]
