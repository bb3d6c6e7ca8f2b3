"""The decorators that turn a consumer's methods into handlers."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypedDict, TypeVar, overload

from chanx.core.errors import ConfigurationError
from chanx.core.handler import HandlerKind, HandlerOption
from chanx.core.hints import postponed_names
from chanx.core.usage import Usage

HANDLER_ATTRIBUTE: Final = "__chanx_handler__"
CHANNEL_ATTRIBUTE: Final = "__chanx_channel__"

MethodT = TypeVar("MethodT", bound=Callable[..., object])
ConsumerT = TypeVar("ConsumerT", bound=type)


@dataclass(frozen=True, slots=True)
class HandlerDeclaration:
    """What a handler decorator was told; the consumer's class makes a handler record of it."""

    kind: HandlerKind
    action: str | None = None
    input_type: Any = None
    output_type: Any = None
    description: str | None = None
    summary: str | None = None
    tags: tuple[str, ...] = ()
    concurrent: bool = False
    shield: bool = False
    # One for all that say nothing: it is frozen.
    usage: Usage = field(default=Usage())
    errors: Mapping[str, str] = field(default_factory=dict[str, str])
    options: tuple[HandlerOption, ...] = ()
    # Not shown: it holds whatever the class body has defined so far.
    namespace: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False)


# None is required: a decorator that passes them on has what its own caller gave.
class BinaryHandlerArguments(TypedDict, total=False):
    """The arguments of :func:`binary_handler`, for decorators that pass them on (PEP 692)."""

    description: str | None
    summary: str | None
    tags: Sequence[str] | None
    concurrent: bool
    shield: bool
    errors: Mapping[str, str] | None
    options: Sequence[HandlerOption]


class EventHandlerArguments(BinaryHandlerArguments, total=False):
    """The arguments of :func:`event_handler`, for decorators that pass them on (PEP 692)."""

    action: str | None
    input_type: Any
    output_type: Any


class WsHandlerArguments(EventHandlerArguments, total=False):
    """The arguments of :func:`ws_handler`, for decorators that pass them on (PEP 692)."""

    cancels: str | None
    end: Any
    heartbeat: float | None
    idempotent: bool
    refresh: bool


@dataclass(frozen=True, slots=True)
class ChannelDeclaration:
    """AsyncAPI data of a consumer's channel.

    Attributes:
        name: The channel's key in the document; None takes it from the consumer's name.
        description: None takes it from the consumer's docstring.
        tags: Tags of the channel.
    """

    name: str | None = None
    description: str | None = None
    tags: tuple[str, ...] = ()


