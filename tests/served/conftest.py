"""What is served to the tests of this folder."""

import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.redis_server import RedisServer
from tests.served.django_chat import APPLICATION, Chat, environment_of
from tests.served.servers import COMMANDS, ROOT, Server, launched


@pytest.fixture(params=COMMANDS)
async def server(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Server]:
    """A server of each kind."""
    journal = tmp_path / "journal"
    environment = {"JOURNAL": str(journal)}
    async with launched(
        request.param, "tests.served.app:application", environment, journal
    ) as server:
        yield server


@pytest.fixture
def redis_url(shared_redis: RedisServer) -> str:
    """The address of a Redis in which tests leave nothing."""
    return shared_redis.url


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the tables, the two users and the rooms."""
    database = tmp_path_factory.mktemp("django_chat") / "db.sqlite3"
    for command in ("migrate", "seed"):
        subprocess.run(
            [sys.executable, "examples/django_chat/manage.py", command],
            cwd=ROOT,
            env=environment_of(database),
            check=True,
            capture_output=True,
            timeout=60,
        )
    return database


@pytest.fixture(params=["uvicorn-sansio", "daphne"])
async def chat(request: pytest.FixtureRequest, seeded: Path, tmp_path: Path) -> AsyncIterator[Chat]:
    """The chat, on a database of its own."""
    database = Path(shutil.copy(seeded, tmp_path))
    environment = environment_of(database)
    async with launched(request.param, APPLICATION, environment, tmp_path / "journal") as server:
        yield Chat(server)
