"""The examples, served by uvicorn on the loopback interface."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest
import uvicorn
from playwright.async_api import Browser, Page, expect

from chanx.ext.fast_channels import generate_asyncapi_schema
from fastapi_chat import dependencies
from fastapi_chat.assistant import Assistant
from fastapi_chat.main import app
from fastapi_chat.rooms import Rooms
from tests.examples.truth import Truth
from tests.watch import Watch

expect.set_options(timeout=30_000)

Open = Callable[[], Awaitable[Page]]


class Server:
    """The chat under uvicorn; its port stays the same when it is started again."""

    def __init__(self, truth: Truth) -> None:
        self._truth = truth
        self._port = 0
        self._uvicorn: uvicorn.Server | None = None
        self._serving: asyncio.Task[None] | None = None

    @property
    def host(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self._port}"

    @property
    def url(self) -> str:
        """Where the front page is."""
        return f"http://{self.host}"

    async def start(self) -> None:
        """Start; connections are taken from now on."""
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self._port))
        listener.listen()
        self._port = listener.getsockname()[1]
        config = uvicorn.Config(self._truth, log_level="warning", timeout_graceful_shutdown=5)
        self._uvicorn = uvicorn.Server(config)
        self._serving = asyncio.create_task(self._uvicorn.serve(sockets=[listener]))

    async def stop(self) -> None:
        """Stop, as on SIGTERM."""
        assert self._uvicorn is not None
        assert self._serving is not None
        self._uvicorn.should_exit = True
        await self._serving


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    """The chat, being served; in the end every frame is held against the document."""
    truth = Truth(app, generate_asyncapi_schema(app=app))
    server = Server(truth)
    await server.start()
    yield server
    await server.stop()
    truth.check()


@pytest.fixture(autouse=True)
def rooms() -> Iterator[Rooms]:
    """Rooms of the test's own, which it may replace; an assistant that does not pause."""
    rooms = Rooms(["lobby"])
    app.dependency_overrides[dependencies.rooms] = lambda: rooms
    app.dependency_overrides[dependencies.assistant] = lambda: Assistant(delay=0)
    yield rooms
    app.dependency_overrides.clear()


@pytest.fixture
def pausing_assistant(rooms: Rooms) -> None:
    """An assistant that would pause for an hour after each word."""
    app.dependency_overrides[dependencies.assistant] = lambda: Assistant(delay=3600)


@pytest.fixture
async def watch(server: Server) -> AsyncIterator[Watch]:
    """What the test's pages do; in the end they have done nothing that they should not."""
    watch = Watch()
    yield watch
    watch.check(server.host)


@pytest.fixture
def open_page(browser: Browser, watch: Watch, server: Server) -> Open:
    """Opens a page of a visitor with cookies of their own."""

    async def open_page() -> Page:
        context = await browser.new_context(base_url=server.url)
        context.set_default_timeout(30_000)
        # Pages wait by chance before they connect again, up to five seconds: a tenth of that.
        await context.add_init_script("Math.random = () => 0.1")
        page = await context.new_page()
        watch.attach(page)
        return page

    return open_page
