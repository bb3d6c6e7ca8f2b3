"""Checks of operations and of how the messages of a channel are told apart."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations
from typing import Final

from chanx.asyncapi.linting.finding import Finding, finding
from chanx.asyncapi.reading import Contents, Document, Message, Operation, Reply
from chanx.asyncapi.telling import Tags, telling_of
from chanx.asyncapi.walk import pointer, tokens_of


def check_channels(contents: Contents) -> Iterator[Finding]:
    """The messages of an operation and of its reply are messages of their channel."""
    for operation in contents.operations:
        yield from _foreign(operation)
        if operation.reply:
            yield from _foreign(operation.reply)


def _foreign(part: Operation | Reply) -> Iterator[Finding]:
    channel = part.channel.reference
    for index, message in enumerate(part.messages):
        if not message.reference.startswith(f"{channel}/messages/"):
            yield finding(
                "foreign-message",
                f"{part.pointer}/messages/{index}",
                f"{message.reference or 'This'} is no message of {channel or 'a channel'}.",
                "Refer to it through the channel's messages.",
            )


def check_ambiguity(contents: Contents) -> Iterator[Finding]:
    """One message of a channel matches a frame: a required constant tells them apart."""
    for (channel, _), messages in _by_channel(contents).items():
        for one, other in _ambiguous(contents.document, messages):
            yield finding(
                "ambiguous-message",
                f"{pointer(*tokens_of(channel))}/messages{pointer(tokens_of(one)[-1])}",
                f"A frame may be this message or {other}.",
                "Give each a required property with a const of its own.",
            )


def _by_channel(contents: Contents) -> dict[tuple[str, str], dict[str, Message]]:
    """Return the messages by their references, by channel and by who sends them."""
    found: defaultdict[tuple[str, str], dict[str, Message]] = defaultdict(dict)
    other = {"send": "receive", "receive": "send"}
    for operation in contents.operations:
        directions = operation.action, other.get(operation.action, "send")
        for part, direction in zip((operation, operation.reply), directions, strict=True):
            for message in part.messages if part else ():
                if part and message.target and tokens_of(message.reference):
                    found[part.channel.reference, direction][message.reference] = message.target
    return found


def _ambiguous(document: Document, messages: dict[str, Message]) -> Iterator[tuple[str, str]]:
    contents = {
        reference: telling
        for reference, message in messages.items()
        if (telling := telling_of(document, message)) is not None
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


CHECKS: Final = (check_channels, check_ambiguity)

__all__ = ["CHECKS", "check_ambiguity", "check_channels"]
