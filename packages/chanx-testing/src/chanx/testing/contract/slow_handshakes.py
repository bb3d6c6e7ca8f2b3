"""The contract of handshakes that take too long, and of hooks that do not heed their end."""

import asyncio
from contextlib import suppress
from typing import Any

import pytest

from chanx.core.authenticator import BaseAuthenticator
from chanx.core.errors import RefuseConnection
from chanx.core.limits import Limits
from chanx.testing.contract.adapter import Consumer, Contract
from chanx.testing.contract.client import logged


class Slow(BaseAuthenticator):
    async def authenticate(self, scope: Any) -> bool:
        await asyncio.Event().wait()
        return True


class Deaf(BaseAuthenticator):
    """Swallows the end of its time, and lets its client in then."""

    async def authenticate(self, scope: Any) -> bool:
        await swallowed()
        return True


async def swallowed() -> None:
    """Wait until being cancelled, and let nobody know."""
    with suppress(asyncio.CancelledError):
        await asyncio.Event().wait()


class SlowHandshakesContract(Contract):
    async def test_a_slow_handshake_is_refused(self) -> None:
        class Private(Consumer):
            authenticator_class = Slow
            limits = Limits(handshake_timeout=0.01)

        async with self.client(Private) as client:
            await client.open()
            assert (await client.message())["payload"]["code"] == "refused"
            assert await client.closed() == 4408

    async def test_an_authenticator_that_swallows_the_end_of_its_time_lets_nobody_in(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        is_called: list[bool] = []

        class Private(Consumer):
            authenticator_class = Deaf
            limits = Limits(handshake_timeout=0.01)

            async def connect(self) -> None:
                is_called.append(True)

        async with self.client(Private) as client:
            await client.open()
            assert (await client.message())["payload"]["code"] == "refused"
            assert await client.closed() == 4408
        assert not is_called
        assert "too long, at Deaf.authenticate." in caplog.text

    @pytest.mark.parametrize("accepts", [True, False])
    async def test_a_hook_that_swallows_the_end_of_its_time_lets_nobody_in(
        self, accepts: bool, caplog: pytest.LogCaptureFixture
    ) -> None:
        class Room(Consumer):
            limits = Limits(handshake_timeout=0.01)

            async def connect(self) -> None:
                await swallowed()
                if accepts:
                    await self.accept()

        async with self.client(Room) as client:
            await client.open()
            assert (await client.message())["payload"]["code"] == "refused"
            assert await client.closed() == 4408
        assert "Room.connect" in caplog.text

    async def test_a_hook_that_never_heeds_its_cancellation_is_left_behind(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        codes: list[int] = []

        class Room(Consumer):
            limits = Limits(handshake_timeout=0.01, close_timeout=0.01)

            async def connect(self) -> None:
                while True:
                    await swallowed()

            async def disconnect(self, code: int) -> None:
                codes.append(code)

        async with self.client(Room) as client:
            await client.open()
            await client.message()
            assert await client.closed() == 4408
            await client.ended()
            await logged(caplog, "Room.connect was left behind")
        assert codes == [4408]

    async def test_a_cancellation_that_leaked_into_the_hook_is_a_failure(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        class Room(Consumer):
            async def connect(self) -> None:
                raise asyncio.CancelledError  # of something that the hook awaited

        async with self.client(Room) as client:
            await client.open()
            await client.message()
            assert await client.closed() == 4500
        assert "Room.connect failed" in caplog.text

    async def test_a_refusal_that_the_server_does_not_take_is_given_up(self) -> None:
        class Room(Consumer):
            limits = Limits(close_timeout=0.01)

            async def connect(self) -> None:
                raise RefuseConnection(404, "No such room.")

        async with self.client(Room) as client:
            client.stall()
            client.begin()
            await client.ended()
            assert client.unseen == 0

    async def test_a_timeout_of_the_hook_itself_is_a_failure_and_not_slowness(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        class Room(Consumer):
            async def connect(self) -> None:
                raise TimeoutError("the database")

        async with self.client(Room) as client:
            await client.open()
            assert (await client.message())["payload"]["code"] == "internal_error"
            assert await client.closed() == 4500
        assert "the database" in caplog.text


__all__ = ["SlowHandshakesContract"]
