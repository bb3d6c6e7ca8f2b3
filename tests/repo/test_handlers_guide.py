"""The page on handlers: its programs run as printed, and do what it says."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest

from chanx.testing import WebsocketCommunicator
from chanx.testing.contract.client import Client, settled

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "handlers.md").read_text("utf-8")
PROGRAM = "\n".join(re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL))


@pytest.fixture(scope="module")
def page() -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": "handlers_guide"}
    exec(compile(PROGRAM, "docs/handlers.md", "exec"), names)
    return names


def connection(page: dict[str, Any], name: str) -> WebsocketCommunicator:
    return WebsocketCommunicator(page[name].as_asgi(), "/", consumer=page[name])


async def test_an_expected_error_looks_as_printed(page: dict[str, Any]) -> None:
    (printed,) = re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)
    async with Client(page["Notes"].as_asgi()) as client:
        await client.open()
        for ref in range(1, 4):
            client.send(action="write", payload="x", ref=ref)
        assert (await client.messages(3))[-1] == json.loads(printed)


async def test_an_exception_is_mapped(page: dict[str, Any]) -> None:
    notes: Any = page["Notes"]

    class Empty(notes):  # type: ignore[misc]  # a class of the page
        async def around(self, call: Any) -> None:
            raise page["OutOfPaper"]

    async with WebsocketCommunicator(Empty.as_asgi(), "/", consumer=Empty) as client:
        await client.send_message(page["Write"](payload="x"))
        await client.expect_error("out_of_paper")


async def test_around_sees_reply_and_error(page: dict[str, Any]) -> None:
    consumers: list[Any] = []
    counted: Any = page["Counted"]

    class Seen(counted):  # type: ignore[misc]  # a class of the page
        async def post_authentication(self) -> None:
            consumers.append(self)

    async with WebsocketCommunicator(Seen.as_asgi(), "/", consumer=Seen) as client:
        for _ in range(3):
            await client.send_message(page["Write"](payload="x"))
        await client.expect_error("full")
    assert consumers[0].calls == ["write: Written", "write: Written", "write: full"]


async def test_an_option_of_ones_own_stands_around_its_handler(page: dict[str, Any]) -> None:
    async with connection(page, "Paid") as client:
        await client.request(page["Write"](payload="x"), expect=page["Written"])
        await client.send_message(page["Write"](payload="x"))
        await client.expect_error("too_dear")


async def test_a_task_sends_beside_the_handlers(page: dict[str, Any]) -> None:
    async with connection(page, "Reminding") as client:
        assert (await client.expect(page["Written"])).payload == 0


class Locks:
    """What of Redis the recipe uses."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}

    async def set(self, name: str, value: str, *, nx: bool, ex: int) -> bool:
        assert nx
        return self.values.setdefault(name, value) == value

    async def get(self, name: str) -> str | None:
        return self.values.get(name)

    async def expire(self, name: str, seconds: int) -> None:
        assert name in self.values

    async def delete(self, name: str) -> None:
        del self.values[name]


async def test_one_of_a_cluster_works_and_another_when_it_is_gone(page: dict[str, Any]) -> None:
    running: list[int] = []
    began = [asyncio.Event(), asyncio.Event()]

    def work(number: int) -> Any:
        async def works() -> None:
            running.append(number)
            began[number].set()
            await asyncio.Event().wait()

        return works

    redis = Locks()
    once = page["once_per_cluster"]
    tasks = [asyncio.create_task(once(redis, "job", work(n), seconds=0.03)) for n in range(2)]
    await asyncio.wait_for(began[0].wait(), 30)
    await settled()
    assert running == [0]
    tasks[0].cancel()
    await asyncio.wait_for(began[1].wait(), 30)
    assert running == [0, 1]
    tasks[1].cancel()
    await asyncio.wait(tasks)


async def test_the_client_is_asked(page: dict[str, Any]) -> None:
    async with connection(page, "Careful") as client:
        await client.request(page["Write"](payload="x"), expect=page["Written"])
        await client.send_message(page["Delete"]())
        await client.answer(page["Confirm"], page["Confirmed"](payload=True))
        assert (await client.expect(page["Written"])).payload == 0


async def test_binary_frames_are_answered(page: dict[str, Any]) -> None:
    async with connection(page, "Mirror") as client:
        await client.send_bytes(b"abc")
        assert await client.receive_bytes() == b"cba"
