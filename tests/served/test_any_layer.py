"""A Django project's consumers work over every channel layer that it may configure."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).with_name("any_layer.py")


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Redis server of this test's own, on a socket file."""
    if shutil.which("redis-server") is None:
        pytest.skip("NOT CHECKED: no redis-server on this machine to carry messages")
    socket = tmp_path_factory.mktemp("redis") / "redis.sock"
    command = ["redis-server", "--port", "0", "--unixsocket", str(socket), "--save", ""]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        for line in server.stdout:
            if "ready to accept connections" in line.lower():
                break
        yield f"unix://{socket}"
        server.terminate()


def received(backend: str, config: dict[str, Any]) -> list[Any]:
    """What two clients of one room receive, each in a process with that layer."""
    command = [sys.executable, str(SCRIPT), backend, json.dumps(config)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    got: list[Any] = json.loads(done.stdout)
    return got


EXPECTED = [
    *[{"action": "say", "payload": "hello"}] * 2,
    *[{"action": "told", "payload": 1}] * 2,
    *[{"action": "told", "payload": 2}] * 2,
]


@pytest.mark.parametrize(
    "backend", ["channels.layers.InMemoryChannelLayer", "chanx.layers.MemoryLayer"]
)
def test_a_layer_in_memory_carries_broadcasts_and_events(backend: str) -> None:
    assert received(backend, {}) == EXPECTED


def test_the_layer_on_redis_lists_carries_broadcasts_and_events(redis_url: str) -> None:
    # Its blocking pop takes as long as redis-py's default timeout, which ends it.
    hosts = [{"address": redis_url, "socket_timeout": None}]
    assert received("channels_redis.core.RedisChannelLayer", {"hosts": hosts}) == EXPECTED


def test_the_layer_on_redis_pubsub_carries_broadcasts_and_events(redis_url: str) -> None:
    config = {"hosts": [redis_url]}
    assert received("channels_redis.pubsub.RedisPubSubChannelLayer", config) == EXPECTED
