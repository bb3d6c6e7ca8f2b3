"""Attacks a real server in the ways that once stopped one, and prints what they cost.

``hatch run attack`` does it all. Beside each attack a well-meaning client asks for pongs: what it
waits, and what the server's memory grows by, is the result. The first attack is none: waits are
told as multiples of those then, too, since times are those of a machine. What is the server's own,
whatever else the machine has to do, is for how long it worked for others during a wait.
"""

import argparse
import asyncio
import json
import math
import sys
import tempfile
import time
import zlib
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import psutil
from websockets.asyncio.client import connect

from tests.hardening.fuzz import APPLICATION, asked, processor_time, settled_report
from tests.hardening.raw import RawClient, frame, raw_client
from tests.served.servers import COMMANDS, ROOT, Server, launched

MEGABYTE = 1024 * 1024


@dataclass
class Cost:
    """What an attack cost the others.

    Attributes:
        waits: How often the well-meaning client waited.
        slowest: The longest that it did, in seconds.
        median: Half of the time it waited less.
        worked: Seconds of the processor for which the server worked during a wait; 99 of 100 times
            it was less.
        grown: Bytes that the server's memory grew by, at its greatest.
        left: Sessions that are left of it.
    """

    waits: int
    slowest: float
    median: float
    worked: float
    grown: int
    left: int


async def several(port: int, count: int, do: Callable[[RawClient], Awaitable[None]]) -> None:
    """Let several clients do the same at once, and wait until all of it is handled."""
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(raw_client(port)) for _ in range(count)]
        await asyncio.gather(*map(do, clients))
        for client in clients:
            await handled(client)


async def handled(client: RawClient) -> None:
    """Wait until a client's frames are handled, if it reads and is not given up."""
    await client.send(action="ping", ref="the last")
    for _ in range(6000):
        if b"the last" in client.last or not client.is_open:
            return
        await asyncio.sleep(0.01)


def message(action: str, payload: object) -> bytes:
    return frame(json.dumps({"action": action, "payload": payload}).encode())


async def nothing(port: int, scale: float) -> None:
    """Do nothing, for as long as attacks take, so that others can be compared with that."""
    await asyncio.sleep(3 * scale)


async def wrong_values(port: int, scale: float) -> None:
    """Send frames of the greatest size, full of values of a wrong kind."""
    arrays: list[list[int]] = [[]] * 15_000
    numbers = message("take", {"numbers": arrays})
    unions = message("take", {"either": arrays})

    async def do(client: RawClient) -> None:
        for _ in range(int(20 * scale)):
            await client.write(numbers)
            await client.write(unions)

    await several(port, 3, do)


async def nested_unions(port: int, scale: float) -> None:
    """Send short frames that a union of models within each other doubles at each level."""
    tree: object = {}
    for _ in range(25):
        tree = {"left": 1, "right": 1, "child": tree}

    async def do(client: RawClient) -> None:
        for _ in range(int(30 * scale)):
            await client.write(message("take", {"tree": tree}))

    await several(port, 3, do)


async def burst(port: int, scale: float) -> None:
    """Send many small frames at once."""

    async def do(client: RawClient) -> None:
        data = frame(b'{"action":"ping"}') * 1000
        for _ in range(int(10 * scale)):
            await client.write(data)
        await client.ended(0.2)

    await several(port, 5, do)


async def bad_frames(port: int, scale: float) -> None:
    """Send many frames that are not JSON."""

    async def do(client: RawClient) -> None:
        data = frame(b'{"action":') * 500
        for _ in range(int(5 * scale)):
            await client.write(data)
        await client.ended(0.2)

    await several(port, 20, do)


async def large_behind_slow(port: int, scale: float) -> None:
    """Send large compressed frames behind a handler that takes its time."""
    url = f"ws://127.0.0.1:{port}/room"
    async with connect(url, proxy=None, max_size=None) as client:
        await client.send(json.dumps({"action": "slow"}))
        for _ in range(int(40 * scale)):
            await client.send("x" * 8 * MEGABYTE)


async def unread_replies(port: int, scale: float) -> None:
    """Ask for large replies of concurrent handlers, and read none."""

    async def do(client: RawClient) -> None:
        client.reading.cancel()
        for _ in range(int(200 * scale)):
            await client.write(message("beside", 99_999))

    await several(port, 20, do)


