"""Keeps a real server busy for long, and compares its memory with what it was: ``hatch run soak``.

Many clients come, stay for some seconds, talk and go, half of them without a word, while somebody
broadcasts to all of them. A warm-up that does the same comes before, since a process takes memory
for what it does first that it keeps. At the end nobody is connected, as at the beginning.
"""

import argparse
import asyncio
import resource
import sys
import tempfile
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tests.hardening.fuzz import APPLICATION, NOISE, settled_report
from tests.hardening.raw import CLOSE, FIN, RawClient, frame, raw_client
from tests.served.servers import COMMANDS, launched

MEGABYTE = 1024 * 1024
GOODBYE = frame((1000).to_bytes(2), first=FIN | CLOSE)
STAY = 8.0
"""Seconds for which a client stays, at most."""
WARMING = 5
"""The part of the time that a warm-up takes, in which a process takes memory that it keeps."""
PAUSE = 1.0
"""Seconds between broadcasts, each of which goes to every client."""


@dataclass
class Outcome:
    """What became of it.

    Attributes:
        connections: How many clients came, one after the other and beside each other.
        received: How many frames they received.
        codes: With what the server closed unasked, and how often.
        before: Bytes of the server's memory after the warm-up, with nobody connected.
        after: The same at the end.
        left: Sessions and members of the room that are left.
        noise: What of the server's log nobody should see.
    """

    connections: int
    received: int
    codes: Counter[int]
    before: int
    after: int
    left: int
    noise: list[str]

    def is_clean(self, most: int) -> bool:
        """Return whether the server is as it was, and said nothing.

        Args:
            most: Bytes by which its memory may have grown all the same.
        """
        return self.after - self.before <= most and not self.left and not self.noise


class Crowd:
    """Clients that come and go.

    Args:
        port: The server's.
        size: How many there are at a time.
        seed: What they do: the same for the same seed.
    """

    def __init__(self, port: int, size: int, seed: int) -> None:
        self._port = port
        self._size = size
        self._seed = seed
        self.connections = 0
        self.received = 0
        self.codes: Counter[int] = Counter()
        self._is_over = asyncio.Event()

    async def stay(self, seconds: float, least: float = 0) -> None:
        """Let them come and go for some time, and all go in the end.

        Args:
            seconds: How long.
            least: How many frames they receive, and a third as many come, however long that takes.
        """
        come, received = self.connections, self.received
        self._is_over.clear()
        async with asyncio.TaskGroup() as group:
            for number in range(self._size):
                group.create_task(self._guests(Random(f"{self._seed} {number}")))
            group.create_task(self._speaker(Random(self._seed)))
            await asyncio.sleep(seconds)
            # Clients tell nobody how many of them there were.
            while self.received - received < least or self.connections - come < least / 3:  # noqa: ASYNC110
                await asyncio.sleep(PAUSE)
            self._is_over.set()

    async def _guests(self, random: Random) -> None:
        """Be one client after the other."""
        while not self._is_over.is_set():
            async with raw_client(self._port) as client:
                self.connections += 1
                for _ in range(random.randrange(1, 4)):
                    await client.send(action=random.choice(("ping", "take", "slow", "stream")))
                    await self._pause(random.random() * STAY / 3)
                if random.random() < 0.5:
                    await client.write(GOODBYE)
                    await client.ended(1)
                else:
                    self._note(client)
                self.received += client.received

    async def _speaker(self, random: Random) -> None:
        while not self._is_over.is_set():
            async with raw_client(self._port) as client:
                while client.is_open and not self._is_over.is_set():
                    await client.send(action="say", payload="x" * random.randrange(2000))
                    await self._pause(PAUSE)
                self._note(client)

    def _note(self, client: RawClient) -> None:
        """Note with what a server closed that was not asked to, as where it is too slow to ping."""
        if client.code is not None:
            self.codes[client.code] += 1

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._is_over.wait()


async def report(port: int, before: dict[str, int] | None) -> dict[str, int]:
    """Return what the server reports once it has nothing left.

    Over a connection of its own: one that is kept has to answer the server's pings for as long as
    the crowd keeps this process busy.
    """
    async with raw_client(port, "/watch") as watch:
        return await settled_report(watch, before)


async def run(
    kind: str, seconds: float, connections: int, seed: int = 0, least: int = 0
) -> Outcome:
    """Start a server, and keep it busy.

    Args:
        kind: The server, of :data:`tests.served.servers.COMMANDS`.
        seconds: How long, after a warm-up of a fifth of that.
        connections: How many there are at a time.
        seed: What clients do.
        least: How many frames they receive at least, in a busy machine's own time.
    """
    with tempfile.TemporaryDirectory() as folder:
        async with launched(kind, APPLICATION, {}, Path(folder) / "journal") as server:
            before = await report(server.port, None)
            crowd = Crowd(server.port, connections, seed)
            await crowd.stay(max(1.0, seconds / WARMING), least / WARMING)
            warm = await report(server.port, before)
            await crowd.stay(seconds, least)
            after = await report(server.port, before)
        left = sum(after[key] - before[key] for key in ("sessions", "members"))
        noise = NOISE.findall(server.output)
        counts = (crowd.connections, crowd.received, crowd.codes, warm["memory"], after["memory"])
        return Outcome(*counts, left, noise)


def main() -> int:
    """Keep the servers busy that the command line names, and say what came of it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=600, help="for each server")
    parser.add_argument("--connections", type=int, default=1000, help="at a time")
    parser.add_argument("--most", type=float, default=8, help="megabytes that are no growth")
    parser.add_argument("servers", nargs="*", default=["uvicorn"], metavar="SERVER")
    options = parser.parse_args()
    # A socket of each client on both sides; servers inherit it.
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < (wanted := options.connections + 200):
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    failed = False
    for kind in options.servers:
        if kind not in COMMANDS:
            parser.error(f"{kind!r} is not one of {', '.join(COMMANDS)}")
        outcome = asyncio.run(run(kind, options.seconds, options.connections))
        print(
            f"{kind}: {outcome.connections} connections received {outcome.received} frames, closed "
            f"unasked with {dict(outcome.codes) or 'nothing'}; "
            f"memory {outcome.before / MEGABYTE:.1f} MB before, {outcome.after / MEGABYTE:.1f} MB "
            f"after; {outcome.left} left",
            *outcome.noise,
            sep="\n",
            flush=True,
        )
        failed |= not outcome.is_clean(int(options.most * MEGABYTE))
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
