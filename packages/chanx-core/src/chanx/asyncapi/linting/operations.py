"""Checks of operations: of their channels and messages, and of what no operation uses."""

from collections.abc import Iterable, Iterator
from typing import Final

from chanx.asyncapi.linting.finding import Finding, finding
from chanx.asyncapi.reading import Contents, Link, Message, Operation, Reply
from chanx.asyncapi.reading.files import is_in_file
from chanx.asyncapi.walk import array_of, object_of, pointer, resolve, tokens_of

_OF_THE_DOCUMENT: Final = 2
"""Tokens of a pointer to one of the document's own things."""


def check_messages(contents: Contents) -> Iterator[Finding]:
    """The messages of an operation and of its reply are messages of their channel."""
    for operation in contents.operations:
        for part in (operation, operation.reply):
            if part:
                yield from _foreign(part)
                yield from _empty(contents, part)


def _foreign(part: Operation | Reply) -> Iterator[Finding]:
    channel = part.channel.reference
    if part.channel.target is None or not _is_of(part.channel.target.pointer, "channels"):
        return  # told there
    for index, message in enumerate(part.messages):
        if message.reference and not message.reference.startswith(f"{channel}/messages/"):
            yield finding(
                "foreign-message",
                f"{part.pointer}/messages/{index}",
                f"{message.reference} is not a message of {channel}.",
                "Refer to it through the channel's messages.",
            )


def _empty(contents: Contents, part: Operation | Reply) -> Iterator[Finding]:
    if object_of(resolve(contents.document, part.pointer)).get("messages") == []:
        yield finding(
            "empty-messages",
            f"{part.pointer}/messages",
            "The list is empty: by AsyncAPI, no message is expected.",
            "Name some, or leave the list out for all messages of the channel.",
        )


def check_roots(contents: Contents) -> Iterator[Finding]:
    """The document's own operations and channels refer to its own channels and servers."""
    for operation in contents.operations:
        if operation.pointer.startswith("/operations/"):
            parts = [(operation.pointer, operation.channel.reference)]
            if operation.reply and operation.reply.channel != operation.channel:
                parts.append((operation.reply.pointer, operation.reply.channel.reference))
            for at, reference in parts:
                yield from _elsewhere(f"{at}/channel", reference, "channels")
    for channel in contents.channels:
        if channel.pointer.startswith("/channels/"):
            given = object_of(resolve(contents.document, channel.pointer))
            for index, item in enumerate(array_of(given.get("servers"))):
                at = f"{channel.pointer}/servers/{index}"
                yield from _elsewhere(at, str(object_of(item).get("$ref", "")), "servers")


def _elsewhere(at: str, reference: str, kind: str) -> Iterator[Finding]:
    if _is_of(reference, kind) and len(tokens_of(reference)) != _OF_THE_DOCUMENT:
        yield finding(
            "root-reference",
            at,
            f"{reference} is not one of the document's {kind}, of which this has to be one.",
            f"Put it into {kind}, where a $ref may lead on, and refer to #/{kind}/...",
        )


def _is_of(at: str, kind: str) -> bool:
    """Return whether something stands where things of a kind do; in other files all may."""
    return is_in_file(at) or tokens_of(at)[-2:-1] == [kind]


def check_use(contents: Contents) -> Iterator[Finding]:
    """Each channel has an operation, and each of its messages too."""
    own = [channel for channel in contents.channels if channel.pointer.startswith("/channels/")]
    if own and not contents.operations:
        yield finding(
            "channel-without-operation",
            "/channels",
            "There are no operations: who sends what, nobody knows.",
            "Add operations.",
        )
        return
    used: set[str] = set()
    for operation in contents.operations:
        for part in (operation, operation.reply):
            if part:
                used.add(part.channel.target.pointer if part.channel.target else "")
                for link in _meant(contents, part):
                    used.add(pointer(*tokens_of(link.reference)))
                    used.add(link.target.pointer if link.target else "")
    for channel in own:
        if channel.pointer not in used:
            yield finding(
                "channel-without-operation",
                channel.pointer,
                "No operation uses the channel.",
                "Add an operation, or remove the channel.",
            )
            continue
        for key, link in channel.messages.items():
            at = f"{channel.pointer}/messages{pointer(key)}"
            if at not in used and (link.target is None or link.target.pointer not in used):
                yield finding(
                    "unused-message",
                    at,
                    "No operation of this document sends or receives the message.",
                    "Add it to an operation, or remove it.",
                )


def _meant(contents: Contents, part: Operation | Reply) -> Iterable[Link[Message]]:
    """Return the messages of a part; all of its channel where the list is empty, which is told."""
    if part.channel.target and any(_empty(contents, part)):
        return part.channel.target.messages.values()
    return part.messages


CHECKS: Final = (check_messages, check_roots, check_use)

__all__ = ["CHECKS", "check_messages", "check_roots", "check_use"]
