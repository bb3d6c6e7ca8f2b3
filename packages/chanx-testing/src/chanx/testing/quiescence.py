"""Waiting until nothing moves any more, instead of waiting for some time."""

import asyncio
from collections.abc import Iterable
from typing import Final
from weakref import WeakSet

from chanx.testing.driver import Driver
from chanx.testing.layers import unwrapped

QUIET_CYCLES: Final = 10
"""Cycles of the event loop in which nothing moves. Between a layer's ``group_send`` and the moment
a consumer has its message in hand stand one or two, in which no one can tell that it is coming."""

BUSY_CYCLES: Final = 20
"""Cycles in which something moves, before it is taken to wait for what is not in the loop."""

POLL_INTERVAL: Final = 0.001
"""Seconds between two looks at a handler that waits for something outside the event loop."""

# Of the process, as tests of several loops may run in threads; a look asks which are of its own
# loop.
_running: WeakSet[Driver] = WeakSet()


def watch(driver: Driver) -> None:
    """Have an application's work count from now until it ends."""
    assert driver.task is not None
    _running.add(driver)
    driver.task.add_done_callback(lambda _: _running.discard(driver))


async def wait_entered(driver: Driver) -> None:
    """Wait until an application that accepted its connection is ready for the first frame."""
    cycles = 0
    while not driver.is_entered:
        cycles += 1
        # A few cycles are enough for a layer within the loop; another thread or a server needs real
        # time.
        await asyncio.sleep(0 if cycles < QUIET_CYCLES else POLL_INTERVAL)


async def wait_quiescent(local_layers: tuple[type, ...]) -> None:
    """Wait until every application that this event loop drives has handled all that reached it.

    The applications count together, since one's handler may send to the connections of another.

    Args:
        local_layers: Classes of channel layers that deliver within the event loop. While a
            connection uses another layer, a message may be on its way unseen, so that nothing is
            ever quiescent: the caller's time-out ends the wait.
    """
    loop = asyncio.get_running_loop()
    quiet_cycles = busy_cycles = 0
    while quiet_cycles < QUIET_CYCLES:
        # Cheap, as a test of hundreds of connections may wait on behalf of each.
        running = [driver for driver in _running if driver.runs_in(loop)]
        is_quiet = all(driver.is_idle for driver in running)
        # Once for each row of quiet cycles: connections get no other layer meanwhile.
        if is_quiet and quiet_cycles == 0:
            is_quiet = all(_is_visible(driver, local_layers) for driver in running)
        # Counted over several cycles: between two callbacks of one delivery everything looks idle.
        if is_quiet:
            quiet_cycles += 1
            await asyncio.sleep(0)
        else:
            # Most of what moves does so within the loop, and comes to rest in a few cycles.
            quiet_cycles, busy_cycles = 0, busy_cycles + 1
            await asyncio.sleep(0 if busy_cycles < BUSY_CYCLES else POLL_INTERVAL)


def _is_visible(driver: Driver, local_layers: tuple[type, ...]) -> bool:
    layers: Iterable[object] = (session.subscriber.layer for session in driver.sessions)
    return all(
        layer is None
        or isinstance(layer, local_layers)  # unwrapping takes much longer
        or isinstance(unwrapped(layer), local_layers)
        for layer in layers
    )


__all__ = ["wait_entered", "wait_quiescent", "watch"]
