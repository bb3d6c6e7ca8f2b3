"""The pytest plugin, as its users' tests meet it."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.layers import MemoryLayer, get_layer
from chanx.testing import WebsocketCommunicator

pytest_plugins = ["pytester"]

TESTS = """
import asyncio
import pytest
from chanx.core.decorators import ws_handler
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.layers import MemoryLayer, get_layer
from chanx.messages import PingMessage, PongMessage

log = []

class Room(AsyncJsonWebsocketConsumer):
    groups = ["room"]

    @ws_handler
    async def ping(self, message: PingMessage) -> PongMessage:
        return PongMessage()

    async def disconnect(self, code):
        log.append(code)

class Failing(Room):
    async def disconnect(self, code):
        await asyncio.Event().wait()

class Leaving(Room):
    async def connect(self):
        self.task = asyncio.create_task(self.watch_for_ever())

    async def watch_for_ever(self):
        try:
            await asyncio.Event().wait()
        finally:
            log.append("cancelled")

async def use(chanx_communicator):
    clients = [chanx_communicator(Room.as_asgi(), "/", consumer=Room) for _ in range(2)]
    for client in clients:
        assert await client.connect() == (True, None)
        await client.send_message(PingMessage())
        assert await client.receive_message() == PongMessage()
"""

RUNNER = """
import asyncio
import inspect
import pytest

@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    if inspect.iscoroutinefunction(pyfuncitem.obj):
        arguments = pyfuncitem._fixtureinfo.argnames
        asyncio.run(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in arguments}))
        return True
"""

ANYIO = """
import pytest
pytestmark = pytest.mark.anyio

@pytest.fixture
def anyio_backend():
    return "asyncio"
"""

PLUGINS = pytest.mark.parametrize("plugin", ["pytest-asyncio", "anyio", "another"])


def run(pytester: pytest.Pytester, plugin: str, tests: str) -> pytest.RunResult:
    """Run tests in a pytest of their own, under one of the plugins for asynchronous tests."""
    pytester.makepyfile(TESTS + (ANYIO if plugin == "anyio" else "") + tests)
    options = ["-p", "no:randomly", "-W", "error"]
    if plugin == "anyio":
        return pytester.runpytest_subprocess(*options, "-p", "no:asyncio")
    if plugin == "another":
        pytester.makeconftest(RUNNER)
        return pytester.runpytest_subprocess(*options, "-p", "no:asyncio")
    scope = "asyncio_default_fixture_loop_scope=function"
    return pytester.runpytest_subprocess(*options, "-o", "asyncio_mode=auto", "-o", scope)


@PLUGINS
def test_communicators_are_closed_when_their_test_ends(
    pytester: pytest.Pytester, plugin: str
) -> None:
    result = run(
        pytester,
        plugin,
        """
class TestRoom:
    async def test_use(self, chanx_communicator):
        await use(chanx_communicator)
        assert log == []

def test_closed():
    assert log == [1000, 1000]

async def test_unused(chanx_communicator):
    chanx_communicator(Room.as_asgi(), "/", consumer=Room)

def test_not_asynchronous(chanx_communicator):
    chanx_communicator(Room.as_asgi(), "/", consumer=Room)
""",
    )
    result.assert_outcomes(passed=4)


@PLUGINS
def test_what_does_not_end_with_its_test_is_cancelled_and_fails_it(
    pytester: pytest.Pytester, plugin: str
) -> None:
    result = run(
        pytester,
        plugin,
        """
async def test_application(chanx_communicator):
    await chanx_communicator(Failing.as_asgi(), "/", consumer=Failing).connect()

async def test_task(chanx_communicator):
    await chanx_communicator(Leaving.as_asgi(), "/", consumer=Leaving).connect()

def test_cancelled():
    assert log == [1000, "cancelled"]

