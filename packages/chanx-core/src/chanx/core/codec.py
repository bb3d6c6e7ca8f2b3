"""From a frame's text to a message with its handler, and from a message to text."""

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any, TypeAlias

from jiter import from_json
from pydantic import ValidationError
from pydantic_core import PydanticSerializationError, SchemaSerializer, SchemaValidator, to_json

from chanx.core import frames
from chanx.core.errors import FrameError
from chanx.core.events import not_a_message
from chanx.core.frames import Ref
from chanx.core.handlers import Handler
from chanx.core.limits import PARSER_DEPTH, Limits
from chanx.core.parsed import takes_parsed
from chanx.core.wire import WireFormat
from chanx.messages import (
    RESERVED_KEYS,
    BaseMessage,
    CompleteMessage,
    EventCompleteMessage,
    GroupCompleteMessage,
)
from chanx.messages.plain import plain

Incoming: TypeAlias = tuple[Handler, BaseMessage, str, Ref | None]
"""A client's message, ready to be handled: its handler, itself, its action and its ref."""


class _Decoder:
    """The validation of one message class."""

    __slots__ = ("validate_json", "validate_parsed")

    def __init__(self, message: type[BaseMessage], wire: WireFormat) -> None:
        validator = wire.validator(message)
        self.validate_json: Callable[[bytes], Any] = validator.validate_json
        self.validate_parsed: Callable[[Any], Any] | None = validator.validate_python
        if message.model_config.get("extra") in ("forbid", "allow"):
            self._keep_protocol_from(validator)
        if not takes_parsed(wire.core_schema(message)):
            self.validate_parsed = None

    def _keep_protocol_from(self, validator: SchemaValidator) -> None:
        """Leave out the frame's keys that are no field's where the class minds other keys."""

        def validate_json(data: bytes) -> Any:
            frame = from_json(data)
            declared = without_reserved(frame)
            return validator.validate_json(data if declared is frame else to_json(declared))

        self.validate_json = validate_json
        self.validate_parsed = lambda frame: validator.validate_python(without_reserved(frame))


def without_reserved(frame: dict[str, Any]) -> dict[str, Any]:
    """Return a parsed frame without the protocol's keys.

    Args:
        frame: The frame.
    """
    if RESERVED_KEYS.isdisjoint(frame):
        return frame
    return {key: frame[key] for key in frame if key not in RESERVED_KEYS}


class Codec:
    """Decodes what one consumer receives and encodes what it sends.

    Args:
        routes: The handler of each action that may be received.
        wire: How keys are spelled.
        limits: The bounds of a frame.
    """

    def __init__(self, routes: Mapping[str, Handler], wire: WireFormat, limits: Limits) -> None:
        self.wire = wire
        self._handlers = routes
        self._key = wire.discriminator
        self._max_size = limits.max_message_size
        self._max_depth = limits.max_depth
        self._serializers: dict[type[BaseMessage], SchemaSerializer] = {}

    def build(self, sent: Iterable[type[BaseMessage]]) -> None:
        """Build validators and serializers now instead of when they are first needed.

        Args:
            sent: The messages that the consumer sends.

        Raises:
            ConfigurationError: If a message's schema cannot be built.
        """
        _ = self._routes
        for message in sent:
            self._serializer(message)

    def decode(self, text: str) -> Incoming:
        """Decode a client's frame.

        One parse finds what is no JSON or repeats a key, the action and the ``ref``; one pass of
        the action's validator makes the message.

        Args:
            text: The frame's text.

        Raises:
            FrameError: If the frame is not a message that the consumer takes.
        """
        try:
            data = text.encode()
        except UnicodeEncodeError as error:
            raise frames.not_json(text, "it contains a lone surrogate") from error
        if len(data) > self._max_size:
            raise FrameError("too_large", f"A frame has at most {self._max_size} bytes.")
        try:
            frame = from_json(
                data, allow_inf_nan=False, catch_duplicate_keys=True, cache_mode="keys"
            )
        except ValueError as error:
            raise frames.not_json(text, str(error)) from error
        if self._max_depth < PARSER_DEPTH and frames.is_deeper(frame, self._max_depth):
            raise frames.too_deep(self._max_depth, frames.readable_ref(frame))
        try:
            action = frame[self._key]
            handler, decoder = self._routes[action]
            ref = frame.get("ref")
        except (TypeError, KeyError, IndexError) as error:
            raise frames.misrouted(frame, self._key) from error
        if ref is not None:
            ref = frames.checked_ref(ref)
        try:
            if decoder.validate_parsed is not None:
                return handler, decoder.validate_parsed(frame), action, ref
        except ValidationError:
            # The text is validated for the words of JSON: objects and arrays, and no class names.
            pass
        try:
            return handler, decoder.validate_json(data), action, ref
        except ValidationError as error:
            raise frames.invalid(error, ref, action) from error

    def encode(self, message: BaseMessage, ref: Ref | None = None) -> str:
        """Encode a message that the server sends.

        Args:
            message: The message.
            ref: The correlation id of the request that caused it; None if no request did.

        Raises:
            ConfigurationError: If it is no message.
            pydantic_core.PydanticSerializationError: If the message holds what JSON cannot.
        """
        kind = type(message)
        serializer = self._serializers.get(kind)
        if serializer is None:  # as for everything that is no message
            if not issubclass(kind, BaseMessage):  # pyright: ignore[reportUnnecessaryIsInstance]
                raise not_a_message(message)
            serializer = self._serializer(kind)
        try:
            data = serializer.to_json(message, by_alias=True)
        except PydanticSerializationError:
            # Once more rather than each time: the fallback is not free.
            data = serializer.to_json(message, by_alias=True, fallback=plain)
        return data.decode() if ref is None else with_ref(data, ref)

    @cached_property
    def _routes(self) -> dict[str, tuple[Handler, _Decoder]]:
        return {
            action: (handler, _Decoder(handler.routes[action], self.wire))
            for action, handler in self._handlers.items()
        }

    def _serializer(self, kind: type[BaseMessage]) -> SchemaSerializer:
        serializer = self._serializers[kind] = self.wire.serializer(kind)
        return serializer

    @cached_property
    def complete(self) -> str:
        """The text of a completion signal without a ref."""
        return self.encode(CompleteMessage())

    @cached_property
    def group_complete(self) -> str:
        """The text of a broadcast's completion signal."""
        return self.encode(GroupCompleteMessage())

    @cached_property
    def event_complete(self) -> str:
        """The text of an event's completion signal."""
        return self.encode(EventCompleteMessage())


def with_ref(data: bytes, ref: Ref) -> str:
    """Return an encoded message with the correlation id as its last key.

    Args:
        data: An encoded object that is not empty.
        ref: The correlation id.
    """
    return f'{data[:-1].decode()},"ref":{to_json(ref).decode()}}}'


__all__ = ["Codec", "Incoming", "with_ref", "without_reserved"]
