"""From a frame's text to a message with its handler, and from a message to text."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from jiter import from_json
from pydantic import ValidationError
from pydantic_core import PydanticSerializationError, SchemaSerializer, SchemaValidator, to_json

from chanx.core import frames
from chanx.core.careful import CarefulValidator, TooMuchWork, longest_of
from chanx.core.close_codes import CloseCode
from chanx.core.errors import FrameError
from chanx.core.events import not_a_message
from chanx.core.frames import Ref
from chanx.core.handler import Handler
from chanx.core.limits import PARSER_DEPTH, Limits
from chanx.core.long_frames import LongFrames
from chanx.core.loops import PerLoop
from chanx.core.parsed import treats_parsed_as_text
from chanx.core.wire import WireFormat
from chanx.messages import (
    RESERVED_KEYS,
    BaseMessage,
    CompleteMessage,
    EventCompleteMessage,
    GroupCompleteMessage,
)
from chanx.messages.plain import plain


@dataclass(slots=True)
class Incoming:
    """A client's message, ready to be handled.

    Not frozen, since one is made of every frame, and that takes five times as long.

    Attributes:
        handler: What handles it.
        message: The message itself; the bytes of a binary frame.
        action: Its action.
        ref: Its correlation id; None if the client gave none.
    """

    handler: Handler
    message: BaseMessage | bytes
    action: str
    ref: Ref | None


class _Decoder:
    """The validation of one message class."""

    __slots__ = (
        "_careful",
        "_has_extra_policy",
        "_schema",
        "longest",
        "validate_json",
        "validate_parsed",
    )

    def __init__(self, message: type[BaseMessage], wire: WireFormat) -> None:
        validator = wire.validator(message)
        self._schema = wire.validation_schema(message)
        self._careful: CarefulValidator | None = None
        # With "ignore", as by default, pydantic passes over the protocol's keys by itself, and
        # nothing is to be left out.
        self._has_extra_policy = message.model_config.get("extra") in ("forbid", "allow")
        # The validators' own methods, so that a frame costs no call between.
        self.validate_json: Callable[[bytes], Any] = validator.validate_json
        self.validate_parsed: Callable[[Any], Any] | None = validator.validate_python
        # The longest frame that is not validated carefully.
        self.longest: int = longest_of(self._schema)
        if self._has_extra_policy:
            self._keep_protocol_from(validator)
        # Last, as what stands above sets it for classes that mind other keys.
        if not treats_parsed_as_text(self._schema):
            self.validate_parsed = None

    def _keep_protocol_from(self, validator: SchemaValidator) -> None:
        """Leave out the frame's keys that are not a field's where the class minds other keys."""
        self.validate_json = lambda data: validator.validate_json(_declared_json(data))
        self.validate_parsed = lambda frame: validator.validate_python(without_reserved(frame))

    def validate_carefully(self, frame: dict[str, Any], data: bytes) -> Any:
        """Validate a frame of which nobody knows how long that takes.

        Args:
            frame: The parsed frame.
            data: Its text.

        Raises:
            pydantic.ValidationError: If it does not validate.
            TooMuchWork: If it takes longer than a frame of its length may.
        """
        if self._careful is None:  # few need it
            self._careful = CarefulValidator(self._schema)
        # As _keep_protocol_from does for the other validator; of the text it is done only where
        # that is what is validated.
        declared = without_reserved(frame) if self._has_extra_policy else frame
        if self.validate_parsed is not None:
            return self._careful.validate_parsed(declared, len(data))
        text = _declared_json(data) if self._has_extra_policy else data
        return self._careful.validate_json(text, declared)


def _declared_json(data: bytes) -> bytes:
    frame = from_json(data)
    declared = without_reserved(frame)
    # Most frames have none of these keys: their text is taken as it came.
    return data if declared is frame else to_json(declared)


def without_reserved(frame: dict[str, Any]) -> dict[str, Any]:
    """Return a parsed frame without the protocol's keys.

    Args:
        frame: The frame.
    """
    # The same object where nothing is to be left out, by which _declared_json() tells.
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
        # By class and for each codec: two consumers may spell the same message differently.
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

    def decode(self, text: str, turns: PerLoop[LongFrames] | None = None) -> Incoming:
        """Decode a client's frame.

        One parse finds what is not JSON or repeats a key, the action and the ``ref``; one pass of
        the action's validator makes the message.

        Args:
            text: The frame's text.
            turns: Say of an event loop whether a long frame may be validated now; None if any may.

        Raises:
            FrameError: If the frame is not a message that the consumer takes.
            NotNow: If it has to wait for its turn.
        """
        try:
            # Encoded first: limits count bytes, and both parsers take them.
            data = text.encode()
        except UnicodeEncodeError as error:
            raise frames.not_json(text, "it contains a lone surrogate") from error
        # Before it is parsed, which is the work that the limit is to spare.
        if len(data) > self._max_size:
            raise self.too_large()
        try:
            # NaN is not JSON (RFC 8259, 6). Of a repeated key parsers take the first or the last
            # (4), so that a proxy may have checked another value than is handled. Keys recur from
            # frame to frame, and are kept; values hardly do.
            frame = from_json(
                data, allow_inf_nan=False, catch_duplicate_keys=True, cache_mode="keys"
            )
        except ValueError as error:
            raise frames.not_json(text, str(error)) from error
        # The parser has the bound that it comes with; only a lower one costs a walk.
        if self._max_depth < PARSER_DEPTH and frames.is_deeper(frame, self._max_depth):
            raise frames.too_deep(self._max_depth, frames.readable_ref(frame))
        # Before the try: what is wrong with a class as it is built is a TypeError, too.
        routes = self._routes
        try:
            # Tried and not asked first: only a frame that is wrong pays for it.
            action = frame[self._key]
            # What is not an object, has no action, or one that is no string, fails here in one of
            # these ways.
            handler, decoder = routes[action]
            ref = frame.get("ref")
        except (TypeError, KeyError, IndexError) as error:
            raise frames.unroutable(frame, self._key) from error
        # Before validation, so that its errors carry the ref.
        if ref is not None:
            ref = frames.checked_ref(ref)
        try:
            if len(data) > decoder.longest:
                if turns is not None:
                    # Asked last: a turn is not to be wasted on a frame that is wrong anyway.
                    turns.get().enter()
                return Incoming(handler, decoder.validate_carefully(frame, data), action, ref)
            if decoder.validate_parsed is not None:
                return Incoming(handler, decoder.validate_parsed(frame), action, ref)
            return Incoming(handler, decoder.validate_json(data), action, ref)
        except ValidationError as error:
            raise frames.invalid(error, ref, action) from error
        except TooMuchWork as error:
            raise frames.too_complex(ref, action) from error
        except ValueError as error:
            # Of pydantic itself, which makes ValidationErrors of those that validators raise.
            raise frames.unreadable(ref, action) from error

    def too_large(self) -> FrameError:
        """Return the error for a frame that exceeds the limit."""
        detail = f"A frame has at most {self._max_size} bytes."
        # Without a ref, for which all of it would have to be parsed.
        return FrameError("too_large", detail, closes=CloseCode.TOO_LARGE)

    def encode(self, message: BaseMessage, ref: Ref | None = None) -> str:
        """Encode a message that the server sends.

        Args:
            message: The message.
            ref: The correlation id of the request that caused it; None if no request did.

        Raises:
            ConfigurationError: If it is not a message.
            pydantic_core.PydanticSerializationError: If the message holds what JSON cannot.
        """
        kind = type(message)
        # By the very class: the serializer of a base would leave out what a subclass adds.
        serializer = self._serializers.get(kind)
        if serializer is None:  # as for everything that is not a message
            if not issubclass(kind, BaseMessage):  # pyright: ignore[reportUnnecessaryIsInstance]
                raise not_a_message(message)
            serializer = self._serializer(kind)
        try:
            data = serializer.to_json(message, by_alias=True)
        except PydanticSerializationError:
            # Once more rather than each time: the fallback is not free.
            data = serializer.to_json(message, by_alias=True, fallback=plain)
        return data.decode() if ref is None else with_ref(data, ref)

    # Cached at the first frame, if not by build(): threads may make it twice, of which either will
    # do.
    @cached_property
    def _routes(self) -> dict[str, tuple[Handler, _Decoder]]:
        return {
            action: (handler, _Decoder(handler.routes[action], self.wire))
            for action, handler in self._handlers.items()
        }

    def _serializer(self, kind: type[BaseMessage]) -> SchemaSerializer:
        # Threads may make two of the same, of which either will do.
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
    # Into the text, since no message class has such a field (RESERVED_KEYS): one that is encoded
    # already may get it as well, as Outbox.complete has it.
    return f'{data[:-1].decode()},"ref":{to_json(ref).decode()}}}'


__all__ = ["Codec", "Incoming", "with_ref", "without_reserved"]
