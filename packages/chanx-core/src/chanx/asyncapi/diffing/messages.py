"""The changes of what is sent over a connection, message by message."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from chanx.asyncapi.diffing.change import Change, Told
from chanx.asyncapi.diffing.schemas import Reader, SchemaComparison
from chanx.asyncapi.diffing.wire import Sender, WireChannel, WireMessage


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two documents are compared with.

    Attributes:
        schemas: Compares their schemas.
        is_source: Whether names that only generated code has count too.
        strict_unknown: Whether clients are taken to stumble over messages that they do not know.
    """

    schemas: SchemaComparison
    is_source: bool
    strict_unknown: bool


def compare_messages(
    comparison: Comparison, old: WireChannel, new: WireChannel, sender: Sender
) -> Iterator[Change]:
    """Yield the changes of what one side sends.

    Messages are paired by the values of the property that tells them apart, whatever their names.

    Args:
        comparison: What to compare with.
        old: The old channel.
        new: The new channel.
        sender: Who sends.
    """
    before, after = old.messages[sender], new.messages[sender]
    removed = [message for message in before if not _likes(message, after)]
    added = [message for message in after if not _likes(message, before)]
    yield from _removed(old, new, sender, removed, added)
    yield from _added(comparison, old, new, sender, added)
    for olds, news in _groups(before, after):
        yield from _compare(comparison, new, sender, olds, news)


def _groups(
    before: Sequence[WireMessage], after: Sequence[WireMessage]
) -> list[tuple[list[WireMessage], list[WireMessage]]]:
    """Return what is compared with each other: mostly one message with one.

    Where messages were split or joined, it is all of which a frame may be one or the other.
    """
    groups: list[tuple[list[WireMessage], list[WireMessage]]] = []
    pairs = [(old, new) for old in before for new in _likes(old, after)]
    pairs += [(old, new) for new in after for old in _likes(new, before)]
    for old, new in pairs:
        touched = [group for group in groups if old in group[0] or new in group[1]]
        olds = [old, *(item for group in touched for item in group[0])]
        news = [new, *(item for group in touched for item in group[1])]
        groups = [group for group in groups if group not in touched]
        groups.append((_distinct(olds), _distinct(news)))
    return groups


def _distinct(messages: Sequence[WireMessage]) -> list[WireMessage]:
    return [*{message.pointer: message for message in messages}.values()]


def _likes(message: WireMessage, others: Sequence[WireMessage]) -> list[WireMessage]:
    """Return the messages of the other document that a frame of this one may be.

    Where nothing tells, the one of the same key is meant, if there is one.
    """
    told = [other for other in others if message.values & other.values]
    untold = [other for other in others if not other.values]
    if message.values or not untold:
        return told or untold or [*([] if message.values else others)]
    named = [other for other in untold if other.key and other.key == message.key]
    return named if len(named) == 1 else untold


def _removed(
    old: WireChannel,
    new: WireChannel,
    sender: Sender,
    removed: list[WireMessage],
    added: list[WireMessage],
) -> Iterator[Change]:
    pushed = {
        message.pointer
        for item in old.operations
        if item.sender == "server"
        for message in item.messages
    }
    for message in removed:
        opposite: Sender = "server" if sender == "client" else "client"
        change = Change(
            id="message-removed",
            verdict="breaking",
            place=new.address,
            sender=sender,
            message=message.name,
            sentence=f'The {sender} sent "{message.name}", '
            + (
                "which the server does not read any more."
                if sender == "client"
                else "and does not any more."
            ),
            old_pointer=message.pointer,
        )
        if _likes(message, new.messages[opposite]) and not _likes(message, old.messages[opposite]):
            said = f'"{message.name}" is sent by the {opposite} now, not by the {sender}.'
            yield replace(change, id="action-flipped", sentence=said)
        elif sender == "server" and old.operations and message.pointer not in pushed:
            continue  # it was a reply: what that means, the operations tell
        else:
            if len(removed) == len(added) == 1:
                said = f'{change.sentence} Perhaps it is "{added[0].name}" now.'
                change = replace(change, sentence=said)
            yield replace(change, verdict="review") if sender == "server" else change


