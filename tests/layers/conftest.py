"""What carries messages in the tests of this folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.layers.redis_server import RedisServer


@pytest.fixture(scope="session")
def shared_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A Redis that no test stops."""
    with RedisServer(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    """A Redis for one test, which may stop it."""
    with RedisServer(tmp_path) as server:
        yield server
