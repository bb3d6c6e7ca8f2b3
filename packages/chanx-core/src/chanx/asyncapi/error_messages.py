"""The messages by which a document tells the errors of a project's own: one for each code."""

from collections.abc import Mapping
from functools import cache
from typing import Any, Literal

from pydantic import Field, create_model

from chanx.messages import ExpectedErrorMessage, ExpectedErrorPayload


def error_messages(errors: Mapping[str, str]) -> tuple[type[ExpectedErrorMessage], ...]:
    """Return a message class for each error code.

    Args:
        errors: The codes, each with when the error comes.
    """
    return tuple(_message(code, text) for code, text in errors.items())


@cache
def _message(code: str, text: str) -> type[ExpectedErrorMessage]:
    name = "".join(part[:1].upper() + part[1:] for part in _words(code)) + "Error"
    literal: Any = Literal[code]
    payload = create_model(
        f"{name}Payload",
        __base__=ExpectedErrorPayload,
        __module__=__name__,
        code=(literal, Field(description="What went wrong, for a program.")),
    )
    return create_model(
        name,
        __base__=ExpectedErrorMessage,
        __module__=__name__,
        __doc__=text,
        payload=(payload, ...),
    )


def _words(code: str) -> list[str]:
    return "".join(letter if letter.isalnum() else " " for letter in code).split()


__all__ = ["error_messages"]
