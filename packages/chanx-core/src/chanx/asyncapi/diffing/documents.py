"""The changes between two documents."""

from collections.abc import Iterator
from dataclasses import replace

from chanx.asyncapi.diffing.change import VERDICTS, Change, Level
from chanx.asyncapi.diffing.description import describe
from chanx.asyncapi.diffing.handshake import compare_handshake
from chanx.asyncapi.diffing.messages import Comparison, compare_messages
from chanx.asyncapi.diffing.operations import compare_operations
from chanx.asyncapi.diffing.prose import compare_prose
from chanx.asyncapi.diffing.schemas import SchemaComparison
from chanx.asyncapi.diffing.security import compare_security
from chanx.asyncapi.diffing.wire import WireChannel, WireDocument
from chanx.asyncapi.reading import Document, read


def diff(
    old: Document,
    new: Document,
    *,
    level: Level = "wire",
    assert_formats: bool = False,
    strict_unknown: bool = False,
) -> list[Change]:
    """Return what has changed between two AsyncAPI 3 documents, and what it means.

    What the server of the new document does is held against what clients of the old one do: they
    send what the old document allows, and read what it says. A change is breaking if there is a
    frame that one side may send and the other refuses, which is then its witness; that is checked
    by chanx's own validator (draft-07) on both sides. What is proven from the schemas to be
    harmless is safe, and all else is for review.

    Args:
        old: The document that clients rely on.
        new: The document that is to take its place.
        level: ``"wire"`` for what frames show; ``"source"`` to count names too that code made of
            the document has: keys of channels, operations, messages, parameters and schemas.
        assert_formats: Whether both sides are taken to check ``format``, which is an annotation in
            draft-07; such changes are breaking then, rather than for review.
        strict_unknown: Whether clients are taken to stumble over messages that they do not know;
            new ones are for review then, rather than safe.

    Returns:
        The changes, the gravest first.

    Example:
        >>> old = {"asyncapi": "3.0.0", "info": {"title": "Chat", "version": "1.0.0"},
        ...        "channels": {"room": {"address": "/ws/{room}"}}}
        >>> new = {**old, "channels": {"room": {"address": "/chat/{room}"}}}
        >>> [(change.verdict, change.id) for change in diff(old, new)]
        [('breaking', 'address-changed')]
    """
    contents = read(old), read(new)
    before, after = describe(*contents), describe(*contents[::-1])
    if before.is_of_client != after.is_of_client:
        names = ["the client" if side.is_of_client else "the server" for side in (before, after)]
        sentence = (
            f"The old document describes {names[0]}, the new one {names[1]}; they are not compared."
        )
        return [Change(id="perspective-changed", verdict="breaking", place="", sentence=sentence)]
    schemas = SchemaComparison(old, new, assert_formats=assert_formats)
    comparison = Comparison(schemas, level == "source", strict_unknown)
    found = [
        *_servers(before, after),
        *_channels(comparison, before, after),
        *_missing(schemas),
        *compare_prose(old, new),
    ]
    distinct = dict.fromkeys(
        (replace(change, witness=()), repr(change.witness)) for change in found
    )
    by_key = {(replace(change, witness=()), repr(change.witness)): change for change in found}
    return sorted((by_key[key] for key in distinct), key=_order)


def _order(change: Change) -> tuple[int, str, str, str]:
    return VERDICTS.index(change.verdict), change.place, change.sender, change.message


def _servers(old: WireDocument, new: WireDocument) -> Iterator[Change]:
    for name in old.servers:
        if name not in new.servers:
            yield Change(
                id="server-removed",
                verdict="breaking",
                place="",
                sentence=f"The server {name} is not named any more.",
                detail=name,
                old_pointer="/servers",
                new_pointer="/servers" if new.servers else "",
            )
        else:
            plain = Change(id="", verdict="review", place=name, sentence="")
            for told in compare_security(old.servers[name], new.servers[name]):
                yield told.applied(plain)
    for name in new.servers:
        if name not in old.servers:
            sentence = f"The server {name} is new."
            yield Change(
                id="server-added",
                verdict="safe",
                place="",
                sentence=sentence,
                new_pointer="/servers",
            )


def _channels(comparison: Comparison, old: WireDocument, new: WireDocument) -> Iterator[Change]:
    moved = _moved(old, new)
    for shape, channel in old.channels.items():
        other = new.channels.get(shape) or moved.get(shape)
        if other is None:
            yield Change(
                id="channel-removed",
                verdict="breaking",
                place=channel.address,
                sentence="The channel is gone.",
                old_pointer=channel.pointer,
            )
            continue
        yield from _of_address(comparison, channel, other)
        yield from compare_handshake(comparison, channel, other)
        yield from compare_messages(comparison, channel, other, "client")
        yield from compare_messages(comparison, channel, other, "server")
        yield from compare_operations(comparison, channel, other)
    known = {*old.channels, *(channel.shape for channel in moved.values())}
    for shape, channel in new.channels.items():
        if shape not in known:
            yield Change(
                id="channel-added",
                verdict="safe",
                place=channel.address,
                sentence="The channel is new.",
                new_pointer=channel.pointer,
            )


def _moved(old: WireDocument, new: WireDocument) -> dict[str, WireChannel]:
    """Return the channels that have another address under the same key, by their old shapes."""
    left = {shape: channel for shape, channel in old.channels.items() if shape not in new.channels}
    free = [channel for shape, channel in new.channels.items() if shape not in old.channels]
    found: dict[str, WireChannel] = {}
    for shape, channel in left.items():
        for other in free:
            if set(channel.keys) & set(other.keys) and other not in found.values():
                found[shape] = other
                break
    return found


def _of_address(comparison: Comparison, old: WireChannel, new: WireChannel) -> Iterator[Change]:
    plain = Change(
        id="address-changed",
        verdict="breaking",
        place=new.address,
        sentence=f"The address was {old.address}, and is {new.address}.",
        old_pointer=old.pointer,
        new_pointer=new.pointer,
    )
    if old.shape != new.shape:
        more = len(new.parameters) - len(old.parameters)
        is_same_path = _fixed(old.shape) == _fixed(new.shape)
        if more and is_same_path:
            plain = replace(plain, id="parameter-added" if more > 0 else "parameter-removed")
        yield plain
    if comparison.is_source and not set(old.keys) & set(new.keys):
        said = f"Its key was {old.keys[0]}, and is {new.keys[0]}."
        yield replace(plain, id="channel-renamed", sentence=said)


def _fixed(shape: str) -> list[str]:
    return [part for part in shape.split("/") if part not in ("", "{}")]


def _missing(schemas: SchemaComparison) -> Iterator[Change]:
    for name, references in zip(("old", "new"), schemas.missing, strict=True):
        for reference in sorted(references):
            sentence = f"The {name} document refers to {reference}, which is not there."
            yield Change(id="reference-missing", verdict="review", place="", sentence=sentence)


__all__ = ["diff"]