async def unread_broadcasts(port: int, scale: float) -> None:
    """Be in a room in which much is said, and read nothing of it."""
    async with AsyncExitStack() as stack:
        for _ in range(50):
            client = await stack.enter_async_context(raw_client(port))
            client.reading.cancel()
        talker = await stack.enter_async_context(raw_client(port))
        for _ in range(int(200 * scale)):
            await talker.write(message("say", "x" * 30_000))
        await talker.ended(0.5)


async def broken_compression(port: int, scale: float) -> None:
    """Claim to have compressed what is none."""
    data = zlib.compress(b"x" * 1000)

    async def do(client: RawClient) -> None:
        for _ in range(int(50 * scale)):
            await client.write(frame(data, first=0xC1))

    for _ in range(20):
        await several(port, 5, do)


ATTACKS = {
    each.__name__: each
    for each in (
        nothing,
        wrong_values,
        nested_unions,
        burst,
        bad_frames,
        large_behind_slow,
        unread_replies,
        unread_broadcasts,
        broken_compression,
    )
}


async def run(kind: str, name: str, scale: float = 1) -> Cost:
    """Start a server, and attack it in one way.

    Args:
        kind: The server, of :data:`tests.served.servers.COMMANDS`.
        name: The attack, of :data:`ATTACKS`.
        scale: How much of it.
    """
    waits: list[float] = []
    worked: list[float] = []
    greatest = 0
    is_done = asyncio.Event()

    async def watched(server: Server, watch: RawClient) -> None:
        nonlocal greatest
        process = psutil.Process(server.process.pid)
        while not is_done.is_set():
            at, used = time.monotonic(), processor_time(process)
            await asked(watch, "ping")
            waits.append(time.monotonic() - at)
            worked.append(processor_time(process) - used)
            if len(waits) % 20 == 0:
                greatest = max(greatest, (await asked(watch, "report"))["memory"])
            await asyncio.sleep(0.005)

    with tempfile.TemporaryDirectory() as folder:
        async with (
            launched(kind, APPLICATION, {}, Path(folder) / "journal") as server,
            raw_client(server.port, "/watch") as watch,
        ):
            before = await settled_report(watch, None)
            watching = asyncio.create_task(watched(server, watch))
            # In a process of its own, or what it has to do would count as a wait for the server.
            attacking = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.hardening.attack", "--port", str(server.port)),
                *("--attack", name, "--scale", str(scale)),
                cwd=ROOT,
                stderr=asyncio.subprocess.DEVNULL,
            )
            await asyncio.wait_for(attacking.wait(), 120)
            is_done.set()
            await watching
            after = await settled_report(watch, before)
    return Cost(
        waits=len(waits),
        slowest=max(waits),
        median=quantile(waits, 0.5),
        worked=quantile(worked, 0.99),
        grown=max(0, greatest - before["memory"]),
        left=after["sessions"] - before["sessions"],
    )


def quantile(values: Sequence[float], part: float) -> float:
    """Return the least of the values that a part of them does not exceed."""
    return sorted(values)[math.ceil(part * len(values)) - 1]


def main() -> int:
    """Attack the servers that the command line names, and print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--port", type=int, help="attack what listens there, in one way")
    parser.add_argument("--attack", choices=ATTACKS, default="burst", help="the way")
    parser.add_argument("--scale", type=float, default=1.0, help="how much of it")
    parser.add_argument("servers", nargs="*", default=["uvicorn"], metavar="SERVER")
    options = parser.parse_args()
    if options.port is not None:
        asyncio.run(ATTACKS[options.attack](options.port, options.scale))
        return 0
    print("| server | attack | median wait | longest wait | worked (p99) | memory | left |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: |")
    for kind in options.servers:
        if kind not in COMMANDS:
            parser.error(f"{kind!r} is not one of {', '.join(COMMANDS)}")
        rest: Cost | None = None
        for name in ATTACKS:
            cost = asyncio.run(run(kind, name, options.scale))
            rest = rest or cost
            print(
                f"| {kind} | {name.replace('_', ' ')} | {cost.median * 1000:.1f} ms "
                f"({cost.median / rest.median:.1f}) | {cost.slowest * 1000:.0f} ms "
                f"({cost.slowest / rest.slowest:.1f}) | {cost.worked * 1000:.0f} ms | "
                f"{cost.grown / MEGABYTE:.0f} MB | {cost.left} |",
                flush=True,
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
