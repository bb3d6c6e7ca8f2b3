"""docs/dependencies.md says what is so: its programs run, and do what the text says of them."""

import asyncio
import json
import re
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from chanx.ext.fast_channels import generate_asyncapi_schema

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "dependencies.md").read_text("utf-8")
PROGRAMS = dict(re.findall(r"```python\n# (\w+)\.py\n(.*?)```", GUIDE, re.DOTALL))

Serve = Callable[..., str]


def run(name: str) -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": name}
    exec(compile(PROGRAMS[name], f"docs/dependencies.md:{name}", "exec"), names)
    return names


def test_every_program_is_run_here() -> None:
    assert sorted(PROGRAMS) == ["chat", "pool", "tokens", "users"]
    assert GUIDE.count("```python") == len(PROGRAMS)


async def test_a_user_is_looked_up_without_a_session_for_the_life_of_the_connection() -> None:
    await run("users")["test_no_session_is_open_while_the_socket_is"]()


async def test_a_session_is_open_for_its_message_only(serve: Serve) -> None:
    names = run("chat")
    async with connect(f"ws://{serve(names['app'])}/rooms/3") as socket, asyncio.timeout(30):
        await socket.send('{"action": "say", "payload": "hello"}')
        assert json.loads(await socket.recv()) == {"action": "said", "payload": 5}
        assert names["Session"].is_open == 0


async def test_a_handler_is_called_by_hand_as_printed() -> None:
    names = run("chat")
    (call,) = re.findall(r"`await (Room\(\)\.say.*?)`", GUIDE)
    assert (await eval(call, names)).payload == 2


@pytest.mark.parametrize("path", ["/held", "/borrowed"])
async def test_the_pool_runs_dry_at_the_sixteenth_socket_only_where_sockets_hold_it(
    serve: Serve, path: str
) -> None:
    app = FastAPI()
    app.include_router(run("pool")["router"])
    address = serve(app)
    async with AsyncExitStack() as stack, asyncio.timeout(30):
        for number in range(1, 18):
            socket = await stack.enter_async_context(connect(f"ws://{address}{path}"))
            if path == "/held" and number > 15:
                await socket.wait_closed()
                assert socket.close_code == 4408
                continue
            await socket.send('{"action": "ping"}')
            reply = json.loads(await socket.recv())
            # The consumer that holds has no handler for it.
            assert reply["action"] == ("pong" if path == "/borrowed" else "error")


async def test_a_browser_can_present_its_token(serve: Serve) -> None:
    app = run("tokens")["app"]
    offer = [Subprotocol("token"), Subprotocol("open-sesame")]
    url = f"ws://{serve(app)}/me"
    async with connect(url, subprotocols=offer) as socket, asyncio.timeout(30):
        assert socket.subprotocol == "token"
        await socket.send('{"action": "ping"}')
        assert json.loads(await socket.recv()) == {"action": "pong"}
    async with connect(url) as socket, asyncio.timeout(30):
        assert json.loads(await socket.recv())["payload"]["detail"] == "Not authenticated"
    schemes = generate_asyncapi_schema(app=app)["components"]["securitySchemes"]
    assert len(schemes) == 2
