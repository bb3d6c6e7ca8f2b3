"""Metrics and traces of a real server, with other workers beside it."""

import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from fastapi import FastAPI
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client import (
    CollectorRegistry,
    make_asgi_app,  # pyright: ignore[reportUnknownVariableType]  # its types are half written
)
from websockets.asyncio.client import connect

from chanx.core.decorators import ws_handler
from chanx.ext.fast_channels.routing import ConsumerRouter
from chanx.ext.fast_channels.websocket import AsyncJsonWebsocketConsumer
from chanx.observing.opentelemetry import OpenTelemetryTraces
from chanx.observing.prometheus import PrometheusMetrics
from chanx.testing.contract.messages import Said, Say

ROOT = Path(__file__).resolve().parents[2]

WORKER = """
import asyncio, os
from prometheus_client import REGISTRY
from chanx.observing.prometheus import PrometheusMetrics
from chanx.testing.contract.client import Client
from tests.observing.rooms import room

async def main():
    async with Client(room(PrometheusMetrics()).as_asgi()) as client:
        await client.open()
        client.send(action="say")
        await client.message()
        os.write(1, b"served")
        os._exit(0)  # with its connection open

asyncio.run(main())
"""
SCRAPE = """
import json
from prometheus_client import CollectorRegistry
from prometheus_client.multiprocess import MultiProcessCollector

registry = CollectorRegistry()
MultiProcessCollector(registry)
found = [sample for family in registry.collect() for sample in family.samples]
print(json.dumps({each.name: each.value for each in found if each.labels == {"consumer": "Room"}}))
"""


async def test_a_scrape_of_a_server_has_its_metrics_and_traces_are_exported(
    serve: Callable[..., str], caplog: pytest.LogCaptureFixture
) -> None:
    registry, exporter = CollectorRegistry(), InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    metrics = PrometheusMetrics(registry)

    class Room(AsyncJsonWebsocketConsumer[Any]):
        observers = (metrics, OpenTelemetryTraces(provider))

        async def connect(self, token: str = "") -> None:
            if token != "good":
                await self.close(4401)

        @ws_handler
        async def say(self, message: Say) -> Said:
            return Said()

    Room.__qualname__ = "Room"
    router = ConsumerRouter()
    router.add_consumer("/room", Room)
    app = FastAPI()
    app.include_router(router)
    metrics_app = cast("Any", make_asgi_app)(registry)
    app.mount("/metrics", metrics_app)
    address = serve(app)

    async def scrape() -> list[str]:
        async with httpx.AsyncClient(trust_env=False) as http:
            answer = await http.get(f"http://{address}/metrics/")
        return [line for line in answer.text.splitlines() if not line.startswith("#")]

    url = f"ws://{address}/room"
    async with connect(f"{url}?token=good", proxy=None) as ada:
        await ada.send('{"action": "say"}')
        await ada.recv()
        lines = await scrape()
        assert 'chanx_connections{consumer="Room"} 1.0' in lines
        assert 'chanx_frames_received_total{consumer="Room"} 1.0' in lines
        assert 'chanx_received_bytes_total{consumer="Room"} 17.0' in lines
        assert 'chanx_queue_depth{consumer="Room",queue="incoming"} 0.0' in lines
        (count,) = [line for line in lines if "chanx_handler_duration_seconds_count" in line]
        assert 'action="say"' in count
        assert 'outcome="done"' in count
    async with connect(url, proxy=None) as bob:
        await bob.wait_closed()
    lines = await scrape()
    assert 'chanx_handshakes_refused_total{consumer="Room",status="401"} 1.0' in lines
    assert 'chanx_connections{consumer="Room"} 0.0' in lines
    names = sorted(span.name for span in exporter.get_finished_spans())
    assert names == ["CONNECT Room", "CONNECT Room", "Room say"]
    failed = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert failed == []
    provider.shutdown()


def test_several_processes_are_one_in_the_multiprocess_mode(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "PROMETHEUS_MULTIPROC_DIR": str(tmp_path),
        "PYTHONPATH": str(ROOT),
    }

    def run(program: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", program],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert [run(WORKER), run(WORKER)] == ["served", "served"]
    values = json.loads(run(SCRAPE))
    assert values["chanx_frames_received_total"] == 2
    assert values["chanx_connections"] == 2
