"""The contract of refusals: what clients are told, and what is logged."""

from collections.abc import Collection
from contextlib import suppress
from typing import Any, ClassVar

import pytest

from chanx.core.authenticator import BaseAuthenticator
from chanx.core.errors import ConfigurationError, RefuseConnection
from chanx.testing.contract.adapter import Consumer, Contract
from chanx.testing.contract.authenticators import Broken, Rejecting, authentication
from chanx.testing.contract.messages import Said

DENIAL = "websocket.http.response"


class Forbidding(Rejecting):
    async def authenticate(self, scope: Any) -> bool:
        self.status_code: int | None = 403
        return False


class Knowing(BaseAuthenticator):
    """Knows who comes, and refuses them."""

    user = "ada"

    async def authenticate(self, scope: Any) -> bool:
        self.status_code: int | None = 403
        return False


class FromElsewhere(Consumer):
    allowed_origins: ClassVar[Collection[str] | None] = ("https://a.example",)


class Known(Consumer):
    authenticator_class: ClassVar[type[BaseAuthenticator] | None] = Knowing


class Failing(Consumer):
    authenticator_class: ClassVar[type[BaseAuthenticator] | None] = Broken


class Refusing(Consumer):
    async def connect(self) -> None:
        self.scope["user"] = "grace"
        raise RefuseConnection(404, "No such room.")


class Closing(Consumer):
    async def connect(self) -> None:
        await self.close(4410)


class ClosingPlainly(Consumer):
    async def connect(self) -> None:
        await self.close()


class Parting(Consumer):
    async def connect(self) -> None:
        await self.accept()
        await self.close()


REFUSALS: list[tuple[type[Consumer], int, str | None, str]] = [
    (FromElsewhere, 403, None, "the origin 'https://evil.example' is foreign; "),
    (Known, 403, "ada", "Knowing did not let it in"),
    (Failing, 500, None, "failed"),
    (Refusing, 404, "grace", "No such room."),
    (Closing, 410, None, "Closing.connect closed it"),
    (ClosingPlainly, 403, None, "ClosingPlainly.connect closed it"),
]


