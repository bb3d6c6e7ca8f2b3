"""The language and the time zone of a connection, wherever its code runs."""

import asyncio
from datetime import UTC, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

import pytest
from asgiref.sync import sync_to_async
from channels.auth import AuthMiddlewareStack
from channels.sessions import SessionMiddlewareStack
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.core.checks import run_checks
from django.test import override_settings
from django.utils import timezone, translation
from django.utils.translation import gettext, gettext_lazy
from rest_framework.authentication import TokenAuthentication
from rest_framework.authtoken.models import Token
from rest_framework.permissions import IsAuthenticated

from chanx.asyncapi import AsyncAPIGenerator
from chanx.core.decorators import event_handler, ws_handler
from chanx.core.errors import RefuseConnection
from chanx.ext.channels.authenticator import DjangoAuthenticator
from chanx.ext.channels.lazy import LazyStr
from chanx.ext.channels.utils.settings import override_chanx_settings
from chanx.ext.channels.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import AuthenticationMessage, BaseMessage, ErrorMessage
from chanx.routing import RouteInfo
from chanx.testing import WebsocketCommunicator

AS_VIEWS = override_settings(
    LANGUAGES=[("en", "English"), ("de", "German"), ("fr", "French")],
    MIDDLEWARE=["django.middleware.locale.LocaleMiddleware"],
)
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


class Ask(BaseMessage):
    action: Literal["ask"] = "ask"


class Slow(BaseMessage):
    action: Literal["slow"] = "slow"


class Choose(BaseMessage):
    action: Literal["choose"] = "choose"
    payload: tuple[str, str]


class Changed(BaseMessage):
    action: Literal["changed"] = "changed"


class Answer(BaseMessage):
    action: Literal["answer"] = "answer"
    payload: LazyStr


class Time(BaseMessage):
    action: Literal["time"] = "time"


class Room(AsyncJsonWebsocketConsumer[Changed]):
    groups = ("room",)
    emits = (Answer,)

    @ws_handler
    async def ask(self, message: Ask) -> Answer:
        return Answer(payload=gettext_lazy("Yes"))

    @ws_handler(concurrent=True)
    async def slow(self, message: Slow) -> Answer:
        await asyncio.sleep(0)
        return Answer(payload=await sync_to_async(gettext)("Yes"))

    @ws_handler
    async def time(self, message: Time) -> Answer:
        return Answer(payload=timezone.localtime(NOON).isoformat())

    @ws_handler
    async def choose(self, message: Choose) -> None:
        self.activate_locale(*message.payload)

    @event_handler
    async def changed(self, event: Changed) -> Answer:
        return Answer(payload=gettext_lazy("Yes"))


Headers = list[tuple[bytes, bytes]]


def header(language: str) -> Headers:
    return [(b"accept-language", language.encode())]


def cookie(text: str) -> Headers:
    return [(b"cookie", text.encode())]


async def answers(client: WebsocketCommunicator, message: BaseMessage | None = None) -> str:
    await client.send_message(message or Ask())
    return await answered(client)


async def answered(client: WebsocketCommunicator) -> str:
    reply = await client.receive_json()
    assert reply["action"] == "answer"
    text: str = reply["payload"]
    return text


@pytest.fixture
def connect(layers: None, communicator: type[WebsocketCommunicator]) -> Any:
    def make(headers: Headers, application: Any = None, consumer: Any = Room) -> Any:
        return communicator(application or Room.as_asgi(), "/", headers, consumer=consumer)

    return make


@AS_VIEWS
@pytest.mark.parametrize("message", [Ask(), Slow()])
async def test_each_client_is_answered_in_the_language_that_it_accepts(
    connect: Any, message: BaseMessage
) -> None:
    async with connect(header("de,en;q=0.5")) as ada, connect(header("fr")) as eve:
        assert await answers(ada, message) == "Ja"
        assert await answers(eve, message) == "Oui"
        assert await answers(ada, message) == "Ja"


@AS_VIEWS
async def test_events_are_handled_in_the_language_of_each_connection(connect: Any) -> None:
    async with connect(header("de")) as ada, connect(header("fr")) as eve:
        with translation.override("es"):  # of whoever broadcasts
            await Room.broadcast_event(Changed())
        assert await answered(ada) == "Ja"
        assert await answered(eve) == "Oui"


