"""What is logged: that connections and messages came and went, never what was in them."""

import logging
from collections.abc import Collection, Sequence
from typing import Any, ClassVar

import pytest

from chanx.core.authenticator import BaseAuthenticator, Credential
from chanx.core.decorators import event_handler, ws_handler
from chanx.core.errors import LayerUnavailable, RefuseConnection
from chanx.testing.contract.adapter import Consumer, Contract
from chanx.testing.contract.client import settled
from chanx.testing.contract.messages import Fail, News, Order, Said, Say, Wait, Waited

SECRET = "the-secret-of-a-user"


class Talker(Consumer):
    groups: Sequence[str] = ("room",)

    @ws_handler
    async def say(self, message: Say) -> Said:
        await self.broadcast_message(Said(payload=message.payload))
        return Said(payload=message.payload)

    @ws_handler
    async def wait(self, message: Wait) -> Waited:
        return Waited()

    @event_handler
    async def news(self, event: News) -> Said:
        return Said(payload=event.payload)


class Deciding(BaseAuthenticator):
    """Decides as the path's client asks in its header X-Wish."""

    credentials: ClassVar[Sequence[Credential]] = (
        Credential("token", "query"),
        Credential("token", "subprotocol"),
    )

    async def authenticate(self, scope: Any) -> bool:
        wish = dict(scope["headers"])[b"x-wish"]
        if wish == b"failure":
            raise LookupError("there is no such user")
        return bool(wish == b"admission")


class Private(Talker):
    authenticator_class: ClassVar[type[BaseAuthenticator] | None] = Deciding
    allowed_origins: ClassVar[Collection[str] | None] = ("https://example.com",)

    async def connect(self) -> None:
        if b"https://example.com" in dict(self.scope["headers"]).values():
            raise RefuseConnection(403, "not from there")


def everything(caplog: pytest.LogCaptureFixture) -> str:
    """Return all that any handler could write of any record, its traceback and facts included."""
    formatter = logging.Formatter()
    return "\n".join(f"{formatter.format(each)} {vars(each)!r}" for each in caplog.records)


def lines(caplog: pytest.LogCaptureFixture) -> list[tuple[Any, Any, Any]]:
    """Return direction, action and ref of each message that was logged."""
    records = [vars(record) for record in caplog.records if record.name == "chanx.websocket"]
    return [(one["direction"], one["action"], one["ref"]) for one in records if "direction" in one]


