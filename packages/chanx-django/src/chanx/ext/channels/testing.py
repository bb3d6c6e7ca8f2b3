"""Testing the consumers of a Django project, with its test runner or with pytest.

Needs chanx-testing: ``pip install "chanx-django[testing]"``.
"""

import asyncio
import pickle
from collections.abc import Callable, Generator, Mapping
from contextlib import AsyncExitStack, contextmanager
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any, ClassVar, cast
from unittest import TestResult
from urllib.parse import unquote, urlsplit

from asgiref.sync import async_to_sync, sync_to_async
from channels.layers import InMemoryChannelLayer
from django.core.exceptions import ImproperlyConfigured
from django.test import TransactionTestCase

from chanx.core.clock import Clock
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.ext.channels.applications import consumer_at
from chanx.ext.channels.calling_thread import calling_thread
from chanx.ext.channels.utils.asgi import get_websocket_application
from chanx.layers import MemoryLayer
from chanx.messages import AuthenticationMessage

try:
    from chanx.testing import WebsocketCommunicator
except ModuleNotFoundError as _missing:
    if _missing.name != "chanx.testing":
        raise
    raise ImportError(
        "chanx.ext.channels.testing needs the package chanx-testing: "
        'pip install "chanx-django[testing]"'
    ) from _missing

ConsumerClass = type[AsyncJsonWebsocketConsumer[Any]]
Headers = list[tuple[bytes, bytes]]

HTTP_OK = 200


class DjangoWebsocketCommunicator(WebsocketCommunicator):
    """Connects to a project's ASGI application as a client would.

    Everything of :class:`chanx.testing.WebsocketCommunicator` holds; keys are spelled on the wire
    as ``CHANX`` says when it connects. With ``CAMELIZE``, JSON objects have the fields that
    messages declare in Python's spelling, too: ``send_json`` takes either spelling,
    ``receive_json`` returns that one; ``send_text`` and ``receive_text`` are the wire itself.

    Args:
        application: The ASGI application: a consumer's own, a router, or the whole project's.
        path: The path of the connection, with a query string if need be.
        headers: The handshake's headers; None for none but those that are always there.
        subprotocols: The subprotocols that the client offers.
        spec_version: The version of ASGI's WebSocket specification that the server claims; None
            for the present one.
        consumer: The consumer that serves the path.
        clock: The time by which the connection's limits count; None for the real time.

    Example:
        >>> from chanx.ext.channels.websocket import AsyncJsonWebsocketConsumer
        >>> class Room(AsyncJsonWebsocketConsumer):
        ...     "Where people talk."
        >>> async def test_nobody_need_say_who_they_are() -> None:
        ...     client = DjangoWebsocketCommunicator(Room.as_asgi(), "/", consumer=Room)
        ...     async with client:
        ...         assert await client.wait_for_auth() is None
        >>> async_to_sync(test_nobody_need_say_who_they_are)()
    """

    local_layers: ClassVar[tuple[type, ...]] = (MemoryLayer, InMemoryChannelLayer)

    def __init__(
        self,
        application: Any,
        path: str,
        headers: Headers | None = None,
        subprotocols: list[str] | None = None,
        spec_version: int | None = None,
        *,
        consumer: ConsumerClass,
        clock: Clock | None = None,
    ) -> None:
        super().__init__(application, path, headers, subprotocols, consumer=consumer, clock=clock)
        if spec_version is not None:
            self.scope["asgi"]["spec_version"] = str(spec_version)

    def _start(self) -> None:
        calling_thread.start(super()._start)

    async def end_handshake(self) -> None:
        """Wait for the end of a handshake that has begun, and let handlers use the ORM here."""
        calling_thread.enter_call()
        await super().end_handshake()

    async def send_json(self, content: Mapping[str, Any]) -> None:
        """Send a JSON object, be it a message or not.

        Args:
            content: The object, declared fields by their names in Python.
        """
        await super().send_json(self._codec.to_wire(content))

    async def receive_json(self, timeout: float = 1) -> dict[str, Any]:
        """Return the next frame's JSON object, declared fields by their names in Python.

        Args:
            timeout: Seconds to wait for it.

        Raises:
            TimeoutError: If none comes in time.
            UnexpectedFrame: If the frame is not a JSON object.
            UnexpectedClose: If the connection is closed instead.
            Exception: What the application raised.
        """
        return self._codec.from_wire(await super().receive_json(timeout))

    async def wait_for_auth(
        self,
        send_authentication_message: bool | None = None,
        max_auth_time: float = 0.5,
        after_auth_time: float = 0.1,
    ) -> AuthenticationMessage | None:
        """Wait for the outcome of the authentication, and for what the consumer does after it.

        Args:
            send_authentication_message: Whether the outcome is told; None for what the consumer and
                ``CHANX["SEND_AUTHENTICATION_MESSAGE"]`` say.
            max_auth_time: Seconds to wait for it.
            after_auth_time: Seconds to wait at most until the application has nothing left to do.

        Returns:
            The message; None if the outcome is not told. Other messages stay to be received.

        Raises:
            AssertionError: If the message does not come in time.
            Exception: What the application raised.
        """
        if send_authentication_message is None:
            authenticates = self.consumer.authenticator_class is not None
            send_authentication_message = (
                authenticates
                and self.consumer.current_runtime().settings.send_authentication_message
            )
        message = None
        if send_authentication_message:
            message = await self.expect(AuthenticationMessage, timeout=max_auth_time)
        await self._wait_quiescent(after_auth_time)
        return message

    async def assert_authenticated_status_ok(self, max_auth_time: float = 0.5) -> None:
        """Assert that the client is told that it is authenticated.

        Args:
            max_auth_time: Seconds to wait for the authentication message.

        Raises:
            AssertionError: If the message does not come in time, or has another status than 200.
            Exception: What the application raised.
        """
        message = await self.wait_for_auth(True, max_auth_time)
        assert message is not None
        told = message.payload
        if told.status_code != HTTP_OK:
            status = f"{told.status_code} {told.status_text}"
            raise self._failed(f"The client is not authenticated: {status}, {told.data!r}.")


