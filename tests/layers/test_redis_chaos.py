"""Nothing is lost in silence under load, whatever befalls Redis."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

import pytest

from tests.nothing_lost import LAYERS, check_that_nothing_is_lost_in_silence
from tests.redis_server import RedisServer


async def kill_subscribers(server: RedisServer) -> None:
    async with server.client() as client:
        await client.client_kill_filter(_type="pubsub")


async def kill_senders(server: RedisServer) -> None:
    async with server.client() as client:
        await client.client_kill_filter(_type="normal", skipme=True)


async def restart(server: RedisServer) -> None:
    server.kill()
    await asyncio.to_thread(server.start)


@pytest.mark.parametrize("befall", [kill_subscribers, kill_senders, restart])
async def test_what_does_not_arrive_was_refused_or_is_told_of(
    redis_server: RedisServer, befall: Callable[[RedisServer], Awaitable[None]]
) -> None:
    await check_that_nothing_is_lost_in_silence(redis_server.url, partial(befall, redis_server))


async def test_what_a_redis_that_is_held_up_does_not_bring_was_refused_or_is_told_of(
    redis_server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    async def hold() -> None:
        caplog.clear()
        redis_server.hold()
        while caplog.text.count(" is away ") < LAYERS:  # noqa: ASYNC110 - the log tells nobody
            await asyncio.sleep(0.01)
        redis_server.release()

    await check_that_nothing_is_lost_in_silence(redis_server.url, hold)
