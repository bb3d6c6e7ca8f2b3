"""A handler of a consumer: its record, what decorators keep with it, and a call of it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, TypeAlias, TypeVar

from chanx.core.annotations import MessageTypes
from chanx.core.frames import Ref
from chanx.core.usage import Usage
from chanx.messages import BaseMessage

HandlerKind = Literal["message", "event", "binary"]

OptionT = TypeVar("OptionT", bound="HandlerOption")


class HandlerOption:
    """What a decorator of an adapter or a project keeps with a handler, typed.

    Subclass it, as a frozen dataclass say, and give the decorator ``options=[...]``: the core's
    ``ws_handler`` and ``event_handler`` take any number of them, of each class one. Whoever has
    the handler's record, as :attr:`Call.handler` is, finds the option with
    :meth:`Handler.option`. A handler without options pays nothing for them.

    Attributes:
        errors: The codes of the errors that it may answer with, each with when, for the document.

    Example:
        >>> from dataclasses import dataclass
        >>> from typing import Unpack
        >>> from chanx.core import decorators
        >>> from chanx.core.websocket import AsyncJsonWebsocketConsumer
        >>> from chanx.messages import PingMessage
        >>> @dataclass(frozen=True)
        ... class Audited(HandlerOption):
        ...     topic: str
        ...
        ...     async def around(self, consumer, call):
        ...         print(self.topic, call.action)
        ...         await call()
        >>> def ws_handler(*, topic: str, **arguments: Unpack[decorators.WsHandlerArguments]):
        ...     arguments["options"] = [*arguments.get("options", ()), Audited(topic)]
        ...     return decorators.ws_handler(**arguments)
        >>> class Room(AsyncJsonWebsocketConsumer):
        ...     @ws_handler(topic="health", summary="Is it there?")
        ...     async def ping(self, message: PingMessage) -> None: ...
        >>> Room.handler_table.messages["ping"].option(Audited)
        Audited(topic='health')
    """

    # None of its own, so that subclasses may be slotted dataclasses.
    __slots__ = ()

    errors: Mapping[str, str] = MappingProxyType({})

    def check(self, consumer: type, handler: "Handler") -> None:
        """Refuse what cannot work, when the consumer's class is created.

        Args:
            consumer: The consumer's class, of which not everything is there yet: its attributes
                are, its table of handlers is not.
            handler: The handler with which the option is kept.

        Raises:
            ConfigurationError: If it cannot work; the text names the handler and the fix.
        """

    def check_override(self, consumer: type, handler: "Handler") -> None:
        """Refuse what an override makes of the handler with which the option is kept.

        Called when a class is created that overrides the handler with one that has a decorator of
        its own, and so options of its own; one without keeps these.

        Args:
            consumer: The consumer's class, as in :meth:`check`.
            handler: The handler that overrides.

        Raises:
            ConfigurationError: If it may not be so, as when it drops what protects the handler; the
                text names the handler and the fix.
        """

    async def around(self, consumer: Any, call: "Call") -> None:
        """Stand around each call of the handler, within what the consumer's classes do.

        As :meth:`~chanx.core.websocket.AsyncJsonWebsocketConsumer.around`, which says what may be
        done. It is entered only where a subclass overrides it.

        Args:
            consumer: The consumer, an instance of the class that has the handler.
            call: The call.

        Raises:
            Exception: What the handler raises.
        """
        await call()


@dataclass(frozen=True, slots=True)
class Handler:
    """One handler of a consumer.

    Attributes:
        kind: ``"message"`` for client messages, ``"event"`` for layer events, ``"binary"`` for
            binary frames.
        name: The method's name.
        method: What is called with the consumer and the message; whatever else the method takes,
            it fills by itself.
        routes: The actions it takes, each with the message class that describes it.
        outputs: The message classes it may return or yield; None if it does not say.
        replies: The same for ``isinstance``; any message if it does not say.
        streams: Whether it is an asynchronous generator.
        concurrent: Whether its messages may be handled beside others.
        shield: Whether it finishes once it began, although its connection ends.
        description: For the document; None if there is neither text nor docstring.
        summary: For the document; None takes the first paragraph of the description.
        tags: For the document.
        usage: How clients use it.
        declared_ends: The messages with which a stream is declared to end; none if it is not.
        ends: Those, and errors: the messages after which a stream is over.
        always_replies: Whether it is declared to return a message each time, and never None.
        errors: The codes of the project's own errors that it declares, each with when.
        options: What decorators of adapters and projects keep with it.
        layers: What stands around each call of it, the outermost first: the ``around`` of the
            consumer's classes, then those of options.
        sends_bytes: Whether it is declared to answer with binary frames.
        has_task: Whether it runs in a task of its own.
        is_plain: Whether it is called with its message and nothing else is to be done about it.
    """

    kind: HandlerKind
    name: str
    method: Callable[..., Any]
    routes: Mapping[str, type[BaseMessage]]
    outputs: MessageTypes | None
    replies: tuple[type[Any], ...]  # bytes among them for binary frames only
    streams: bool
    concurrent: bool
    shield: bool
    description: str | None
    summary: str | None
    tags: tuple[str, ...]
    usage: Usage
    declared_ends: MessageTypes
    ends: MessageTypes
    always_replies: bool
    errors: Mapping[str, str] = field(default_factory=dict[str, str])
    options: tuple[HandlerOption, ...] = ()
    layers: "tuple[Layer, ...]" = ()
    sends_bytes: bool = False
    has_task: bool = field(init=False)
    is_plain: bool = field(init=False)

    def __post_init__(self) -> None:
        # Decided once, since it is asked for every message.
        object.__setattr__(self, "has_task", self.concurrent or self.shield)
        # A binary handler may return bytes, which are sent in another way.
        is_called = not self.streams and not self.layers and self.kind != "binary"
        object.__setattr__(self, "is_plain", is_called)

    @property
    def has_end(self) -> bool:
        """Whether it is a stream that is declared to end with a message of its own."""
        return bool(self.declared_ends)

    @property
    def inputs(self) -> MessageTypes:
        """The message classes it takes, each once."""
        return tuple(dict.fromkeys(self.routes.values()))

    def option(self, kind: type[OptionT]) -> OptionT | None:
        """Return the option of a class that is kept with the handler; None if there is none.

        Args:
            kind: The class; an option of a subclass counts.
        """
        return next((option for option in self.options if isinstance(option, kind)), None)


class Call:
    """A message on its way to its handler: what stands around handlers sees, and awaits.

    ``await call()`` goes on: to the next that stands around the handler, and at last to the
    handler itself. It raises what the handler raises.

    Args:
        consumer: The consumer.
        handler: The handler.
        action: The action.
        message: What the handler is given.
        ref: The request's correlation id; None for none.
        go: Calls the handler, and notes its reply.

    Attributes:
        handler: The handler's record: its name, kind, options, declared replies.
        action: The action of the message; of a binary frame, the handler's name.
        message: What the handler is given: a message, or a binary frame's bytes.
        ref: The client's correlation id; None for none, as for every event.
        arguments: What the handler is given besides, by name; those that stand around it may add
            to it.
    """

    __slots__ = (
        "_consumer",
        "_depth",
        "_go",
        "_reply",
        "action",
        "arguments",
        "handler",
        "message",
        "ref",
    )

    def __init__(
        self,
        consumer: Any,
        handler: Handler,
        action: str,
        message: BaseMessage | bytes,
        ref: Ref | None,
        go: "Callable[[Call], Awaitable[Reply]]",
    ) -> None:
        self._consumer = consumer
        self._go = go
        self._depth = 0
        self._reply: Reply = None
        self.handler: Handler = handler
        self.action: str = action
        self.message: BaseMessage | bytes = message
        self.ref: Ref | None = ref
        self.arguments: dict[str, Any] = {}

    async def __call__(self) -> None:
        """Go on, to the handler in the end; what calls this more than once has it run again.

        Raises:
            Exception: What the handler raises, or what stands between.
        """
        depth, layers = self._depth, self.handler.layers
        # By depth, and not by closures: a call is one object, however many layers it passes.
        if depth == len(layers):
            self._reply = await self._go(self)
            return
        # Before it is awaited: that layer's `call()` goes on with the next.
        self._depth = depth + 1
        try:
            await layers[depth](self._consumer, self)
        finally:
            # What stands around may call again, as to retry: that begins where this began.
            self._depth = depth

    @property
    def kind(self) -> HandlerKind:
        """``"message"`` and ``"binary"`` for what the client sent, ``"event"`` for the layer."""
        return self.handler.kind

    @property
    def reply(self) -> "Reply":
        """What the handler returned, once it has; of a stream, what it yielded last.

        It is sent when all that stands around the handler has ended, so that a transaction is
        committed by then; what a stream yields is sent as it comes. Set it to answer with something
        else, or without the handler.
        """
        return self._reply

    @reply.setter
    def reply(self, reply: "Reply") -> None:
        # Set, it would never be sent: the replies of a stream have gone by the time that a layer
        # could.
        if self.handler.streams:
            raise RuntimeError(
                f"{self.handler.name} is a stream, whose replies are sent as it yields them: send "
                f"another with send_message."
            )
        self._reply = reply


Reply: TypeAlias = BaseMessage | bytes | None
"""What a handler returns; bytes only that of binary frames."""

Layer: TypeAlias = Callable[[Any, Call], Awaitable[None]]
"""What stands around a handler: a function of the consumer and the call."""


__all__ = ["Call", "Handler", "HandlerKind", "HandlerOption", "Layer", "OptionT", "Reply"]
