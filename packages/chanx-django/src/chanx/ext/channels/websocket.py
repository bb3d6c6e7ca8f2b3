"""The consumer for Django."""

import logging
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import tzinfo
from functools import partial
from typing import Any, ClassVar, Final

from asgiref.sync import sync_to_async
from channels.layers import channel_layers
from django.apps import apps
from django.db import transaction
from django.utils.functional import LazyObject, Promise, empty

from chanx.core import websocket
from chanx.core.asgi import Receive, Scope, Send
from chanx.core.errors import UnknownLayerError
from chanx.core.handler import HandlerOption
from chanx.core.hooks import ConnectArguments
from chanx.core.origin import is_allowed
from chanx.core.overrides import check_hooks
from chanx.core.settings import Settings
from chanx.core.websocket import ConsumerApplication, EventT
from chanx.ext.channels.connect_parameters import check_connect_parameters, connect_parameters
from chanx.ext.channels.daphne import paced
from chanx.ext.channels.database import UnitOfWork
from chanx.ext.channels.declarations import check_no_view, check_threads
from chanx.ext.channels.handler_errors import expect_framework_errors
from chanx.ext.channels.locale import Locale, language_named, restored, time_zone_named
from chanx.ext.channels.on_commit import WaitingEvent
from chanx.ext.channels.origins import is_ambient, is_own
from chanx.ext.channels.permissions import check_object_permissions
from chanx.ext.channels.settings import chanx_settings
from chanx.ext.channels.transactions import run_in_thread
from chanx.layers import DEFAULT_ALIAS, ChannelLayer
from chanx.messages.plain import plain

logger: Final = logging.getLogger("chanx.websocket")

_APPLICATION: Final = "chanx.ext.channels"

# Translations that wait for a language are sent in the one that is active then.
plain.register(Promise, str)


