"""Which pages may connect: those of other sites not, where their user's cookies would let them."""

from typing import Any

import pytest
from channels.auth import AuthMiddlewareStack
from django.test import override_settings
from rest_framework.authentication import (
    BaseAuthentication,
    BasicAuthentication,
    RemoteUserAuthentication,
    SessionAuthentication,
    TokenAuthentication,
)
from rest_framework.permissions import AllowAny
from rest_framework.request import Request

from chanx.core.authenticator import BaseAuthenticator, Credential
from chanx.ext.channels.auth_view import ChanxAuthView
from chanx.ext.channels.authenticator import DjangoAuthenticator
from chanx.ext.channels.checks import check_settings
from chanx.ext.channels.utils.settings import override_chanx_settings
from chanx.ext.channels.websocket import AsyncJsonWebsocketConsumer
from chanx.testing import WebsocketCommunicator

OWN = "https://testserver"
FOREIGN = "https://evil.example"
COOKIE = (b"cookie", b"theme=dark")


class Unknown(BaseAuthentication):
    """Looks at whatever it likes."""

    def authenticate(self, request: Request) -> None:
        return None

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


def by(*classes: type[BaseAuthentication], **attributes: Any) -> type[BaseAuthenticator]:
    """An authenticator that lets everyone in, by these classes."""
    values = {"authentication_classes": classes, "permission_classes": (AllowAny,), **attributes}
    return type("By", (DjangoAuthenticator,), values)


class OwnWay(BaseAuthenticator):
    async def authenticate(self, scope: Any) -> bool:
        return True


class ByKey(OwnWay):
    credentials = (Credential("key", "query"),)


class ByCookie(OwnWay):
    credentials = (Credential("key", "cookie"),)


async def is_admitted(
    authenticator: type[BaseAuthenticator] | None,
    origin: str | None,
    *headers: tuple[bytes, bytes],
    address: str = "ws://testserver/",
    is_wrapped: bool = False,
    **attributes: Any,
) -> bool:
    """Connect; return whether the handshake's origin is let in."""
    values = {"authenticator_class": authenticator, **attributes}
    room: Any = type("Room", (AsyncJsonWebsocketConsumer,), values)
    application: Any = AuthMiddlewareStack(room.as_asgi()) if is_wrapped else room.as_asgi()
    all_headers = [*headers, *([] if origin is None else [(b"origin", origin.encode())])]
    client = WebsocketCommunicator(application, address, all_headers, consumer=room)
    await client.connect()
    frames = await client.receive_all_json()
    is_refused = any(frame["action"] == "error" for frame in frames)
    if is_refused:
        assert frames[0]["payload"]["code"] == "refused"
        await client.assert_closed(4403)
    await client.disconnect()
    return not is_refused


pytestmark = pytest.mark.usefixtures("database")

SESSION = by(SessionAuthentication)
TOKEN = by(TokenAuthentication)


@pytest.mark.parametrize(
    "authenticator",
    [
        SESSION,
        by(BasicAuthentication),
        by(TokenAuthentication, SessionAuthentication),
        by(TokenAuthentication, token_locations=(Credential("token", "cookie"),)),
        by(RemoteUserAuthentication),
        DjangoAuthenticator,
        ByCookie,
    ],
)
async def test_a_foreign_page_is_refused_where_browsers_authenticate_unasked(
    authenticator: type[BaseAuthenticator],
) -> None:
    assert not await is_admitted(authenticator, FOREIGN)
    assert await is_admitted(authenticator, OWN)
    assert await is_admitted(authenticator, None)


@pytest.mark.parametrize("authenticator", [None, OwnWay, ByKey])
async def test_a_foreign_page_is_refused_where_channels_session_is_in_reach(
    authenticator: type[BaseAuthenticator] | None,
) -> None:
    assert not await is_admitted(authenticator, FOREIGN, is_wrapped=True)
    assert await is_admitted(authenticator, OWN, is_wrapped=True)
    assert await is_admitted(authenticator, FOREIGN)


async def test_classes_that_only_an_instance_knows_may_look_at_cookies() -> None:
    chosen = by(authentication_classes=property(lambda self: [TokenAuthentication]))
    assert not await is_admitted(chosen, FOREIGN, COOKIE)
    assert await is_admitted(chosen, FOREIGN)
    assert await is_admitted(chosen, OWN, COOKIE)


async def test_a_foreign_page_with_a_token_is_let_in() -> None:
    assert await is_admitted(TOKEN, FOREIGN, COOKIE)
    assert await is_admitted(TOKEN, FOREIGN, COOKIE, is_wrapped=True)
    assert await is_admitted(ByKey, FOREIGN, COOKIE)


class Choosing(ChanxAuthView):
    authentication_classes = (TokenAuthentication,)

    def get_authenticators(self) -> Any:
        return [Unknown()]


@pytest.mark.parametrize(
    "authenticator",
    [
        by(Unknown),
        by(auth_view_class=Choosing, authentication_classes=None),
        OwnWay,
    ],
)
async def test_a_class_that_is_not_known_may_look_at_cookies(
    authenticator: type[BaseAuthenticator],
) -> None:
    assert not await is_admitted(authenticator, FOREIGN, COOKIE)
    assert await is_admitted(authenticator, FOREIGN)


async def test_what_a_class_looks_at_may_be_said() -> None:
    listed = by(Unknown, credentials=(Credential("Authorization", "header"),))
    assert await is_admitted(listed, FOREIGN, COOKIE)


