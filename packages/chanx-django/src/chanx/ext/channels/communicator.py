"""A client of a Django project's consumers, for its tests.

Needs chanx-testing: ``pip install "chanx-django[testing]"``.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from asgiref.sync import sync_to_async
from channels.layers import InMemoryChannelLayer
from django.conf import settings
from django.core.exceptions import SynchronousOnlyOperation
from django.test import Client

from chanx.core.clock import Clock
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.ext.channels.calling_thread import calling_thread
from chanx.ext.channels.on_commit import waiting_events
from chanx.layers import MemoryLayer
from chanx.messages import AuthenticationMessage

try:
    from chanx.testing import WebsocketCommunicator
    from chanx.testing.errors import is_told_by_its_text
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

__tracebackhide__ = is_told_by_its_text


def login_headers(user: Any, backend: str | None = None) -> Headers:
    """Return the headers of a client whose user is logged in: the cookie of a new session.

    As :meth:`django.test.Client.force_login`, it asks no authentication backend.

    Args:
        user: The user.
        backend: The backend by which they are logged in; None for the first that is configured.

    Raises:
        SynchronousOnlyOperation: In asynchronous code: ``sync_to_async`` there.
    """
    # Django's own client makes the session, with all that a login signal does.
    client = Client()
    try:
        client.force_login(user, backend)
    except SynchronousOnlyOperation as error:
        raise SynchronousOnlyOperation(
            "A login asks the database: in asynchronous code await aforce_login(user), of the test "
            "case or of a client."
        ) from error
    name = str(settings.SESSION_COOKIE_NAME)
    return [(b"cookie", f"{name}={client.cookies[name].value}".encode())]


def token_headers(token: object, scheme: str = "Token") -> Headers:
    """Return the headers of a client that presents a token.

    Args:
        token: The token: a text, or what has it for one, as REST framework's ``Token``.
        scheme: The scheme of the Authorization header, such as ``Bearer``.

    Example:
        >>> token_headers("9944b091")
        [(b'authorization', b'Token 9944b091')]
    """
    return [(b"authorization", f"{scheme} {token}".encode())]


def joined(headers: Headers, further: Headers) -> Headers:
    """Return headers with further ones, cookies in one of them, as browsers send them.

    Args:
        headers: The headers.
        further: Those that are added.
    """
    every = [*headers, *further]
    # In one header, as browsers send them (RFC 6265, 5.4): channels' CookieMiddleware reads the
    # first alone.
    cookies = [value for name, value in every if name.lower() == b"cookie"]
    others = [header for header in every if header[0].lower() != b"cookie"]
    return [*others, *([(b"cookie", b"; ".join(cookies))] if cookies else [])]


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
        >>> from asgiref.sync import async_to_sync
        >>> from chanx.ext.channels.websocket import AsyncJsonWebsocketConsumer
        >>> class Room(AsyncJsonWebsocketConsumer):
        ...     "Where people talk."
        >>> async def test_nobody_need_say_who_they_are() -> None:
        ...     client = DjangoWebsocketCommunicator(Room.as_asgi(), "/", consumer=Room)
        ...     async with client:
        ...         assert await client.wait_for_auth() is None
        >>> async_to_sync(test_nobody_need_say_who_they_are)()
    """

    # Channels' own delivers within the event loop as well, so that it can be seen when nothing is
    # on its way.
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
            # A text in the scope (ASGI), whatever number is given.
            self.scope["asgi"]["spec_version"] = str(spec_version)

    def _advice(self) -> str:
        names = sorted({event.name for event in waiting_events})
        if not names:
            return ""
        waits = "waits" if len(names) == 1 else "wait"
        return (
            f" {' and '.join(names)} {waits} for a commit, which a TestCase never makes. Have it "
            f"called: ask within `async with self.acaptureOnCommitCallbacks(execute=True):` of "
            f"FastWebsocketTestCase, in synchronous code captureOnCommitCallbacks, and expect "
            f"after it; or take WebsocketTestCase, which commits."
        )

    def _start(self) -> None:
        # Here the application's task begins: whatever it does with the ORM has to come to the
        # thread of the test's transaction, in later calls of async_to_sync, too.
        calling_thread.start(super()._start)

    async def end_handshake(self) -> None:
        """Wait for the end of a handshake that has begun, and let handlers use the ORM here."""
        # The application may wait for a query that the call before left.
        calling_thread.enter_call()
        await super().end_handshake()

    async def send_json(self, content: Mapping[str, Any]) -> None:
        """Send a JSON object, be it a message or not.

        Args:
            content: The object, declared fields by their names in Python.
        """
        # Only declared fields are renamed: other keys are the test's own.
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

    def force_login(self, user: Any, backend: str | None = None) -> None:
        """Connect as a user who is logged in: present the cookie of a new session.

        Args:
            user: The user.
            backend: As for :func:`login_headers`.

        Raises:
            RuntimeError: If the handshake has begun.
            SynchronousOnlyOperation: In asynchronous code: await :meth:`aforce_login` there.
        """
        if self.has_begun:
            raise RuntimeError("The handshake has begun: log in before the client connects.")
        self.scope["headers"] = joined(self.scope["headers"], login_headers(user, backend))

    async def aforce_login(self, user: Any, backend: str | None = None) -> None:
        """:meth:`force_login`, for asynchronous code.

        Args:
            user: The user.
            backend: As for :func:`login_headers`.

        Raises:
            RuntimeError: If the handshake has begun.
        """
        await sync_to_async(self.force_login)(user, backend)


__all__ = [
    "HTTP_OK",
    "ConsumerClass",
    "DjangoWebsocketCommunicator",
    "Headers",
    "joined",
    "login_headers",
    "token_headers",
]