async def test_task_and_own_failure(chanx_communicator):
    await chanx_communicator(Leaving.as_asgi(), "/", consumer=Leaving).connect()
    raise LookupError("the test's own")
""",
    )
    result.assert_outcomes(passed=1, failed=3)
    result.stdout.fnmatch_lines(["*ApplicationStillRunning*was cancelled*", "*in disconnect*"])
    result.stdout.fnmatch_lines(["*TasksLeft: Still running*cancelled: 1.*", "*in watch_for_ever*"])
    result.stdout.fnmatch_lines(["E*LookupError: the test's own", "E*Besides, TasksLeft: *"])


@PLUGINS
def test_what_is_left_in_a_layer_fails_its_test(pytester: pytest.Pytester, plugin: str) -> None:
    result = run(
        pytester,
        plugin,
        """
class Forgetful(Room):
    async def post_authentication(self):
        await self.channel_layer.group_add("attic", "channel of somebody else")

async def test_member(chanx_communicator):
    await chanx_communicator(Forgetful.as_asgi(), "/", consumer=Forgetful).connect()

async def test_channel(chanx_layer):
    await chanx_layer.send("letters", {"type": "letter"})

def test_not_asynchronous(chanx_layer):
    asyncio.run(chanx_layer.send("letters", {"type": "letter"}))

async def test_own_failure(chanx_layer):
    await chanx_layer.send("letters", {"type": "letter"})
    raise LookupError("the test's own")

async def test_before(chanx_communicator):
    await get_layer().send("before", {"type": "letter"})
    await chanx_communicator(Room.as_asgi(), "/", consumer=Room).connect()
""",
    )
    result.assert_outcomes(passed=1, failed=4)
    result.stdout.fnmatch_lines(["E*LayerNotEmpty: Left in the channel layer*", "E*group attic: *"])
    result.stdout.fnmatch_lines(
        ["E*LayerNotEmpty: Left in the channel layer*", "E*channel letters"]
    )
    result.stdout.fnmatch_lines(["E*LookupError: the test's own", "E*Besides, LayerNotEmpty: *"])


def test_a_layer_of_its_own_lasts_as_long_as_its_test(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        "pytest-asyncio",
        """
before = get_layer()

async def test_own(chanx_layer, chanx_communicator):
    assert get_layer() is chanx_layer
    assert chanx_layer is not before
    await use(chanx_communicator)
    assert len(chanx_layer.members_of("room")) == 2

def test_restored():
    assert get_layer() is before
""",
    )
    result.assert_outcomes(passed=2)


def test_a_unittest_test_case_uses_the_fixtures_and_needs_none(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        "another",
        """
from unittest import IsolatedAsyncioTestCase
from chanx.testing import LeakCheck, WebsocketCommunicator, default_layer

