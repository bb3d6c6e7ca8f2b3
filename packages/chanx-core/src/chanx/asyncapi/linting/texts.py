"""Checks of names and texts."""

from collections.abc import Iterator
from typing import Any, Final

from chanx.asyncapi.linting.finding import Document, Finding
from chanx.asyncapi.linting.places import channels, followed, messages, operations
from chanx.asyncapi.walk import is_object


def check_names(document: Document) -> Iterator[Finding]:
    """Messages have names."""
    for at, message in messages(document):
        if not _has(document, message, "name"):
            yield Finding(
                "missing-name",
                at,
                "warning",
                "The message has no name.",
                "Generated code is called by it: add name.",
            )


def check_texts(document: Document) -> Iterator[Finding]:
    """Channels, operations and messages say what they are for."""
    for things in (channels, operations, messages):
        for at, thing in things(document):
            if not _has(document, thing, "summary") and not _has(document, thing, "description"):
                yield Finding(
                    "missing-summary",
                    at,
                    "warning",
                    "There is neither a summary nor a description.",
                    "Write a docstring.",
                )


def check_described(document: Document) -> Iterator[Finding]:
    """Messages have a schema that says more than their action."""
    for at, message in messages(document):
        if message.get("x-undescribed"):
            yield Finding(
                "undescribed-message",
                at,
                "error",
                "The message's model cannot be described.",
                "The log of the generation says why.",
            )


def _has(document: Document, thing: dict[str, Any], key: str) -> bool:
    """Return whether a thing says something, itself or by one of its traits."""
    traits: Any = thing.get("traits")
    found = [thing, *(followed(document, trait) for trait in traits or ())]
    return any(is_object(item) and item.get(key) for item in found)


CHECKS: Final = (check_names, check_texts, check_described)

__all__ = ["CHECKS"]
