"""What a client can do on a connection."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from chanx.asyncapi.clients.description import ClientMessage, ClientOperation
from chanx.asyncapi.clients.messages import Messages
from chanx.asyncapi.clients.naming import method_name, plain_name
from chanx.asyncapi.clients.shapes import Field
from chanx.asyncapi.diffing.wire import WireChannel, WireOperation
from chanx.asyncapi.reading import Contents, Operation
from chanx.asyncapi.walk import array_of, located, object_of


def operations_of(
    contents: Contents,
    wire: WireChannel,
    messages: Messages,
    described: Mapping[str, ClientMessage],
    correlation: tuple[str, ...],
    answered: ClientMessage | None,
) -> tuple[ClientOperation, ...]:
    """Return what a client can do on a channel, sorted by name.

    Args:
        contents: What is read of the document.
        wire: The channel.
        messages: What describes messages.
        described: The channel's messages by pointer.
        correlation: Where the id of a request stands.
        answered: What clients send by themselves; None for nothing.
    """
    return _Operations(contents, wire, messages, described, correlation, answered).all()


@dataclass(frozen=True, slots=True)
class _Wanted:
    """An operation before all have their names."""

    name: str
    wire: WireOperation | None
    message: ClientMessage


class _Operations:
    """Describes the operations of a channel. The arguments are those of :func:`operations_of`."""

    def __init__(
        self,
        contents: Contents,
        wire: WireChannel,
        messages: Messages,
        described: Mapping[str, ClientMessage],
        correlation: tuple[str, ...],
        answered: ClientMessage | None,
    ) -> None:
        self._document = contents.document
        self._read = {operation.pointer: operation for operation in contents.operations}
        self._wire = wire
        self._messages = messages
        self._described = described
        self._correlation = correlation
        self._answered = answered

    def all(self) -> tuple[ClientOperation, ...]:
        named = self._named()
        by_pointer = {item.wire.pointer: name for name, item in [*named.items()][::-1] if item.wire}
        return tuple(self._operation(name, named[name], by_pointer) for name in sorted(named))

    def _named(self) -> dict[str, _Wanted]:
        """Return each thing to do by its name: that of its operation, else with its message's."""
        wanted = [*self._wanted()]
        names = [item.name for item in wanted]
        named: dict[str, _Wanted] = {}
        for item in wanted:
            name = item.name
            if names.count(name) > 1:
                told = plain_name(item.message.key)
                name = name if told == name and told not in named else f"{name}_{told}"
            number = 1
            while (free := name if number == 1 else f"{name}_{number}") in named:
                number += 1
            named[free] = item
        return named

    def _wanted(self) -> Iterator[_Wanted]:
        # The runtime answers the server's heartbeat by itself: no method does.
        covered = {self._answered.pointer} if self._answered else set[str]()
        for operation in sorted(self._wire.operations, key=lambda item: item.key):
            if operation.sender != "client":
                continue
            sent = [self._described.get(item.pointer) for item in operation.messages]
            found = [message for message in sent if message is not None]
            for message in found:
                covered.add(message.pointer)
                own = self._own_name(operation.key) if len(found) == 1 else message.key
                yield _Wanted(method_name(own), operation, message)
        # Documents leave operations out: what none sends can be sent nevertheless, unanswered.
        for item in sorted(self._wire.messages["client"], key=lambda item: item.pointer):
            other = self._described.get(item.pointer)
            if other is not None and item.pointer not in covered:
                yield _Wanted(method_name(other.key), None, other)

    def _own_name(self, key: str) -> str:
        """Return an operation's key without that of its channel before it."""
        for channel in sorted(self._wire.keys, key=len, reverse=True):
            for separator in "./-_":
                if key.startswith(f"{channel}{separator}") and len(key) > len(channel) + 1:
                    return key[len(channel) + 1 :]
        return key

    def _operation(self, name: str, item: _Wanted, names: Mapping[str, str]) -> ClientOperation:
        wire, message = item.wire, item.message
        read = self._read.get(wire.pointer) if wire else None
        said: Mapping[str, Any] = read.extensions if read else {}
        answers = self._answers(wire) if message.correlation == self._correlation else []
        replies = [reply for reply in answers if not (reply.is_error or reply.is_complete)]
        is_empty_possible = any(reply.is_complete for reply in answers)
        # Waiting needs both: an id by which the answer is found, and something that answers.
        kind: Literal["send", "request", "stream"] = "send"
        if self._correlation and (replies or is_empty_possible):
            kind = "stream" if said.get("x-stream") else "request"
        wrapped, arguments = self._arguments(message)
        end = self._end(said.get("x-stream"), read)
        _, cancelled_by = located(self._document, said.get("x-cancel"), "")
        return ClientOperation(
            name=name,
            kind=kind,
            message=message,
            wrapped=wrapped,
            arguments=arguments,
            replies=() if kind == "send" else tuple(replies),
            refusals=() if kind == "send" else tuple(reply for reply in answers if reply.is_error),
            is_empty_possible=is_empty_possible,
            end=tuple(reply for reply in replies if reply.pointer in end),
            cancel=names.get(cancelled_by, ""),
            is_cancelled_by_ref=kind != "send" and self._has_cancel(),
            is_idempotent=said.get("x-idempotent") is True,
            is_refresh=said.get("x-refresh") is True,
            description=(read.summary or read.description) if read else message.description,
            key=wire.key if wire else "",
            pointer=wire.pointer if wire else message.pointer,
        )

    def _answers(self, wire: WireOperation | None) -> list[ClientMessage]:
        given = wire.replies if wire and wire.replies else ()
        found = (self._described.get(item.pointer) for item in given)
        return [item for item in found if item is not None and item.correlation]

    def _end(self, stream: Any, read: Operation | None) -> set[str]:
        """Return the pointers of the messages that end a stream."""
        if read is None or read.channel.target is None:
            return set()
        links = read.channel.target.messages
        found = (links.get(str(key)) for key in array_of(object_of(stream).get("end")))
        return {link.target.pointer for link in found if link and link.target}

    def _has_cancel(self) -> bool:
        """Return whether the reserved message ``cancel`` can be sent, with the id of a request."""
        return any(
            message.values == ("cancel",) and message.correlation == self._correlation
            for item in self._wire.messages["client"]
            if (message := self._described.get(item.pointer))
        )

    def _arguments(self, message: ClientMessage) -> tuple[str, tuple[Field, ...] | None]:
        """Return what a caller says of a message, and the property of which these are fields."""
        record = self._messages.record(message.shape)
        if record is None:
            return "", None
        known = {*message.constants, *(self._correlation[:1] if message.correlation else ())}
        open_fields = tuple(item for item in record.fields if item.name not in known)
        if len(open_fields) == 1 and open_fields[0].is_required:
            inner = self._messages.record(open_fields[0].shape)
            if inner is not None and inner.rest is None and inner.fields:
                return open_fields[0].name, inner.fields
        return "", open_fields


__all__ = ["operations_of"]
