"""How many connections, handshakes and groups there may be."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import pytest

from chanx.core.admission import PLACES
from chanx.core.authenticator import BaseAuthenticator
from chanx.core.errors import ConfigurationError, TooManyGroups
from chanx.core.limits import Limits
from chanx.testing.contract.adapter import Consumer, Contract
from chanx.testing.contract.client import Client, settled


class Asking(BaseAuthenticator):
    """Notes whom it was asked about, and takes the path's word for who that is."""

    asked: list[str]
    may_go_on: asyncio.Event

    async def authenticate(self, scope: Any) -> bool:
        self.asked.append(scope["query_string"].decode())
        await self.may_go_on.wait()
        scope["user"] = scope["query_string"].decode() or None
        return True


class CapsContract(Contract):
    @pytest.fixture(autouse=True)
    def fresh(self) -> Any:
        """Every place is given back at the end."""
        Asking.asked = []
        Asking.may_go_on = asyncio.Event()
        Asking.may_go_on.set()
        assert len(PLACES) == 0
        yield
        assert len(PLACES) == 0

    def at(self, consumer: type[Consumer], address: str, **options: Any) -> Client:
        """Return a client of an address."""
        return self.client(consumer, scope={"client": (address, 1)}, **options)

    async def refused(self, client: Client) -> int:
        """Return the code with which a client is refused, that is told why."""
        await client.open()
        message = await client.message()
        while message["action"] == "authentication":
            message = await client.message()
        assert message["payload"]["code"] == "refused"
        code = await client.closed()
        await client.ended()
        return code

    async def test_a_process_serves_as_many_connections_as_it_may(self) -> None:
        class Room(Consumer):
            authenticator_class = Asking
            limits = Limits(max_connections=2)

        async with AsyncExitStack() as stack:
            for _ in range(2):
                await (await stack.enter_async_context(self.client(Room))).open()
            async with self.client(Room) as third:
                assert await self.refused(third) == 4503
            assert len(Asking.asked) == 2
        async with self.client(Room) as later:
            await later.open()

    async def test_an_address_has_as_many_connections_as_it_may(self) -> None:
        class Room(Consumer):
            authenticator_class = Asking
            limits = Limits(max_connections_per_address=1)

        async with self.at(Room, "192.0.2.1") as first, self.at(Room, "192.0.2.2") as other:
            await first.open()
            await other.open()
            async with self.at(Room, "192.0.2.1") as second:
                assert await self.refused(second) == 4429
            async with self.at(Room, "::ffff:192.0.2.1") as same:
                assert await self.refused(same) == 4429
            assert len(Asking.asked) == 2

    @pytest.mark.parametrize("header", [None, "X-Forwarded-For"])
    async def test_a_header_counts_only_where_it_is_trusted(self, header: str | None) -> None:
        class Room(Consumer):
            client_address_header = header
            limits = Limits(max_connections_per_address=1)

        said = [
            [(b"x-forwarded-for", b"198.51.100.7, 203.0.113.%d" % number)] for number in range(2)
        ]
        async with self.client(Room, headers=said[0]) as first:
            await first.open()
            async with self.client(Room, headers=said[1]) as second:
                if header is None:
                    assert await self.refused(second) == 4429
                else:
                    await second.open()
            forged = [(b"x-forwarded-for", b"198.51.100.99, 203.0.113.0")]
            async with self.client(Room, headers=forged) as third:
                assert await self.refused(third) == 4429

    async def test_a_handshake_has_as_many_bytes_as_it_may(self) -> None:
        class Room(Consumer):
            authenticator_class = Asking
            limits = Limits(max_handshake_size=2000)

        Asking.asked.clear()
        async with self.client(Room, headers=[(b"x-long", b"a" * 2000)]) as large:
            assert await self.refused(large) == 4431
        async with self.client(Room, query="a" * 2000) as large:
            assert await self.refused(large) == 4431
        assert Asking.asked == []
        async with self.client(Room, headers=[(b"x-long", b"a" * 100)]) as small:
            await small.open()

    async def test_a_user_has_as_many_connections_as_it_may(self) -> None:
        class Room(Consumer):
            authenticator_class = Asking
            limits = Limits(max_connections_per_user=1)

        async with AsyncExitStack() as stack:
            for query in ("ada", "bob", "", ""):
                await (await stack.enter_async_context(self.client(Room, query=query))).open()
            async with self.client(Room, query="ada") as second:
                assert await self.refused(second) == 4429

    async def test_a_user_whom_connect_finds_has_as_many_connections(self) -> None:
        class Room(Consumer):
            limits = Limits(max_connections_per_user=1)

            async def connect(self) -> None:
                self.user = self.scope["query_string"].decode() or None

        async with AsyncExitStack() as stack:
            for query in ("ada", "bob", "", ""):
                await (await stack.enter_async_context(self.client(Room, query=query))).open()
            async with self.client(Room, query="ada") as second:
                assert await self.refused(second) == 4429
        async with self.client(Room, query="ada") as third:
            await third.open()

    async def test_an_address_has_as_many_handshakes_under_way_as_it_may(self) -> None:
        class Room(Consumer):
            authenticator_class = Asking
            limits = Limits(max_handshakes_per_address=2)

        Asking.may_go_on.clear()
        async with AsyncExitStack() as stack:
            slow = [await stack.enter_async_context(self.at(Room, "192.0.2.1")) for _ in range(2)]
            for client in slow:
                client.begin()
            await settled()
            async with self.at(Room, "192.0.2.1") as third:
                assert await self.refused(third) == 4429
            other = await stack.enter_async_context(self.at(Room, "192.0.2.2"))
            other.begin()
            await settled()
            assert len(Asking.asked) == 3
            Asking.may_go_on.set()
            for client in (*slow, other):
                assert (await client.event())["type"] == "websocket.accept"
            async with self.at(Room, "192.0.2.1") as later:
                await later.open()

    async def test_a_connection_is_in_as_many_groups_as_it_may_be(self) -> None:
        refused: list[str] = []

        class Room(Consumer):
            groups = ("one", "two", "three")
            limits = Limits(max_groups=3)

            async def post_authentication(self) -> None:
                await self.join_group("three")
                with pytest.raises(TooManyGroups, match="max_groups"):
                    await self.join_group("four")
                await self.leave_group("one")
                await self.join_group("four")
                refused.extend(self.groups)

        async with self.client(Room) as client:
            await client.open()
            await settled()
        assert refused == ["two", "three", "four"]

    async def test_a_consumer_names_no_more_groups_than_its_connections_may_be_in(self) -> None:
        class Room(Consumer):
            groups = ("one", "two", "three")
            limits = Limits(max_groups=2)

        with pytest.raises(ConfigurationError, match="max_groups"):
            self.application(Room)


__all__ = ["CapsContract"]
