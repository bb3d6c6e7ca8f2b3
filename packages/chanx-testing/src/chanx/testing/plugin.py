"""The pytest plugin ``chanx``: fixtures that leave nothing behind, and tests of conformance.

It needs no plugin for asynchronous tests of its own: pytest-asyncio's tests and anyio's can use it.
The engine is imported by tests that use a fixture, not when pytest starts.
"""

import functools
import inspect
from collections.abc import Callable, Coroutine, Generator, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, ExitStack
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from chanx.layers import MemoryLayer
    from chanx.testing.capture import CapturedEvents
    from chanx.testing.clock import FrozenClock
    from chanx.testing.communicator import WebsocketCommunicator
    from chanx.testing.leaks import LeakCheck

_leak_check = pytest.StashKey["LeakCheck"]()
_open_communicators = pytest.StashKey[AsyncExitStack]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options by which a server is held against its document."""
    group = parser.getgroup("chanx", "conformance of servers (docs/conformance.md)")
    group.addoption(
        "--chanx-document",
        metavar="NAME",
        help="hold this application (module:app) against its document; with --chanx-url, a "
        "document: a file, git:REF:PATH or module:app",
    )
    group.addoption(
        "--chanx-url",
        metavar="URL",
        help="the server is not in this process but there, such as ws://127.0.0.1:8000",
    )
    group.addoption("--chanx-remote", action="store_true", help="that may be on another machine")
    group.addoption(
        "--chanx-channel",
        metavar="KEY",
        action="append",
        default=[],
        help="a channel that is tried out; if left out, all",
    )
    group.addoption(
        "--chanx-phase",
        action="append",
        default=[],
        choices=["examples", "coverage", "random", "sequences"],
        help="a phase; if left out, all",
    )
    group.addoption(
        "--chanx-strict",
        action="store_true",
        help="a server that takes what its document calls invalid fails",
    )
    group.addoption(
        "--chanx-hooks",
        metavar="NAME",
        help="what the project adds: module:attribute, a chanx.testing.conformance.Hooks",
    )
    group.addoption("--chanx-seed", metavar="N", type=int, help="what decides where chance does")
    group.addoption(
        "--chanx-count",
        metavar="N",
        type=int,
        default=50,
        help="frames that chance makes for each operation; 50 if left out",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Declare the mark of tests of conformance."""
    config.addinivalue_line("markers", "conformance: holds a server against its document")
    if config.getoption("chanx_url") and not config.getoption("chanx_document"):
        raise pytest.UsageError("--chanx-url needs --chanx-document, which describes that server.")


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Have the session collect the cases of ``--chanx-document`` beside what is in files."""
    report = yield
    if (
        isinstance(collector, pytest.Session)
        and report.passed
        and collector.config.getoption("chanx_document")
    ):
        from chanx.testing.conformance.items import server_of

        report.result = [*(report.result or ()), server_of(collector)]
    return report


@pytest.fixture
def chanx_leak_check(request: pytest.FixtureRequest) -> "LeakCheck":
    """Fail the test if it leaves tasks running, or channels or members in a memory layer.

    The other fixtures that need it use it themselves. It looks when the test's own code has ended
    and its communicators are closed, for an asynchronous test still within its event loop; for an
    ``IsolatedAsyncioTestCase`` after its clean-up. Other test cases, such as those of Django, leave
    their event loop with the method: for them it looks into the layers only, after the clean-up.
    """
    from chanx.testing.leaks import LeakCheck

    check = request.node.stash[_leak_check] = LeakCheck()
    return check


@pytest.fixture
def chanx_communicator(
    request: pytest.FixtureRequest, chanx_leak_check: "LeakCheck"
) -> "Callable[..., WebsocketCommunicator]":
    """Make communicators that are closed when the test ends, as at the end of ``async with``.

    It takes the arguments of :class:`~chanx.testing.communicator.WebsocketCommunicator`, or of
    another ``communicator_class``, and adds the clock of ``chanx_clock`` if the test uses that.
    What the connections leave behind fails the test: tasks, which are cancelled, and channels and
    members in memory layers.

    Example:
        async def test_join(chanx_communicator):
            client = chanx_communicator(Room.as_asgi(), "/rooms/1", consumer=Room)
            assert await client.connect() == (True, None)
    """
    from chanx.testing.communicator import WebsocketCommunicator

    communicators = request.node.stash[_open_communicators] = AsyncExitStack()
    clock = _clock_of(request)

    def make(
        *args: Any,
        communicator_class: type[WebsocketCommunicator] = WebsocketCommunicator,
        **kwargs: Any,
    ) -> WebsocketCommunicator:
        communicator = communicator_class(*args, **kwargs)
        communicator.clock = communicator.clock or clock
        communicator.leak_check = chanx_leak_check
        communicators.push_async_exit(communicator)
        return communicator

    return make


@pytest.fixture
def chanx_layer(
    request: pytest.FixtureRequest, chanx_leak_check: "LeakCheck"
) -> "Iterator[MemoryLayer]":
    """An empty memory layer, which is the default channel layer for as long as the test runs.

    For consumers that take their layer from :func:`chanx.layers.get_layer`; one that does not, as
    in a Django project, warns when it is connected to. Messages expire by the clock of
    ``chanx_clock`` if the test uses that. What is left in the layer fails the test.
    """
    from chanx.layers import MemoryLayer
    from chanx.testing.layers import default_layer

    clock = _clock_of(request)
    with default_layer(MemoryLayer() if clock is None else MemoryLayer(clock=clock.time)) as layer:
        chanx_leak_check.watch(layer)
        yield layer


@pytest.fixture
def chanx_clock() -> "FrozenClock":
    """A clock that stands still until ``chanx_clock.advance(seconds)``.

    The communicators and the layer of the other fixtures count by it.
    """
    from chanx.testing.clock import FrozenClock

    return FrozenClock()


@pytest.fixture
def chanx_capture() -> "Iterator[Callable[..., CapturedEvents[Any]]]":
    """Capture what consumers broadcast, from the call until the end of the test.

    It takes the arguments of :func:`~chanx.testing.capture.capture_broadcast_events`, and returns
    the list that the events are added to.

    Example:
        def test_rename(chanx_capture, client):
            events = chanx_capture(Room)
            client.post("/rooms/1/rename", {"name": "Attic"})
            events.expect(Renamed, to="room_1")
    """
    from chanx.testing.capture import capture_broadcast_events

    with ExitStack() as captures:

        def capture(*args: Any, **kwargs: Any) -> "CapturedEvents[Any]":
            return captures.enter_context(capture_broadcast_events(*args, **kwargs))

        yield capture


def _clock_of(request: pytest.FixtureRequest) -> "FrozenClock | None":
    """Return the clock that the test uses; None if it uses none."""
    # Asked for by its name alone, as a fixture that is requested would be made for every test.
    if "chanx_clock" not in request.fixturenames:
        return None
    clock: FrozenClock = request.getfixturevalue("chanx_clock")
    return clock


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    """Close a test's communicators within its own coroutine, while its event loop still runs."""
    # Put there by the fixture: tests that use none of these are left as they are.
    check = item.stash.get(_leak_check, None)
    if check is None or not isinstance(item, pytest.Function):
        return (yield)
    communicators = item.stash.get(_open_communicators, AsyncExitStack())
    if not inspect.iscoroutinefunction(item.obj):
        yield
        check.require_empty_layers()
    elif _is_of_unittest(item):
        # What its set-up began, its clean-up ends: only then is nothing to be left.
        setattr(item.instance, item.name, _closing(item.obj, communicators))
        _clean_up_last(item.instance, check)
        yield
        check.require_empty_layers()
    else:
        test = item.obj
        # Around the test's own coroutine, and so in its loop and its task, whichever plugin runs
        # it. Communicators are closed first, and then it is looked for leaks.
        item.obj = _closing(test, check, communicators)
        try:
            yield
        finally:
            item.obj = test