@AS_VIEWS
async def test_the_cookie_of_a_choice_counts_more_than_what_the_browser_accepts(
    connect: Any,
) -> None:
    async with connect([*header("de"), *cookie("django_language=fr")]) as client:
        assert await answers(client) == "Oui"
    async with connect([*header("de"), *cookie("django_language=xx")]) as client:
        assert await answers(client) == "Ja"


@AS_VIEWS
async def test_hooks_and_refusals_are_in_the_language_of_the_connection(connect: Any) -> None:
    class Greeting(Room):
        async def post_authentication(self) -> None:
            await self.send_message(Answer(payload=gettext("Yes")))

    class Refusing(Room):
        async def connect(self) -> None:
            raise RefuseConnection(403, gettext("No"))

    async with connect(header("de"), Greeting.as_asgi(), Greeting) as client:
        assert await answered(client) == "Ja"
    async with connect(header("de"), Refusing.as_asgi(), Refusing) as refused:
        message = await refused.receive_message()
        assert isinstance(message, ErrorMessage)
        assert message.payload.detail == "Nein"
        await refused.expect_closed(4403)


class Members(DjangoAuthenticator):
    authentication_classes = (TokenAuthentication,)
    permission_classes = (IsAuthenticated,)


class Club(Room):
    authenticator_class = Members


@AS_VIEWS
async def test_what_rest_framework_refuses_is_told_in_the_language_of_the_connection(
    connect: Any,
) -> None:
    async with connect(header("de"), Club.as_asgi(), Club) as refused:
        message = await refused.receive_message()
        assert isinstance(message, AuthenticationMessage)
        assert message.payload.data["detail"] == "Anmeldedaten fehlen."
        await refused.expect_closed(4401)


async def test_without_the_middleware_the_language_is_that_of_the_project(connect: Any) -> None:
    async with connect([*header("de"), *cookie("django_language=fr")]) as client:
        assert await answers(client) == "Yes"
        assert await answers(client, Time()) == "2026-01-01T06:00:00-06:00"


@AS_VIEWS
async def test_the_language_does_not_outlive_the_connection() -> None:
    before = translation.get_language()
    sent: list[Any] = []
    events = iter([{"type": "websocket.connect"}, {"type": "websocket.disconnect", "code": 1000}])

    async def receive() -> Any:
        return next(events)

    async def send(event: Any) -> None:
        sent.append(translation.get_language())

    scope = {"type": "websocket", "path": "/", "headers": header("de"), "query_string": b""}
    await AsyncJsonWebsocketConsumer.as_asgi()(scope, receive, send)
    assert "de" in sent
    assert translation.get_language() == before


# Sources that a project names


@AS_VIEWS
@override_chanx_settings(LANGUAGE_FROM=["user.last_name", "cookie.lang", "header"])
async def test_a_users_language_counts_once_the_user_is_known(
    connect: Any, database: dict[str, Any]
) -> None:
    user = await User.objects.acreate(username="ada", last_name="fr")
    token: Any = await Token.objects.acreate(user=user)
    headers = [*header("de"), (b"authorization", f"Token {token.key}".encode())]
    async with connect(headers, Club.as_asgi(), Club) as client:
        assert isinstance(await client.receive_message(), AuthenticationMessage)
        assert await answers(client) == "Oui"
    await User.objects.aupdate(last_name="")
    async with connect([*headers, *cookie("lang=en")], Club.as_asgi(), Club) as client:
        await client.receive_message()
        assert await answers(client) == "Yes"


@AS_VIEWS
@override_chanx_settings(LANGUAGE_FROM=["user.last_name", "session.lang", "header"])
async def test_a_lazy_user_of_middleware_is_looked_up_off_the_event_loop(
    connect: Any, database: dict[str, Any]
) -> None:
    session = SessionStore()
    session["lang"] = "fr"
    await sync_to_async(session.save)()
    application = AuthMiddlewareStack(Room.as_asgi())
    headers = [*header("de"), *cookie(f"sessionid={session.session_key}")]
    async with connect(headers, application) as client:  # an anonymous user has no last name
        assert await answers(client) == "Oui"
    async with connect(header("de"), application) as client:
        assert await answers(client) == "Ja"


