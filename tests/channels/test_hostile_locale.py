"""What a hostile client says of its language and time zone: it is served as one that says none."""

from typing import Any, Literal

import pytest
from channels.sessions import SessionMiddlewareStack
from django.contrib.sessions.backends.db import SessionStore
from django.test import override_settings
from django.utils import timezone, translation
from django.utils.translation import gettext

from chanx.ext.channels import AsyncJsonWebsocketConsumer, BaseMessage, event_handler, ws_handler
from chanx.ext.channels.utils.settings import override_chanx_settings
from chanx.testing import WebsocketCommunicator

WRONG = [
    "",
    "xx",
    "de" * 5000,
    "de-" + "a" * 600,
    "../../../../etc/passwd",
    "/etc/localtime",
    "Europe",
    "Europe/",
    "Europe//Berlin",
    "Europe/Berlin/x",
    "a..b/c",
    "tzdata.zi",
    "zone.tab",
    "__init__.py",
    "\x00",
    "Europe/Berlin\x00",
    "%00",
    "\xff\xfe",
    "\u00e4/\u00e4",
    "a/" * 400,
    "*",
    "de;q=NaN",
    "de;q=1e999,,,;;;=",
    "-" * 400,
    '"',
    "=;=;",
]


class Ask(BaseMessage):
    action: Literal["ask"] = "ask"


class Choose(BaseMessage):
    action: Literal["choose"] = "choose"
    payload: str


class Changed(BaseMessage):
    action: Literal["changed"] = "changed"


class Answer(BaseMessage):
    action: Literal["answer"] = "answer"
    payload: tuple[str, str]


def answer() -> Answer:
    return Answer(payload=(gettext("Yes"), timezone.get_current_timezone_name()))


class Room(AsyncJsonWebsocketConsumer[Changed]):
    groups = ("room",)

    @ws_handler
    async def ask(self, message: Ask) -> Answer:
        return answer()

    @ws_handler
    async def choose(self, message: Choose) -> Answer:
        self.activate_locale("de", message.payload)
        await self.broadcast_event(Changed())
        return answer()

    @event_handler
    async def changed(self, event: Changed) -> Answer:
        return answer()


OWN = ["Yes", "America/Chicago"]


def client(headers: list[tuple[bytes, bytes]], application: Any = None) -> WebsocketCommunicator:
    return WebsocketCommunicator(application or Room.as_asgi(), "/", headers, consumer=Room)


async def said(client: WebsocketCommunicator, message: BaseMessage | None = None) -> Any:
    if message is not None:
        await client.send_message(message)
    return (await client.receive_json())["payload"]


pytestmark = pytest.mark.usefixtures("layers")


@override_settings(MIDDLEWARE=["django.middleware.locale.LocaleMiddleware"])
@override_chanx_settings(TIME_ZONE_FROM=["cookie.tz"])
@pytest.mark.parametrize("value", WRONG, ids=range(len(WRONG)))
async def test_a_handshake_that_says_nothing_of_use_is_served_as_the_projects(
    value: str, caplog: pytest.LogCaptureFixture
) -> None:
    raw = value.encode("utf-8", "surrogatepass")
    for headers in (
        [(b"accept-language", raw)],
        [(b"accept-language", raw), (b"accept-language", raw)],
        [(b"cookie", b"django_language=" + raw + b"; tz=" + raw)],
        [(b"cookie", b"tz=" + raw), (b"cookie", b"django_language=" + raw)],
    ):
        async with client(headers) as hostile:
            language, zone = await said(hostile, Ask())
            assert language in ("Yes", "Ja"), "a header may hold a language beside nonsense"
            assert zone == OWN[1]
    assert not caplog.records


@override_chanx_settings(LANGUAGE_FROM=["session.lang"], TIME_ZONE_FROM=["session.tz"])
@pytest.mark.parametrize("value", [*WRONG, 5, None, [], {"de": "de"}, True], ids=range(31))
async def test_nor_does_a_session(
    value: Any, database: Any, caplog: pytest.LogCaptureFixture
) -> None:
    session = SessionStore()
    session.update({"lang": value, "tz": value})
    await session.asave()
    headers = [(b"cookie", f"sessionid={session.session_key}".encode())]
    async with client(headers, SessionMiddlewareStack(Room.as_asgi())) as hostile:
        language, zone = await said(hostile, Ask())
        assert language in ("Yes", "Ja")
        assert zone == OWN[1]
    assert not caplog.records


@pytest.mark.parametrize("sources", [[], ["cookie"]], ids=["none", "cookie"])
async def test_what_one_client_chooses_is_not_what_another_has(sources: list[str]) -> None:
    zones = [f"{source}.tz" for source in sources]
    with override_chanx_settings(LANGUAGE_FROM=sources, TIME_ZONE_FROM=zones):
        before = translation.get_language(), timezone.get_current_timezone_name()
        async with client([]) as bystander, client([]) as hostile:
            assert await said(bystander, Ask()) == OWN
            own = ["Ja", "Europe/Berlin"]
            await hostile.send_message(Choose(payload="Europe/Berlin"))
            assert [await said(hostile), await said(hostile)] == [own, own]
            assert await said(bystander) == OWN
            assert await said(bystander, Ask()) == OWN
        assert (translation.get_language(), timezone.get_current_timezone_name()) == before