@overload
def ws_handler(method: MethodT, /) -> MethodT: ...
@overload
def ws_handler(
    *,
    action: str | None = None,
    input_type: Any = None,
    output_type: Any = None,
    description: str | None = None,
    summary: str | None = None,
    tags: Sequence[str] | None = None,
    concurrent: bool = False,
    shield: bool = False,
    cancels: str | None = None,
    end: Any = None,
    heartbeat: float | None = None,
    idempotent: bool = False,
    refresh: bool = False,
    errors: Mapping[str, str] | None = None,
    options: Sequence[HandlerOption] = (),
) -> Callable[[MethodT], MethodT]: ...
def ws_handler(  # noqa: D417 - `method` is what Python gives a decorator
    method: Any = None,
    /,
    *,
    action: str | None = None,
    input_type: Any = None,
    output_type: Any = None,
    description: str | None = None,
    summary: str | None = None,
    tags: Sequence[str] | None = None,
    concurrent: bool = False,
    shield: bool = False,
    cancels: str | None = None,
    end: Any = None,
    heartbeat: float | None = None,
    idempotent: bool = False,
    refresh: bool = False,
    errors: Mapping[str, str] | None = None,
    options: Sequence[HandlerOption] = (),
    **unknown: object,
) -> Any:
    """Let a method handle a client's messages.

    The method is ``async def method(self, message: SomeMessage) -> Reply | None``; a message it
    returns is sent to the client, and validated first if it is of another class. An asynchronous
    generator (``-> AsyncIterator[Reply]``) streams its replies as it yields them. Replies, errors
    and the completion signal carry the request's ``ref``. Every frame with a ``ref`` is answered:
    where nothing that carries it was sent, and at the end of a stream without an ``end``, by
    ``complete``. Frames are handled one at a time and in order.

    Args:
        action: The one action to handle where the message class declares several. None takes
            every action of the input.
        input_type: A message class, a union, or a list or tuple of message classes. None takes
            them from the argument's annotation.
        output_type: What the method may return, in the same forms. None takes it from the return
            annotation; without one, any message may be returned and none is documented.
        description: For the document; None takes the docstring.
        summary: For the document; None takes the first paragraph of the description.
        tags: For the document.
        concurrent: Let frames of this handler run beside others, at most
            ``Limits.max_concurrent_handlers`` at once and in no order.
        shield: Let the handler finish once it began, although the client leaves: a transaction and
            what it broadcasts. It is not cancelled at the end of its connection, which waits for
            it before :meth:`disconnect` is called, for ``Limits.handler_timeout`` at most where
            there is one. What it sends then reaches nobody. A server that stops lets it run for
            ``Limits.drain_timeout``.
        cancels: For clients: the name of the handler whose work a message to this one ends.
        end: What a stream ends with: a message class, a union or a list, of those that it yields.
            It then has to, unless it ends with an error. None lets ``complete`` tell its end to
            whoever sent a ``ref``.
        heartbeat: For clients: seconds of silence after which they send this message, to see
            whether the connection is alive. None if it is not a heartbeat.
        idempotent: For clients: whether a message may be sent again when its answer was lost.
        refresh: For clients: whether it takes new credentials while the connection is open.
        errors: The codes with which the method raises
            :class:`~chanx.core.errors.MessageError`, each with when that is, for the document:
            ``{"busy": "Another answer is being written."}``.
        options: What adapters and projects keep with the handler, of each class one; see
            :class:`~chanx.core.handler.HandlerOption`.

    Raises:
        ConfigurationError: A TypeError, when the consumer's class is created: the method is not
            asynchronous, takes no message, shares an action with another handler, or hides a
            method of the consumer; or clients cannot use it as it says.

    Example:
        >>> from chanx.core.websocket import AsyncJsonWebsocketConsumer
        >>> from chanx.messages import PingMessage, PongMessage
        >>> class Health(AsyncJsonWebsocketConsumer):
        ...     @ws_handler
        ...     async def ping(self, message: PingMessage) -> PongMessage:
        ...         return PongMessage()
    """
    # The overloads have no **unknown: type checkers refuse what is refused here.
    _refuse("ws_handler", unknown)
    declaration = HandlerDeclaration(
        "message",
        action=action,
        input_type=input_type,
        output_type=output_type,
        description=description,
        summary=summary,
        tags=_tags(tags),
        concurrent=concurrent,
        shield=shield,
        usage=Usage(
            cancels=cancels,
            end=end,
            heartbeat=heartbeat,
            idempotent=idempotent,
            refresh=refresh,
        ),
        errors={} if errors is None else errors,
        options=_options(options),
    )
    return _decorate(method, declaration)