class RefusalsContract(Contract):
    async def test_a_rejected_client_can_read_why(self) -> None:
        class Private(Consumer):
            authenticator_class = Rejecting

        async with self.client(Private) as client:
            await client.open()
            told = await client.message()
            assert told == authentication(401, "Unauthorized", {"missing": "key"})
            assert await client.closed() == 4401

    async def test_an_authenticator_chooses_the_status_of_its_refusal(self) -> None:
        class Private(Consumer):
            authenticator_class = Forbidding
            send_authentication_message = False

        async with self.client(Private) as client:
            await client.open()
            assert await client.closed() == 4403

    async def test_the_connect_hook_refuses_with_a_status_and_a_reason(self) -> None:
        class Room(Consumer):
            async def connect(self) -> None:
                raise RefuseConnection(404, "No such room.")

        async with self.client(Room) as client:
            await client.open()
            assert (await client.message())["payload"] == {
                "code": "refused",
                "detail": "No such room.",
            }
            assert await client.closed() == 4404

    async def test_a_failing_hook_refuses_and_tells_nothing(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        class Room(Consumer):
            async def connect(self) -> None:
                raise RuntimeError("secret of the server")

        async with self.client(Room) as client:
            await client.open()
            assert "secret" not in await client.text()
            assert await client.closed() == 4500
        assert caplog.text.count("Traceback") == 1

    @pytest.mark.parametrize(
        "origin", ["https://evil.example", "null", "http://[::1", "https://a.example:99999", ""]
    )
    async def test_a_foreign_origin_is_refused(self, origin: str) -> None:
        class Room(Consumer):
            allowed_origins = ("https://a.example",)

        async with self.client(Room, headers=[(b"origin", origin.encode())]) as client:
            await client.open()
            assert (await client.message())["payload"]["code"] == "refused"
            assert await client.closed() == 4403

    @pytest.mark.parametrize(("consumer", "status", "user", "why"), REFUSALS)
    async def test_each_refusal_is_logged_once_with_who_where_and_why(
        self,
        consumer: type[Consumer],
        status: int,
        user: str | None,
        why: str,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        async with self.client(consumer, headers=[(b"origin", b"https://evil.example")]) as client:
            await client.connect()
        (record,) = [one for one in caplog.records if one.name == "chanx.websocket"]
        facts = vars(record)
        assert (facts["path"], facts["status"], facts["user"]) == (self.path, status, user)
        assert why in record.getMessage()
        if facts["levelname"] == "WARNING":
            assert self.path in record.getMessage()
            assert str(status) in record.getMessage()

    async def test_who_was_accepted_and_is_sent_away_was_not_refused(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with self.client(Parting) as client:
            await client.open()
            assert await client.closed() == 1000
        assert not caplog.records

    async def test_an_allowed_origin_and_none_are_let_in(self) -> None:
        class Room(Consumer):
            allowed_origins = ("https://a.example",)

        for headers in ([], [(b"origin", b"https://a.example")]):
            async with self.client(Room, headers=headers) as client:
                await client.open()
                assert client.unseen == 0

    async def test_a_refusal_may_be_an_http_response_where_the_server_can(self) -> None:
        class Private(Consumer):
            authenticator_class = Rejecting
            deny_with_http = True

        async with self.client(Private, extensions=[DENIAL]) as client:
            start = await client.connect()
            assert start["type"] == "websocket.http.response.start"
            assert start["status"] == 401
            body = await client.event()
            assert b"authentication" in body["body"]

    async def test_a_refusal_by_an_http_response_has_the_headers_of_the_authenticator(self) -> None:
        class Challenging(Rejecting):
            async def authenticate(self, scope: Any) -> bool:
                self.denial_headers = {"WWW-Authenticate": "Bearer", "Content-Type": "text/plain"}
                return False

        class Private(Consumer):
            authenticator_class = Challenging
            deny_with_http = True

        async with self.client(Private, extensions=[DENIAL]) as client:
            assert list((await client.connect())["headers"]) == [
                (b"content-type", b"application/json"),
                (b"www-authenticate", b"Bearer"),
            ]

    async def test_a_refusal_is_a_close_code_where_the_server_cannot_deny(self) -> None:
        class Private(Consumer):
            authenticator_class = Rejecting
            deny_with_http = True

        async with self.client(Private) as client:
            await client.open()
            await client.message()
            assert await client.closed() == 4401

    @pytest.mark.parametrize(
        ("code", "reason", "told", "cut"),
        [
            (4410, "Gone.", "Gone.", "Gone."),
            (4001, "half a \ud800pair", "half a pair", "half a pair"),
            (1000, None, "The connection is refused.", ""),
            (1008, "é" * 100, "é" * 100, "é" * 61),
        ],
    )
    async def test_a_connect_hook_that_closes_tells_why_where_a_browser_can_read_it(
        self, code: int, reason: str | None, told: str, cut: str
    ) -> None:
        class Room(Consumer):
            async def connect(self) -> None:
                await self.send_message(Said(payload="held"))
                assert await self.close(code, reason)
                assert not await self.close(4999)

            async def post_authentication(self) -> None:
                raise AssertionError("nobody is there")

        async with self.client(Room) as client:
            await client.open()
            assert (await client.message())["payload"] == "held"
            payload = (await client.message())["payload"]
            assert (payload["code"], payload["detail"]) == ("refused", told)
            end = await client.event()
            assert (end["code"], end["reason"]) == (code, cut)

    async def test_a_connect_hook_that_closes_is_an_http_response_where_that_is_asked_for(
        self,
    ) -> None:
        class Room(Consumer):
            deny_with_http = True

            async def connect(self) -> None:
                assert await self.close(4410, "Gone.")

        async with self.client(Room, extensions=[DENIAL]) as client:
            assert (await client.connect())["status"] == 410
            assert b"Gone." in (await client.event())["body"]

    async def test_a_connect_hook_that_closes_with_no_code_is_a_failure_that_names_the_fix(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        class Room(Consumer):
            async def connect(self) -> None:
                with suppress(ConfigurationError):
                    await self.close(404)
                await self.close(404)

        async with self.client(Room) as client:
            await client.open()
            assert (await client.message())["payload"]["code"] == "internal_error"
            assert await client.closed() == 4500
        assert "use 1000, 3000 to 4999" in caplog.text

    async def test_what_a_refusal_says_is_sent_as_far_as_it_has_an_encoding(self) -> None:
        class Room(Consumer):
            async def connect(self) -> None:
                raise RefuseConnection(404, "half a \ud800pair")

        async with self.client(Room) as client:
            await client.open()
            assert (await client.message())["payload"]["detail"] == "half a pair"
            assert await client.closed() == 4404


__all__ = ["RefusalsContract"]