class TestRoom(IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        self.layer = self.enterContext(default_layer(MemoryLayer()))
        await self.enterAsyncContext(LeakCheck(self.layer))
        client = WebsocketCommunicator(Room.as_asgi(), "/", consumer=Room)
        self.client = await self.enterAsyncContext(client)

    async def test_ping(self):
        await self.client.request(PingMessage(), expect=PongMessage)
        assert len(self.layer.members_of("room")) == 1

    async def test_leak(self):
        await self.layer.send("letters", {"type": "letter"})

@pytest.mark.usefixtures("chanx_layer")
class TestFixtures(IsolatedAsyncioTestCase):
    @pytest.fixture(autouse=True)
    def connect(self, chanx_communicator):
        self.communicator = chanx_communicator

    async def asyncSetUp(self):
        client = WebsocketCommunicator(Room.as_asgi(), "/", consumer=Room)
        await self.enterAsyncContext(client)

    async def test_leak(self):
        await get_layer().send("letters", {"type": "letter"})

    async def test_ping(self):
        client = self.communicator(Room.as_asgi(), "/", consumer=Room)
        await client.connect()
        await client.request(PingMessage(), expect=PongMessage)
""",
    )
    result.assert_outcomes(passed=2, failed=2)
    result.stdout.fnmatch_lines(["*LayerNotEmpty: Left in the channel layer*"] * 2)


def test_a_task_that_is_left_by_a_unittest_test_case_fails_it(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        "another",
        """
from unittest import IsolatedAsyncioTestCase

@pytest.mark.usefixtures("chanx_layer")
class TestTasks(IsolatedAsyncioTestCase):
    @pytest.fixture(autouse=True)
    def connect(self, chanx_communicator):
        self.communicator = chanx_communicator

    async def asyncSetUp(self):
        self.task = asyncio.create_task(asyncio.Event().wait())

    async def asyncTearDown(self):
        self.task.cancel()

    async def test_left(self):
        await self.communicator(Leaving.as_asgi(), "/", consumer=Leaving).connect()

    async def test_left_and_own_failure(self):
        await self.communicator(Leaving.as_asgi(), "/", consumer=Leaving).connect()
        assert 1 == 2

    async def test_ended(self):
        task = asyncio.create_task(asyncio.Event().wait())
        self.addCleanup(task.cancel)

def test_cancelled():
    assert log.count("cancelled") == 2
""",
    )
    result.assert_outcomes(passed=2, failed=2, errors=1)  # pytest shows a second failure so
    result.stdout.fnmatch_lines(["*TasksLeft: Still running*: 1.*", "*assert 1 == 2*"])


def test_what_a_failure_shows_is_the_line_of_the_test(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        "pytest-asyncio",
        """
from chanx.testing import capture_broadcast_events

async def test_expect(chanx_communicator):
    client = chanx_communicator(Room.as_asgi(), "/", consumer=Room)
    await client.connect()
    await client.expect(PongMessage, timeout=0.01)

async def test_receive(chanx_communicator):
    client = chanx_communicator(Room.as_asgi(), "/", consumer=Room)
    await client.connect()
    await client.receive_message(timeout=0.01)

async def test_closed(chanx_communicator):
    client = chanx_communicator(Room.as_asgi(), "/", consumer=Room)
    await client.connect()
    await client.disconnect()
    await client.send_message(PingMessage())

def test_capture():
    with capture_broadcast_events(Room) as events:
        pass
    events.expect(PongMessage)
""",
    )
    result.assert_outcomes(failed=4)
    result.stdout.fnmatch_lines(
        [
            "*await client.expect(PongMessage, timeout=0.01)",
            "*await client.receive_message(timeout=0.01)",
            "*await client.send_message(PingMessage())",
            "*events.expect(PongMessage)",
        ]
    )
    output = result.stdout.str()
    assert "chanx/testing" not in output.replace("\\", "/")


async def test_a_communicator_may_be_of_a_class_of_ones_own(
    chanx_communicator: Callable[..., WebsocketCommunicator],
) -> None:
    class Consumer(AsyncJsonWebsocketConsumer):
        pass

    class Client(WebsocketCommunicator):
        def __init__(self, room: str) -> None:
            super().__init__(Consumer.as_asgi(), f"/{room}", consumer=Consumer)

    client = chanx_communicator("attic", communicator_class=Client)
    assert isinstance(client, Client)
    assert await client.connect() == (True, None)


async def test_the_layer_is_empty_and_the_default_one(chanx_layer: MemoryLayer) -> None:
    assert get_layer() is chanx_layer
    assert chanx_layer.channels() == frozenset()


def test_starting_pytest_imports_neither_engine_nor_framework(tmp_path: Path) -> None:
    script = (
        "import sys, chanx.testing.plugin\n"
        "heavy = {'pydantic', 'django', 'starlette', 'fastapi', 'channels', 'chanx.core'}\n"
        "sys.exit(', '.join(sorted(heavy & set(sys.modules))) or 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=tmp_path, timeout=60
    )
    assert done.returncode == 0, done.stderr
