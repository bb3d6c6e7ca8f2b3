"""Checks of operations and of how the messages of a channel are told apart."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations
from typing import Any, Final, TypeAlias

from chanx.asyncapi.linting.finding import Document, Finding, pointer
from chanx.asyncapi.linting.places import followed, operations
from chanx.asyncapi.walk import is_object

Tags: TypeAlias = dict[str, frozenset[str]]
"""The required properties of a message that have a closed set of values."""


def check_channels(document: Document) -> Iterator[Finding]:
    """The messages of an operation and of its reply are messages of their channel."""
    for at, operation in operations(document):
        yield from _foreign(operation, at)
        if is_object(reply := operation.get("reply")):
            channel = reply.get("channel", operation.get("channel"))
            yield from _foreign({**reply, "channel": channel}, f"{at}/reply")


def _foreign(operation: dict[str, Any], at: str) -> Iterator[Finding]:
    channel = _channel(operation)
    for index, message in enumerate(operation.get("messages", ())):
        reference = str(message.get("$ref"))
        if not reference.startswith(f"{channel}/messages/"):
            yield Finding(
                "foreign-message",
                f"{at}/messages/{index}",
                "error",
                f"{reference} is no message of {channel}.",
                "Refer to it through the channel's messages.",
            )


def _channel(part: dict[str, Any]) -> str:
    channel: dict[str, Any] = part.get("channel") or {}
    return str(channel.get("$ref", ""))


def check_ambiguity(document: Document) -> Iterator[Finding]:
    """One message of a channel matches a frame: a required constant tells them apart."""
    for channel, by_direction in _by_channel(document).items():
        for references in by_direction.values():
            for one, other in _ambiguous(document, sorted(references)):
                yield Finding(
                    "ambiguous-message",
                    f"{channel.removeprefix('#')}/messages{pointer(one.rpartition('/')[2])}",
                    "warning",
                    f"A frame may be this message or {other}.",
                    "Give each a required property with a const of its own.",
                )


def _by_channel(document: Document) -> dict[str, dict[str, set[str]]]:
    """Return the references to messages by channel and by who sends them."""
    found: defaultdict[str, dict[str, set[str]]] = defaultdict(
        lambda: {"send": set(), "receive": set()}
    )
    other = {"send": "receive", "receive": "send"}
    for _, operation in operations(document):
        action = str(operation.get("action"))
        reply: dict[str, Any] = operation.get("reply") or {}
        for part, direction in ((operation, action), (reply, other.get(action, "send"))):
            channel = _channel(part) or _channel(operation)
            references = {str(message.get("$ref")) for message in part.get("messages", ())}
            found[channel].setdefault(direction, set()).update(references)
    return found


def _ambiguous(document: Document, references: list[str]) -> Iterator[tuple[str, str]]:
    if not references:
        return
    described = {reference: _message(document, reference) for reference in references}
    tags = {
        reference: _tags(document, (message or {}).get("payload"))
        for reference, message in described.items()
    }
    buckets: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    shared = _common(list(tags.values()))
    for reference, found in tags.items():
        for value in found.get(shared, frozenset({""})):
            buckets[shared, value].add(reference)
    pairs = {pair for bucket in buckets.values() for pair in combinations(sorted(bucket), 2)}
    for one, other in sorted(pairs):
        if described[one] is not described[other] and not _are_apart(tags[one], tags[other]):
            yield one, other


def _common(tags: list[Tags]) -> str:
    """Return a property that all messages have among their tags; "" if there is none."""
    return min((name for name in tags[0] if all(name in found for found in tags)), default="")


def _are_apart(one: Tags, other: Tags) -> bool:
    return any(one[name].isdisjoint(other[name]) for name in one.keys() & other.keys())


def _message(document: Document, reference: str) -> dict[str, Any] | None:
    message = followed(document, {"$ref": reference})
    return message if is_object(message) else None


def _tags(document: Document, payload: Any) -> Tags:
    schema = followed(document, payload)
    if not is_object(schema):
        return {}
    found: Tags = {}
    for part in schema.get("allOf", ()):
        found |= _tags(document, part)
    required = schema.get("required", ())
    for name, given in schema.get("properties", {}).items():
        described = followed(document, given)
        if name in required and is_object(described):
            values = [described["const"]] if "const" in described else described.get("enum")
            if values:
                found[name] = frozenset(map(repr, values))
    return found


CHECKS: Final = (check_channels, check_ambiguity)

__all__ = ["CHECKS"]
