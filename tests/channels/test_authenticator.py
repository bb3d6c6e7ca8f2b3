"""Who is let in: Django REST framework's classes, on the handshake of a WebSocket."""

import asyncio
import base64
import hashlib
import hmac
import json
import logging
import threading
from collections.abc import Awaitable, Callable
from typing import Any, Literal

import pytest
from asgiref.sync import sync_to_async
from channels.auth import AuthMiddlewareStack
from channels.routing import URLRouter
from django.conf import settings
from django.contrib.auth.models import AnonymousUser, Group, Permission, User
from django.contrib.sessions.backends.db import SessionStore
from django.core.cache import cache
from django.http import HttpResponse
from django.test import override_settings
from rest_framework import permissions
from rest_framework.authentication import (
    BaseAuthentication,
    BasicAuthentication,
    SessionAuthentication,
    TokenAuthentication,
)
from rest_framework.authtoken.models import Token
from rest_framework.exceptions import APIException, AuthenticationFailed, ValidationError
from rest_framework.generics import GenericAPIView, ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import AnonRateThrottle, BaseThrottle
from rest_framework.views import APIView
from rest_framework.viewsets import ModelViewSet
from websockets.asyncio.client import connect as websocket_to
from websockets.exceptions import InvalidStatus
from websockets.typing import Subprotocol

from chanx.asyncapi import AsyncAPIGenerator
from chanx.core.authenticator import Credential
from chanx.core.decorators import ws_handler
from chanx.core.errors import ConfigurationError
from chanx.ext.channels.authenticator import ChanxAuthView, ChanxSerializer, DjangoAuthenticator
from chanx.ext.channels.discovery import DjangoRouteDiscovery
from chanx.ext.channels.routing import path
from chanx.ext.channels.utils.settings import override_chanx_settings
from chanx.ext.channels.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import AuthenticationMessage, BaseMessage
from chanx.testing import UnexpectedClose, WebsocketCommunicator

pytestmark = pytest.mark.usefixtures("database")

Headers = list[tuple[bytes, bytes]]


class Ask(BaseMessage):
    action: Literal["ask"] = "ask"


class Answer(BaseMessage):
    action: Literal["answer"] = "answer"
    payload: dict[str, Any]


def application(authenticator: type[DjangoAuthenticator]) -> Any:
    """A consumer behind an authenticator that tells whom it talks to, below a router."""

    class Room(AsyncJsonWebsocketConsumer):
        authenticator_class = authenticator

        @ws_handler
        async def ask(self, message: Ask) -> Answer:
            known = self.authenticator
            assert isinstance(known, DjangoAuthenticator)
            obj = known.obj
            return Answer(
                payload={
                    "user": str(known.user),
                    "is_same": known.user is self.scope["user"] is self.user,
                    "obj": None if obj is None else str(obj),
                    "subprotocols": self.scope["subprotocols"],
                }
            )

    return URLRouter([path("rooms/<str:pk>/", Room.as_asgi()), path("", Room.as_asgi())])


def connect(
    authenticator: type[DjangoAuthenticator],
    address: str = "/",
    headers: Headers | None = None,
    subprotocols: list[str] | None = None,
) -> WebsocketCommunicator:
    router = application(authenticator)
    consumer = router.routes[0].callback.consumer_class
    return WebsocketCommunicator(router, address, headers, subprotocols, consumer=consumer)


async def outcome(client: WebsocketCommunicator) -> tuple[int, Any]:
    """Connect; return the status and the data of the authentication message."""
    await client.connect()
    message = await client.receive_message()
    assert isinstance(message, AuthenticationMessage)
    status = message.payload.status_code
    if status == 200:
        await client.disconnect()
    else:
        await client.assert_closed(4000 + status)
        await client.disconnect()
    return status, message.payload.data


async def answer(client: WebsocketCommunicator) -> dict[str, Any]:
    """Connect, and return what a handler knows of its client."""
    async with client:
        message = await client.receive_message()
        assert isinstance(message, AuthenticationMessage)
        assert message.payload.status_code == 200, message.payload.data
        await client.send_message(Ask())
        reply = await client.receive_message()
        assert isinstance(reply, Answer)
        return reply.payload


@sync_to_async
def create_user(name: str = "ada", **values: Any) -> User:
    return User.objects.create_user(name, password="engine", **values)


@sync_to_async
def create_token(user: User) -> str:
    return token_of(user)


def token_of(user: User) -> str:
    token: Any = Token.objects.create(user=user)
    return str(token.key)


@sync_to_async
def log_in(user: User) -> Headers:
    """The headers of a browser in which the user is logged in."""
    session = SessionStore()
    session["_auth_user_id"] = str(user.pk)
    session["_auth_user_backend"] = "django.contrib.auth.backends.ModelBackend"
    session["_auth_user_hash"] = user.get_session_auth_hash()
    session.create()
    return [(b"cookie", f"{settings.SESSION_COOKIE_NAME}={session.session_key}".encode())]


def authorization(value: str) -> Headers:
    return [(b"authorization", value.encode())]


class Members(DjangoAuthenticator):
    permission_classes = (permissions.IsAuthenticated,)


class TokenMembers(Members):
    authentication_classes = (TokenAuthentication,)