class LogsContract(Contract):
    async def test_messages_are_logged_with_facts_and_without_their_content(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.INFO)
        async with self.client(Talker) as client:
            await client.open()
            client.send(action="say", payload=SECRET, ref="r")
            await client.messages(2)
            await Talker.broadcast_event(News(payload=SECRET), ["room"])
            await client.message()
            await settled()
        assert sorted(lines(caplog), key=str) == [
            ("received", "say", "r"),
            ("sent", "said", "r"),
            ("sent", "said", None),
            ("sent", "said", None),
        ]
        assert SECRET not in caplog.text
        for record in caplog.records:
            if "direction" in (facts := vars(record)):
                assert {"action", "channel", "consumer", "path", "ref", "size"} <= facts.keys()
                assert facts["path"] == self.path

    async def test_texts_say_whose_connection_it_is_and_records_have_it_as_facts(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        class Room(Talker):
            async def connect(self) -> None:
                self.user = "Ada\nLovelace"

            @ws_handler
            async def fail(self, message: Fail) -> None:
                raise LookupError("nothing")

        caplog.set_level(logging.INFO)
        async with self.client(Room) as client:
            await client.open()
            client.send_text('{"action":"fail"}')
            await client.message()
            client.send_text("é")
            await client.message()
            await Room.broadcast_event(Wait(), ["room"])
            await settled()
        said = [each for each in caplog.records if each.name == "chanx.websocket"]
        texts = [each.getMessage() for each in said]
        whose = f" (path {self.path!r}, user 'Ada\\nLovelace')"
        assert f"Received fail, 17 bytes{whose}" in texts
        assert any(text.endswith(f"Room.fail failed at 'fail'{whose}") for text in texts)
        assert any(text.startswith(f"Refused a frame, 2 bytes{whose}: ") for text in texts)
        assert any(text.startswith("Ignored an event") and text.endswith(whose) for text in texts)
        facts = [(vars(each)["path"], vars(each)["user"]) for each in said]
        assert set(facts) == {(self.path, "Ada\nLovelace")}

    async def test_a_layer_that_is_away_is_one_line_for_each_who_needs_it(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        class Room(Talker):
            async def connect(self) -> None:
                if self.scope.get("subprotocols"):
                    await self.fail(Fail())

            @ws_handler
            async def fail(self, message: Fail) -> None:
                raise LayerUnavailable("Redis cannot be reached.") from ConnectionResetError()

        async with self.client(Room) as client:
            await client.open()
            client.send(action="fail")
            await client.message()
        async with self.client(Room, subprotocols=["chat"]) as client:
            await client.connect()
            await settled()
        said = [each for each in caplog.records if each.name == "chanx.websocket"]
        for each, what in zip(said, ("Room.fail failed at 'fail'", "connect failed"), strict=True):
            assert (each.levelno, each.exc_info) == (logging.ERROR, None)
            text = each.getMessage()
            assert what in text
            assert text.endswith(": Redis cannot be reached.")
        caplog.clear()
        caplog.set_level(logging.DEBUG)
        async with self.client(Room) as client:
            await client.open()
            client.send(action="fail")
            await client.message()
        assert "ConnectionResetError" in caplog.text

    async def test_a_project_says_what_the_log_calls_a_user_and_its_mistakes_harm_nobody(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        class Room(Talker):
            async def connect(self) -> None:
                self.user = {"id": 7}

            @classmethod
            def describe_user(cls, user: Any) -> str | None:
                return f"#{user['id']}"

        class Broken(Room):
            @classmethod
            def describe_user(cls, user: Any) -> str | None:
                raise LookupError("no such user")

        caplog.set_level(logging.INFO)
        for consumer in (Room, Broken):
            async with self.client(consumer) as client:
                await client.open()
                client.send(action="wait")
                await client.message()
        users = [vars(one)["user"] for one in caplog.records if "direction" in vars(one)]
        assert users == ["#7", "#7", None, None]

    @pytest.mark.parametrize("denies", [True, False])
    @pytest.mark.parametrize("wish", ["admission", "rejection", "failure"])
    @pytest.mark.parametrize("origin", [None, "https://example.com", "https://foreign.example"])
    async def test_no_credential_of_a_handshake_is_logged_whatever_becomes_of_it(
        self, caplog: pytest.LogCaptureFixture, denies: bool, wish: str, origin: str | None
    ) -> None:
        class Room(Private):
            deny_with_http = denies

        caplog.set_level(logging.DEBUG)
        headers = [
            (b"authorization", f"Bearer {SECRET}".encode()),
            (b"cookie", f"sessionid={SECRET}".encode()),
            (b"x-token", SECRET.encode()),
            (b"x-wish", wish.encode()),
        ]
        if origin is not None:
            headers.append((b"origin", origin.encode()))
        offers = ["token", SECRET, f"token.{SECRET}"]
        asking: dict[str, Any] = {"query": f"token={SECRET}", "subprotocols": offers}
        extensions = ["websocket.http.response"]
        async with self.client(Room, headers=headers, extensions=extensions, **asking) as client:
            await client.connect()
            await settled()
        logged = everything(caplog)
        assert SECRET not in logged
        if wish == "failure" and origin is None:
            assert "there is no such user" in logged

    @pytest.mark.parametrize("is_immediate", [True, False])
    async def test_every_frame_that_is_sent_is_logged_whatever_sent_it(
        self, is_immediate: bool, caplog: pytest.LogCaptureFixture
    ) -> None:
        class Chatty(Talker):
            send_completion = True
            send_message_immediately = is_immediate
            passthrough_events = (Waited,)
            log_ignored_actions = ("said",)

            @ws_handler
            async def raw(self, message: Order) -> None:
                await self.send_json({"action": "raw", "payload": SECRET})
                await self.send_json({"no": "action"})

        caplog.set_level(logging.INFO)
        async with self.client(Chatty) as client:
            await client.open()
            client.send(action="order", payload=[], ref="r")
            await client.messages(3)
            await Chatty.broadcast_event(Waited(), ["room"])
            await client.messages(2)
            client.send(action="say")
            await client.messages(4)
            await settled()
        sent = [line[1:] for line in lines(caplog) if line[0] == "sent"]
        assert sent[:5] == [
            ("raw", None),
            (None, None),
            ("complete", "r"),
            ("waited", None),
            ("event_complete", None),
        ]
        assert sorted(sent[5:]) == [("complete", None), ("group_complete", None)]
        assert SECRET not in caplog.text

    async def test_a_frame_that_nobody_got_is_not_logged_as_sent(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.INFO)
        async with self.client(Talker) as client:
            await client.open()
            await settled()
            client.break_off(OSError())
            client.send(action="wait")
            await settled()
        assert lines(caplog) == [("received", "wait", None)]

    async def test_what_a_client_chose_is_logged_in_part(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        long = "k" * 50_000
        caplog.set_level(logging.INFO)
        async with self.client(Talker) as client:
            await client.open()
            client.send(action="wait", ref=long)
            client.send(action=long)
            client.send_text(f'{{"{long}": 1, "{long}": 2}}')
            assert [message.get("ref") for message in await client.messages(3)] == [
                long,
                None,
                None,
            ]
        assert caplog.records
        for record in caplog.records:
            assert len(repr(vars(record))) < 5_000

    async def test_ignored_actions_are_not_logged(self, caplog: pytest.LogCaptureFixture) -> None:
        class Quiet(Talker):
            log_ignored_actions = ("wait", "waited")

        caplog.set_level(logging.INFO)
        async with self.client(Quiet) as client:
            await client.open()
            client.send(action="wait")
            await client.message()
        assert lines(caplog) == []

    async def test_messages_are_not_logged_where_that_is_turned_off(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        class Quiet(Talker):
            log_websocket_message = False

        caplog.set_level(logging.INFO)
        async with self.client(Quiet) as client:
            await client.open()
            client.send(action="say")
            await client.messages(2)
        assert lines(caplog) == []

    async def test_a_refused_frame_is_logged_without_its_content(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.INFO)
        async with self.client(Talker) as client:
            await client.open()
            client.send(action="wait", payload=SECRET)
            client.send(action="nothing", payload=SECRET)
            client.send_text(SECRET)
            await client.messages(3)
        codes = [vars(record)["code"] for record in caplog.records if "code" in vars(record)]
        assert codes == ["validation_error", "unknown_action", "invalid_json"]
        assert SECRET not in caplog.text


__all__ = ["LogsContract"]
