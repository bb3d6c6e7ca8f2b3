"""daphne, which holds back nobody, as the adapter for Django does, and is a runserver's server."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from tests.bound import BOUND
from tests.served.servers import Server, launched

FRAMES = 400
SIZE = 100_000


@pytest.fixture
async def daphne(tmp_path: Path) -> AsyncIterator[Server]:
    journal = tmp_path / "journal"
    environment = {"JOURNAL": str(journal)}
    async with launched(
        "daphne", "tests.served.django_room:application", environment, journal
    ) as server:
        yield server


def established(process: psutil.Process) -> int:
    """How many clients a server has, but for those that it has let go of."""
    return sum(each.status == psutil.CONN_ESTABLISHED for each in process.net_connections())


async def test_a_client_that_does_not_read_costs_no_memory_and_is_given_up(daphne: Server) -> None:
    async with daphne.client("bob") as bob, daphne.client("ada", max_queue=1) as ada:
        for client in (bob, ada):
            assert json.loads(await client.recv())["payload"] == "welcome"
        process = psutil.Process(daphne.process.pid)
        before = process.memory_info().rss
        ada.transport.pause_reading()
        await bob.send(json.dumps({"action": "flood", "payload": FRAMES}))
        assert json.loads(await bob.recv())["payload"] == "flooded"
        assert await daphne.noted("left ada") == "left ada 4509", daphne.output
        assert process.memory_info().rss - before < FRAMES * SIZE / 2
        # Its socket is closed although it never reads the close. The system tells nobody when.
        async with asyncio.timeout(30):
            while await asyncio.to_thread(established, process) > 1:
                pass
        ada.transport.abort()


async def test_a_client_that_reads_again_gets_everything(daphne: Server) -> None:
    async with daphne.client("bob") as bob, daphne.client("ada", max_queue=1) as ada:
        for client in (bob, ada):
            assert json.loads(await client.recv())["payload"] == "welcome"
        ada.transport.pause_reading()
        await bob.send(json.dumps({"action": "flood", "payload": 8}))
        assert json.loads(await bob.recv())["payload"] == "flooded"
        ada.transport.resume_reading()
        for _ in range(8):
            assert len(json.loads(await ada.recv())["payload"]) == SIZE


@pytest.mark.parametrize("end", ["abort", "close"])
async def test_a_client_that_leaves_while_it_is_sent_to_is_no_error(
    daphne: Server, end: str
) -> None:
    async with daphne.client("bob") as bob:
        await bob.recv()
        for number in range(5):
            async with daphne.client(f"ada{number}") as ada:
                await ada.recv()
                await bob.send(json.dumps({"action": "flood", "payload": 30}))
                await ada.recv()
                if end == "abort":
                    ada.transport.abort()
            await bob.recv()
            await daphne.noted(f"left ada{number}")
    for noise in ("closed protocol", "Disconnected", "Traceback"):
        assert noise not in daphne.output, daphne.output


# In a process of its own, since daphne's server brings an event loop along.
CHECK = """
import sys
from django.conf import settings
settings.configure(
    INSTALLED_APPS=[
        "daphne",
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "chanx.ext.channels",
    ],
    SECRET_KEY="x",
)
import django
django.setup()
from chanx.ext.channels.checks import check_server
sys.argv = ["manage.py", "runserver"]
print(check_server())
"""


def test_a_runserver_of_daphnes_serves_websockets() -> None:
    answer = subprocess.run(
        [*BOUND, sys.executable, "-c", CHECK], capture_output=True, text=True, check=True
    )
    assert answer.stdout == "[]\n"
