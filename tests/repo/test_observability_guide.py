"""The page on observing: its programs run as printed, its tables say what is so."""

import json
import logging
import re
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.ext.channels.settings import SETTINGS
from chanx.observing.instruments import INSTRUMENTS
from chanx.testing.contract.client import Client, settled
from scripts.write_metrics import PAGE, page

TEXT = PAGE.read_text("utf-8")
BLOCKS = [textwrap.dedent(block) for block in re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)]

FACTS = {
    name
    for row in re.findall(r"^\| (`\w+`(?:, `\w+`)*) \| .* \|$", TEXT, re.MULTILINE)
    for name in re.findall(r"\w+", row)
}


def names_of(number: int, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Run a program of the page, which finds an empty registry of Prometheus."""
    registry = CollectorRegistry()
    monkeypatch.setattr("chanx.observing.prometheus.REGISTRY", registry)
    names: dict[str, Any] = {"__name__": f"guide{number}"}
    exec(compile(BLOCKS[number], "docs/observability.md", "exec"), names)
    return names


PROJECT = """
import django
from django.conf import settings

apps = ["admin", "auth", "contenttypes", "messages", "sessions"]
settings.configure(INSTALLED_APPS=[f"django.contrib.{app}" for app in apps], SECRET_KEY="x")
django.setup()
"""


def test_the_urls_of_a_django_project_are_as_printed() -> None:
    (block,) = [block for block in BLOCKS if "urlpatterns" in block]
    program = f"{PROJECT}\n{block}\nprint(urlpatterns[0].resolve('inspector/').route)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout == "inspector/\n", done.stderr


@pytest.mark.parametrize(
    "number", [number for number, block in enumerate(BLOCKS) if "urlpatterns" not in block]
)
async def test_a_program_runs_as_printed(
    number: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    names = names_of(number, monkeypatch)
    if "CHANX" in names:
        (key,) = names["CHANX"]
        SETTINGS[key].kind.check(key, names["CHANX"][key])
    room = names.get("Room")
    if room is not None:
        assert issubclass(room, AsyncJsonWebsocketConsumer)
        async with Client(room.as_asgi()) as client:
            await client.open()


async def test_the_log_has_the_lines_and_the_facts_that_it_shows(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    room = names_of(0, monkeypatch)["Room"]
    caplog.set_level(logging.INFO, "chanx.websocket")
    scope = {"user": "ada"}
    async with Client(room.as_asgi(), "/room", scope=scope) as client:
        await client.open()
        client.send_text('{"action":"say","payload":"hi"}')
        await client.message()
        client.send_text("x")
        await client.message()
        await settled()
    shown = re.search(r"^```text\n(.*?)\n", TEXT, re.MULTILINE)
    assert shown
    assert shown[1] in caplog.messages
    plain = vars(logging.makeLogRecord({})).keys() | {"message", "taskName"}
    told = {name for record in caplog.records for name in vars(record)} - plain
    assert {"path", "user", "direction", "size", "code"} <= told
    assert told <= FACTS


def test_the_table_of_metrics_is_that_of_their_declarations() -> None:
    assert page(TEXT) == TEXT, "write it anew: hatch run python scripts/write_metrics.py"
    assert len({each.prometheus_name for each in INSTRUMENTS}) == len(INSTRUMENTS)


def test_neither_library_is_imported_with_the_core() -> None:
    program = (
        "import json, sys, chanx.core.websocket, chanx.layers\n"
        "print(json.dumps([name for name in sys.modules if name.partition('.')[0] in "
        "('prometheus_client', 'opentelemetry') or name.startswith('chanx.observing')]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert json.loads(done.stdout) == []
