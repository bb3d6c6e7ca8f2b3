"""Checks of operations and of how the messages of a channel are told apart."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final, TypeAlias

from chanx.asyncapi.linting.finding import Document, Finding, pointer
from chanx.asyncapi.linting.places import followed, operations, payload_schema
from chanx.asyncapi.walk import Schema, is_array, is_object

Tags: TypeAlias = dict[str, frozenset[str]]
"""The required properties of a message that have a closed set of values."""

_MAX_DEPTH: Final = 20


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
            references = _references(document, part)
            found[channel].setdefault(direction, set()).update(references)
    return found


def _references(document: Document, part: dict[str, Any]) -> list[str]:
    """Return the messages of an operation or reply: without a list, all of its channel."""
    if "messages" in part:
        return [str(message.get("$ref")) for message in part["messages"]]
    channel = followed(document, part.get("channel"))
    messages: dict[str, Any] = channel.get("messages", {}) if is_object(channel) else {}
    return [f"{_channel(part)}/messages{pointer(key)}" for key in messages]


def _ambiguous(document: Document, references: list[str]) -> Iterator[tuple[str, str]]:
    messages = {reference: followed(document, {"$ref": reference}) for reference in references}
    contents = {
        reference: content
        for reference, message in messages.items()
        if (content := _content(document, message)) is not None
    }
    buckets: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    shared = _common([content.tags for content in contents.values()])
    for reference, content in contents.items():
        for value in content.tags.get(shared, frozenset({""})):
            buckets[shared, value].add(reference)
    pairs = {pair for bucket in buckets.values() for pair in combinations(sorted(bucket), 2)}
    for one, other in sorted(pairs):
        is_same = messages[one] is messages[other]
        if not is_same and not contents[one].is_apart_from(contents[other]):
            yield one, other


def _common(tags: list[Tags]) -> str:
    """Return a property that all messages have among their tags; "" if there is none."""
    names = (name for name in (tags or [{}])[0] if all(name in found for found in tags))
    return min(names, default="")


@dataclass(frozen=True, slots=True)
class _Content:
    """What is known of a message's payload.

    Attributes:
        types: The JSON types that it may have; empty if any.
        tags: Its tags.
    """

    types: frozenset[str]
    tags: Tags

    def is_apart_from(self, other: "_Content") -> bool:
        if self.types and other.types and self.types.isdisjoint(other.types):
            return True
        both = self.tags.keys() & other.tags.keys()
        return any(self.tags[name].isdisjoint(other.tags[name]) for name in both)


def _content(document: Document, message: Any) -> _Content | None:
    """Return what is known of a message; None if its payload is described elsewhere."""
    if not is_object(message):
        return None
    payload = payload_schema(message.get("payload", True))
    schema = followed(document, payload)
    if schema is None:
        return None
    if not is_object(schema):
        return _Content(frozenset(), {})
    return _Content(_types(schema), _tags(document, schema, {}))


def _types(schema: Schema) -> frozenset[str]:
    kinds = schema.get("type", [])
    found = frozenset(kinds if is_array(kinds) else [str(kinds)])
    return found | {"integer"} if "number" in found else found


def _tags(document: Document, schema: Any, known: dict[int, Tags], depth: int = 0) -> Tags:
    """Return the tags of a schema; each schema is looked at once, however many refer to it."""
    schema = followed(document, schema)
    if not is_object(schema) or depth > _MAX_DEPTH:
        return {}
    if id(schema) in known:
        return known[id(schema)]
    found = known[id(schema)] = Tags()
    for key in ("oneOf", "anyOf"):
        alternatives = [_tags(document, part, known, depth + 1) for part in schema.get(key, ())]
        for name in alternatives[0] if alternatives else ():
            if all(name in tags for tags in alternatives):
                found[name] = frozenset[str]().union(*(tags[name] for tags in alternatives))
    for part in schema.get("allOf", ()):
        found |= _tags(document, part, known, depth + 1)
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
