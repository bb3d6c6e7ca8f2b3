"""Long frames of many clients share the turns of their event loop."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from typing import Any, ClassVar, Literal

import pytest
from pydantic import field_validator

from chanx.core.decorators import ws_handler
from chanx.core.limits import Limits
from chanx.core.lookout import LONG_TURN
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import BaseMessage
from chanx.testing.contract.client import Client, settled
from chanx.testing.contract.messages import Said, Say

LONG = "x" * 2000


class Costly(BaseMessage):
    action: Literal["costly"] = "costly"
    payload: str

    @field_validator("payload")
    @classmethod
    def take_time(cls, value: str) -> str:
        time.sleep(2 * LONG_TURN)  # of the processor's, as a tree of unions takes it
        return value


class Room(AsyncJsonWebsocketConsumer):
    limits: ClassVar[Limits | None] = Limits(max_messages_per_second=0.001, max_burst=1)
    handled: ClassVar[list[tuple[str, int]]] = []
    turns = 0

    @classmethod
    def count(cls) -> None:
        """Count the turns of the loop, from now on."""
        cls.turns += 1
        if cls.turns < 200:
            asyncio.get_running_loop().call_soon(cls.count)

    @ws_handler
    async def costly(self, message: Costly) -> Said:
        self.handled.append(("long", Room.turns))
        return Said(payload=message.payload)

    @ws_handler
    async def say(self, message: Say) -> Said:
        self.handled.append(("short", Room.turns))
        return Said(payload=message.payload)


@pytest.fixture
async def clients() -> AsyncIterator[list[Client]]:
    Room.handled, Room.turns = [], 0
    application = Room.as_asgi()
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(Client(application)) for _ in range(10)]
        for client in clients:
            await client.open()
        await settled()
        yield clients


async def test_each_turn_takes_one_of_them_and_short_frames_go_on(clients: list[Client]) -> None:
    *hostile, bystander = clients
    for client in hostile:
        client.send(action="costly", payload=LONG)
    bystander.send(action="say")
    Room.count()
    for client in clients:
        # Each was counted once against the rate, however often it was looked at.
        assert (await client.message())["action"] == "said"
    kinds = [kind for kind, _ in Room.handled]
    assert kinds.index("short") < 3
    turns = [turn for kind, turn in Room.handled if kind == "long"]
    assert len(turns) == 9
    assert len({*turns}) >= 8


async def test_who_leaves_while_it_waits_leaves_others_their_turn(clients: list[Client]) -> None:
    for client in clients:
        client.send(action="costly", payload=LONG)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    for client in clients[3:7]:
        client.vanish()
    for client in (*clients[:3], *clients[7:]):
        assert (await client.message())["payload"] == LONG


async def test_one_that_is_wrong_is_answered_all_the_same(clients: list[Client]) -> None:
    for client in clients:
        client.send(action="costly", payload=[LONG], ref="a")
    answers: list[dict[str, Any]] = [await client.message() for client in clients]
    assert {(each["payload"]["code"], each["ref"]) for each in answers} == {
        ("validation_error", "a")
    }


class Question(BaseMessage):
    action: Literal["question"] = "question"


class CostlyAnswer(BaseMessage):
    action: Literal["costly_answer"] = "costly_answer"
    payload: str

    @field_validator("payload")
    @classmethod
    def take_time(cls, value: str) -> str:
        Room.handled.append(("answer", Room.turns))
        time.sleep(2 * LONG_TURN)
        return value


class Asking(Room):
    limits: ClassVar[Limits | None] = None
    asks: ClassVar[Mapping[type[BaseMessage], Any]] = {Question: CostlyAnswer}

    @ws_handler
    async def say(self, message: Say) -> Said:
        answer = await self.request(Question(), expect=CostlyAnswer, timeout=None)
        return Said(payload=answer.payload)


@pytest.mark.parametrize("payload", [LONG, [LONG]])
async def test_answers_of_clients_share_them_too(payload: str | list[str]) -> None:
    Room.handled, Room.turns = [], 0
    application = Asking.as_asgi()
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(Client(application)) for _ in range(10)]
        refs: list[str] = []
        for client in clients:
            await client.open()
            client.send(action="say")
            refs.append((await client.message())["ref"])
        await settled()
        for client, ref in zip(clients, refs, strict=True):
            client.send(action="costly_answer", payload=payload, ref=ref)
        Room.count()
        answers = [await client.message() for client in clients]
    is_right = payload == LONG
    assert {each["action"] for each in answers} == {"said" if is_right else "error"}
    turns = [turn for _, turn in Room.handled]
    assert len(turns) == (10 if is_right else 0)
    assert len({*turns}) >= len(turns) - 1
