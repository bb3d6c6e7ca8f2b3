"""Testing the consumers of a Django project, with its test runner or with pytest.

Needs chanx-testing: ``pip install "chanx-django[testing]"``.
"""

import asyncio
import pickle
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import (
    AbstractContextManager,
    AsyncExitStack,
    asynccontextmanager,
    contextmanager,
)
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any, ClassVar, cast
from unittest import TestResult
from urllib.parse import unquote, urlsplit

from asgiref.sync import async_to_sync, sync_to_async
from django.core.exceptions import ImproperlyConfigured, SynchronousOnlyOperation
from django.db import DEFAULT_DB_ALIAS
from django.test import SimpleTestCase, TestCase, TransactionTestCase

from chanx.ext.channels.applications import consumer_at
from chanx.ext.channels.communicator import (
    HTTP_OK,
    ConsumerClass,
    DjangoWebsocketCommunicator,
    Headers,
    joined,
    login_headers,
    token_headers,
)
from chanx.ext.channels.utils.asgi import get_websocket_application
from chanx.testing.errors import is_told_by_its_text

__tracebackhide__ = is_told_by_its_text


class WebsocketTests(SimpleTestCase):
    """What test cases for the consumer at one path of the project have, whatever their database.

    :class:`WebsocketTestCase` and :class:`FastWebsocketTestCase` are those to subclass.

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
        # Back to the thread that called async_to_sync (asgiref), where TestCase's transaction is.
        test = method if iscoroutinefunction(method) else sync_to_async(method)

        async def closing(*args: Any, **kwargs: Any) -> None:
            self._is_in_method = True
            try:
                # In the loop that the connections are of. Closed after the method and before
                # tearDown(), which may empty tables that a disconnect() still reads.
                async with self._connections:
                    await test(*args, **kwargs)
            finally:
                self._is_in_method = False

        @wraps(method)
        def run(*args: Any, **kwargs: Any) -> None:
            async_to_sync(closing)(*args, **kwargs)

        # TestCase.run() looks the method up by its name on the instance.
        setattr(self, name, run)
        try:
            yield
        finally:
            # Put back as it was: unittest compares and pickles instances by their attributes.
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
        # A stack that was left is used up, and an instance may be run again.
        self._connections = AsyncExitStack()
        self._auth_communicator = None
        super().tearDown()

    def get_ws_headers(self) -> Headers:
        """Return the headers of every handshake, such as those that authenticate."""
        return []

    def get_subprotocols(self) -> list[str]:
        """Return the subprotocols that every client offers."""
        return []

    def force_login(self, user: Any, backend: str | None = None) -> None:
        """Have the clients that are made from now on present the session of a user.

        Args:
            user: The user.
            backend: The backend by which they are logged in; None for the first that is configured.

        Raises:
            RuntimeError: If :attr:`auth_communicator` has connected as somebody else already.
            SynchronousOnlyOperation: In asynchronous code: await :meth:`aforce_login` there.
        """
        self._authenticate(login_headers(user, backend))

    async def aforce_login(self, user: Any, backend: str | None = None) -> None:
        """:meth:`force_login`, for asynchronous code.

        Args:
            user: The user.
            backend: As for :meth:`force_login`.

        Raises:
            RuntimeError: If :attr:`auth_communicator` has connected as somebody else already.
        """
        await sync_to_async(self.force_login)(user, backend)

    def use_token(self, token: object, scheme: str = "Token") -> None:
        """Have the clients that are made from now on present a token.

        Args:
            token: The token: a text, or what has it for one, as REST framework's ``Token``.
            scheme: The scheme of the Authorization header, such as ``Bearer``.

        Raises:
            RuntimeError: If :attr:`auth_communicator` has connected as somebody else already.
        """
        self._authenticate(token_headers(token, scheme))

    def _authenticate(self, headers: Headers) -> None:
        if self._auth_communicator is not None:
            raise RuntimeError(
                "auth_communicator is made already: authenticate before that. Another user takes "
                "another client: client = self.create_communicator(headers=[]), and then "
                "client.force_login(user) or await client.aforce_login(user)."
            )
        self.ws_headers = joined(self.ws_headers, headers)

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
        # Nothing is awaited by it, so it may stand in a property.
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
            # For the fields that its messages declare, and for its settings, which the application
            # does not tell.
            consumer=self.consumer or consumer_of_path(application, path),
        )
        self._connections.push_async_exit(communicator)
        is_as_configured = all(each is None for each in (router, ws_path, headers, subprotocols))
        if is_as_configured and self._auth_communicator is None:
            self._auth_communicator = communicator
        return communicator


class WebsocketTestCase(WebsocketTests, TransactionTestCase):
    """A test case for the consumer at one path of the project, with its database.

    As a ``TransactionTestCase`` it empties the tables after each test: transactions are those of
    production, and what is to happen when they are committed happens.

    Example:
        >>> class RoomTests(WebsocketTestCase):
        ...     ws_path = "/ws/rooms/1/"
        ...
        ...     def setUp(self) -> None:
        ...         super().setUp()
        ...         self.use_token("9944b09199c62bcf9418ad846dd0e4bb")
        ...
        ...     async def test_a_member_is_let_in(self) -> None:
        ...         await self.auth_communicator.assert_authenticated_status_ok()
    """


class FastWebsocketTestCase(WebsocketTests, TestCase):
    """A test case whose database is as :meth:`setUpTestData` left it, by a transaction around each.

    Everything of :class:`WebsocketTestCase` holds, and each test costs a rollback in place of
    emptied tables. As with any ``TestCase`` nothing is committed: what waits for that, as
    ``broadcast_event_on_commit``, is called by ``captureOnCommitCallbacks(execute=True)``, in
    asynchronous tests by :meth:`acaptureOnCommitCallbacks`. Consumers use the database in the
    test's own thread, whatever ``DATABASE_THREADS`` says.

    Example:
        >>> class RoomTests(FastWebsocketTestCase):
        ...     ws_path = "/ws/rooms/1/"
        ...
        ...     @classmethod
        ...     def setUpTestData(cls) -> None:
        ...         cls.user = User.objects.create_user("ada")
        ...
        ...     async def test_a_user_is_let_in(self) -> None:
        ...         await self.aforce_login(self.user)
        ...         await self.auth_communicator.assert_authenticated_status_ok()
    """

    @classmethod
    def captureOnCommitCallbacks(
        cls, *, using: str = DEFAULT_DB_ALIAS, execute: bool = False
    ) -> AbstractContextManager[list[Callable[[], Any]]]:
        """Capture what waits for a commit, as Django's method does in synchronous tests.

        Args:
            using: The alias of the database.
            execute: Whether to call at the end what was captured.

        Raises:
            SynchronousOnlyOperation: In asynchronous code, where it would see nothing of what
                consumers do: enter :meth:`acaptureOnCommitCallbacks` there.
        """
        if _is_in_loop():
            raise SynchronousOnlyOperation(
                "captureOnCommitCallbacks looks at the connection of its own thread: in "
                "asynchronous code enter `async with self.acaptureOnCommitCallbacks(...)`."
            )
        return super().captureOnCommitCallbacks(using=using, execute=execute)

    @classmethod
    @asynccontextmanager
    async def acaptureOnCommitCallbacks(
        cls, *, using: str = DEFAULT_DB_ALIAS, execute: bool = False
    ) -> AsyncGenerator[list[Callable[[], Any]]]:
        """:meth:`captureOnCommitCallbacks`, for asynchronous code.

        Args:
            using: The alias of the database.
            execute: Whether to call at the end what was captured.

        Example:
            >>> async def test_others_hear_of_it(self) -> None:
            ...     async with self.acaptureOnCommitCallbacks(execute=True):
            ...         await self.auth_communicator.request(Close(), expect=Closed)
        """
        # In the thread of the transaction, whose connection it looks at; so are both ends of it.
        capture = await sync_to_async(cls.captureOnCommitCallbacks)(using=using, execute=execute)
        callbacks = await sync_to_async(capture.__enter__)()
        try:
            yield callbacks
        finally:
            await sync_to_async(capture.__exit__)(None, None, None)


def _is_in_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _is_picklable(value: object) -> bool:
    try:
        # There and back, as some values can only be written.
        pickle.loads(pickle.dumps(value))
    except Exception:  # noqa: BLE001 - pickling raises what it likes
        return False
    return True


def consumer_of_path(application: Any, address: str) -> ConsumerClass:
    """Return the consumer that a project's routes lead to.

    Args:
        application: The project's ASGI application; None where it has none.
        address: The path of a connection, with a query string if need be.

    Raises:
        ImproperlyConfigured: If there is none.
    """
    if application is None:
        raise ImproperlyConfigured(
            "settings.ASGI_APPLICATION names nothing that serves WebSockets: set it, or `router`."
        )
    path = urlsplit(address).path
    # As URLRouter reads the path of a scope: decoded, and without its first slash.
    consumer = consumer_at(application, unquote(path).removeprefix("/"))
    if consumer is None:
        raise ImproperlyConfigured(
            f"No route leads from {path} to a consumer: correct the path, or set `consumer` if "
            f"it is reached in another way."
        )
    return consumer


__all__ = [
    "HTTP_OK",
    "DjangoWebsocketCommunicator",
    "FastWebsocketTestCase",
    "WebsocketTestCase",
    "WebsocketTests",
    "consumer_of_path",
    "login_headers",
    "token_headers",
]
