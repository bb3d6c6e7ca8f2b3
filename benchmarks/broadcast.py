"""The cost of a broadcast to local members, within the process."""

import asyncio
import gc
from collections.abc import Awaitable, Callable
from functools import partial
from time import perf_counter
from typing import Any

from benchmarks.candidates import CHANNELS, CHANX, FLOOR, channels, chanx, floor
from benchmarks.driver import Application, Arrivals, Socket
from benchmarks.payloads import SMALL
from benchmarks.plan import Plan
from benchmarks.report import MICROSECONDS, Row, Target, relative
from benchmarks.rounds import Samples, interleave
from chanx.core.websocket import AsyncJsonWebsocketConsumer

TARGET = Target(30.0)
BYSTANDERS_TARGET = Target(1.25)
ALONE = "without them"
BROADCAST = "broadcast_message"
EVENTS_TARGET = Target(1.8)


MakeMember = Callable[[str, "asyncio.Queue[AsyncJsonWebsocketConsumer[Any]]"], Application]


class Room:
    """A group's connections, which count together what they receive."""

    def __init__(self, application: Application, size: int) -> None:
        self.arrivals = Arrivals()
        self.sockets = [Socket(application, self.arrivals) for _ in range(size)]

    async def open(self) -> None:
        """Connect every member."""
        for socket in self.sockets:
            await socket.connect()

    async def close(self) -> None:
        """Disconnect every member."""
        for socket in self.sockets:
            await socket.disconnect()

    async def broadcasts(
        self,
        broadcast: Callable[[], Awaitable[None]],
        count: int,
        clock: Callable[[], float] = perf_counter,
    ) -> float:
        """Broadcast again and again, each time until all have it; return the seconds for each."""
        began = clock()
        for _ in range(count):
            delivered = self.arrivals.expect(len(self.sockets))
            await broadcast()
            await delivered
        return (clock() - began) / count


async def measure(plan: Plan) -> list[Row]:
    """Return the row of each size of a group, and that of one among many other connections."""
    rows = [await _measure_size(size, plan) for size in plan.members]
    events = await _measure_events(plan.members[-1], plan)
    return [*rows, events, await _measure_bystanders(plan.members[0], plan)]


async def _measure_events(size: int, plan: Plan) -> Row:
    """Measure a typed event that each member's handler returns, beside a broadcast."""
    event = chanx.ChatLine.model_validate_json(SMALL.frame())
    members, sender = await chanx_room("room", size)
    listeners, listener = await chanx_room("hall", size, chanx.listener)
    count = max(1, plan.deliveries // size)
    trials = {
        BROADCAST: partial(members.broadcasts, partial(sender.broadcast_message, event), count),
        CHANX: partial(
            listeners.broadcasts, partial(listener.broadcast_event, event, ["hall"]), count
        ),
    }
    samples = Samples(await interleave(trials, rounds=plan.rounds, warmups=plan.warmups))
    await members.close()
    await listeners.close()
    title = f"typed event to {size:,} members whose handlers return it"
    return relative(title, samples, MICROSECONDS, EVENTS_TARGET, name=CHANX, base=BROADCAST)


async def _measure_size(size: int, plan: Plan) -> Row:
    message = chanx.ChatLine.model_validate_json(SMALL.frame())
    bare = Room(floor.echo(SMALL), size)
    members, sender = await chanx_room("room", size)
    peers = Room(channels.Member.as_asgi(), size)
    await peers.open()
    sends = [socket.send for socket in bare.sockets]
    count = max(1, plan.deliveries // size)
    trials = {
        FLOOR: partial(bare.broadcasts, partial(floor.broadcast, message, sends), count),
        CHANX: partial(members.broadcasts, partial(sender.broadcast_message, message), count),
        CHANNELS: partial(peers.broadcasts, partial(channels.broadcast, message), count),
    }
    samples = Samples(await interleave(trials, rounds=plan.rounds, warmups=plan.warmups))
    await members.close()
    await peers.close()
    title = f"broadcast to {size:,} members"
    return relative(title, samples, MICROSECONDS, TARGET, name=CHANX, base=FLOOR)


async def _measure_bystanders(size: int, plan: Plan) -> Row:
    """Measure with the others connected and with the same others gone again."""
    message = chanx.ChatLine.model_validate_json(SMALL.frame())
    members, sender = await chanx_room("room", size)
    count = max(1, plan.deliveries // size)

    async def trial(*, is_alone: bool) -> float:
        others, _ = await chanx_room("elsewhere", plan.bystanders)
        if is_alone:
            await others.close()
        gc.collect()
        cost = await members.broadcasts(partial(sender.broadcast_message, message), count)
        if not is_alone:
            await others.close()
        return cost

    trials = {CHANX: partial(trial, is_alone=False), ALONE: partial(trial, is_alone=True)}
    samples = Samples(await interleave(trials, rounds=plan.rounds, warmups=plan.warmups))
    await members.close()
    title = f"broadcast to {size:,} members while {plan.bystanders:,} others are connected"
    return relative(title, samples, MICROSECONDS, BYSTANDERS_TARGET, name=CHANX, base=ALONE)


async def chanx_room(
    group: str, size: int, make: MakeMember = chanx.member
) -> tuple[Room, AsyncJsonWebsocketConsumer[Any]]:
    """Return a group's connections, all of which have joined it, and the consumer of one."""
    present: asyncio.Queue[AsyncJsonWebsocketConsumer[Any]] = asyncio.Queue()
    room = Room(make(group, present), size)
    await room.open()
    consumers = [await present.get() for _ in room.sockets]
    return room, consumers[0]