class WebsocketTestCase(TransactionTestCase):
    """A test case for the consumer at one path of the project, with its database.

    Test methods may be asynchronous, or synchronous and call ``async_to_sync``. When the method has
    ended, within the same event loop, every connection that it opened is closed, and what the
    application raised fails the test. Between two calls of ``async_to_sync`` in a synchronous one,
    handlers that use the ORM wait for the next.

    :attr:`auth_communicator` is the connection of the test, :meth:`create_communicator` makes
    others, of other users; an override of that makes the first one as well.

    Attributes:
        ws_path: The path of the connections.
        router: The ASGI application; None for the project's, by ``settings.ASGI_APPLICATION``.
        consumer: The consumer at the path; None for the one that the routes lead to.
        ws_headers: What :meth:`get_ws_headers` returned before the test.
        subprotocols: What :meth:`get_subprotocols` returned before the test.

    Example:
        >>> class RoomTests(WebsocketTestCase):
        ...     ws_path = "/ws/rooms/1/"
        ...
        ...     def get_ws_headers(self) -> list[tuple[bytes, bytes]]:
        ...         return [(b"authorization", b"Token 9944b09199c62bcf9418ad846dd0e4bb")]
        ...
        ...     async def test_a_member_is_let_in(self) -> None:
        ...         await self.auth_communicator.assert_authenticated_status_ok()
    """

    ws_path: str
    router: Any = None
    consumer: ClassVar[ConsumerClass | None] = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ws_headers: Headers = []
        self.subprotocols: list[str] = []
        self._connections = AsyncExitStack()
        self._auth_communicator: DjangoWebsocketCommunicator | None = None
        self._is_in_method = False

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what cannot go to another process, as connections and applications.

        Django's runner sends its parallel processes' results, which refer to the test case.
        """
        state = cast("dict[str, Any]", super().__getstate__())
        return {name: value for name, value in state.items() if _is_picklable(value)}

    def __call__(self, result: TestResult | None = None) -> None:
        """Run the test, and close its connections within its event loop."""
        with self._wrapped_method():
            super().__call__(result)

    def debug(self) -> None:
        """Run the test without collecting its result."""
        with self._wrapped_method():
            super().debug()

    @contextmanager
    def _wrapped_method(self) -> Generator[None]:
        # For this run only: test cases are pickled for processes that run in parallel.
        name = self._testMethodName
        own = vars(self).get(name)  # pytest sets one
        method: Callable[..., Any] = getattr(self, name)
        test = method if iscoroutinefunction(method) else sync_to_async(method)

        async def closing(*args: Any, **kwargs: Any) -> None:
            self._is_in_method = True
            try:
                async with self._connections:
                    await test(*args, **kwargs)
            finally:
                self._is_in_method = False

        @wraps(method)
        def run(*args: Any, **kwargs: Any) -> None:
            async_to_sync(closing)(*args, **kwargs)

        setattr(self, name, run)
        try:
            yield
        finally:
            if own is None:
                delattr(self, name)
            else:
                setattr(self, name, own)

    def setUp(self) -> None:
        """Find the application, and take headers and subprotocols from their methods."""
        super().setUp()
        if self.router is None:
            self.router = get_websocket_application()
        self.ws_headers = self.get_ws_headers()
        self.subprotocols = self.get_subprotocols()

    def tearDown(self) -> None:
        """Forget the connections, which have ended with the test method."""
        self._connections = AsyncExitStack()
        self._auth_communicator = None
        super().tearDown()

    def get_ws_headers(self) -> Headers:
        """Return the headers of every handshake, such as those that authenticate."""
        return []

    def get_subprotocols(self) -> list[str]:
        """Return the subprotocols that every client offers."""
        return []

    @property
    def auth_communicator(self) -> DjangoWebsocketCommunicator:
        """The test's first client, the same one throughout, which is connected.

        It is the first one that :meth:`create_communicator` made without arguments, or is made so
        now. In a synchronous test method it has connected when this returns. In an asynchronous one
        nothing can be waited for here: the handshake has begun, and whatever is awaited first of
        the client (``connect()``, ``assert_authenticated_status_ok()``, ``send_message()``) waits
        for its end, too. Await ``connect()`` before a broadcast that the client is to receive.

        Raises:
            AttributeError: If there is no path.
            ImproperlyConfigured: If there is no application, or no consumer at the path.
            Exception: What the application raised, in a synchronous test method.
        """
        communicator = self._auth_communicator
        if communicator is None:
            communicator = self._auth_communicator = self.create_communicator()
        communicator.begin_handshake()
        if self._is_in_method and not _is_in_loop():
            async_to_sync(communicator.end_handshake)()
        return communicator

    def create_communicator(
        self,
        *,
        router: Any | None = None,
        ws_path: str | None = None,
        headers: Headers | None = None,
        subprotocols: list[str] | None = None,
    ) -> DjangoWebsocketCommunicator:
        """Return a client, to be connected; it is disconnected when the test ends.

        The first one that is made without arguments is :attr:`auth_communicator`.

        Args:
            router: The ASGI application; None for ``self.router``.
            ws_path: The path; None for ``self.ws_path``.
            headers: The handshake's headers; None for ``self.ws_headers``.
            subprotocols: The subprotocols that it offers; None for ``self.subprotocols``.

        Raises:
            AttributeError: If there is no path.
            ImproperlyConfigured: If there is no application, or no consumer at the path.
        """
        path = getattr(self, "ws_path", None) if ws_path is None else ws_path
        if path is None:
            raise AttributeError(
                f"{type(self).__qualname__}.ws_path is not set: set it, or give ws_path=..."
            )
        application = self.router if router is None else router
        communicator = DjangoWebsocketCommunicator(
            application,
            path,
            self.ws_headers if headers is None else headers,
            self.subprotocols if subprotocols is None else subprotocols,
            consumer=self.consumer or _consumer_at(application, path),
        )
        self._connections.push_async_exit(communicator)
        is_as_configured = all(each is None for each in (router, ws_path, headers, subprotocols))
        if is_as_configured and self._auth_communicator is None:
            self._auth_communicator = communicator
        return communicator


def _is_in_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _is_picklable(value: object) -> bool:
    try:
        pickle.loads(pickle.dumps(value))
    except Exception:  # noqa: BLE001 - pickling raises what it likes
        return False
    return True


def _consumer_at(application: Any, address: str) -> ConsumerClass:
    """Return the consumer that a project's routes lead to.

    Raises:
        ImproperlyConfigured: If there is none.
    """
    if application is None:
        raise ImproperlyConfigured(
            "settings.ASGI_APPLICATION names nothing that serves WebSockets: set it, or `router`."
        )
    path = urlsplit(address).path
    consumer = consumer_at(application, unquote(path).removeprefix("/"))
    if consumer is None:
        raise ImproperlyConfigured(
            f"No route leads from {path} to a consumer: correct the path, or set `consumer` if "
            f"it is reached in another way."
        )
    return consumer


__all__ = ["DjangoWebsocketCommunicator", "WebsocketTestCase"]