class SessionMembers(Members):
    authentication_classes = (SessionAuthentication,)


class BasicMembers(Members):
    authentication_classes = (BasicAuthentication,)


# JSON Web Tokens


def signed(text: str) -> str:
    digest = hmac.new(settings.SECRET_KEY.encode(), text.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def part(content: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


def jwt(user: User) -> str:
    """A JSON Web Token of a user (RFC 7519, RFC 7515 with HS256)."""
    text = f"{part({'alg': 'HS256', 'typ': 'JWT'})}.{part({'sub': user.pk})}"
    return f"{text}.{signed(text)}"


class JWTAuthentication(BaseAuthentication):
    """Takes JSON Web Tokens from the Authorization header, as packages for them do."""

    def authenticate(self, request: Request) -> tuple[User, dict[str, Any]] | None:
        scheme, _, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme != "Bearer":
            return None
        text, _, signature = token.rpartition(".")
        if not hmac.compare_digest(signed(text), signature):
            raise AuthenticationFailed("The token is wrong.", code="token_not_valid")
        body = text.partition(".")[2]
        claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        return User.objects.get(pk=claims["sub"]), claims

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


class JWTMembers(Members):
    authentication_classes = (JWTAuthentication,)
    token_locations = (
        Credential("token", "query"),
        Credential("access", "cookie"),
        Credential("X-Access", "header"),
        Credential("access_token", "subprotocol"),
    )


async def test_a_token_in_the_authorization_header_is_let_in() -> None:
    token = await create_token(await create_user())
    known = await answer(connect(TokenMembers, headers=authorization(f"Token {token}")))
    assert known == {"user": "ada", "is_same": True, "obj": None, "subprotocols": []}


async def test_a_wrong_token_is_told_why_and_closed() -> None:
    assert await outcome(connect(TokenMembers, headers=authorization("Token wrong"))) == (
        401,
        {
            "detail": "Invalid token.",
            "code": "authentication_failed",
            "www_authenticate": "Token",
        },
    )


async def test_the_keys_of_a_refusals_data_that_are_ours_are_spelled_as_the_wire_is() -> None:
    with override_chanx_settings(CAMELIZE=True):
        client = connect(TokenMembers)
        await client.connect()
        (told,) = await client.receive_all_json()
        await client.disconnect()
    assert (told["payload"]["statusCode"], told["payload"]["data"]["wwwAuthenticate"]) == (
        401,
        "Token",
    )


async def test_no_credential_is_logged_whatever_becomes_of_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Anywhere(TokenMembers):
        token_locations = JWTMembers.token_locations

    caplog.set_level(logging.DEBUG)
    right = await create_token(await create_user())
    for secret in (right, "sEcReT"):
        for headers in (
            authorization(f"Token {secret}"),
            [(b"cookie", f"access={secret}; sessionid={secret}".encode())],
            [(b"x-access", secret.encode())],
            [],
        ):
            offers = ["access_token", secret, f"access_token.{secret}"]
            await connect(Anywhere, "/", headers, offers).connect()
            await connect(Anywhere, f"/?token={secret}", headers).connect()
    logged = "".join(
        f"{logging.Formatter().format(each)} {vars(each)!r}" for each in caplog.records
    )
    assert right not in logged
    assert "sEcReT" not in logged


async def test_no_credentials_at_all_are_told_so() -> None:
    status, data = await outcome(connect(TokenMembers))
    assert (status, data["code"]) == (401, "not_authenticated")


async def test_a_challenge_less_class_refuses_with_403_as_over_http() -> None:
    status, data = await outcome(connect(SessionMembers))
    assert (status, data["code"]) == (403, "not_authenticated")
    assert "www_authenticate" not in data


async def test_name_and_password_are_let_in() -> None:
    await create_user()
    header = f"Basic {base64.b64encode(b'ada:engine').decode()}"
    known = await answer(connect(BasicMembers, headers=authorization(header)))
    assert known["user"] == "ada"


async def test_a_wrong_password_is_challenged() -> None:
    await create_user()
    header = f"Basic {base64.b64encode(b'ada:wrong').decode()}"
    status, data = await outcome(connect(BasicMembers, headers=authorization(header)))
    assert (status, data["www_authenticate"]) == (401, 'Basic realm="api"')


async def test_a_session_is_let_in_without_middleware() -> None:
    headers = await log_in(await create_user())
    assert (await answer(connect(SessionMembers, headers=headers)))["user"] == "ada"


async def test_a_session_is_let_in_behind_channels_middleware() -> None:
    headers = await log_in(await create_user())
    router = application(SessionMembers)
    consumer = router.routes[0].callback.consumer_class
    project: Any = AuthMiddlewareStack(router)
    client = WebsocketCommunicator(project, "/", headers, consumer=consumer)
    assert (await answer(client))["user"] == "ada"


async def test_a_session_that_no_one_is_logged_in_to_is_refused() -> None:
    cookie = f"{settings.SESSION_COOKIE_NAME}=unknown".encode()
    status, _ = await outcome(connect(SessionMembers, headers=[(b"cookie", cookie)]))
    assert status == 403


async def test_a_session_passes_with_a_verb_that_needs_a_csrf_token_over_http() -> None:
    class Posting(SessionMembers):
        auth_method = "post"

    headers = await log_in(await create_user())
    assert (await answer(connect(Posting, headers=headers)))["user"] == "ada"


async def test_a_deactivated_user_is_refused() -> None:
    user = await create_user(is_active=False)
    token = await create_token(user)
    status, data = await outcome(connect(TokenMembers, headers=authorization(f"Token {token}")))
    assert (status, data["detail"]) == (401, "User inactive or deleted.")
    assert (await outcome(connect(SessionMembers, headers=await log_in(user))))[0] == 403


@pytest.mark.parametrize("place", ["header", "query", "cookie", "own header"])
async def test_a_json_web_token_is_let_in_wherever_it_may_be(place: str) -> None:
    token = jwt(await create_user())
    address = f"/?token={token}" if place == "query" else "/"
    headers = {
        "header": authorization(f"Bearer {token}"),
        "cookie": [(b"cookie", f"theme=dark; access={token}".encode())],
        "own header": [(b"x-access", token.encode())],
    }.get(place)
    assert (await answer(connect(JWTMembers, address, headers)))["user"] == "ada"


@pytest.mark.parametrize("offered", ["access_token.{}|chat", "access_token|{}|chat"])
async def test_a_token_among_the_subprotocols_is_let_in_and_out_of_reach(offered: str) -> None:
    token = jwt(await create_user())
    client = connect(JWTMembers, subprotocols=offered.format(token).split("|"))
    assert await client.connect() == (True, "chat")
    known = await answer(client)
    assert known["user"] == "ada"
    assert token not in str(known["subprotocols"])


async def test_a_token_alone_among_the_subprotocols_is_answered_with_its_name() -> None:
    token = jwt(await create_user())
    client = connect(JWTMembers, subprotocols=["access_token", token])
    assert await client.connect() == (True, "access_token")
    assert (await answer(client))["subprotocols"] == ["access_token"]


@pytest.mark.parametrize("is_valid", [True, False])
async def test_a_token_among_the_subprotocols_is_in_nothing_that_a_server_answers(
    serve: Callable[..., str], is_valid: bool
) -> None:
    token = jwt(await create_user()) if is_valid else "forged"
    address = f"ws://{serve(application(JWTMembers))}/"
    offered = [Subprotocol(name) for name in ("access_token", token, "chat")]
    async with websocket_to(address, subprotocols=offered, proxy=None) as client:
        assert client.subprotocol == "chat"
        assert client.response is not None
        assert token not in str(client.response.headers)
        message = json.loads(await client.recv())
        assert message["payload"]["status_code"] == (200 if is_valid else 401)
        if not is_valid:
            await client.wait_closed()
            assert client.close_code == 4401


async def test_a_refusal_with_http_has_the_headers_of_the_frameworks_answer(
    serve: Callable[..., str],
) -> None:
    class Once(AnonRateThrottle):
        rate = "1/hour"

    class Throttled(DjangoAuthenticator):
        throttle_classes = (Once,)

    async def headers(kind: type[DjangoAuthenticator]) -> Any:
        with pytest.raises(InvalidStatus) as refused:
            async with websocket_to(f"ws://{serve(application(kind))}/", proxy=None):
                pass
        return refused.value.response.headers

    cache.clear()
    with override_chanx_settings(DENY_WITH_HTTP=True):
        assert (await headers(TokenMembers))["WWW-Authenticate"] == "Token"
        async with websocket_to(f"ws://{serve(application(Throttled))}/", proxy=None):
            pass
        assert 3500 < int((await headers(Throttled))["Retry-After"]) <= 3600


@pytest.mark.parametrize("place", ["header", "query", "cookie", "subprotocol"])
async def test_a_forged_json_web_token_is_refused_wherever_it_is(place: str) -> None:
    forged = jwt(await create_user())[:-4] + "AAAA"
    address = f"/?token={forged}" if place == "query" else "/"
    headers = {
        "header": authorization(f"Bearer {forged}"),
        "cookie": [(b"cookie", f"access={forged}".encode())],
    }.get(place)
    offered = ["chat", f"access_token.{forged}"] if place == "subprotocol" else None
    client = connect(JWTMembers, address, headers, offered)
    _, subprotocol = await client.connect()
    assert subprotocol == ("chat" if offered else None)
    assert await outcome(client) == (
        401,
        {
            "detail": "The token is wrong.",
            "code": "token_not_valid",
            "www_authenticate": 'Bearer realm="api"',
        },
    )


async def test_the_authorization_header_counts_before_other_places() -> None:
    token = jwt(await create_user())
    client = connect(JWTMembers, f"/?token={token}", authorization("Bearer wrong"))
    assert (await outcome(client))[0] == 401


async def test_a_token_elsewhere_is_none_unless_that_is_said() -> None:
    token = await create_token(await create_user())
    assert (await outcome(connect(TokenMembers, f"/?token={token}")))[0] == 401


class AnyToken(Members):
    """Takes tokens of two kinds, wherever they may be."""

    authentication_classes = (JWTAuthentication, TokenAuthentication)
    token_locations = (
        Credential("key", "query", scheme="Token"),
        Credential("jwt", "query", scheme="bearer"),
        Credential("key", "subprotocol", scheme="Token"),
        Credential("jwt", "subprotocol", scheme="bearer"),
        Credential("X-Key", "header", scheme="Token"),
    )


@pytest.mark.parametrize("place", ["key", "jwt", "key.", "jwt.", "x-key"])
async def test_tokens_of_several_kinds_have_names_and_schemes_of_their_own(place: str) -> None:
    user = await create_user()
    token = jwt(user) if place.startswith("jwt") else await create_token(user)
    address = f"/?{place}={token}" if place in {"key", "jwt"} else "/"
    offered = [f"{place}{token}"] if place.endswith(".") else None
    headers = [(b"x-key", token.encode())] if place == "x-key" else None
    assert (await answer(connect(AnyToken, address, headers, offered)))["user"] == "ada"


def test_the_document_tells_which_token_goes_where() -> None:
    routes = DjangoRouteDiscovery(application(AnyToken)).discover()
    document = AsyncAPIGenerator(routes).generate()
    assert [credential.scheme for credential in AnyToken.credentials[2:4]] == ["Token", "bearer"]
    room = next(iter(document["channels"].values()))
    query = room["bindings"]["ws"]["query"]["properties"]
    assert query["key"]["description"] == "A token, as it follows `Authorization: Token`."
    assert query["jwt"]["description"] == "A token, as it follows `Authorization: Bearer`."
    said = [
        scheme["description"]
        for scheme in document["components"]["securitySchemes"].values()
        if scheme.get("name") == "Sec-WebSocket-Protocol"
    ]
    by_jwt, by_key = sorted(said)
    assert "Authorization: Bearer" in by_jwt
    assert "Authorization: Token" in by_key


# Tokens that no header can hold


class OtherPlaces(Members):
    token_locations = (
        Credential("token", "query"),
        Credential("token", "cookie"),
        Credential("jwt", "subprotocol"),
    )


@pytest.mark.parametrize(
    ("address", "cookie", "offered"),
    [
        ("/?token=%E2%98%83", "", []),
        ("/?token=%FF", "", []),
        ("/?token=%C3%A9", "", []),
        ("/?token=%ED%A0%80", "", []),
        ("/?token=%00", "", []),
        ("/?token=a%0D%0Ab", "", []),
        ("/?token=a%20b", "", []),
        ("/", "token=☃", []),
        ("/", 'token="\\000"', []),
        ("/", "", ["jwt.☃"]),
        ("/", "", ["jwt", "☃"]),
    ],
)
@pytest.mark.parametrize("kind", [TokenAuthentication, BasicAuthentication, JWTAuthentication])
async def test_a_token_of_any_characters_is_refused_without_a_traceback(
    kind: type[BaseAuthentication],
    address: str,
    cookie: str,
    offered: list[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Odd(OtherPlaces):
        authentication_classes = (kind,)
        token_scheme = "Basic" if kind is BasicAuthentication else None

    headers = [(b"cookie", cookie.encode())] if cookie else None
    status, _ = await outcome(connect(Odd, address, headers, offered))
    assert status == 401
    assert not [record for record in caplog.records if record.exc_info]


@pytest.mark.parametrize("query", ["&".join("a" * 1100), "&".join(f"{n}=" for n in range(1100))])
async def test_what_django_answers_as_a_bad_request_is_refused_as_one(query: str) -> None:
    assert (await outcome(connect(JWTMembers, f"/?{query}")))[0] == 400


async def test_the_scheme_of_moved_tokens_may_be_named() -> None:
    class Mixed(Members):
        authentication_classes = (JWTAuthentication, TokenAuthentication)
        token_locations = (Credential("token", "query"),)
        token_scheme = "Token"

    token = await create_token(await create_user())
    assert (await answer(connect(Mixed, f"/?token={token}")))["user"] == "ada"


# What the classes see


class Recorder(permissions.BasePermission):
    """Notes the requests that it permits."""

    seen: list[Request]

    def has_permission(self, request: Request, view: APIView) -> bool:
        self.seen.append(request)
        return True


async def seen_by_permissions(address: str, headers: Headers | None = None) -> Request:
    class Recording(Recorder):
        seen: list[Request] = []  # noqa: RUF012 - filled by instances

    class Recorded(DjangoAuthenticator):
        authentication_classes = (SessionAuthentication,)
        permission_classes = (Recording,)

    await answer(connect(Recorded, address, headers))
    (request,) = Recording.seen
    return request


async def test_the_request_is_the_handshakes_own() -> None:
    headers = [(b"cookie", b"theme=dark"), (b"x-forwarded-for", b"10.0.0.1")]
    request = await seen_by_permissions("wss://testserver/?room=7&room=8", headers)
    assert request.method == "GET"
    assert request.path == "/"
    assert request.query_params.getlist("room") == ["7", "8"]
    assert request.COOKIES == {"theme": "dark"}
    assert request.META["REMOTE_ADDR"] == "127.0.0.1"
    assert request.headers["X-Forwarded-For"] == "10.0.0.1"
    assert request.is_secure()
    assert request.get_host() == "testserver"
    assert await sync_to_async(request.session.get)("nothing") is None
    assert request.data == {}


async def test_without_tls_the_request_is_not_secure() -> None:
    assert not (await seen_by_permissions("ws://testserver/")).is_secure()


@pytest.mark.parametrize("address", ["/?format=nonsense", "/"])
async def test_what_a_client_accepts_does_not_refuse_it(address: str) -> None:
    await seen_by_permissions(address, [(b"accept", b"application/nonsense")])


async def test_a_query_string_that_is_no_text_is_refused_as_over_http() -> None:
    client = connect(TokenMembers)
    client.scope["query_string"] = b"\xff"
    assert (await outcome(client))[0] == 400


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete", "options"])
async def test_permissions_see_the_verb_to_emulate(method: Any) -> None:
    class ReadOnly(permissions.BasePermission):
        def has_permission(self, request: Request, view: APIView) -> bool:
            return request.method in permissions.SAFE_METHODS

    class Emulating(DjangoAuthenticator):
        auth_method = method
        permission_classes = (ReadOnly,)

    status, _ = await outcome(connect(Emulating))
    assert status == (200 if method in {"get", "options"} else 403)


async def test_one_hop_to_one_thread_does_it_all(monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[int] = []

    class Here(permissions.BasePermission):
        def has_permission(self, request: Request, view: APIView) -> bool:
            threads.append(threading.get_ident())
            return True

        def has_object_permission(self, request: Request, view: APIView, obj: Any) -> bool:
            threads.append(threading.get_ident())
            return True

    class There(DjangoAuthenticator):
        authentication_classes = (TokenAuthentication,)
        permission_classes = (Here,)
        queryset = Group.objects

    token = await create_token(await create_user())
    group = await Group.objects.acreate(name="engineers")
    loop: Any = asyncio.get_running_loop()
    run = loop.run_in_executor
    hops: list[object] = []

    def hop(executor: object, function: object, *args: object) -> Any:
        hops.append(function)
        return run(executor, function, *args)

    monkeypatch.setattr(loop, "run_in_executor", hop)
    client = connect(There, f"/rooms/{group.pk}/", authorization(f"Token {token}"))
    client.scope["url_route"] = {"args": (), "kwargs": {"pk": group.pk}}

    async def send(message: BaseMessage) -> None:
        raise AssertionError("The engine tells the client.")

    authenticator = There(send)
    assert await authenticator.authenticate(client.scope)
    assert authenticator.obj == group
    assert len(hops) == 1
    assert len(set(threads)) == 1


# Objects


class IsMember(permissions.BasePermission):
    """Permits the groups of a user."""

    message = "You are no member."
    code = "no_member"

    def has_object_permission(self, request: Request, view: APIView, obj: Any) -> bool:
        return bool(obj.user_set.filter(pk=request.user.pk).exists())


class GroupMembers(DjangoAuthenticator):
    authentication_classes = (TokenAuthentication,)
    permission_classes: Any = (permissions.IsAuthenticated, IsMember)
    queryset: Any = Group.objects


class Scene:
    """A user in one of two groups."""

    def __init__(self) -> None:
        self.user = User.objects.create_user("ada", password="engine")
        self.headers = authorization(f"Token {token_of(self.user)}")
        self.own = Group.objects.create(name="own")
        self.other = Group.objects.create(name="other")
        self.user.groups.add(self.own)


scene = sync_to_async(Scene)


@pytest.mark.parametrize("source", [Group.objects, Group.objects.all()], ids=["manager", "all"])
async def test_an_object_that_is_permitted_is_there_for_handlers(source: Any) -> None:
    class Looking(GroupMembers):
        queryset = source

    there = await scene()
    known = await answer(connect(Looking, f"/rooms/{there.own.pk}/", there.headers))
    assert (known["user"], known["obj"]) == ("ada", "own")


async def test_an_object_that_is_not_permitted_is_refused() -> None:
    there = await scene()
    assert await outcome(connect(GroupMembers, f"/rooms/{there.other.pk}/", there.headers)) == (
        403,
        {"detail": "You are no member.", "code": "no_member"},
    )


@pytest.mark.parametrize("key", ["0", "no-number"])
async def test_an_object_that_does_not_exist_is_not_found(key: str) -> None:
    there = await scene()
    status, data = await outcome(connect(GroupMembers, f"/rooms/{key}/", there.headers))
    assert (status, data["code"]) == (404, "not_found")


async def test_who_is_not_authenticated_learns_nothing_of_objects() -> None:
    assert (await outcome(connect(GroupMembers, "/rooms/0/")))[0] == 401


async def test_an_object_is_looked_up_by_the_field_and_the_name_in_the_route() -> None:
    class ByName(GroupMembers):
        lookup_field = "name"
        lookup_url_kwarg = "pk"

    there = await scene()
    assert (await answer(connect(ByName, "/rooms/own/", there.headers)))["obj"] == "own"


async def test_with_true_no_object_is_looked_up_whatever_the_view_has() -> None:
    class AllGroups(ListAPIView[Group]):
        queryset = Group.objects.all()

    class NoObject(GroupMembers):
        auth_view_class = AllGroups
        queryset = True

    there = await scene()
    assert (await answer(connect(NoObject, "/", there.headers)))["obj"] is None


async def test_a_route_without_the_objects_key_lets_nobody_in(
    caplog: pytest.LogCaptureFixture,
) -> None:
    there = await scene()
    async with connect(GroupMembers, "/", there.headers) as client:
        assert "authentication" not in await client.receive_text()
        await client.assert_closed(4500)
    assert 'keyword argument named "pk"' in caplog.text


async def test_get_queryset_may_depend_on_the_user() -> None:
    class OwnGroups(GroupMembers):
        permission_classes = (permissions.IsAuthenticated,)

        def get_queryset(self) -> Any:
            return super().get_queryset().filter(user=self.view.request.user)

    there = await scene()
    known = await answer(connect(OwnGroups, f"/rooms/{there.own.pk}/", there.headers))
    assert known["obj"] == "own"
    other = connect(OwnGroups, f"/rooms/{there.other.pk}/", there.headers)
    assert (await outcome(other))[0] == 404


async def test_get_object_may_find_it_otherwise_and_permissions_still_count() -> None:
    class Named(GroupMembers):
        queryset = None

        def get_object(self) -> Group:
            return Group.objects.get(name=self.view.kwargs["pk"])

    there = await scene()
    assert (await answer(connect(Named, "/rooms/own/", there.headers)))["obj"] == "own"
    assert (await outcome(connect(Named, "/rooms/other/", there.headers)))[0] == 403


async def test_get_object_may_find_none() -> None:
    class Sometimes(GroupMembers):
        def get_object(self) -> None:
            return None

    there = await scene()
    assert (await answer(connect(Sometimes, "/", there.headers)))["obj"] is None


# Views


class GroupView(GenericAPIView[Group]):
    """A project's own view."""

    authentication_classes = (TokenAuthentication,)
    permission_classes = (permissions.IsAuthenticated, IsMember)
    queryset = Group.objects.all()
    lookup_field = "name"
    lookup_url_kwarg = "pk"

    def get(self, request: Request, pk: str) -> Response:
        obj = self.get_object()
        obj.name = "changed"
        obj.save()
        return Response({"was": pk})


class ByView(DjangoAuthenticator):
    auth_view_class = GroupView


async def test_a_view_brings_its_classes_and_its_lookup_but_does_not_run() -> None:
    there = await scene()
    known = await answer(connect(ByView, "/rooms/own/", there.headers))
    assert (known["user"], known["obj"]) == ("ada", "own")
    assert (await outcome(connect(ByView, "/rooms/other/", there.headers)))[0] == 403
    assert not await Group.objects.filter(name="changed").aexists()


async def test_a_view_runs_where_that_is_wanted_and_its_response_counts() -> None:
    class Running(ByView):
        override_http_methods = False

    class Posting(Running):
        auth_method = "post"

    there = await scene()
    assert (await outcome(connect(Running, "/rooms/other/", there.headers)))[0] == 403
    assert not await Group.objects.filter(name="changed").aexists()
    assert (await outcome(connect(Posting, "/rooms/own/", there.headers)))[0] == 405
    assert await outcome(connect(Running, "/rooms/own/", there.headers)) == (200, {"was": "own"})
    assert await Group.objects.filter(name="changed").aexists()


async def test_what_a_running_view_refuses_is_refused() -> None:
    class Refusing(ChanxAuthView):
        def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
            return Response({"detail": "Closed on Sundays."}, status=409)

    class Running(DjangoAuthenticator):
        auth_view_class = Refusing
        override_http_methods = False

    assert await outcome(connect(Running)) == (409, {"detail": "Closed on Sundays."})


async def test_the_default_view_lets_in_whether_its_methods_run_or_not() -> None:
    class Running(DjangoAuthenticator):
        override_http_methods = False
        auth_method = "options"

    assert (await outcome(connect(Running)))[0] == 200


async def test_the_authenticators_classes_count_before_the_views() -> None:
    class Strict(ChanxAuthView):
        authentication_classes = (BasicAuthentication,)

        def get_permissions(self) -> Any:
            return [permissions.IsAdminUser()]

    class Own(TokenMembers):
        auth_view_class = Strict

    class Views(DjangoAuthenticator):
        auth_view_class = Strict
        authentication_classes = (TokenAuthentication,)

    there = await scene()
    assert (await answer(connect(Own, headers=there.headers)))["user"] == "ada"
    assert (await outcome(connect(Views, headers=there.headers)))[0] == 403


async def test_attributes_may_be_set_on_the_instance() -> None:
    class Late(DjangoAuthenticator):
        def __init__(self, send_message: Callable[[BaseMessage], Awaitable[Any]]) -> None:
            super().__init__(send_message)
            self.authentication_classes = (TokenAuthentication,)
            self.permission_classes = (permissions.IsAuthenticated, IsMember)
            self.queryset = Group.objects
            self.lookup_field = "name"
            self.lookup_url_kwarg = "pk"

    there = await scene()
    assert (await answer(connect(Late, "/rooms/own/", there.headers)))["obj"] == "own"
    assert (await outcome(connect(Late, "/rooms/other/", there.headers)))[0] == 403


async def test_a_view_set_decides_by_the_action_of_the_verb() -> None:
    class Groups(ModelViewSet[Group]):
        authentication_classes = (TokenAuthentication,)
        queryset = Group.objects.all()
        serializer_class = ChanxSerializer

        def get_permissions(self) -> Any:
            known = {"retrieve": IsMember, "destroy": permissions.IsAdminUser}
            return [known[self.action]()]

    class Reading(DjangoAuthenticator):
        auth_view_class = Groups

    class Deleting(Reading):
        auth_method = "delete"

    class Running(Reading):
        override_http_methods = False

    there = await scene()
    address = f"/rooms/{there.own.pk}/"
    assert (await answer(connect(Reading, address, there.headers)))["obj"] == "own"
    assert (await outcome(connect(Running, address, there.headers)))[0] == 200
    assert (await outcome(connect(Deleting, address, there.headers)))[0] == 403


async def test_model_permissions_see_the_model() -> None:
    class Changing(GroupMembers):
        auth_method = "patch"
        permission_classes = (permissions.DjangoModelPermissions,)

    there = await scene()
    address = f"/rooms/{there.own.pk}/"
    assert (await outcome(connect(Changing, address, there.headers)))[0] == 403
    permission = await Permission.objects.aget(codename="change_group")
    await there.user.user_permissions.aadd(permission)
    assert (await answer(connect(Changing, address, there.headers)))["obj"] == "own"


# Refusals


async def refusal(client: WebsocketCommunicator, caplog: pytest.LogCaptureFixture) -> Any:
    """Connect; return what is logged of the refusal, which is one record."""
    await outcome(client)
    (record,) = [one for one in caplog.records if one.name == "chanx.websocket"]
    return record


async def test_the_log_names_a_user_who_is_refused(caplog: pytest.LogCaptureFixture) -> None:
    there = await scene()
    address = f"/rooms/{there.other.pk}/"
    record = await refusal(connect(GroupMembers, address, there.headers), caplog)
    assert (record.status, record.path, record.user) == (403, address, "ada")
    assert record.getMessage() == (
        f"Refused ada at '{address}' with 403: GroupMembers did not let it in."
    )


async def test_the_log_names_nobody_where_nobody_is_known(caplog: pytest.LogCaptureFixture) -> None:
    record = await refusal(connect(TokenMembers, headers=authorization("Token x")), caplog)
    assert (record.status, record.user) == (401, str(AnonymousUser()))


async def test_a_user_whose_name_needs_the_database_does_not_fail_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Late:
        is_active = is_authenticated = True

        def __str__(self) -> str:
            return User.objects.get().username

    class Looking(BaseAuthentication):
        def authenticate(self, request: Request) -> tuple[Any, None]:
            return Late(), None

    class Closed(DjangoAuthenticator):
        authentication_classes = (Looking,)
        permission_classes = (permissions.IsAuthenticated & ~permissions.IsAuthenticated,)

    record = await refusal(connect(Closed), caplog)
    assert (record.status, record.user) == (403, None)


async def test_who_comes_too_often_is_throttled_by_address() -> None:
    class Once(AnonRateThrottle):
        rate = "1/hour"

    class Throttled(DjangoAuthenticator):
        throttle_classes = (Once,)

    cache.clear()
    assert (await outcome(connect(Throttled)))[0] == 200
    status, data = await outcome(connect(Throttled))
    assert (status, data["code"]) == (429, "throttled")
    assert 3500 < data["retry_after"] <= 3600
    elsewhere = connect(Throttled)
    elsewhere.scope["client"] = ("10.0.0.1", 50000)
    assert (await outcome(elsewhere))[0] == 200


class BrokenThrottle(BaseThrottle):
    def allow_request(self, request: Request, view: APIView) -> bool:
        raise RuntimeError("the secret is 42")


async def test_an_authenticator_that_raises_lets_nobody_in_and_leaks_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Broken(DjangoAuthenticator):
        throttle_classes = (BrokenThrottle,)

    async with connect(Broken) as client:
        assert "42" not in await client.receive_text()
        await client.assert_closed(4500)
    assert "the secret is 42" in caplog.text


async def test_an_exception_of_rest_framework_has_its_status_and_code() -> None:
    class Asleep(APIException):
        status_code = 503
        default_detail = "Come back later."
        default_code = "asleep"

    class Closed(permissions.BasePermission):
        def has_permission(self, request: Request, view: APIView) -> bool:
            raise Asleep

    class Sleeping(DjangoAuthenticator):
        permission_classes = (Closed,)

    assert await outcome(connect(Sleeping)) == (
        503,
        {"detail": "Come back later.", "code": "asleep"},
    )


async def test_what_is_wrong_in_several_ways_is_told_as_a_list() -> None:
    class Particular(permissions.BasePermission):
        def has_permission(self, request: Request, view: APIView) -> bool:
            raise ValidationError(["Too late.", "Too loud."])

    class Closed(DjangoAuthenticator):
        permission_classes = (Particular,)

    assert await outcome(connect(Closed)) == (400, {"detail": ["Too late.", "Too loud."]})


def of_view(self: Any, *arguments: Any) -> Any: ...
def with_none(self: Any) -> Any: ...
def with_one(self: Any, given: Any) -> Any: ...


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("get_permissions", of_view),
        ("get_authenticators", of_view),
        ("check_object_permissions", of_view),
        ("filter_backends", [object]),
        ("http_method_names", ["get"]),
        ("get", of_view),
        ("dispatch", of_view),
    ],
)
def test_what_only_views_are_asked_for_is_refused_on_an_authenticator(
    name: str, value: Any
) -> None:
    with pytest.raises(ConfigurationError, match=rf"Wrong\.{name} is .*auth_view_class"):
        type("Wrong", (TokenMembers,), {name: value})


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("get_queryset", with_one, r"`def get_queryset\(self\)`"),
        ("get_object", with_one, r"`def get_object\(self\)`"),
        ("__init__", with_none, r"`def __init__\(self, send_message\)`"),
    ],
)
def test_a_method_that_cannot_be_called_is_refused(name: str, value: Any, text: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"Wrong\.{name} does not take .*{text}"):
        type("Wrong", (TokenMembers,), {name: value})


def test_a_method_for_the_thread_of_the_orm_is_refused_where_it_is_asynchronous() -> None:
    async def get_object(self: Any) -> Group:
        return await Group.objects.aget()

    with pytest.raises(ConfigurationError, match=r"get_object is asynchronous: .*`def get_object"):
        type("Wrong", (TokenMembers,), {"get_object": get_object})


@pytest.mark.parametrize("location", ["body", "", None, 5])
def test_a_credential_that_stands_nowhere_is_refused(location: Any) -> None:
    with pytest.raises(ConfigurationError, match="its location is one of 'query', 'header'"):
        Credential("token", location)
    with pytest.raises(ConfigurationError, match="needs a name"):
        Credential("", "query")
    with pytest.raises(ConfigurationError, match=r"credentials .*: it takes a list of Credential"):
        type("Wrong", (TokenMembers,), {"credentials": location})


def test_there_is_a_view_only_while_it_decides() -> None:
    async def send(message: BaseMessage) -> None:
        raise AssertionError("The engine tells the client.")

    with pytest.raises(RuntimeError, match="no view"):
        _ = DjangoAuthenticator(send).view


@pytest.mark.parametrize("authenticator", [TokenMembers, SessionMembers])
async def test_tokens_need_no_session_and_sessions_none_of_channels(
    authenticator: type[DjangoAuthenticator],
) -> None:
    apps = [name for name in settings.INSTALLED_APPS if name != "django.contrib.sessions"]
    user = await create_user()
    headers = authorization(f"Token {await create_token(user)}")
    with override_settings(INSTALLED_APPS=apps):
        status, _ = await outcome(connect(authenticator, headers=headers))
        assert status == (200 if authenticator is TokenMembers else 403)


async def test_a_view_that_answers_before_its_permissions_lets_nobody_in() -> None:
    class Cached(ChanxAuthView):
        def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
            return HttpResponse("from the cache")

    class Hasty(DjangoAuthenticator):
        auth_view_class = Cached

    assert (await outcome(connect(Hasty)))[0] == 401


async def test_without_authentication_messages_nothing_is_sent() -> None:
    token = await create_token(await create_user())
    with override_chanx_settings(SEND_AUTHENTICATION_MESSAGE=False):
        async with connect(TokenMembers, headers=authorization(f"Token {token}")) as client:
            assert await client.receive_nothing()
        async with connect(TokenMembers) as client:
            with pytest.raises(UnexpectedClose, match="4401"):
                await client.receive_text()


async def test_a_user_whom_no_class_looks_at_is_nobody() -> None:
    class Open(DjangoAuthenticator):
        authentication_classes = ()

    client = connect(Open)
    client.scope["user"] = await create_user()
    known = await answer(client)
    assert (known["user"], known["is_same"]) == (str(AnonymousUser()), True)


# The document


def test_credentials_are_those_that_the_classes_look_at() -> None:
    assert [(c.location, c.name, c.scheme) for c in SessionMembers.credentials] == [
        ("cookie", "sessionid", None)
    ]
    assert [(c.location, c.name, c.scheme) for c in TokenMembers.credentials] == [
        ("header", "Authorization", "token")
    ]
    assert [(c.location, c.name, c.scheme) for c in BasicMembers.credentials] == [
        ("header", "Authorization", "basic")
    ]
    assert [(c.location, c.name) for c in JWTMembers.credentials] == [
        ("header", "Authorization"),
        *((c.location, c.name) for c in JWTMembers.token_locations),
    ]
    assert [c.scheme for c in ByView.credentials] == ["token"]


def test_the_document_has_a_scheme_for_each_way_to_be_known() -> None:
    class Anyhow(JWTMembers):
        authentication_classes: Any = (
            SessionAuthentication,
            BasicAuthentication,
            TokenAuthentication,
            JWTAuthentication,
        )

    router = application(Anyhow)
    routes = DjangoRouteDiscovery(router).discover()
    document = AsyncAPIGenerator(routes).generate()
    schemes = document["components"]["securitySchemes"].values()
    kinds = sorted(scheme.get("scheme") or scheme["in"] for scheme in schemes)
    places = ["cookie", "cookie", "header", "header", "query"]
    assert kinds == sorted(["basic", "bearer", "token", *places])


def test_credentials_may_be_listed() -> None:
    class Listed(TokenMembers):
        credentials = (Credential("key", "query"),)

    assert [c.name for c in Listed.credentials] == ["key"]
