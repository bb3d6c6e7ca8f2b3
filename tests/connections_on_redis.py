"""What consumers' connections leave on a layer over Redis: nothing, whichever layer it is."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from chanx.core.decorators import ws_handler
from chanx.testing.contract.client import PATIENCE, Client
from chanx.testing.contract.layers import (
    Addressed,
    Broken,
    Keen,
    Refused,
    Refusing,
    breaks,
    hurries,
    leaves,
)
from chanx.testing.contract.messages import Fail, News, Said, Wait
from chanx.testing.contract.server_layer import Echo, Reader, Room

KINDS = (Echo, Refused, Refusing, Broken, Room, Reader, Addressed, Keen)

Left = Callable[[], Awaitable[object]]


async def clean(left: Left) -> None:
    """Wait until nothing is left: the server takes some time to note that a client is gone."""
    async with asyncio.timeout(PATIENCE):
        while found := await left():
            try:
                await asyncio.sleep(0.01)  # Redis tells nobody.
            except asyncio.CancelledError:
                pytest.fail(f"left: {found}")


class Restless(Echo):
    """Joins and leaves at once, also in calls that are cancelled."""

    @ws_handler(concurrent=True)
    async def fail(self, message: Fail) -> Said:
        await self.join_group("a")
        return Said()

    @ws_handler(concurrent=True)
    async def news(self, message: News) -> Said:
        await self.leave_group("a")
        return Said()

    @ws_handler(concurrent=True)
    async def wait(self, message: Wait) -> Said:  # type: ignore[override]  # It answers here.
        joining = asyncio.create_task(self.join_group("a"))
        await asyncio.sleep(0)
        joining.cancel()
        await asyncio.wait([joining])
        return Said()


class ConnectionsLeaveNothing:
    """For a layer that is the default one, and a fixture ``left`` of what is left on it."""

    @pytest.mark.parametrize("end", [leaves, breaks, hurries])
    async def test_connections_leave_nothing_whatever_ends_them(
        self,
        end: Callable[[Client], Awaitable[None]],
        left: Left,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        async def connect(consumer: Any, query: str) -> None:
            async with Client(consumer.as_asgi(), query=query) as client:
                await end(client)

        await asyncio.gather(
            *(connect(kind, query) for kind in KINDS * 5 for query in ("", "refuse"))
        )
        await clean(left)

    async def test_rounds_of_joining_leaving_and_being_cancelled_leave_no_ghost(
        self, left: Left
    ) -> None:
        async def move(rounds: int) -> None:
            async with Client(Restless.as_asgi()) as client:
                await client.open()
                for _ in range(rounds):
                    for action in ("fail", "news", "wait", "news"):
                        client.send(action=action)
                # The last of some are cut off.
                await client.messages(2 * rounds)

        await asyncio.gather(*(move(rounds) for rounds in range(1, 20)))
        await clean(left)
