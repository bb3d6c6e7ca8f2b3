"""What a document says of one connection, for those who try it out."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from chanx.asyncapi.diffing.description import describe
from chanx.asyncapi.diffing.wire import Sender, WireChannel, WireMessage, WireOperation
from chanx.asyncapi.reading import read
from chanx.asyncapi.walk import array_of, is_object, located, object_of, tokens_of
from chanx.core.errors import ConfigurationError
from chanx.testing.conformance.schemas import Schemas, Verdict

_CORRELATION: Final = re.compile(r"\$message\.payload#(?P<pointer>/.*)")

BEHIND_REFUSALS: Final = frozenset(
    {"invalid_json", "unsupported_data", "validation_error", "unknown_action", "too_deep"}
)
"""The codes with which chanx refuses a frame that it takes for invalid."""

BEHIND_FAILURES: Final = frozenset({"handler_error", "handler_timeout", "internal_error"})
"""The codes with which chanx says that the server has failed."""


@dataclass(frozen=True)
class Operation:
    """What a client may ask of a server.

    Attributes:
        name: What it is called: its key without the channel's.
        wire: What the document says of it.
        messages: What clients send, those with a schema.
        replies: What answers.
        ends: The names of the messages that end its stream; empty if nothing says so.
        is_stream: Whether any number of replies may come.
    """

    name: str
    wire: WireOperation
    messages: tuple[WireMessage, ...]
    replies: tuple[WireMessage, ...]
    ends: frozenset[str]
    is_stream: bool


class Subject:
    """One connection: all channels of an address.

    Args:
        channel: What the document says of it.
        schemas: The document's schemas.
        document: The document.
        described: The channel in the document.

    Attributes:
        name: The key of the channel.
        channel: What the document says of it.
        schemas: The document's schemas.
        document: The document.
        described: The channel in the document.
    """

    def __init__(
        self,
        channel: WireChannel,
        schemas: Schemas,
        document: Mapping[str, Any],
        described: Mapping[str, Any],
    ) -> None:
        self.name: str = channel.keys[0]
        self.channel = channel
        self.schemas = schemas
        self.document = document
        self.described = described

    @cached_property
    def operations(self) -> tuple[Operation, ...]:
        """What clients may ask, by the order of the document."""
        return tuple(
            self._operation(item) for item in self.channel.operations if item.sender == "client"
        )

    def _operation(self, wire: WireOperation) -> Operation:
        replies = wire.replies or ()
        stream = wire.extensions.get("x-stream")
        ends = frozenset(map(str, array_of(stream)))
        return Operation(
            name=wire.key.removeprefix(f"{self.name}."),
            wire=wire,
            messages=tuple(item for item in wire.messages if item.payload is not None),
            replies=replies,
            ends=ends,
            is_stream="x-stream" in wire.extensions,
        )

    def cancelling(self, operation: Operation) -> Operation | None:
        """Return the operation that ends another before its time; None if there is none."""
        wanted = operation.wire.extensions.get("x-cancel")
        for other in self.operations:
            if wanted and sorted(item.name for item in other.messages) == wanted:
                return other
        return None

    @cached_property
    def heartbeat(self) -> Operation | None:
        """The operation that shows that a connection is alive; None if nothing says which."""
        beat = object_of(self.channel.extensions.get("x-heartbeat")).get("operation")
        for operation in self.operations:
            if beat and sorted(item.name for item in operation.messages) == beat:
                return operation
        return None

    @cached_property
    def ready(self) -> frozenset[str]:
        """The names of the messages by which a client knows that it can begin."""
        return frozenset(map(str, array_of(self.channel.extensions.get("x-ready"))))

    @cached_property
    def close_codes(self) -> frozenset[int]:
        """The codes with which the server may close; empty if the document does not say."""
        given = object_of(self.channel.extensions.get("x-close-codes"))
        return frozenset(int(code) for code in given if str(code).isdecimal())

    @cached_property
    def limits(self) -> Mapping[str, Any]:
        """The bounds of what a client sends."""
        return object_of(self.channel.extensions.get("x-limits"))

    @property
    def burst(self) -> int:
        """How many frames a connection takes at once."""
        rate = self.limits.get("messagesPerSecond")
        return 10_000 if rate is None else max(1, int(self.limits.get("burst", rate)))

    @property
    def tells_errors(self) -> bool:
        """Whether the server has a message for errors."""
        return any(map(is_refusal, self.channel.messages["server"]))

    def matching(self, sender: Sender, value: object) -> list[WireMessage]:
        """Return the messages of a sender that a frame may be.

        Args:
            sender: Who sends it.
            value: What it holds.
        """
        found = list[WireMessage]()
        for message in self.channel.messages[sender]:
            if message.payload is None or self.allows(message, value):
                found.append(message)
        return found

    def allows(self, message: WireMessage, value: object) -> bool:
        """Return whether a frame may be a message."""
        payload = message.payload
        return payload is None or self.schemas.verdict(payload.pointer, value) != "invalid"

    def verdict(self, value: object) -> Verdict:
        """Return whether a client may send a frame.

        Args:
            value: What it holds.
        """
        verdicts = {
            self.schemas.verdict(message.payload.pointer, value)
            for message in self.channel.messages["client"]
            if message.payload is not None
        }
        if "valid" in verdicts:
            return "valid"
        return "open" if "open" in verdicts or not verdicts else "invalid"

    def operation_of(self, value: object) -> Operation | None:
        """Return the operation that a client's frame belongs to; None for none."""
        for operation in self.operations:
            if any(self.allows(message, value) for message in operation.messages):
                return operation
        return None


def is_refusal(message: WireMessage) -> bool:
    """Return whether a message says that something was not done."""
    return message.extensions.get("x-outcome") == "error" or message.name.lower() == "error"


def ref_path(message: WireMessage) -> list[str]:
    """Return where the id of a request stands in a message, key by key; empty for nowhere."""
    found = _CORRELATION.fullmatch(message.correlation)
    return tokens_of(found["pointer"]) if found else []


def ref_of(message: WireMessage, value: object) -> Any:
    """Return the id of a request that a frame carries; None for none."""
    for key in ref_path(message) or [""]:
        value = object_of(value).get(key)
    return value


def subjects_of(document: Mapping[str, Any]) -> Iterator[Subject]:
    """Yield the connections of a document.

    Args:
        document: The document, in one piece.

    Raises:
        ConfigurationError: If it is not one of AsyncAPI 3, or describes clients.
    """
    if not str(document.get("asyncapi", "")).startswith("3."):
        raise ConfigurationError(
            f"The document is of AsyncAPI {document.get('asyncapi')!r}: give one of version 3, "
            f"as `chanx asyncapi generate` makes it."
        )
    wire = describe(read(document))
    if wire.is_of_client:
        raise ConfigurationError(
            "The document describes the client (x-perspective): give the server's, which "
            "`chanx asyncapi generate` makes without --perspective."
        )
    schemas = Schemas(document)
    for channel in wire.channels.values():
        described, _ = located(document, {"$ref": f"#{channel.pointer}"}, "")
        yield Subject(channel, schemas, document, described if is_object(described) else {})


__all__ = [
    "BEHIND_FAILURES",
    "BEHIND_REFUSALS",
    "Operation",
    "Subject",
    "is_refusal",
    "ref_of",
    "ref_path",
    "subjects_of",
]
