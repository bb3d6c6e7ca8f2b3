"""Operators see live connections, and end one; nobody else does."""

import asyncio
import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from fastapi import Depends, FastAPI, HTTPException
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from chanx.core.errors import ConfigurationError
from chanx.ext.fast_channels.inspector import inspector_router
from chanx.observing.inspector import Inspector
from chanx.observing.inspector_page import INSPECTOR_HEADERS, inspector_page
from chanx.testing.contract.client import Client, settled
from tests.observing.rooms import room


async def test_a_live_connection_is_shown_with_user_groups_and_rates() -> None:
    inspector = Inspector()
    scope = {"user": "<ada>"}
    async with Client(room(inspector).as_asgi(), "/chat/<7>", scope=scope) as client:
        await client.open()
        client.send(action="say")
        await client.message()
        await settled()
        [live] = await asyncio.to_thread(inspector.connections)
        page = inspector_page(inspector)
        client.vanish(4321)
    assert (live.consumer, live.path, live.user) == ("Room", "/chat/<7>", "<ada>")
    assert (live.groups, live.received, live.sent) == (["room"], 1, 1)
    # More than a second may have passed since it was accepted.
    assert live.rates == (1 / max(live.seconds, 1), 1 / max(live.seconds, 1))
    assert (live.incoming, live.outgoing) == (0, 0)
    assert "&lt;ada&gt;" in page
    assert "<7>" not in page
    assert "<ada>" not in page
    assert inspector.connections() == []
    assert inspector.close_codes == {"other": 1}


async def test_slow_handlers_are_kept_up_to_a_number() -> None:
    inspector = Inspector(slow=0.0, kept=2)
    async with Client(room(inspector).as_asgi()) as client:
        await client.open()
        for action in ("say", "fail", "x"):
            client.send(action=action)
        await client.messages(3)
        await settled()
    kept = [(slow.action, slow.outcome) for slow in inspector.slow_handlers]
    assert kept == [(None, "unknown_action"), ("fail", "handler_error")]
    page = inspector_page(inspector)
    assert "<td>handler_error</td>" in page
    assert "<td>1006</td><td>1</td>" in page


async def test_a_connection_is_ended_from_any_thread_and_an_unknown_one_is_told() -> None:
    inspector = Inspector()
    consumer = room(inspector)
    async with Client(consumer.as_asgi()) as ada, Client(consumer.as_asgi()) as bob:
        await ada.open()
        await bob.open()
        await settled()
        first, second = inspector.connections()
        assert await asyncio.to_thread(inspector.disconnect, first.id)
        assert await ada.closed() == 4403
        assert not inspector.disconnect("nothing")
        assert [live.id for live in inspector.connections()] == [second.id]


def test_the_page_lets_in_no_script_and_nothing_from_elsewhere() -> None:
    policy = INSPECTOR_HEADERS["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "script" not in inspector_page(Inspector())


def test_a_router_without_a_dependency_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="everybody could end connections"):
        inspector_router(Inspector(), dependencies=[])


async def operator(key: str = "") -> None:
    if key != "operator":
        raise HTTPException(403)


async def test_a_server_shows_operators_its_connections_and_takes_its_own_form_only(
    serve: Callable[..., str],
) -> None:
    inspector = Inspector()
    app = FastAPI()
    app.include_router(
        inspector_router(inspector, dependencies=[Depends(operator)]), prefix="/admin"
    )
    app.mount("/room", room(inspector).as_asgi())
    address = serve(app)
    page = f"http://{address}/admin/inspector"
    async with (
        httpx.AsyncClient(trust_env=False) as http,
        connect(f"ws://{address}/room/", proxy=None) as socket,
    ):
        assert (await http.get(page)).status_code == 403
        shown = await http.get(page, params={"key": "operator"})
        assert (
            shown.headers["content-security-policy"]
            == (INSPECTOR_HEADERS["Content-Security-Policy"])
        )
        [connection] = re.findall(r'name="connection" value="(\w+)"', shown.text)

        async def send(origin: str | None, connection: str, key: str = "operator") -> Any:
            headers = {} if origin is None else {"origin": origin}
            form = {"connection": connection}
            return await http.post(page, params={"key": key}, data=form, headers=headers)

        own = f"http://{address}"
        for origin in (None, "null", "https://evil.example"):
            assert (await send(origin, connection)).status_code == 403
        assert (await send(own, connection, key="")).status_code == 403
        assert (await send(own, "nothing")).status_code == 404
        assert (await send(own, "x" * 2000)).status_code == 413
        assert len(inspector.connections()) == 1
        answer = await send(own, connection)
        assert (answer.status_code, answer.headers["location"]) == (303, "inspector")
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4403