@pytest.mark.parametrize(
    ("origin", "is_own"),
    [
        ("https://example.com", True),
        ("http://example.com:8000", True),
        ("HTTPS://EXAMPLE.COM", True),
        ("https://chat.example.org", True),
        ("https://example.org", True),
        ("http://[::1]:8000", True),
        ("https://example.com.evil.example", False),
        ("https://notexample.org", False),
        ("https://sub.example.com", False),
        ("chrome-extension://example.com", False),
        ("example.com", False),
        ("https://", False),
        ("null", False),
        ("", False),
    ],
)
async def test_a_page_is_the_projects_own_by_its_host(origin: str, is_own: bool) -> None:
    with override_settings(ALLOWED_HOSTS=["example.com", ".example.org", "[::1]"]):
        assert await is_admitted(SESSION, origin) == is_own


async def test_a_page_without_tls_is_foreign_to_a_connection_with_it() -> None:
    assert not await is_admitted(SESSION, "http://testserver", address="wss://testserver/")
    assert await is_admitted(SESSION, "https://testserver", address="wss://testserver/")


async def test_where_every_host_is_allowed_a_page_is_of_the_one_that_it_connects_to() -> None:
    with override_settings(ALLOWED_HOSTS=["*"]):
        assert await is_admitted(SESSION, "http://testserver:5173")
        assert not await is_admitted(SESSION, FOREIGN)
        assert not await is_admitted(SESSION, FOREIGN, (b"x-forwarded-host", b"evil.example"))
        with override_settings(USE_X_FORWARDED_HOST=True):
            assert await is_admitted(
                SESSION, "https://outside.example", (b"x-forwarded-host", b"outside.example")
            )


async def test_while_developing_a_local_page_is_the_projects_own() -> None:
    with override_settings(ALLOWED_HOSTS=[], DEBUG=True):
        assert await is_admitted(SESSION, "http://localhost:8000")
        assert not await is_admitted(SESSION, FOREIGN)
    with override_settings(ALLOWED_HOSTS=[]):
        assert not await is_admitted(SESSION, "http://localhost:8000")


async def test_further_origins_are_let_in_beside_the_projects_own() -> None:
    with override_chanx_settings(ALLOWED_ORIGINS=["https://*.friend.example"]):
        assert await is_admitted(SESSION, "https://www.friend.example")
        assert await is_admitted(SESSION, OWN)
        assert not await is_admitted(SESSION, "http://www.friend.example")
        assert not await is_admitted(TOKEN, FOREIGN)
    assert await is_admitted(SESSION, "https://a.example", allowed_origins=["https://a.example"])


async def test_an_origin_may_be_named_in_its_own_script() -> None:
    with override_chanx_settings(ALLOWED_ORIGINS=["https://bücher.example"]):
        assert not [message for message in check_settings() if message.is_serious()]
        assert await is_admitted(SESSION, "https://xn--bcher-kva.example")
        assert not await is_admitted(SESSION, "https://bucher.example")


async def test_the_check_may_be_given_up() -> None:
    with override_chanx_settings(ALLOWED_ORIGINS=["*"]):
        assert await is_admitted(SESSION, FOREIGN)
        assert not await is_admitted(SESSION, FOREIGN, allowed_origins=[])
    assert await is_admitted(SESSION, FOREIGN, allowed_origins=["*"])


@pytest.mark.parametrize(
    ("origin", "is_own"),
    [
        ("https://front.example", True),
        ("HTTPS://FRONT.example:443", True),
        ("https://front.example:8443", False),
        ("http://front.example", False),
        ("http://front.example:5173", True),
        ("https://other.front.example", False),
        ("https://www.friend.example", True),
        ("https://friend.example", True),
        ("https://notfriend.example", False),
        (FOREIGN, False),
    ],
)
async def test_origins_that_csrf_trusts_are_the_projects_own(origin: str, is_own: bool) -> None:
    trusted = ["https://front.example", "http://front.example:5173", "https://*.friend.example"]
    with override_settings(CSRF_TRUSTED_ORIGINS=trusted):
        assert await is_admitted(SESSION, origin) == is_own
        assert await is_admitted(SESSION, origin, allowed_origins=["https://a.b"]) == is_own
        assert await is_admitted(SESSION, origin, is_wrapped=True) == is_own


@pytest.mark.parametrize("origin", ["*", "front.example", "", "https://*"])
async def test_what_csrf_would_not_take_for_an_origin_trusts_nobody(origin: str) -> None:
    with override_settings(CSRF_TRUSTED_ORIGINS=[origin]):
        assert not await is_admitted(SESSION, FOREIGN)


async def test_the_log_tells_where_a_foreign_origin_is_to_be_named(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert not await is_admitted(SESSION, FOREIGN)
    (record,) = [one for one in caplog.records if one.name == "chanx.websocket"]
    for part in (FOREIGN, "'/'", "CHANX['ALLOWED_ORIGINS']", "CSRF_TRUSTED_ORIGINS"):
        assert part in record.getMessage()


async def test_credentials_are_derived_once_and_not_for_each_handshake() -> None:
    asked: list[str] = []

    class Asked(Unknown):
        def authenticate_header(self, request: Request) -> str:
            asked.append("once")
            return super().authenticate_header(request)

    token = Credential("token", "subprotocol")

    class Members(AsyncJsonWebsocketConsumer):
        authenticator_class = by(Asked, token_locations=(token,))

    application = Members.as_asgi()
    headers = [(b"origin", OWN.encode()), COOKIE]

    async def derivations(*offered: str) -> int:
        asked.clear()
        client = WebsocketCommunicator(application, "/", headers, [*offered], consumer=Members)
        assert (await client.connect())[0]
        await client.disconnect()
        return len(asked)

    assert await derivations("chat") > 0
    assert await derivations("chat") == 0
    assert await derivations() == 0
    assert await derivations("token", "secret", "chat") == 1  # the scheme that the token gets
    with override_settings(SESSION_COOKIE_NAME="another"):
        assert await derivations() > 0
