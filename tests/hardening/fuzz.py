"""Throws frames at a real server that no well-meaning client sends: ``hatch run fuzz``.

Frames that are JSON and nearly messages, frames that are nearly JSON, and bytes that are not frames
of RFC 6455. The server must log no traceback, answer whoever is well-meaning meanwhile, and have
nothing left of it at the end.
"""

import argparse
import asyncio
import json
import re
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import psutil

from tests.hardening.raw import RawClient, faulty, raw_client, usual
from tests.served.servers import COMMANDS, Server, launched

APPLICATION = "tests.hardening.app:application"
NOISE = re.compile(
    # A traceback through our own code, and not one of the server's about a broken frame.
    r"^Traceback .*\n(?:  .*\n)*?  .*chanx.*\n(?:  .*\n)*.*"
    r"|.* failed\b.*|.*never (?:retrieved|awaited).*|.*Logging error.*",
    re.MULTILINE,
)
CLIENTS = 20
OF_ONE_CONNECTION = 200
"""Frames that one connection sends at most."""


@dataclass
class Outcome:
    """What became of it.

    Attributes:
        frames: How many were sent.
        connections: Over how many connections.
        codes: How often the server closed with each code.
        seconds: How long it took.
        slowest: The longest that a well-meaning client waited for a pong, in seconds.
        worked: The longest that the server worked meanwhile, by the processor's time.
        left: What the server has, beyond what it had before.
        noise: What of its log nobody should see.
    """

    frames: int
    connections: int
    codes: dict[int | None, int]
    seconds: float
    slowest: float
    worked: float
    left: dict[str, int]
    noise: list[str]


async def asked(client: RawClient, action: str) -> Any:
    """Ask, and return the payload of the answer."""
    client.last = b""
    await client.send(action=action)
    async with asyncio.timeout(30):
        while not client.last:
            assert client.is_open, client.code
            await asyncio.sleep(0.001)
    return json.loads(client.last).get("payload")


async def settled_report(watch: RawClient, before: dict[str, int] | None) -> dict[str, int]:
    """Return what the server reports once it has nothing left, or after some seconds."""
    report: dict[str, int] = {}
    for _ in range(300):
        report = await asked(watch, "report")
        if before is None or (
            report["members"] <= before["members"] == 0 and report["sessions"] <= before["sessions"]
        ):
            break
        await asyncio.sleep(0.1)
    return report


async def attack(server: Server, frames: int, seed: int) -> Outcome:
    """Attack a server.

    Args:
        server: The server.
        frames: How many frames it gets.
        seed: What they are made of: the same for the same seed.
    """
    codes: dict[int | None, int] = {}
    sent = connections = 0
    slowest = worked = 0.0
    process = psutil.Process(server.process.pid)
    began = time.monotonic()
    is_done = asyncio.Event()

    async def one(random: Random) -> None:
        nonlocal sent, connections
        while sent < frames:
            connections += 1
            async with raw_client(server.port) as client:
                for _ in range(random.randrange(OF_ONE_CONNECTION)):
                    sent += 1
                    await client.write(usual(random) if random.random() < 0.98 else faulty(random))
                    if not client.is_open or sent >= frames:
                        break
                if random.random() < 0.5:
                    await client.ended(0.05)  # else it vanishes in the midst of it
                codes[client.code] = codes.get(client.code, 0) + 1

    async def bystander(watch: RawClient) -> None:
        nonlocal slowest, worked
        while not is_done.is_set():
            at, used = time.monotonic(), processor_time(process)
            await asked(watch, "ping")
            slowest = max(slowest, time.monotonic() - at)
            worked = max(worked, processor_time(process) - used)
            await asyncio.sleep(0.05)

    async with raw_client(server.port, "/watch") as watch:
        before = await settled_report(watch, None)
        watching = asyncio.create_task(bystander(watch))
        async with asyncio.TaskGroup() as group:
            for number in range(CLIENTS):
                group.create_task(one(Random(f"{seed} {number}")))
        is_done.set()
        await watching
        after = await settled_report(watch, before)
    noise = NOISE.findall(server.output)
    return Outcome(
        frames=sent,
        connections=connections,
        codes=codes,
        seconds=time.monotonic() - began,
        slowest=slowest,
        worked=worked,
        left={key: after[key] - before[key] for key in before},
        noise=noise,
    )


def processor_time(process: psutil.Process) -> float:
    """Return for how many seconds a process has worked, in steps of 10 ms on Linux."""
    times = process.cpu_times()
    return times.user + times.system


async def run(kind: str, frames: int, seed: int) -> Outcome:
    """Start a server, and attack it.

    Args:
        kind: The server, of :data:`tests.served.servers.COMMANDS`.
        frames: How many frames it gets.
        seed: What they are made of.
    """
    with tempfile.TemporaryDirectory() as folder:
        async with launched(kind, APPLICATION, {}, Path(folder) / "journal") as server:
            return await attack(server, frames, seed)


def main() -> int:
    """Attack the servers that the command line names, and say what came of it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--frames", type=int, default=200_000, help="of each server")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("servers", nargs="*", default=["uvicorn"], metavar="SERVER")
    options = parser.parse_args()
    failed = False
    for kind in options.servers:
        if kind not in COMMANDS:
            parser.error(f"{kind!r} is not one of {', '.join(COMMANDS)}")
        outcome = asyncio.run(run(kind, options.frames, options.seed))
        print(f"{kind}: {outcome}", flush=True)
        failed |= bool(outcome.noise or outcome.left["sessions"] or outcome.left["members"])
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
