"""What an event loop has one of, among threads that each run one."""

import asyncio
import sys
import threading
from collections.abc import Iterator

import pytest

from chanx.core.loops import PerLoop


@pytest.fixture
def often() -> Iterator[None]:
    """Have threads take turns as often as Python lets them."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


@pytest.mark.usefixtures("often")
def test_those_of_all_loops_can_be_listed_while_another_threads_loop_begins() -> None:
    of_loops = PerLoop(object)
    loops: list[asyncio.AbstractEventLoop] = []

    async def ask() -> None:
        of_loops.get()

    def begin(count: int) -> None:
        for _ in range(count):
            loop = asyncio.new_event_loop()
            loop.run_until_complete(ask())
            loop.close()
            loops.append(loop)

    begin(500)  # so that to list them takes its time
    others = [threading.Thread(target=begin, args=(100,)) for _ in range(4)]
    for each in others:
        each.start()
    while any(each.is_alive() for each in others):
        assert len(of_loops.items()) >= 500
    assert len(of_loops.items()) == len(loops) == 900