@overload
def event_handler(method: MethodT, /) -> MethodT: ...
@overload
def event_handler(
    *,
    action: str | None = None,
    input_type: Any = None,
    output_type: Any = None,
    description: str | None = None,
    summary: str | None = None,
    tags: Sequence[str] | None = None,
    concurrent: bool = False,
    shield: bool = False,
    errors: Mapping[str, str] | None = None,
    options: Sequence[HandlerOption] = (),
) -> Callable[[MethodT], MethodT]: ...
def event_handler(  # noqa: D417 - `method` is what Python gives a decorator
    method: Any = None,
    /,
    *,
    action: str | None = None,
    input_type: Any = None,
    output_type: Any = None,
    description: str | None = None,
    summary: str | None = None,
    tags: Sequence[str] | None = None,
    concurrent: bool = False,
    shield: bool = False,
    errors: Mapping[str, str] | None = None,
    options: Sequence[HandlerOption] = (),
    **unknown: object,
) -> Any:
    """Let a method handle typed events from the channel layer.

    Events come from ``send_event`` and ``broadcast_event`` of any process that shares the layer.
    The method has the form that :func:`ws_handler` describes; what it returns or yields is sent
    to this connection's client.

    Args:
        action: As for :func:`ws_handler`.
        input_type: As for :func:`ws_handler`.
        output_type: As for :func:`ws_handler`.
        description: As for :func:`ws_handler`.
        summary: As for :func:`ws_handler`.
        tags: As for :func:`ws_handler`.
        concurrent: As for :func:`ws_handler`.
        shield: As for :func:`ws_handler`.
        errors: As for :func:`ws_handler`.
        options: As for :func:`ws_handler`.

    Raises:
        ConfigurationError: As :func:`ws_handler`.

    Example:
        >>> from typing import Literal
        >>> from chanx.core.websocket import AsyncJsonWebsocketConsumer
        >>> from chanx.messages import BaseMessage
        >>> class OrderPaid(BaseMessage):
        ...     action: Literal["order_paid"] = "order_paid"
        ...     payload: int
        >>> class Orders(AsyncJsonWebsocketConsumer[OrderPaid]):
        ...     groups = ["orders"]
        ...
        ...     @event_handler
        ...     async def order_paid(self, event: OrderPaid) -> OrderPaid:
        ...         return event
    """
    _refuse("event_handler", unknown)
    declaration = HandlerDeclaration(
        "event",
        action=action,
        input_type=input_type,
        output_type=output_type,
        description=description,
        summary=summary,
        tags=_tags(tags),
        concurrent=concurrent,
        shield=shield,
        errors={} if errors is None else errors,
        options=_options(options),
    )
    return _decorate(method, declaration)


@overload
def binary_handler(method: MethodT, /) -> MethodT: ...
@overload
def binary_handler(
    *,
    description: str | None = None,
    summary: str | None = None,
    tags: Sequence[str] | None = None,
    concurrent: bool = False,
    shield: bool = False,
    errors: Mapping[str, str] | None = None,
    options: Sequence[HandlerOption] = (),
) -> Callable[[MethodT], MethodT]: ...
def binary_handler(  # noqa: D417 - `method` is what Python gives a decorator
    method: Any = None,
    /,
    *,
    description: str | None = None,
    summary: str | None = None,
    tags: Sequence[str] | None = None,
    concurrent: bool = False,
    shield: bool = False,
    errors: Mapping[str, str] | None = None,
    options: Sequence[HandlerOption] = (),
    **unknown: object,
) -> Any:
    """Let a method handle the client's binary frames; a consumer has one at most.

    The method is ``async def method(self, data: bytes) -> Reply | bytes | None``; bytes that it
    returns are sent as a binary frame, as ``send_bytes`` sends them. Frames are handled in their
    order, text and binary ones in one. ``Limits.max_message_size`` bounds them. Without such a
    handler, a binary frame is answered with ``unsupported_data``.

    Args:
        description: As for :func:`ws_handler`.
        summary: As for :func:`ws_handler`.
        tags: As for :func:`ws_handler`.
        concurrent: As for :func:`ws_handler`.
        shield: As for :func:`ws_handler`.
        errors: As for :func:`ws_handler`.
        options: As for :func:`ws_handler`.

    Raises:
        ConfigurationError: As :func:`ws_handler`, and if there are two, or it does not take bytes.

    Example:
        >>> from chanx.core.websocket import AsyncJsonWebsocketConsumer
        >>> class Mirror(AsyncJsonWebsocketConsumer):
        ...     @binary_handler
        ...     async def mirror(self, data: bytes) -> bytes:
        ...         return data[::-1]
    """
    _refuse("binary_handler", unknown)
    declaration = HandlerDeclaration(
        "binary",
        description=description,
        summary=summary,
        tags=_tags(tags),
        concurrent=concurrent,
        shield=shield,
        errors={} if errors is None else errors,
        options=_options(options),
    )
    return _decorate(method, declaration)


