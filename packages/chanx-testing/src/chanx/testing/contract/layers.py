"""A connection and its channel layer: its channel, its groups, and what it does in an outage."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar

import pytest

from chanx.core.authenticator import BaseAuthenticator
from chanx.core.decorators import ws_handler
from chanx.core.errors import RefuseConnection
from chanx.layers import get_layer
from chanx.testing.contract.adapter import Consumer
from chanx.testing.contract.client import Client, settled
from chanx.testing.contract.memberships import MembershipsContract
from chanx.testing.contract.messages import Fail, Said
from chanx.testing.contract.receiving import ReceivingContract
from chanx.testing.contract.server_layer import Echo, Reader, Room, ServerLayer


class Nobody(BaseAuthenticator):
    """Lets nobody in."""

    async def authenticate(self, scope: Any) -> bool:
        return False


class Refused(Room):
    """Is refused by its authenticator."""

    authenticator_class: ClassVar[type[BaseAuthenticator] | None] = Nobody


class Refusing(Room):
    """Refuses."""

    async def connect(self) -> None:
        raise RefuseConnection(403)


class Broken(Room):
    """Fails before it accepts."""

    async def connect(self) -> None:
        raise LookupError("of the consumer")


class Addressed(Echo):
    """Reads its channel's name where it connects, through a method of its own."""

    addresses: ClassVar[list[str]] = []

    async def connect(self) -> None:
        self.note()
        if b"refuse" in self.scope["query_string"]:
            raise RefuseConnection(403)

    def note(self) -> None:
        self.addresses.append(self.channel_name)

    async def disconnect(self, code: int) -> None:
        self.addresses.remove(self.channel_name)


class Keen(Echo):
    """Joins a group before anything has let it in."""

    async def connect(self) -> None:
        await self.join_group("room")
        if b"refuse" in self.scope["query_string"]:
            raise RefuseConnection(403)


def address_of(consumer: Consumer) -> str:
    """Read the name where nobody who looks at the class sees it."""
    return consumer.channel_name


async def leaves(client: Client) -> None:
    """End as a client does."""
    await client.connect()
    await settled()


async def breaks(client: Client) -> None:
    """End as a server does that stops."""
    await client.connect()
    await settled()
    assert client.running is not None
    client.running.cancel()
    await asyncio.wait([client.running])
    client.running = asyncio.create_task(asyncio.sleep(0))


async def hurries(client: Client) -> None:
    """Be gone before the answer."""
    client.begin()
    client.vanish()


ENDS = [leaves, breaks, hurries]


class LayersContract(MembershipsContract, ReceivingContract):
    @pytest.mark.parametrize("end", ENDS)
    @pytest.mark.parametrize("consumer", [Echo, Refused, Refusing, Broken])
    async def test_a_connection_that_needs_no_channel_makes_none(
        self,
        consumer: type[Consumer],
        end: Callable[[Client], Awaitable[None]],
        server: ServerLayer,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        async with self.client(consumer) as client:
            await end(client)
        assert (server.made, server.left()) == (0, set())

    @pytest.mark.parametrize("end", ENDS)
    @pytest.mark.parametrize("query", ["", "refuse"])
    @pytest.mark.parametrize("consumer", [Room, Reader, Addressed, Keen])
    async def test_a_channel_ends_with_its_connection_whatever_ends_that(
        self,
        consumer: type[Consumer],
        query: str,
        end: Callable[[Client], Awaitable[None]],
        server: ServerLayer,
    ) -> None:
        async with self.client(consumer, query=query) as client:
            await end(client)
        assert server.left() == set()
        assert server.made <= 1

    @pytest.mark.parametrize("consumer", [Room, Reader, Addressed, Keen])
    async def test_a_client_that_is_gone_while_the_layer_works_leaves_nothing(
        self, consumer: type[Consumer], server: ServerLayer
    ) -> None:
        for steps in range(12):
            server.may_answer.clear()
            async with self.client(consumer) as client:
                client.begin()
                for _ in range(steps):
                    server.may_answer.set()
                    await asyncio.sleep(0)
                    server.may_answer.clear()
                client.vanish()
                await settled()
                server.may_answer.set()
            assert server.left() == set()

    async def test_a_handler_may_read_the_channels_name_and_it_is_an_address(
        self, server: ServerLayer, caplog: pytest.LogCaptureFixture
    ) -> None:
        class Named(Echo):
            @ws_handler
            async def fail(self, message: Fail) -> Said:
                return Said(payload=self.channel_name)

        async with self.client(Named) as client:
            await client.open()
            client.send(action="fail")
            channel = (await client.message())["payload"]
            broadcast = {"type": "chanx.broadcast", "action": "said", "text": '"for you"'}
            await get_layer().send(channel, broadcast)
            assert await client.text() == '"for you"'
        assert server.left() == set()

    async def test_a_name_that_only_other_code_reads_is_refused_with_the_way_out(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        class Hidden(Echo):
            @ws_handler
            async def fail(self, message: Fail) -> Said:
                return Said(payload=address_of(self))

        async with self.client(Hidden) as client:
            await client.open()
            client.send(action="fail")
            assert (await client.message())["payload"]["code"] == "handler_error"
        assert "Read it in a method of" in caplog.text

    @pytest.mark.parametrize("consumer", [Addressed, Reader])
    async def test_a_layer_that_makes_no_channel_asks_the_client_to_come_back(
        self, consumer: type[Consumer], server: ServerLayer, caplog: pytest.LogCaptureFixture
    ) -> None:
        async def fail() -> str:
            raise ConnectionError("the layer")

        vars(server)["new_channel"] = fail
        async with self.client(consumer) as client:
            await client.open()
            while (event := await client.event())["type"] != "websocket.close":
                pass
            assert event["code"] == 4503
        assert caplog.text.count("Traceback") == 1


__all__ = ["LayersContract"]
