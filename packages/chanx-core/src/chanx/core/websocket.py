"""The consumer: a class whose typed methods handle one WebSocket connection."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from operator import attrgetter
from typing import Any, ClassVar, overload

from chanx.core.admission import user_id_of
from chanx.core.application import ConsumerApplication
from chanx.core.asgi import Receive, Scope, Send
from chanx.core.asks import NO_ANSWER, NO_ANSWER_TEXT
from chanx.core.authenticator import BaseAuthenticator, Credential
from chanx.core.closing import CloseMeaning, close_meanings
from chanx.core.connected import Connected
from chanx.core.declarations import check_arguments, check_attributes, emitted, merged
from chanx.core.dispatch import failure_of
from chanx.core.errors import FrameError, MessageError, RequestError
from chanx.core.expected import HANDLER_ERRORS, ExceptionT, MappedT, MapperT, check_errors, expect
from chanx.core.filling import Parameters, Resolver, fill_hooks
from chanx.core.groups import class_groups
from chanx.core.handler import Call, HandlerOption
from chanx.core.handlers import HandlerTable, build_handler_table
from chanx.core.hooks import ConnectArguments
from chanx.core.limits import Limits
from chanx.core.mentions import mentioned_names
from chanx.core.observer import Observer
from chanx.core.origin import is_allowed
from chanx.core.overrides import CONSUMER_HOOKS, check_connect, check_hooks, check_overrides
from chanx.core.reachable import EventT
from chanx.core.runtime import Basis, Overrides, Runtime
from chanx.core.session import Session
from chanx.core.settings import SETTING_NAMES, declared_settings
from chanx.core.spelling import check_spelling
from chanx.core.type_arguments import check_events
from chanx.core.unfilled import refuse_markers, refuse_markers_of_hooks
from chanx.messages import BaseMessage

# All five in one C call: it is asked for each connection, for the runtime's key.
_hooks: Callable[[type], tuple[Callable[..., Any], ...]] = attrgetter(*Overrides._fields)

_ADDRESS = "channel_name"
"""Whoever names this wants a channel. Within the class it would be a name that its methods name."""


def _user(consumer: "AsyncJsonWebsocketConsumer[Any]") -> Any:
    return consumer.scope.get("user")


def _set_user(consumer: "AsyncJsonWebsocketConsumer[Any]", user: Any) -> None:
    consumer.scope["user"] = user


class AsyncJsonWebsocketConsumer(Connected[EventT]):
    """Serves WebSocket connections with typed handlers; one instance serves one connection.

    Methods decorated with :func:`~chanx.core.decorators.ws_handler` take client messages, those
    with :func:`~chanx.core.decorators.event_handler` take events of the channel layer, typed by
    ``EventT``. Mount ``Consumer.as_asgi()`` wherever an ASGI application goes; adapters have
    subclasses with more comfort.

    Frames are JSON text, ``{"action": ..., "payload": ...}``. A request may carry a ``ref``, a
    string or an integer; every reply, error and completion that it causes carries the same. A
    frame that is not a message is answered with an :class:`~chanx.messages.ErrorMessage`, and the
    socket stays open. Frames are handled one at a time and in order, events likewise beside them;
    the end of the connection cancels what still runs. What handlers and hooks can do,
    :class:`~chanx.core.connected.Connected` has; what any code can do without a connection,
    :class:`~chanx.core.reachable.Reachable`.

    Each of :class:`~chanx.core.settings.Settings` is a class attribute too; where it is None, the
    project's counts. The others are:

    Attributes:
        groups: Groups that every connection joins; on an instance, those it is to join (until
            :meth:`post_authentication` is done) or has joined. Names are any text.
        extra_groups: Further groups, merged along the MRO.
        authenticator_class: Decides before accept who is let in; None lets everyone in.
        channel_layer_alias: Which channel layer carries broadcasts and events.
        asks: What :meth:`request` asks clients: message classes, each with what it is answered by,
            a class, a union or a list; merged along the MRO.
        emits: Messages that are sent outside handlers, for the document; merged along the MRO.
        passthrough_events: Events that are forwarded to the client as they are; merged along the
            MRO.
        ready_message: For clients: the message by which they know that they can begin; None leaves
            that to the authentication message, or to the open socket.
        close_codes: For clients: the codes with which the consumer closes connections or refuses
            them itself (4000 plus the HTTP status), with why, as a text or
            :class:`~chanx.core.closing.CloseMeaning`; merged along the MRO.
        handshake_errors: Exceptions of ``connect`` and the authenticator that are left to the
            framework around the consumer to answer, as long as nothing is answered yet; it tells
            :attr:`observer` then how the connection ends.
        handler_errors: Codes of the project's own with which any handler, or what stands around it,
            raises :class:`~chanx.core.errors.MessageError`, each with when, for the document;
            merged along the MRO.
        handshake_credentials: What clients present in the handshake, beside what the authenticator
            looks at, as adapters come to know it.
        blocking_calls: By what blocking code is called, for the words of errors.
        origin_settings: By what further origins are named, for the log.

    Attributes of an instance: ``scope``, the ASGI connection scope; ``authenticator``, None
    without ``authenticator_class``; ``user``, ``scope["user"]`` or None, which may be set;
    :attr:`expires_at`, until when the connection may stay; ``observer``, who is told what becomes
    of it, None if nobody is.

    Raises:
        ConfigurationError: When a subclass is created whose declarations cannot work.

    Example:
        >>> from typing import Literal
        >>> from chanx.core.decorators import ws_handler
        >>> class Say(BaseMessage):
        ...     action: Literal["say"] = "say"
        ...     payload: str
        >>> class Said(BaseMessage):
        ...     action: Literal["said"] = "said"
        ...     payload: str
        >>> class Room(AsyncJsonWebsocketConsumer):
        ...     groups = ["room"]
        ...
        ...     @ws_handler
        ...     async def say(self, message: Say) -> None:
        ...         await self.broadcast_message(Said(payload=message.payload))
        >>> application = Room.as_asgi()
    """

    # What every connection joins, of the class, is each one's own list on an instance.
    groups: Sequence[str]
    authenticator_class: ClassVar[type[BaseAuthenticator] | None] = None
    # The settings have their values below the class; these are their types, for type checkers.
    discriminator_field: ClassVar[str | None]
    camelize: ClassVar[bool | None]
    send_completion: ClassVar[bool | None]
    send_message_immediately: ClassVar[bool | None]
    send_authentication_message: ClassVar[bool | None]
    send_reconnect_message: ClassVar[bool | None]
    drain_on_signals: ClassVar[bool | None]
    log_websocket_message: ClassVar[bool | None]
    log_ignored_actions: ClassVar[Collection[str] | None]
    limits: ClassVar[Limits | None]
    allowed_origins: ClassVar[Collection[str] | None]
    deny_with_http: ClassVar[bool | None]
    client_address_header: ClassVar[str | None]
    disconnect_users: ClassVar[bool | None]
    asks: ClassVar[Mapping[type[BaseMessage], Any]] = {}
    emits: ClassVar[Sequence[type[BaseMessage]]] = ()
    passthrough_events: ClassVar[Sequence[type[BaseMessage]]] = ()
    ready_message: ClassVar[type[BaseMessage] | None] = None
    close_codes: ClassVar[Mapping[int, str | CloseMeaning]] = {}
    handshake_errors: tuple[type[Exception], ...] = ()
    handler_errors: ClassVar[Mapping[str, str]] = {}
    handshake_credentials: Sequence[Credential] = ()
    blocking_calls: ClassVar[str] = "asyncio.to_thread"
    origin_settings: ClassVar[str] = "allowed_origins"

    # That of no handlers, as __init_subclass__ does not run for this class itself.
    handler_table: ClassVar[HandlerTable] = build_handler_table(object)
    """The handlers that the class declares; made once, when it is created."""

    scope: Scope
    authenticator: BaseAuthenticator | None
    observer: Observer | None
    # Not written as a property, so that a subclass may annotate it: `user: User`.
    user: Any = property(_user, _set_user)
    """Who is connected: ``scope["user"]``, as middleware or the authenticator left it there, or
    what is set here; None if nobody is known."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        # Kinds first: what follows reads the attributes, and would fail in Python's own words.
        check_attributes(cls)
        check_errors(f"{cls.__qualname__}.{HANDLER_ERRORS}", cls.handler_errors)
        # Before hooks are checked: a filled one is called with what the root's is, whatever else it
        # takes.
        fill_hooks(cls, AsyncJsonWebsocketConsumer)
        check_hooks(cls, AsyncJsonWebsocketConsumer, CONSUMER_HOOKS)
        refuse_markers_of_hooks(cls, AsyncJsonWebsocketConsumer)
        cls.handler_table = build_handler_table(cls, AsyncJsonWebsocketConsumer)
        # A handler may have a name that nothing calls here, such as `receive`: it is found by its
        # message.
        handlers = {handler.name for handler in cls.handler_table.handlers}
        check_overrides(cls, AsyncJsonWebsocketConsumer, handlers)

    @classmethod
    def as_asgi(cls, **initkwargs: Any) -> "ConsumerApplication[AsyncJsonWebsocketConsumer[Any]]":
        """Return an ASGI 3 application that serves each connection with a new instance.

        Args:
            initkwargs: Arguments for the instances' constructor.

        Returns:
            An application with ``consumer_class`` and ``consumer_initkwargs``, by which routers
            and the AsyncAPI document find the consumer.

        Raises:
            ConfigurationError: If a message's schema cannot be built, :meth:`connect` is not
                asynchronous or has parameters, the constructor does not take the arguments, the
                class is typed with an event that it does nothing with, or an attribute is misspelt.

        Example:
            >>> AsyncJsonWebsocketConsumer.as_asgi().consumer_class.__name__
            'AsyncJsonWebsocketConsumer'
        """
        # Here, and not in prepare(): adapters give connect arguments, and say themselves what it
        # may take.
        check_connect(cls, AsyncJsonWebsocketConsumer, "read from self.scope what the path holds")
        refuse_markers(f"{cls.__qualname__}.connect", cls.connect)
        cls.prepare(initkwargs)
        return ConsumerApplication(cls, initkwargs)

    @classmethod
    def prepare(cls, initkwargs: Mapping[str, Any]) -> None:
        """Make what connections share, and refuse what cannot work; adapters call it at mounting.

        What ``connect`` is called with is the concern of whoever mounts the consumer.

        Args:
            initkwargs: Arguments for the instances' constructor.

        Raises:
            ConfigurationError: If a message's schema cannot be built, the constructor does not
                take the arguments, the class is typed with an event that it does nothing with, or
                an attribute of it or its authenticator has nearly the name of another.
        """
        check_arguments(cls, initkwargs)
        runtime = cls.current_runtime()
        # At mounting, and not at the class: a base without handlers is never mounted, and may be
        # typed for those below it.
        taken = {*cls.handler_table.events, *runtime.passthrough}
        check_events(cls, AsyncJsonWebsocketConsumer, taken)
        # Likewise: a base may set what the code of its subclasses reads.
        check_spelling(cls)
        if cls.authenticator_class is not None:
            check_spelling(cls.authenticator_class)
        runtime.build(emitted(cls))

    @classmethod
    def resolver_of(cls, parameters: Parameters) -> Resolver | None:
        """Return what fills what a handler or hook takes beyond its message; adapters override it.

        It is asked once for each method that takes more, when the class is created.

        Args:
            parameters: What the method takes.

        Returns:
            What gives their values, anew for each call; None where their defaults count.

        Raises:
            ConfigurationError: If one asks for what nobody gives.
        """
        refuse_markers(parameters.where, parameters.function)
        return None

    @classmethod
    def asynchronous(
        cls, method: Callable[..., Any], options: Sequence[HandlerOption]
    ) -> Callable[..., Any] | None:
        """Return what is awaited for a handler that is declared with ``def``; adapters override it.

        It is asked once for each such handler, when the class is created.

        Args:
            method: The method, which takes the consumer and a message.
            options: What is kept with the handler.

        Returns:
            An asynchronous function that runs it (``functools.wraps`` tells what it runs); None to
            refuse such handlers.
        """
        return None

    @classmethod
    def describe_user(cls, user: Any) -> str | None:
        """Return what the log calls a user: its text.

        Override it where that says too much, or little. It is called for each line of the log, in
        the connection's event loop, so it returns at once, and looks up nothing.

        Args:
            user: ``scope["user"]``, which is not None.

        Returns:
            The text; None if it is not known, as where that would take a look-up. What it raises
            counts as None.
        """
        return str(user)

    @classmethod
    def current_runtime(cls) -> Runtime:
        """Return what connections share under the present settings; made anew if these changed."""
        basis = Basis(
            cls.project_settings(),
            declared_settings(cls),
            class_groups(cls),
            merged(cls, "passthrough_events"),
            cls.authenticator_class,
            _hooks(cls),
        )
        # Of this very class: that of a base has other handlers.
        cached: Runtime | None = cls.__dict__.get("_runtime")
        # Compared each time: an attribute of a class can be set without anybody hearing of it.
        if cached is not None and cached.basis == basis:
            return cached
        # By identity with the root's: an adapter's own hook counts as one, as unit_of_work of
        # Django does.
        pairs = zip(basis.hooks, _hooks(AsyncJsonWebsocketConsumer), strict=True)
        reads_channel = _ADDRESS in mentioned_names(cls, dir(cls))
        # Threads may make two of the same, of which either will do: connections keep the one that
        # they began with.
        cls._runtime = Runtime(
            cls.handler_table,
            cls.ask_table,
            basis,
            meanings=close_meanings(cls),
            overrides=Overrides(*(own is not base for own, base in pairs)),
            connects_with_channel=reads_channel and _ADDRESS in mentioned_names(cls, ["connect"]),
            reads_channel=reads_channel,
        )
        return cls._runtime

    _runtime: ClassVar[Runtime | None] = None

    async def __call__(
        self, scope: Scope, receive: Receive, send: Send, arguments: ConnectArguments | None = None
    ) -> None:
        """Serve one connection, from its handshake to its end.

        Args:
            scope: The ASGI connection scope.
            receive: The server's receive.
            send: The server's send.
            arguments: Arguments for :meth:`connect`, or what makes them once the client is
                authenticated; None for none.
        """
        self.scope = scope
        self.authenticator = None
        runtime = self.current_runtime()
        # A list of its own: what joins and leaves change it, and the class's is shared.
        if "groups" not in self.__dict__:  # else the constructor's
            self.groups = list(runtime.basis.groups)
        self._session = Session(self, runtime, scope, receive, send)
        # Kept by the consumer too, so that a message that is sent passes one object less.
        self._outbox = self._session.outbox
        await self._session.run(arguments or {})

    @property
    def user_id(self) -> str | None:
        """What :attr:`user` is known by in every process, for limits and ``disconnect_user``.

        The user's ``pk`` or ``id``, or the user itself where that is a text or a whole number; None
        for nobody. Override it where users are known by something else.
        """
        return user_id_of(self.user)

    # Hooks

    async def connect(self, *args: Any, **kwargs: Any) -> None:
        """Called after authentication and before accept; override it to decide what happens.

        It may call :meth:`accept` or :meth:`close`, raise
        :class:`~chanx.core.errors.RefuseConnection`, or do neither: then the connection is
        accepted when it returns. Adapters may give it arguments.
        """

    # What hooks take further, adapters may fill: so it is for type checkers to take any.

    async def post_authentication(self, *args: Any, **kwargs: Any) -> None:
        """Called once the connection is accepted and its groups are joined, before any frame.

        It is ``async def post_authentication(self)``; adapters may give it further arguments.
        """

    async def disconnect(self, code: int, *args: Any, **kwargs: Any) -> None:
        """Called exactly once at the end of every connection, whatever ended it.

        It pairs with :meth:`connect`: a connection that was turned away before that has none.
        Handlers are cancelled and groups are left by then; :attr:`groups` still names them.

        Args:
            code: The close code: the client's or the server's; 1005 if the client gave none, 1006
                if the connection broke.
            args: Adapters may give it further arguments.
            kwargs: Likewise.
        """

    async def on_layer_gap(self, seconds: float, *args: Any, **kwargs: Any) -> None:
        """Called when the channel layer is back after an absence, for the consumer to catch up.

        Broadcasts and events of that time may be missing. It comes after what arrived before, in
        the order of events. The default does nothing; who needs every message reads the present
        state anew, or tells the client to.

        Args:
            seconds: How long ago the absence began: whatever was sent since then may be missing.
            args: Adapters may give it further arguments.
            kwargs: Likewise.
        """

    async def around(self, call: Call) -> None:
        """Stand around the handlers of client messages and events: one layer for each class.

        ``await call()`` goes on; it raises what the handler raises, and afterwards ``call.reply``
        is what it returned, which is sent when this has returned. So code before and after it,
        ``try`` and ``async with`` are what tracing, transactions, permissions and caches are made
        of; :class:`~chanx.core.errors.MessageError` answers with an error instead.

        The ``around`` of each class in the MRO is entered by itself, that of the most derived
        outermost, and never by ``super()``. A consumer whose classes have none pays nothing for it.
        It runs within :meth:`unit_of_work` and the time of ``Limits.handler_timeout``, after the
        message is validated.

        Args:
            call: The call: message, handler, reply.

        Raises:
            Exception: What the handler raises, or something else in its place.

        Example:
            >>> from chanx.core.decorators import ws_handler
            >>> from chanx.messages import PingMessage, PongMessage
            >>> import time
            >>> class Timed(AsyncJsonWebsocketConsumer):
            ...     async def around(self, call: Call) -> None:
            ...         began = time.monotonic()
            ...         try:
            ...             await call()
            ...         finally:
            ...             print(call.handler.name, time.monotonic() - began)
            >>> class Health(Timed):
            ...     @ws_handler
            ...     async def ping(self, message: PingMessage) -> PongMessage:
            ...         return PongMessage()
        """
        await call()

    def admits_origin(self, origin: str | None) -> bool:
        """Return whether a page of this origin may connect; adapters override this.

        Args:
            origin: The Origin header; None if there is none, as of clients other than browsers.
        """
        return is_allowed(origin, self.runtime.settings.allowed_origins)

    def unit_of_work(self) -> AbstractAsyncContextManager[Any] | None:
        """Return a context to enter around each handler, hook and authentication; None for none.

        Adapters override this.
        """
        return None

    async def handle_validation_error(self, error: FrameError) -> None:
        """Answer a frame that is not a message of this consumer; the socket lives on.

        If it fails itself, the default answer goes out.

        Args:
            error: What is wrong. The default sends :meth:`FrameError.message`.
        """
        await self.send_message(error.message())

    async def handle_message_handler_error(
        self, error: BaseException, message: BaseMessage
    ) -> None:
        """Answer a message whose handler failed; the failure is logged already.

        An error that is expected is not such a failure: :class:`~chanx.core.errors.MessageError`,
        and what has an :meth:`exception_handler`.

        The default sends an error of code ``handler_error``, or ``handler_timeout``, that tells
        nothing of the failure; it goes out as well if an override fails itself.

        Args:
            error: What the handler raised.
            message: The message that it was handling.
        """
        await self.send_message(failure_of(error).message())

    async def handle_event_handler_error(
        self, error: BaseException, event: BaseMessage | None
    ) -> None:
        """Called when an event's handler failed; the failure is logged already.

        The default sends nothing, since the client asked for nothing.

        Args:
            error: What the handler raised, or why the event did not validate.
            event: The event; None if it did not validate.
        """

    @overload
    @classmethod
    def exception_handler(
        cls, kind: type[ExceptionT], /, *, errors: Mapping[str, str] | None = None
    ) -> Callable[[Callable[[Any, ExceptionT], MappedT]], Callable[[Any, ExceptionT], MappedT]]: ...
    @overload
    @classmethod
    def exception_handler(
        cls, *kinds: type[Exception], errors: Mapping[str, str] | None = None
    ) -> Callable[[MapperT], MapperT]: ...
    @classmethod
    def exception_handler(
        cls, *kinds: type[Exception], errors: Mapping[str, str] | None = None
    ) -> Any:
        """Expect exceptions in handlers: the decorated function says what the client is told.

        It is called with the consumer and the exception, may be asynchronous, and returns a
        :class:`~chanx.core.errors.MessageError`; or None, which makes the exception the failure
        that it would be. It counts for this class and its subclasses. Of several the nearest class
        in the exception's MRO counts, and for the same exception the most derived consumer's.

        Args:
            kinds: The exceptions' classes.
            errors: The codes of the errors that it returns, each with when that is: any handler's
                errors, for the document. None for none.

        Raises:
            ConfigurationError: If one is not a subclass of Exception, the function does not take
                what it is called with, or a code may not be used.

        Example:
            >>> from chanx.core.errors import MessageError
            >>> class Full(Exception): ...
            >>> class Room(AsyncJsonWebsocketConsumer): ...
            >>> @Room.exception_handler(Full, errors={"full": "All seats are taken."})
            ... def full(consumer: Room, error: Full) -> MessageError:
            ...     return MessageError("full", "All seats are taken.")
        """

        def expects(function: Any) -> Any:
            # It is noted on the class that is named, and the function stays what it was, to be
            # called by others too.
            expect(cls, kinds, function, {} if errors is None else errors)
            return function

        return expects


@AsyncJsonWebsocketConsumer.exception_handler(RequestError)
def _no_answer(consumer: object, error: RequestError) -> MessageError:
    return MessageError(NO_ANSWER, NO_ANSWER_TEXT)


# Set, and not written above: each setting is declared in Settings and nowhere else; None leaves it
# to the project.
for _name in SETTING_NAMES:
    setattr(AsyncJsonWebsocketConsumer, _name, None)


__all__ = ["AsyncJsonWebsocketConsumer", "ConsumerApplication", "EventT"]