def _added(
    comparison: Comparison,
    old: WireChannel,
    new: WireChannel,
    sender: Sender,
    added: list[WireMessage],
) -> Iterator[Change]:
    pushed = {
        message.pointer
        for item in new.operations
        if item.sender == "server"
        for message in item.messages
    }
    for message in added:
        opposite: Sender = "server" if sender == "client" else "client"
        if _likes(message, old.messages[opposite]) and not _likes(message, new.messages[opposite]):
            continue  # it is told as one that the other side sends now
        if sender == "server" and new.operations and message.pointer not in pushed:
            continue  # a reply
        is_unknown = sender == "server" and comparison.strict_unknown
        yield Change(
            id="message-added",
            verdict="review" if is_unknown else "safe",
            place=new.address,
            sender=sender,
            message=message.name,
            sentence=f'The {sender} may send "{message.name}" now.',
            new_pointer=message.pointer,
        )


def _compare(
    comparison: Comparison,
    channel: WireChannel,
    sender: Sender,
    olds: Sequence[WireMessage],
    news: Sequence[WireMessage],
) -> Iterator[Change]:
    """Compare what frames were, and what they are."""
    sent = olds if sender == "client" else news
    plain = Change(
        id="undecided",
        verdict="review",
        place=channel.address,
        sender=sender,
        message=", ".join(sorted({message.name for message in sent})),
        sentence="The payload is described in a language that is not compared.",
        old_pointer=olds[0].pointer,
        new_pointer=news[0].pointer,
    )
    before, after = (
        [message.payload.schema for message in messages if message.payload]
        for messages in (olds, news)
    )
    if len(before) < len(olds) or len(after) < len(news):
        yield plain
    else:
        reader: Reader = "server" if sender == "client" else "client"
        for change in comparison.schemas.changes(reader, before, after):
            yield replace(
                plain,
                id=change.id,
                verdict=change.verdict,
                path=change.path,
                sentence=change.sentence,
                detail=change.detail,
                witness=change.witness,
            )
    for old in olds:
        for new in _likes(old, news):
            for told in _of_pair(comparison, old, new):
                yield told.applied(plain)


def _of_pair(comparison: Comparison, old: WireMessage, new: WireMessage) -> Iterator[Told]:
    if old.content_type != new.content_type:
        yield Told(
            "content-type-changed",
            "breaking",
            f"It was {old.content_type}, and is {new.content_type}.",
            new.content_type,
        )
    if old.correlation != new.correlation:
        if not old.correlation:
            yield Told("correlation-added", "safe", f"Its id stands at {new.correlation} now.")
        elif new.correlation:
            yield Told(
                "correlation-moved",
                "breaking",
                f"Its id stood at {old.correlation}, and stands at {new.correlation}.",
                new.correlation,
            )
        else:
            yield Told(
                "correlation-removed",
                "breaking",
                f"Its id stood at {old.correlation}; now it has none.",
            )
    was, is_now = outcome_of(old), outcome_of(new)
    if was != is_now:
        named = "reply-became-error" if is_now == "error" else "outcome-changed"
        yield Told(
            named,
            "breaking",
            f"As a reply it meant {was or 'success'}, and means {is_now or 'success'}.",
        )
    if comparison.is_source:
        if old.key != new.key:
            yield Told("message-renamed", "breaking", f"Its key was {old.key}, and is {new.key}.")
        if old.schema_name != new.schema_name:
            was, is_now = old.schema_name or "inline", new.schema_name or "inline"
            yield Told("schema-renamed", "breaking", f"Its schema was {was}, and is {is_now}.")


def outcome_of(message: WireMessage) -> str:
    """Return what a message means as a reply: ``"error"``, or "" for success.

    Where it is not told, a message whose telling value is ``error`` is one.
    """
    told = str(message.extensions.get("x-outcome", ""))
    return told or ("error" if message.values == frozenset({"'error'"}) else "")


__all__ = ["Comparison", "compare_messages", "outcome_of"]
