"""The layer on Redis over TLS."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from chanx.core.errors import LayerUnavailable
from chanx.layers import RedisLayer
from tests.redis_server import BINARY, Process, free_port, skip_without_redis

TIMEOUT = 20


@pytest.fixture
def port(certificate: Path) -> Iterator[int]:
    """The port of a Redis that speaks nothing but TLS."""
    skip_without_redis()
    port = free_port()
    options = {
        "port": 0,
        "tls-port": port,
        "bind": "127.0.0.1",
        "save": "",
        "tls-cert-file": certificate,
        "tls-key-file": certificate.with_name("key.pem"),
        "tls-auth-clients": "no",
    }
    words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    server = Process(BINARY, *words)
    server.wait_for("eady to accept connections")
    yield port
    server.kill()


async def test_messages_travel_over_tls(port: int, certificate: Path) -> None:
    layer = RedisLayer(f"rediss://localhost:{port}?ssl_ca_certs={certificate}")
    channel = await layer.new_channel()
    await layer.group_add("room", channel)
    await layer.group_send("room", {"type": "told"})
    await asyncio.to_thread(layer.group_send_sync, "room", {"type": "by a thread"})
    async with asyncio.timeout(TIMEOUT):
        for word in ("told", "by a thread"):
            assert (await layer.receive(channel))["type"] == word
    await layer.close()


async def test_a_certificate_that_nobody_trusts_is_refused(port: int) -> None:
    layer = RedisLayer(f"rediss://localhost:{port}", timeout=3)
    with pytest.raises(LayerUnavailable, match="certificate"):
        await asyncio.to_thread(layer.group_send_sync, "room", {"type": "secret"})
    with pytest.raises(LayerUnavailable, match="did not confirm"):
        await layer.new_channel()
    await layer.close()
