"""The client's side of a consumer's wire: from messages to frames, and back."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, Final, cast, get_args
from weakref import WeakKeyDictionary

from pydantic import ValidationError
from pydantic_core import SchemaSerializer, SchemaValidator, from_json, to_json

from chanx.core.codec import with_ref
from chanx.core.core_schemas import new_serializer, new_validator
from chanx.core.declarations import emitted, merged
from chanx.core.frames import Ref
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import (
    RESERVED_KEYS,
    AuthenticationMessage,
    BaseMessage,
    CompleteMessage,
    ErrorCode,
    ErrorMessage,
    EventCompleteMessage,
    ExpectedErrorMessage,
    GroupCompleteMessage,
    actions_of,
)
from chanx.testing.errors import UnexpectedFrame, is_told_by_its_text
from chanx.testing.expectations import MessageT
from chanx.testing.serialized import read_as_serialized, written_as_validated
from chanx.testing.spelling import respelled

__tracebackhide__ = is_told_by_its_text


BUILTIN: Final = (
    AuthenticationMessage,
    CompleteMessage,
    ErrorMessage,
    ExpectedErrorMessage,  # after the other, whose codes it would take as well
    EventCompleteMessage,
    GroupCompleteMessage,
)
"""What the engine sends for any consumer."""


_codecs: WeakKeyDictionary[type[AsyncJsonWebsocketConsumer[Any]], "ClientCodec"] = (
    WeakKeyDictionary()
)


def codec_of(consumer: type[AsyncJsonWebsocketConsumer[Any]]) -> "ClientCodec":
    """Return the codec of a consumer under the settings of this moment.

    Args:
        consumer: The consumer's class.
    """
    # Kept by class, since making validators takes longer than a test; compared, as tests override
    # settings.
    codec = _codecs.get(consumer)
    if codec is None or not codec.is_current(consumer):
        codec = _codecs[consumer] = ClientCodec(consumer)
    return codec


class ClientCodec:
    """Writes and reads the messages of one consumer.

    Args:
        consumer: The consumer's class.
    """

    def __init__(self, consumer: type[AsyncJsonWebsocketConsumer[Any]]) -> None:
        self._name = consumer.__qualname__
        self._emits = emitted(consumer)
        self._codec = consumer.current_runtime().codec
        self._routes = consumer.handler_table.messages
        self._messages: dict[str, list[type[BaseMessage]]] = {}
        for message in dict.fromkeys(_outgoing(consumer)):
            for action in actions_of(message):
                self._messages.setdefault(action, []).append(message)
        self._validators: dict[type[BaseMessage], SchemaValidator] = {}
        self._serializers: dict[type[BaseMessage], SchemaSerializer] = {}

    def is_current(self, consumer: type[AsyncJsonWebsocketConsumer[Any]]) -> bool:
        """Return whether the consumer's settings and messages are those of when it was made."""
        return self._codec is consumer.current_runtime().codec and self._emits == emitted(consumer)

    def encode(self, message: BaseMessage, ref: Ref | None = None) -> str:
        """Return the frame of a client's message.

        Args:
            message: The message.
            ref: The request's correlation id; None for none.
        """
        kind = type(message)
        # Of the client's side: a message that consumers receive is written by the keys that they
        # validate.
        serializer = self._serializers.get(kind) or self._serializer(kind)
        data = serializer.to_json(message, by_alias=True)
        return data.decode() if ref is None else with_ref(data, ref)

    def to_wire(self, content: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a client's JSON object with the fields of its message spelled as on the wire.

        Args:
            content: The object, in either spelling; one that is not a message stays.
        """
        action = content.get(self._codec.wire.discriminator)
        if self._codec.wire.camelize and isinstance(action, str) and action in self._routes:
            message = self._routes[action].routes[action]
            return respelled(message, content, self._codec.wire.spell, "to_wire")
        return content

    def from_wire(self, frame: dict[str, Any]) -> dict[str, Any]:
        """Return a server's JSON object with the fields of its message spelled as in Python.

        Args:
            frame: The object; one that the consumer does not declare stays.
        """
        if self._codec.wire.camelize:
            action = frame.get(self._codec.wire.discriminator)
            for message in self._messages.get(action, ()) if isinstance(action, str) else ():
                frame = respelled(message, frame, self._codec.wire.spell, "from_wire")
        return frame

    def require_declared(self, message_type: type[BaseMessage]) -> None:
        """Require that the consumer declares a message of a class.

        Args:
            message_type: The class, or a base of what is declared.

        Raises:
            TypeError: If it is not a class, or none is declared, so that waiting is in vain.
        """
        if not isinstance(message_type, type):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(
                f"{message_type!r} is not a class of messages. Of a handler that replies nothing, "
                f"a request is answered by CompleteMessage."
            )
        declared = [kind for kinds in self._messages.values() for kind in kinds]
        if not any(issubclass(kind, message_type) for kind in declared):
            raise TypeError(
                f"{self._name} declares no {message_type.__qualname__}. Add the class to "
                f"{self._name}.emits, or to the return annotation of the handler that sends it."
            )

    def read(self, frame: str | bytes, message_type: type[MessageT]) -> MessageT | None:
        """Return the message of a frame if it is one of a class; None if it is not.

        Args:
            frame: The frame.
            message_type: The class, or a base of what the consumer declares.
        """
        try:
            content = read_object(frame) if isinstance(frame, str) else {}
        except UnexpectedFrame:
            return None
        data = _data_of(content)
        for kind in self._messages.get(str(content.get(self._codec.wire.discriminator)), ()):
            if issubclass(kind, message_type):
                # One that does not fit is another message of the same action, or none of the
                # consumer's.
                with suppress(ValidationError):
                    read: MessageT = self._validator(kind).validate_json(data)
                    if not _is_misread(read):
                        return read
        return None

    def decode(self, text: str) -> BaseMessage:
        """Return the message of a frame, its keys in Python's spelling.

        Where several classes share its action, the first one declared that fits counts.

        Args:
            text: The frame's text.

        Raises:
            UnexpectedFrame: If the consumer declares no such message.
        """
        frame = read_object(text)
        action = frame.get(self._codec.wire.discriminator)
        if not isinstance(action, str) or action not in self._messages:
            raise UnexpectedFrame(text, self._unknown(action))
        data = _data_of(frame)
        failures: list[str] = []
        for message in self._messages[action]:
            try:
                read: BaseMessage = self._validator(message).validate_json(data)
            except ValidationError as error:
                failures.append(str(error))
            else:
                return read
        raise UnexpectedFrame(
            text, "\n".join([f"It is not a valid {action!r} message.", *failures])
        )

    def _serializer(self, message: type[BaseMessage]) -> SchemaSerializer:
        schema = written_as_validated(self._codec.wire.core_schema(message, renames_tags=False))
        serializer = self._serializers[message] = new_serializer(schema)
        return serializer

    def _validator(self, message: type[BaseMessage]) -> SchemaValidator:
        validator = self._validators.get(message)
        if validator is None:
            schema = read_as_serialized(self._codec.wire.validation_schema(message))
            validator = self._validators[message] = new_validator(schema)
        return validator

    def _unknown(self, action: object) -> str:
        return (
            f"{self._name} declares no message of the action {action!r}, only: "
            f"{', '.join(sorted(self._messages))}. Add the message's class to "
            f"{self._name}.emits, or to the return annotation of the handler that sends it; "
            f"receive_json() takes any frame."
        )


def read_object(text: str) -> dict[str, Any]:
    """Return the JSON object of a frame.

    Args:
        text: The frame's text.

    Raises:
        UnexpectedFrame: If it is none.
    """
    try:
        frame: Any = from_json(text)
    except ValueError as error:
        raise UnexpectedFrame(text, f"It is not JSON: {error}.") from error
    # By the exact class, which is what from_json makes.
    if type(frame) is not dict:
        raise UnexpectedFrame(text, "It is not a JSON object.")
    return cast("dict[str, Any]", frame)


def _is_misread(message: BaseMessage) -> bool:
    """Whether an error of chanx's own was read as one of a project's, whose codes are any."""
    return isinstance(message, ExpectedErrorMessage) and message.payload.code in get_args(ErrorCode)


def _data_of(frame: dict[str, Any]) -> bytes:
    """Return what of a frame belongs to its message, not to the protocol."""
    return to_json({key: frame[key] for key in frame if key not in RESERVED_KEYS})


def _outgoing(consumer: type[AsyncJsonWebsocketConsumer[Any]]) -> Iterator[type[BaseMessage]]:
    for handler in consumer.handler_table.handlers:
        yield from handler.outputs or ()
    yield from consumer.ask_table.answers
    yield from emitted(consumer)
    yield from merged(consumer, "passthrough_events")
    # Last, so that a project's own class of the same action is tried first.
    yield from BUILTIN


__all__ = ["ClientCodec", "codec_of", "read_object"]
