"""Checks of names and texts."""

from collections.abc import Iterator
from typing import Final

from chanx.asyncapi.linting.finding import Finding, finding
from chanx.asyncapi.reading import Contents


def check_names(contents: Contents) -> Iterator[Finding]:
    """Messages have names."""
    for message in contents.messages:
        if not message.name:
            yield finding(
                "missing-name",
                message.pointer,
                "The message has no name.",
                "Generated code is called by it: add name.",
            )


def check_texts(contents: Contents) -> Iterator[Finding]:
    """Channels, operations and messages say what they are for."""
    for part in (*contents.channels, *contents.operations, *contents.messages):
        if not part.summary and not part.description:
            yield finding(
                "missing-summary",
                part.pointer,
                "There is neither a summary nor a description.",
                "Write a docstring.",
            )


def check_described(contents: Contents) -> Iterator[Finding]:
    """Messages have a schema that says more than their action."""
    for message in contents.messages:
        if message.extensions.get("x-undescribed"):
            yield finding(
                "undescribed-message",
                message.pointer,
                "The message's model cannot be described.",
                "The log of the generation says why.",
            )


CHECKS: Final = (check_names, check_texts, check_described)

__all__ = ["CHECKS", "check_described", "check_names", "check_texts"]
