"""Servers over a socket: a right one passes, and a wrong one is caught."""

import asyncio
import importlib
import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import pytest
import uvicorn

from chanx.core.errors import ConfigurationError
from chanx.testing.conformance import ConformanceError, Plan, load_document
from tests.conformance.right import RoomHooks
from tests.conformance.right import app as right


@contextmanager
def served(app: Any) -> Generator[str]:
    """Serves an application in another thread."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", ws="websockets-sansio"))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])))
    thread.start()
    try:
        yield f"ws://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(20)


def test_a_right_server_passes_and_a_wrong_one_is_caught() -> None:
    document = load_document(right)
    phases: Any = ["examples", "sequences"]
    with served(right) as url:
        plan = Plan(document=document, url=url, phases=phases, count=9, seed=1)
        for case in plan.cases:
            assert plan.run(case, RoomHooks()) == []
        coverage = Plan(document=document, url=url, phases=["coverage"])
        for case in coverage.cases:
            if case.subject in ("handshake", "frames"):
                assert coverage.run(case, RoomHooks()) == []
    wrong = importlib.import_module("tests.conformance.wrong_servers.c04_ref_as_text").app
    with served(wrong) as url:
        plan = Plan(document=document, url=url, phases=["examples"], shrink_seconds=0)
        with pytest.raises(ConformanceError) as failure:
            plan.run(plan.cases[0], RoomHooks())
    assert failure.value.check == "C4"
    assert f"NetworkClient({url!r}, '/rooms/1?name=Ada', HEADERS)" in str(failure.value)
    assert "key-of-ada" not in str(failure.value)


def test_another_machine_has_to_be_named_as_ones_own() -> None:
    plan = Plan(document=load_document(right), url="wss://example.com", phases=["examples"])
    with pytest.raises(ConfigurationError, match="--chanx-remote"):
        plan.run(plan.cases[0])