class AsyncJsonWebsocketConsumer(websocket.AsyncJsonWebsocketConsumer[EventT]):
    """Serves WebSocket connections of a Django project.

    Everything of :class:`chanx.core.websocket.AsyncJsonWebsocketConsumer` holds. What the class
    does not say is taken from the project's ``CHANX`` settings, the channel layer from
    ``CHANNEL_LAYERS``, any backend. Mount ``Consumer.as_asgi()`` with
    :mod:`chanx.ext.channels.routing` under channels' ``URLRouter``, ``ProtocolTypeRouter`` and
    middleware.

    Handlers use the database as asynchronous views do: through the ORM's asynchronous methods,
    ``database_sync_to_async`` or ``sync_to_async``. Around each of them, each hook and the
    authentication, connections that are broken or older than ``CONN_MAX_AGE`` are closed, and
    ``CONN_HEALTH_CHECKS`` counts, as around a request. Handlers that leave the database alone wait
    for none of it. They share one thread and its connections, which stay open while one of them
    uses them; ``CHANX["DATABASE_THREADS"]`` and :attr:`database_threads` give each a thread and
    connections of its own. Handlers declared with ``def`` run there as views do; ``atomic=True`` of
    :func:`~chanx.ext.channels.decorators.ws_handler` makes a handler one transaction, its
    ``permission_classes`` say who may use it.

    Where a session, a cookie or what else browsers send unasked may let their user in, pages of
    other sites are refused: all but those of ``ALLOWED_HOSTS``, ``CSRF_TRUSTED_ORIGINS`` and
    ``CHANX["ALLOWED_ORIGINS"]``.
    With that setting, or :attr:`allowed_origins` in its place, so they are everywhere; ``["*"]``
    lets in every page.

    The language and the time zone of the connection are the active ones in each handler, hook,
    event and refusal: where ``MIDDLEWARE`` has ``LocaleMiddleware``, the language is that of the
    language cookie, or of the header Accept-Language; ``CHANX["LANGUAGE_FROM"]`` and
    ``CHANX["TIME_ZONE_FROM"]`` name other sources, :meth:`activate_locale` chooses.

    Handlers may raise ``Http404``, ``PermissionDenied``, ``ValidationError`` and REST framework's
    exceptions as views do: the client is answered with an error of that code
    (:mod:`~chanx.ext.channels.handler_errors`), and nothing is logged as a failure.

    Lazy translations (``gettext_lazy``) in messages, ``send_json`` and refusals are sent as text,
    in the language that is active when they are. A payload's own model takes text alone, as
    pydantic's models do: ``str(...)`` there, or a field of the type
    :data:`~chanx.ext.channels.lazy.LazyStr`.

    ``connect`` may have parameters: what the route captures fills those of its names, the query the
    others. Their annotations say what they have to be, as pydantic validates it; who connects with
    something else is refused, with 4404 where the route says it and 4400 where the query does, and
    told why. They are looked at once the client is authenticated. ``scope["url_route"]["kwargs"]``
    holds what the route captured as well; ``user`` is ``scope["user"]``, as channels'
    ``AuthMiddlewareStack`` or the authenticator left it.

    Raises:
        ConfigurationError: When a subclass is created whose declarations cannot work, or that has
            what only views and authenticators look at, such as ``permission_classes``.

    Example:
        >>> from chanx.core.decorators import ws_handler
        >>> from chanx.ext.channels.routing import path
        >>> from chanx.messages import PingMessage, PongMessage
        >>> class Room(AsyncJsonWebsocketConsumer):
        ...     async def connect(self, room: int, since: int | None = None) -> None:
        ...         await self.join_group(f"room {room}")
        ...
        ...     @ws_handler
        ...     async def answer(self, message: PingMessage) -> PongMessage:
        ...         return PongMessage()
        >>> urlpatterns = [path("rooms/<int:room>/", Room.as_asgi())]
    """

    blocking_calls: ClassVar[str] = "sync_to_async, or database_sync_to_async for the ORM"
    origin_settings: ClassVar[str] = (
        "allowed_origins, CHANX['ALLOWED_ORIGINS'] or CSRF_TRUSTED_ORIGINS"
    )

    database_threads: ClassVar[int | None] = None
    """How many threads of a process the consumer's code uses the database in, each with connections
    of its own, beside those of other consumers; 0 for the one thread that all share; None for what
    ``CHANX["DATABASE_THREADS"]`` says."""

    thread_owner: ClassVar[type | None] = None
    """The class whose :attr:`database_threads` counts; None for the project's."""

    # On the class, as the instance has it only where something says what it is.
    _locale: Locale | None = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        # Before the core looks at the class: what lets everyone in is to be told first.
        check_no_view(cls)
        check_threads(cls)
        super().__init_subclass__(**kwargs)
        # The class that says the number, so that its subclasses share one pool, and others do not.
        cls.thread_owner = next(filter(_has_threads, cls.__mro__), None)
        check_hooks(cls, websocket.AsyncJsonWebsocketConsumer, ["connect"])
        check_connect_parameters(cls)

    @classmethod
    def as_asgi(
        cls, **initkwargs: Any
    ) -> ConsumerApplication[websocket.AsyncJsonWebsocketConsumer[Any]]:
        """Return an ASGI 3 application that serves each connection with a new instance.

        Args:
            initkwargs: Arguments for the instances' constructor.

        Returns:
            An application for the routes of :mod:`chanx.ext.channels.routing`.

        Raises:
            ConfigurationError: If a message's schema cannot be built, no value can be made for a
                parameter of ``connect``, the constructor does not take the arguments, the class is
                typed with an event that it does nothing with, or an attribute is misspelt.
        """
        # Not before all are loaded, when nobody can say.
        if apps.ready and not apps.is_installed(_APPLICATION):
            logger.warning(
                "%r is not among INSTALLED_APPS, and %s is served without what it does: system "
                "checks, commands, an answer to unknown paths, the end of connections whose user "
                "logs out. Add it: INSTALLED_APPS += [%s].",
                _APPLICATION,
                cls.__qualname__,
                f'"{_APPLICATION}"',
            )
        # Made here, as prepare() does with schemas: what cannot be read fails at start-up.
        connect_parameters(cls)
        cls.prepare(initkwargs)
        return ConsumerApplication(cls, initkwargs)

    async def __call__(
        self, scope: Scope, receive: Receive, send: Send, arguments: ConnectArguments | None = None
    ) -> None:
        """Serve one connection, from its handshake to its end.

        Args:
            scope: The ASGI connection scope.
            receive: The server's receive.
            send: The server's send; where it is daphne's, it waits for clients that do not read.
            arguments: Arguments for :meth:`connect`, or what makes them; None for those that the
                route and the query have.
        """
        # A function, which the entrance calls once the client is authenticated: nobody else is told
        # what the project's addresses take.
        if arguments is None and (parameters := connect_parameters(type(self))):
            arguments = partial(parameters.read, scope)
        locale = self._locale = Locale.of(scope)
        if locale is None:
            await super().__call__(scope, receive, paced(send), arguments)
            return
        # The authenticator sets scope["user"], and connect's arguments are the first that is asked
        # after it. Where there is none, the user is known already, and the first unit of work asks
        # (unit_of_work).
        if not locale.is_settled and self.authenticator_class is not None:
            arguments = partial(self._settled, locale, arguments)
        # Around everything: refusals, too, are told in the connection's language.
        with restored():
            locale.activate()
            await super().__call__(scope, receive, paced(send), arguments)

    async def _settled(
        self, locale: Locale, arguments: ConnectArguments | None
    ) -> Mapping[str, Any]:
        """Return the arguments for ``connect``, once it is known who connects."""
        # A unit of its own, since the user may be looked up for this, and connect() has not begun.
        async with self._unit():
            await locale.settle(self.scope)
        if arguments is None:
            return {}
        return await arguments() if callable(arguments) else arguments

    def activate_locale(
        self, language: str | None = None, time_zone: tzinfo | str | None = None
    ) -> None:
        """Choose the language and the time zone of the connection, from now on.

        They count for what the calling method still does, and for every handler, hook and event
        after it. Without such a choice they come from where ``CHANX["LANGUAGE_FROM"]`` and
        ``CHANX["TIME_ZONE_FROM"]`` say.

        Args:
            language: One of ``settings.LANGUAGES``, or a variant of one; None to leave it.
            time_zone: The time zone, or its IANA name; None to leave it.

        Raises:
            ValueError: If there is no such language or time zone.
        """
        # Also where no setting names a source: consumers may choose for themselves.
        locale = Locale() if self._locale is None else self._locale
        locale.is_settled = True
        if language is not None:
            locale.language = language_named(language)
        if time_zone is not None:
            if isinstance(time_zone, str):
                time_zone = time_zone_named(time_zone)
            locale.time_zone = time_zone
        self._locale = locale
        locale.activate()

    @classmethod
    def describe_user(cls, user: Any) -> str | None:
        """Return what the log calls a user: its text; None for one that is not looked up yet.

        Middleware such as channels' sets a lazy user, which queries the database when something
        looks at it. The log is not what does.

        Args:
            user: ``scope["user"]``.
        """
        if isinstance(user, LazyObject) and user._wrapped is empty:  # noqa: SLF001 - it tells whether the user was looked up
            return None
        return super().describe_user(user)

    @classmethod
    def asynchronous(
        cls, method: Callable[..., Any], options: Sequence[HandlerOption]
    ) -> Callable[..., Any]:
        """Return what runs a handler declared with ``def``: ``sync_to_async``, as for a view.

        ``ATOMIC_REQUESTS`` counts for it, as for a view.

        Args:
            method: The method.
            options: What is kept with the handler.
        """
        return run_in_thread(method, options)

    @classmethod
    def count_threads(cls) -> int | None:
        """Return how many threads the consumer's code uses the database in; None for the shared."""
        own = cls.database_threads
        # 0 is the shared thread, which is None within.
        return chanx_settings.DATABASE_THREADS if own is None else own or None

    @classmethod
    def project_settings(cls) -> Settings:
        """Return what the project's ``CHANX`` says."""
        return chanx_settings.consumer_settings

    @classmethod
    def find_channel_layer(cls) -> ChannelLayer | None:
        """Return the layer that ``CHANNEL_LAYERS`` has under ``channel_layer_alias``.

        Returns:
            The layer; None if the alias is ``"default"`` and the project configures no such layer.

        Raises:
            UnknownLayerError: If another alias is not configured.
            Exception: What the backend raises when it is made.
        """
        alias = cls.channel_layer_alias
        # Asked by the manager's configuration and indexed, not by get_channel_layer(), which
        # answers None also where a backend raises KeyError.
        if alias in channel_layers:
            return channel_layers[alias]
        if alias == DEFAULT_ALIAS:
            return None
        raise UnknownLayerError(
            f"{cls.__qualname__}.channel_layer_alias is {alias!r}, which settings.CHANNEL_LAYERS "
            f"does not have; it has: {', '.join(sorted(channel_layers.configs)) or 'none'}. "
            f"Add it there, or take another alias."
        )

    @classmethod
    def broadcast_event_on_commit(
        cls,
        event: EventT,
        groups: Iterable[str] | None = None,
        *,
        using: str | None = None,
    ) -> None:
        """Send a typed event to every connection in groups, once the transaction is committed.

        Whoever hears of it finds in the database what it tells of. Nothing is sent if the
        transaction, or a savepoint around this call, is rolled back; outside of a transaction it is
        sent at once. If it cannot be sent, that is logged by ``django.db.backends.base``, and what
        is committed stays so.

        Args:
            event: The event; the consumer has an event handler for it.
            groups: The groups; None for those that the class names.
            using: The database of the transaction; None for the default one.

        Raises:
            ConfigurationError: If no group is named, or it is not an event.

        Example:
            >>> from typing import Literal
            >>> from django.db import transaction
            >>> from chanx.messages import BaseMessage
            >>> class Renamed(BaseMessage):
            ...     action: Literal["renamed"] = "renamed"
            >>> class Room(AsyncJsonWebsocketConsumer[Renamed]):
            ...     passthrough_events = [Renamed]
            >>> def rename(request):
            ...     with transaction.atomic():
            ...         ...
            ...         Room.broadcast_event_on_commit(Renamed(), ["room_1"])
        """
        # Now, so that a missing group fails at the call and not after the commit, and a generator
        # is used up here.
        names = list(cls._groups_of_event(groups))
        waiting = WaitingEvent(type(event).__qualname__)

        # A function, since Django asks one that fails for its name.
        def broadcast_event() -> None:
            waiting.end()
            cls.broadcast_event_sync(event, names)

        transaction.on_commit(broadcast_event, using=using, robust=True)

    def check_object_permissions(self, obj: Any) -> None:
        """Refuse, in a handler with ``permission_classes``, what may not be done to an object.

        For handlers declared with ``def``; :meth:`acheck_object_permissions` is for others.

        Args:
            obj: The object.

        Raises:
            APIException: If a permission does not let it through; the client is told of it.
            RuntimeError: In other code, where there are no permissions to ask.
        """
        check_object_permissions(obj)

    async def acheck_object_permissions(self, obj: Any) -> None:
        """:meth:`check_object_permissions`, for asynchronous handlers.

        Args:
            obj: The object.

        Raises:
            APIException: If a permission does not let it through; the client is told of it.
            RuntimeError: In other code, where there are no permissions to ask.
        """
        await sync_to_async(check_object_permissions)(obj)

    def admits_origin(self, origin: str | None) -> bool:
        """Return whether a page of this origin may connect.

        Args:
            origin: The Origin header; None if there is none, as of clients other than browsers.
        """
        if origin is None:
            return True
        allowed = self.runtime.settings.allowed_origins
        # What is named is let in, and the project's own pages always; without a setting, only where
        # a browser could lend its user's rights to a page are others kept out.
        if allowed is not None and is_allowed(origin, allowed):
            return True
        if allowed is None and not is_ambient(self.authenticator_class, self.scope):
            return True
        return is_own(origin, self.scope)

    def unit_of_work(self) -> AbstractAsyncContextManager[Any] | None:
        """Return Django's database clean-up, which does nothing where the database is not used.

        The language and the time zone of the connection are the active ones from now on.
        """
        locale, unit = self._locale, self._unit()
        if locale is None:
            return unit
        locale.activate()
        # With an authenticator it is settled by connect's arguments, and not by each unit before
        # them.
        if locale.is_settled or self.authenticator_class is not None:
            return unit
        return self._settling(locale, unit)

    def _unit(self) -> UnitOfWork:
        kind = type(self)
        return UnitOfWork.next(kind.thread_owner, kind.count_threads)

    @asynccontextmanager
    async def _settling(self, locale: Locale, unit: UnitOfWork) -> AsyncGenerator[None]:
        async with unit:
            await locale.settle(self.scope)
            yield


expect_framework_errors(AsyncJsonWebsocketConsumer)


def _has_threads(base: type) -> bool:
    return vars(base).get("database_threads") is not None


__all__ = ["AsyncJsonWebsocketConsumer"]
