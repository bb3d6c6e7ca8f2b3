"""Who is let in, who is refused and how, and what is sent until then."""

import asyncio
from typing import Any, cast
from urllib.parse import unquote

import pytest

from chanx.core.authenticator import BaseAuthenticator, Credential
from chanx.core.decorators import ws_handler
from chanx.testing.contract.adapter import Consumer, WatchedLayer
from chanx.testing.contract.authenticators import Broken, Rejecting, authentication
from chanx.testing.contract.messages import Said, Say
from chanx.testing.contract.refusals import RefusalsContract
from chanx.testing.contract.slow_handshakes import SlowHandshakesContract


class Admitting(BaseAuthenticator):
    async def authenticate(self, scope: Any) -> bool:
        await self.send_message(Said(payload="while you wait"))
        scope["user"] = "ada"
        self.data: Any = {"name": "ada"}
        return True


class Latin(BaseAuthenticator):
    """Reads a token in an encoding that does not have every character."""

    async def authenticate(self, scope: Any) -> bool:
        query: bytes = scope["query_string"]
        return unquote(query.decode()).encode("latin-1") == b"token=good"


async def nothing() -> bool:
    """Stand for a call whose ``await`` was forgotten."""
    return False


class HandshakeContract(SlowHandshakesContract, RefusalsContract):
    async def test_a_connection_is_accepted_without_further_ado(self) -> None:
        class Room(Consumer):
            pass

        async with self.client(Room) as client:
            answer = await client.connect()
            assert (answer["type"], answer.get("subprotocol")) == ("websocket.accept", None)
            assert client.unseen == 0

    async def test_the_consumer_sees_what_its_client_asked_for(self) -> None:
        class Room(Consumer):
            async def post_authentication(self) -> None:
                asked = (self.scope["query_string"], *self.scope["subprotocols"])
                assert (b"x-lamp", b"on") in self.scope["headers"]
                await self.send_message(Said(payload=f"{self.scope['path']} {asked}"))

        asking: dict[str, Any] = {"query": "key=a%20b&key=c", "subprotocols": ["chat.v2"]}
        async with self.client(Room, headers=[(b"x-lamp", b"on")], **asking) as client:
            await client.open()
            told = await client.message()
            assert told["payload"] == f"{self.path} {(b'key=a%20b&key=c', 'chat.v2')}"

    async def test_an_admitted_client_is_told_and_what_was_sent_before_is_sent_first(self) -> None:
        class Private(Consumer):
            authenticator_class = Admitting

            async def post_authentication(self) -> None:
                assert isinstance(self.authenticator, Admitting)
                await self.send_message(Said(payload=self.user))

        async with self.client(Private) as client:
            await client.open()
            assert await client.messages(3) == [
                {"action": "said", "payload": "while you wait"},
                authentication(200, "OK", {"name": "ada"}),
                {"action": "said", "payload": "ada"},
            ]

    async def test_the_outcome_of_authentication_may_be_left_unsaid(self) -> None:
        class Private(Consumer):
            authenticator_class = Admitting
            send_authentication_message = False

        async with self.client(Private) as client:
            await client.open()
            assert (await client.message())["payload"] == "while you wait"
            assert client.unseen == 0

    async def test_nobody_is_let_in_by_an_authenticator_that_raises(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        class Private(Consumer):
            authenticator_class = Broken

        async with self.client(Private) as client:
            await client.open()
            text = await client.text()
            assert "internal_error" in text
            assert "secret" not in text
            assert await client.closed() == 4500
        (record,) = [record for record in caplog.records if record.levelname == "ERROR"]
        assert record.getMessage() == f"Broken.authenticate failed (path {self.path!r})"
        assert record.exc_info is not None
        assert isinstance(record.exc_info[1], LookupError)

    @pytest.mark.parametrize(
        "verdict", ["no", 1, None, nothing], ids=["text", "number", "none", "coroutine"]
    )
    async def test_only_true_lets_a_client_in(
        self, verdict: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        class Lax(BaseAuthenticator):
            async def authenticate(self, scope: Any) -> bool:
                return cast("bool", verdict() if callable(verdict) else verdict)

        class Private(Consumer):
            authenticator_class = Lax

        async with self.client(Private) as client:
            await client.open()
            assert (await client.message())["payload"]["code"] == "internal_error"
            assert await client.closed() == 4500
        assert "Lax.authenticate failed" in caplog.text
        assert "return True to let the client in" in caplog.text

    @pytest.mark.parametrize("token", ["%E2%98%83", "%FF"])
    async def test_a_credential_that_cannot_be_read_is_a_wrong_one(
        self, token: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        class Private(Consumer):
            authenticator_class = Latin

        async with self.client(Private, query=f"token={token}") as client:
            await client.open()
            assert (await client.message())["payload"]["status_code"] == 401
            assert await client.closed() == 4401
        (record,) = caplog.records
        assert "Latin.authenticate could not read its credential" in record.getMessage()
        assert record.exc_info is None
        async with self.client(Private, query="token=good") as client:
            await client.open()
            assert (await client.message())["payload"]["status_code"] == 200

    async def test_a_subprotocol_that_is_no_ascii_is_never_the_answer(self) -> None:
        class Private(Consumer):
            authenticator_class = Rejecting

        async with self.client(Private, subprotocols=["jwt.☃", "v1"]) as client:
            assert (await client.connect())["subprotocol"] == "v1"

    async def test_the_user_may_be_set(self) -> None:
        class Room(Consumer):
            user: str

            async def connect(self) -> None:
                assert self.user is None
                self.user = "ada"

            async def post_authentication(self) -> None:
                await self.send_message(Said(payload=f"{self.user} {self.scope['user']}"))

        async with self.client(Room) as client:
            await client.open()
            assert (await client.message())["payload"] == "ada ada"

    async def test_messages_of_the_connect_hook_are_held_until_accept(self) -> None:
        class Room(Consumer):
            async def connect(self) -> None:
                assert await self.send_message(Said(payload="held"))
                assert await self.accept()
                assert await self.send_message(Said(payload="sent"))

        async with self.client(Room) as client:
            await client.open()
            said = [message["payload"] for message in await client.messages(2)]
            assert said == ["held", "sent"]

    async def test_the_hook_answers_with_an_offered_subprotocol_and_headers(self) -> None:
        class Room(Consumer):
            async def connect(self) -> None:
                await self.accept("v2", [(b"x-room", b"1")])

        async with self.client(Room, subprotocols=["v1", "v2"]) as client:
            answer = await client.connect()
            assert answer["subprotocol"] == "v2"
            assert (b"x-room", b"1") in answer["headers"]

    async def test_headers_that_are_text_are_a_failure_that_names_the_fix(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        class Room(Consumer):
            async def connect(self) -> None:
                headers: Any = [("x-room", "1")]
                await self.accept(headers=headers)

        async with self.client(Room) as client:
            await client.open()
            await client.message()
            assert await client.closed() == 4500
        assert "takes pairs of bytes" in caplog.text

    @pytest.mark.parametrize(
        ("offered", "answered"),
        [
            (["key.secret", "v1"], "v1"),
            (["key", "secret", "v1"], "v1"),
            (["v1", "key", "secret"], "v1"),
            (["key", "secret"], "key"),
            (["key.secret"], None),
            ([], None),
        ],
    )
    @pytest.mark.parametrize("authenticator", [Admitting, Rejecting])
    async def test_a_subprotocol_that_is_a_credential_is_never_the_answer(
        self, authenticator: type[BaseAuthenticator], offered: list[str], answered: str | None
    ) -> None:
        class Keyed(authenticator):  # type: ignore[valid-type,misc]  # a parameter
            credentials = (Credential("key", "subprotocol"),)

        class Room(Consumer):
            authenticator_class = Keyed

        async with self.client(Room, subprotocols=offered) as client:
            assert (await client.connect())["subprotocol"] == answered

    async def test_what_is_offered_without_a_credential_is_left_to_the_consumer(self) -> None:
        class Room(Consumer):
            authenticator_class = Admitting

        async with self.client(Room, subprotocols=["v1"]) as client:
            assert (await client.connect())["subprotocol"] is None

    async def test_a_subprotocol_that_was_not_offered_is_a_failure(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        class Room(Consumer):
            async def connect(self) -> None:
                await self.accept("v3")

        async with self.client(Room, subprotocols=["v1"]) as client:
            await client.open()
            await client.message()
            assert await client.closed() == 4500
        assert "did not offer" in caplog.text

    async def test_frames_sent_during_the_handshake_are_handled_after_it(self) -> None:
        class Room(Consumer):
            async def post_authentication(self) -> None:
                await asyncio.sleep(0)
                await self.send_message(Said(payload="welcome"))

            @ws_handler
            async def say(self, message: Say) -> Said:
                return Said(payload=message.payload)

        async with self.client(Room) as client:
            opening = asyncio.create_task(client.open())
            await asyncio.sleep(0)
            client.send(action="say", payload="first")
            await opening
            said = [message["payload"] for message in await client.messages(2)]
            assert said == ["welcome", "first"]

    async def test_a_client_that_leaves_during_the_handshake_leaves_nothing(
        self, layer: WatchedLayer
    ) -> None:
        codes: list[int] = []
        is_connecting, may_go_on = asyncio.Event(), asyncio.Event()

        class Room(Consumer):
            groups = ("room",)

            async def connect(self) -> None:
                is_connecting.set()
                await may_go_on.wait()

            async def disconnect(self, code: int) -> None:
                codes.append(code)

        async with self.client(Room) as client:
            opening = asyncio.create_task(client.connect())
            await is_connecting.wait()
            client.vanish()
            may_go_on.set()
            await client.ended()
            with pytest.raises(AssertionError):
                await opening
        assert codes == [1006]

    @pytest.mark.parametrize(
        "failure", [RuntimeError("secret of the server"), asyncio.CancelledError("of another task")]
    )
    async def test_a_failing_post_authentication_closes_with_an_internal_error(
        self, failure: BaseException, layer: WatchedLayer, caplog: pytest.LogCaptureFixture
    ) -> None:
        class Room(Consumer):
            groups = ("room",)

            async def post_authentication(self) -> None:
                raise failure

        async with self.client(Room) as client:
            await client.open()
            assert await client.closed() == 4500
        assert "Room.post_authentication failed" in caplog.text

    @pytest.mark.parametrize("operation", ["new_channel", "group_add"])
    async def test_a_layer_that_fails_at_the_start_asks_the_client_to_come_back(
        self, operation: str, layer: WatchedLayer, caplog: pytest.LogCaptureFixture
    ) -> None:
        class Room(Consumer):
            groups = ("room",)

        async def fail(*_: str) -> str:
            raise ConnectionError("secret of the server")

        vars(layer)[operation] = fail
        async with self.client(Room) as client:
            await client.open()
            event = await client.event()
            while event["type"] == "websocket.send":
                assert "secret" not in event["text"]
                event = await client.event()
            assert event["code"] == 4503
        assert caplog.text.count("Traceback") == 1

    @pytest.mark.parametrize(
        "failure", [ConnectionError("secret of the server"), asyncio.CancelledError("secret")]
    )
    async def test_a_layer_that_fails_before_accept_is_a_refusal_that_is_logged_once(
        self, failure: BaseException, layer: WatchedLayer, caplog: pytest.LogCaptureFixture
    ) -> None:
        class Room(Consumer):
            async def connect(self) -> None:
                await self.send_json({"action": "address", "payload": self.channel_name})

        async def fail() -> str:
            raise failure

        vars(layer)["new_channel"] = fail
        async with self.client(Room) as client:
            await client.open()
            assert "secret" not in (await client.event())["text"]
            assert await client.closed() == 4503
        [record] = [each for each in caplog.records if each.name == "chanx.websocket"]
        assert record.getMessage().endswith(
            f"channel_layer.new_channel failed (path {self.path!r})"
        )
        facts = vars(record)
        assert (facts["path"], facts["status"], facts["user"]) == (self.path, 503, None)


__all__ = ["HandshakeContract"]