def _is_of_unittest(item: pytest.Function) -> bool:
    from unittest import TestCase

    return item.cls is not None and issubclass(item.cls, TestCase)


def _clean_up_last(case: object, check: "LeakCheck") -> None:
    """Have a check look when everything else of an asynchronous test case is cleaned up."""
    from unittest import IsolatedAsyncioTestCase

    if isinstance(case, IsolatedAsyncioTestCase):
        end = AsyncExitStack()
        end.push_async_exit(check)
        case.addAsyncCleanup(end.aclose)  # clean-ups run in reverse


def _closing(
    test: Callable[..., Coroutine[Any, Any, None]], *contexts: AbstractAsyncContextManager[object]
) -> Callable[..., Coroutine[Any, Any, None]]:
    """Return a test that runs in contexts, the last of which ends first."""

    @functools.wraps(test)
    async def closing(*args: Any, **kwargs: Any) -> None:
        async with AsyncExitStack() as stack:
            for context in contexts:
                await stack.enter_async_context(context)
            await test(*args, **kwargs)

    return closing


__all__ = [
    "chanx_capture",
    "chanx_clock",
    "chanx_communicator",
    "chanx_layer",
    "chanx_leak_check",
    "pytest_addoption",
    "pytest_configure",
    "pytest_make_collect_report",
    "pytest_runtest_call",
]
