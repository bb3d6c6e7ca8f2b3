"""The changes of operations: what answers, how, and who may begin one."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from chanx.asyncapi.diffing.change import Change, Told, Verdict
from chanx.asyncapi.diffing.messages import Comparison, outcome_of
from chanx.asyncapi.diffing.security import compare_security
from chanx.asyncapi.diffing.wire import WireChannel, WireMessage, WireOperation
from chanx.asyncapi.walk import is_array


def compare_operations(
    comparison: Comparison, old: WireChannel, new: WireChannel
) -> Iterator[Change]:
    """Yield the changes of the operations of a channel, other than those of their messages.

    Args:
        comparison: What to compare with.
        old: The old channel.
        new: The new channel.
    """
    known = set[Told]()
    paired: set[str] = set()
    for operation in old.operations:
        other = _counterpart(operation, new.operations)
        if other is None:
            continue  # its messages are told of
        paired.add(other.pointer)
        plain = Change(
            id="",
            verdict="review",
            place=new.address,
            sender=operation.sender,
            message=", ".join(message.name for message in operation.messages),
            sentence="",
            old_pointer=operation.pointer,
            new_pointer=other.pointer,
        )
        for told in (
            *_of_names(comparison, operation, other, new),
            *_of_replies(operation, other),
            *_of_extensions(operation, other),
        ):
            yield told.applied(plain)
        for told in compare_security(operation.security, other.security):
            if told not in known:  # mostly, all operations of a channel change alike
                known.add(told)
                yield replace(told.applied(plain), message="", sender="")
    for operation in new.operations:
        if operation.pointer not in paired and _is_known(operation, old):
            yield Change(
                id="operation-added",
                verdict="safe",
                place=new.address,
                sender=operation.sender,
                message=", ".join(message.name for message in operation.messages),
                sentence=f"The operation {operation.key} is new.",
                new_pointer=operation.pointer,
            )


def _is_known(operation: WireOperation, old: WireChannel) -> bool:
    """Return whether the messages of a new operation were there; else they are told of."""
    known = old.messages[operation.sender]
    return all(any(message.is_like(other) for other in known) for message in operation.messages)


def _counterpart(operation: WireOperation, others: Sequence[WireOperation]) -> WireOperation | None:
    """Return the other document's operation with the same messages, at best of the same key."""

    def alike(other: WireOperation) -> tuple[int, bool]:
        count = sum(
            any(message.is_like(item) for item in other.messages) for message in operation.messages
        )
        return count, other.key == operation.key

    found = [other for other in others if other.sender == operation.sender and alike(other)[0]]
    return max(found, key=alike, default=None)


def _of_names(
    comparison: Comparison, old: WireOperation, new: WireOperation, channel: WireChannel
) -> Iterator[Told]:
    if old.key != new.key and all(other.key != old.key for other in channel.operations):
        # No frame differs, but whatever calls it by its key does: generated code, other documents.
        verdict: Verdict = "breaking" if comparison.is_source else "review"
        yield Told("operation-renamed", verdict, f"Its key was {old.key}, and is {new.key}.")


def _of_replies(old: WireOperation, new: WireOperation) -> Iterator[Told]:
    before, after = old.replies or (), new.replies or ()
    is_request = old.sender == "client"
    for reply in _without(after, before):
        verdict: Verdict = "safe"
        if is_request:
            # What had no answer, or only errors, has clients that wait for none.
            is_awaited = any(not outcome_of(known) for known in before)
            verdict = "breaking" if is_awaited else "review"
        yield Told(
            "reply-added", verdict, f'It may be answered with "{reply.name}" now.', reply.name
        )
    for reply in _without(before, after):
        verdict = "breaking" if not after or not is_request else "safe"
        yield Told(
            "reply-removed",
            verdict,
            f'It is not answered with "{reply.name}" any more.',
            reply.name,
        )


def _without(replies: Iterable[WireMessage], others: Sequence[WireMessage]) -> list[WireMessage]:
    return [reply for reply in replies if not any(reply.is_like(other) for other in others)]


def _of_extensions(old: WireOperation, new: WireOperation) -> Iterator[Told]:
    was, is_now = old.extensions.get("x-stream", False), new.extensions.get("x-stream", False)
    if was != is_now:
        if not was:
            yield Told(
                "stream-started", "breaking", "It was answered once, and is by a stream now."
            )
        elif not is_now:
            yield Told(
                "stream-stopped", "breaking", "It was answered by a stream, and is once now."
            )
        elif was is True:
            yield Told("stream-end-told", "safe", f"Its stream ends with {_listed(is_now)}.")
        else:
            yield Told(
                "stream-end-changed",
                "breaking",
                f"Its stream ended with {_listed(was)}, and ends with {_listed(is_now)}.",
            )
    was, is_now = old.extensions.get("x-cancel"), new.extensions.get("x-cancel")
    if was != is_now:
        if was is None:
            yield Told("cancel-added", "safe", f"It can be cancelled by {_listed(is_now)} now.")
        else:
            said = f" by {_listed(was)} any more"
            yield Told("cancel-removed", "breaking", f"It cannot be cancelled{said}.")
    was, is_now = (bool(item.extensions.get("x-idempotent")) for item in (old, new))
    if was and not is_now:
        yield Told("idempotent-lost", "review", "It was safe to send again, and is not any more.")
    elif is_now and not was:
        yield Told("idempotent-gained", "safe", "It is safe to send again now.")


def _listed(value: object) -> str:
    return ", ".join(f'"{item}"' for item in value) if is_array(value) else str(value)


__all__ = ["compare_operations"]