@override_chanx_settings(TIME_ZONE_FROM=["user.first_name", "session.django_timezone", "cookie.tz"])
async def test_the_time_zone_comes_from_the_first_source_that_has_one(
    connect: Any, database: dict[str, Any]
) -> None:
    session = SessionStore()
    session["django_timezone"] = "Asia/Tokyo"
    await sync_to_async(session.save)()
    application = SessionMiddlewareStack(Room.as_asgi())
    berlin = cookie("tz=Europe/Berlin")
    async with connect(berlin, application) as client:
        assert await answers(client, Time()) == "2026-01-01T13:00:00+01:00"
    headers = [(b"cookie", f"tz=Europe/Berlin; sessionid={session.session_key}".encode())]
    async with connect(headers, application) as client:
        assert await answers(client, Time()) == "2026-01-01T21:00:00+09:00"
    async with connect(cookie("tz=../../etc/passwd"), application) as client:
        assert await answers(client, Time()) == "2026-01-01T06:00:00-06:00"


async def test_a_consumer_changes_the_locale_for_all_that_follows(connect: Any) -> None:
    async with connect([]) as client:
        await client.send_message(Choose(payload=("fr", "Europe/Berlin")))
        assert await answers(client) == "Oui"
        assert await answers(client, Time()) == "2026-01-01T13:00:00+01:00"
        await Room.broadcast_event(Changed())
        assert await answered(client) == "Oui"


def test_a_time_zone_that_there_is_not_is_told_to_the_consumer() -> None:
    room = Room()
    with pytest.raises(ValueError, match="Europe/Nowhere"):
        room.activate_locale(time_zone="Europe/Nowhere")
    with pytest.raises(ValueError, match="'xx'"):
        room.activate_locale("xx")
    with timezone.override(None):
        room.activate_locale(time_zone=ZoneInfo("Europe/Berlin"))
        assert timezone.get_current_timezone_name() == "Europe/Berlin"


@pytest.mark.parametrize("source", ["users.language", "user", "session", "cookie.", "header.x", 7])
def test_a_source_that_is_none_is_found_by_the_system_check(source: Any) -> None:
    with override_chanx_settings(LANGUAGE_FROM=[source]):
        [found] = run_checks(tags=["chanx"])
    assert found.id == "chanx.E003"
    assert "'user.<attribute>'" in str(found.hint)


def test_a_time_zone_comes_from_no_header() -> None:
    with override_chanx_settings(TIME_ZONE_FROM=["header"]):
        assert [found.id for found in run_checks(tags=["chanx"])] == ["chanx.E003"]


# Messages


def test_a_lazy_text_stays_lazy_until_it_is_sent() -> None:
    answer = Answer(payload=gettext_lazy("Yes"))
    with translation.override("de"):
        assert answer.model_dump(mode="json") == {"action": "answer", "payload": "Ja"}
        assert answer.payload == "Ja"
    assert '"Yes"' in answer.model_dump_json()
    assert Answer(payload="plain").payload == "plain"
    with pytest.raises(ValueError, match="string"):
        Answer.model_validate({"action": "answer", "payload": 7})


def test_a_lazy_text_is_text_for_clients() -> None:
    document = AsyncAPIGenerator([RouteInfo(path="/", consumer=Room)], title="Test").generate()
    schemas = document["components"]["schemas"]
    [answer] = [schema for name, schema in schemas.items() if name.startswith("Answer")]
    assert answer["properties"]["payload"]["type"] == "string"


async def test_a_client_may_send_what_is_lazy_elsewhere(connect: Any) -> None:
    class Say(BaseMessage):
        action: Literal["say"] = "say"
        payload: LazyStr

    class Echo(AsyncJsonWebsocketConsumer):
        @ws_handler
        async def say(self, message: Say) -> Answer:
            return Answer(payload=message.payload)

    async with connect([], Echo.as_asgi(), Echo) as client:
        await client.send_json({"action": "say", "payload": "hello"})
        assert await answered(client) == "hello"
        await client.send_json({"action": "say", "payload": 7})
        assert isinstance(await client.receive_message(), ErrorMessage)