def channel(
    name: str | None = None,
    description: str | None = None,
    tags: Sequence[str] | None = None,
) -> Callable[[ConsumerT], ConsumerT]:
    """Give a consumer's channel in the AsyncAPI document a name, a description and tags.

    Args:
        name: The channel's key; None takes it from the consumer's name.
        description: None takes the consumer's docstring.
        tags: Tags of the channel.

    Raises:
        ConfigurationError: If it stands without parentheses, or tags are a string.

    Example:
        >>> from chanx.core.websocket import AsyncJsonWebsocketConsumer
        >>> @channel(name="chat", tags=["public"])
        ... class ChatConsumer(AsyncJsonWebsocketConsumer):
        ...     "Rooms in which people talk."
    """
    # @channel without parentheses is given the class as its name.
    if isinstance(name, type):
        raise ConfigurationError(f"Write @channel() with parentheses on {name.__qualname__}.")

    declaration = ChannelDeclaration(name, description, _tags(tags))

    def decorate(consumer: ConsumerT) -> ConsumerT:
        # On the class itself: whoever reads it looks into vars(), as a subclass is another channel.
        setattr(consumer, CHANNEL_ATTRIBUTE, declaration)
        return consumer

    return decorate


def _tags(tags: Sequence[str] | None) -> tuple[str, ...]:
    # A sequence too, of its letters: four tags for "chat".
    if isinstance(tags, str):
        raise ConfigurationError(f"tags={tags!r} is a string: write a list of tags.")
    return tuple(tags or ())


def _options(options: Sequence[HandlerOption]) -> tuple[HandlerOption, ...]:
    kinds: set[type] = set()
    for option in options:
        kind = type(option)
        if not isinstance(option, HandlerOption):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ConfigurationError(f"options= has {option!r}: it takes HandlerOption instances.")
        # By the very class: Handler.option finds the first that fits, and a second of the same
        # would never count.
        if kind in kinds:
            raise ConfigurationError(f"options= has two {kind.__qualname__}: give one of each.")
        kinds.add(kind)
    return tuple(options)


def _refuse(decorator: str, unknown: Mapping[str, object]) -> None:
    """Refuse keywords as Python does, and say where those of an adapter are taken."""
    for keyword in unknown:
        raise TypeError(
            f"{decorator}() got an unexpected keyword argument {keyword!r}. Those of Django, such "
            f"as atomic, are taken by the {decorator} of chanx.ext.channels."
        )


def _decorate(method: Any, declaration: HandlerDeclaration) -> Any:
    def decorate(method: Any) -> Any:
        # A classmethod, a property or a class: what a wrong order of decorators brings here.
        if not inspect.isfunction(method):
            raise ConfigurationError(
                f"@{_NAMES[declaration.kind]} goes on an async method of a consumer, "
                f"not on {method!r}."
            )
        # Now, as the frames that know them are gone when the class is complete.
        names = postponed_names(method)
        namespace = _visible(names) if names else {}
        # On the function, which stays what it is: it may be called, overridden and wrapped as any
        # other.
        setattr(method, HANDLER_ATTRIBUTE, replace(declaration, namespace=namespace))
        return method

    return decorate if method is None else decorate(method)


def _visible(names: set[str]) -> dict[str, Any]:
    """Return those of the names that the class body or a function around it defines.

    Whatever decorators of others stand between the class body and this.

    Args:
        names: The names.
    """
    frame = inspect.currentframe()
    while frame is not None and "__qualname__" not in frame.f_locals:  # as only class bodies have
        frame = frame.f_back
    found: dict[str, Any] = {}
    # As far as functions around the class reach: names of the module are read when the annotation
    # is evaluated, and may be defined below.
    while frame is not None and frame.f_code.co_name != "<module>":
        # The inner ones count, as in Python.
        found = {name: frame.f_locals[name] for name in names.intersection(frame.f_locals)} | found
        frame = frame.f_back
    return found


_NAMES: Final[Mapping[HandlerKind, str]] = {
    "message": "ws_handler",
    "event": "event_handler",
    "binary": "binary_handler",
}


__all__ = [
    "CHANNEL_ATTRIBUTE",
    "HANDLER_ATTRIBUTE",
    "BinaryHandlerArguments",
    "ChannelDeclaration",
    "EventHandlerArguments",
    "HandlerDeclaration",
    "HandlerKind",
    "MethodT",
    "WsHandlerArguments",
    "binary_handler",
    "channel",
    "event_handler",
    "ws_handler",
]
