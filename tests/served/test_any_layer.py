"""A Django project's consumers work over every channel layer that it may configure."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).with_name("any_layer.py")


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


def test_the_layer_on_redis_carries_broadcasts_and_events(redis_url: str) -> None:
    assert received("chanx.layers.RedisLayer", {"hosts": [redis_url]}) == EXPECTED
