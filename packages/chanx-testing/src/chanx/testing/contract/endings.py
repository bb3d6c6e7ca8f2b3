"""How a connection ends, and that nothing of it is left."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextvars import ContextVar

import pytest

from chanx.core.asgi import Event, Receive, Scope, Send
from chanx.core.decorators import ws_handler
from chanx.core.limits import Limits
from chanx.core.session import Session
from chanx.testing.contract.adapter import Consumer, WatchedLayer
from chanx.testing.contract.client import Client, settled
from chanx.testing.contract.closes import ClosesContract
from chanx.testing.contract.ending_rooms import Room
from chanx.testing.contract.messages import Fail, Said, Wait, Waited
from chanx.testing.contract.returns import ReturnsContract
from chanx.testing.contract.stubborn import StubbornContract


def sessions() -> list[Session]:
    """Return the sessions that are in memory."""
    return [each for each in gc.get_objects() if type(each) is Session]


class EndingsContract(ClosesContract, ReturnsContract, StubbornContract):
    @pytest.mark.parametrize("groups", [(), ("room",)])
    async def test_an_ended_connection_leaves_the_garbage_collector_nothing_to_do(
        self, groups: tuple[str, ...]
    ) -> None:
        class Echo(Room):
            pass

        Echo.groups = groups
        gc.collect()
        before = sessions()
        gc.disable()
        try:
            async with self.client(Echo) as client:
                await client.open()
                client.send(action="say", payload="x")
                await client.text()
                assert len(sessions()) > len(before)
            del client
            await settled()
            assert len(sessions()) == len(before)
        finally:
            gc.enable()

    async def test_a_clients_close_is_told_to_the_hook_once_everything_is_left(
        self, layer: WatchedLayer
    ) -> None:
        ends: list[tuple[int, list[str], set[str]]] = []

        class Noting(Room):
            async def disconnect(self, code: int) -> None:
                ends.append((code, [*self.groups], layer.left()))
                assert not await self.send_message(Said())
                assert not await self.close()

        async with self.client(Noting) as client:
            await client.open()
            client.vanish(4321)
            await client.ended()
        assert ends == [(4321, ["room", "räume/1"], set())]

    async def test_a_disconnect_cancels_a_running_handler_at_once(self) -> None:
        seen: list[str] = []
        is_running = asyncio.Event()

        class Noting(Room):
            @ws_handler
            async def wait(self, message: Wait) -> None:
                is_running.set()
                try:
                    await asyncio.Event().wait()
                finally:
                    seen.append("handler")

            async def disconnect(self, code: int) -> None:
                seen.append(f"hook {code}")

        async with self.client(Noting) as client:
            await client.open()
            client.send(action="wait")
            await is_running.wait()
            client.vanish(1001)
            await client.ended()
        assert seen == ["handler", "hook 1001"]

    async def test_connections_that_wait_at_once_receive_each_in_a_context_of_its_own(self) -> None:
        who: ContextVar[bytes] = ContextVar("who")
        received: list[tuple[bytes, bytes]] = []

        class Waiting(Room):
            @ws_handler
            async def wait(self, message: Wait) -> None:
                await asyncio.Event().wait()

        application = self.application(Waiting)

        async def surrounded(scope: Scope, receive: Receive, send: Send) -> None:
            async def receive_noting() -> Event:
                event = await receive()
                received.append((who.get(), scope["query_string"]))
                return event

            who.set(scope["query_string"])
            await application(scope, receive_noting, send)

        async with (
            Client(surrounded, self.path, query="ada") as ada,
            Client(surrounded, self.path, query="bob") as bob,
        ):
            for client in (ada, bob):
                await client.open()
            await settled()
            for client in (ada, bob):
                client.send(action="wait")
                client.send(action="wait")
            await settled()
        assert len(received) == 8
        assert all(one == other for one, other in received)

    async def test_a_disconnect_cancels_concurrent_handlers_and_streams(self) -> None:
        ended: list[str] = []
        running = asyncio.Semaphore(0)

        class Noting(Room):
            @ws_handler(concurrent=True)
            async def wait(self, message: Wait) -> None:
                try:
                    running.release()
                    await asyncio.Event().wait()
                finally:
                    ended.append("concurrent")

            @ws_handler
            async def stream(self, message: Fail) -> AsyncIterator[Said]:
                try:
                    yield Said()
                    running.release()
                    await asyncio.Event().wait()
                finally:
                    ended.append("stream")

        async with self.client(Noting) as client:
            await client.open()
            client.send(action="wait")
            client.send(action="wait")
            client.send(action="fail")
            for _ in range(3):
                await running.acquire()
            client.vanish()
            await client.ended()
        assert sorted(ended) == ["concurrent", "concurrent", "stream"]

    async def test_a_stream_is_closed_when_its_client_is_gone_between_replies(self) -> None:
        is_closed = asyncio.Event()

        class Noting(Room):
            @ws_handler
            async def wait(self, message: Wait) -> AsyncIterator[Waited]:
                try:
                    while True:
                        yield Waited()
                        await asyncio.sleep(0)
                finally:
                    is_closed.set()

        async with self.client(Noting) as client:
            await client.open()
            client.send(action="wait")
            await client.messages(3)
            client.vanish()
            await client.ended()
        assert is_closed.is_set()

    async def test_a_disconnect_cancels_post_authentication(self) -> None:
        codes: list[int] = []
        is_running = asyncio.Event()

        class Noting(Room):
            async def post_authentication(self) -> None:
                is_running.set()
                await asyncio.Event().wait()

            async def disconnect(self, code: int) -> None:
                codes.append(code)

        async with self.client(Noting) as client:
            await client.open()
            await is_running.wait()
            client.vanish()
            await client.ended()
        assert codes == [1006]

    async def test_a_cancelled_server_task_cleans_up_and_stays_cancelled(
        self, layer: WatchedLayer
    ) -> None:
        seen: list[str] = []
        is_running = asyncio.Event()

        class Noting(Room):
            @ws_handler
            async def wait(self, message: Wait) -> None:
                is_running.set()
                try:
                    await asyncio.Event().wait()
                finally:
                    await asyncio.sleep(0)
                    seen.append("handler")

            async def disconnect(self, code: int) -> None:
                await asyncio.sleep(0)
                seen.append(f"hook {code}")

        async with self.client(Noting) as client:
            await client.open()
            client.send(action="wait")
            await is_running.wait()
            assert client.running is not None
            client.running.cancel()
            await asyncio.wait([client.running])
            assert client.running.cancelled()
            assert seen == ["handler", "hook 1006"]
            assert layer.left() == set()
            client.running = asyncio.create_task(asyncio.sleep(0))

    async def test_a_cancelled_idle_connection_cleans_up(self, layer: WatchedLayer) -> None:
        codes: list[int] = []

        class Noting(Room):
            async def disconnect(self, code: int) -> None:
                codes.append(code)

        async with self.client(Noting) as client:
            await client.open()
            await settled()
            assert client.running is not None
            client.running.cancel()
            await asyncio.wait([client.running])
            assert (codes, layer.left()) == ([1006], set())
            client.running = asyncio.create_task(asyncio.sleep(0))

    async def test_a_handler_that_fails_leaves_nothing_behind(
        self, layer: WatchedLayer, caplog: pytest.LogCaptureFixture
    ) -> None:
        class Failing(Room):
            @ws_handler
            async def fail(self, message: Fail) -> None:
                await self.join_group("more")
                raise RuntimeError

        async with self.client(Failing) as client:
            await client.open()
            client.send(action="fail")
            await client.message()
            assert layer.members_of("more")
        assert layer.left() == set()

    @pytest.mark.parametrize("failure", [OSError(), RuntimeError("after close"), TypeError("x")])
    async def test_whatever_a_send_raises_means_that_the_client_is_gone(
        self, failure: Exception, caplog: pytest.LogCaptureFixture
    ) -> None:
        codes: list[int] = []
        answers: list[bool] = []

        class Noting(Room):
            @ws_handler
            async def wait(self, message: Wait) -> Waited:
                answers.append(await self.send_message(Said()))
                return Waited()

            async def disconnect(self, code: int) -> None:
                codes.append(code)

        async with self.client(Noting) as client:
            await client.open()
            await settled()
            client.break_off(failure)
            client.send(action="wait")
            client.send(action="wait")
            await settled()
            client.vanish(1002)
            await client.ended()
        assert (answers, codes) == ([False], [1002])
        assert "Traceback" not in caplog.text
        warnings = [record.getMessage() for record in caplog.records]
        assert len(warnings) == (0 if isinstance(failure, OSError) else 1)
        assert all(f"raised {type(failure).__name__}" in warning for warning in warnings)

    async def test_a_connection_whose_end_no_server_tells_ends_by_itself(self) -> None:
        codes: list[int] = []

        class Noting(Room):
            limits = Limits(close_timeout=0.01)

            async def disconnect(self, code: int) -> None:
                codes.append(code)

        async with self.client(Noting) as client:
            await client.open()
            await settled()
            client.break_off(RuntimeError())
            client.send(action="say")
            await client.ended()
        assert codes == [1006]

    async def test_what_was_read_ahead_is_dropped_when_the_client_is_gone(self) -> None:
        handled: list[int] = []

        class Busy(Room):
            limits = Limits(max_incoming_queue=4)

            @ws_handler
            async def wait(self, message: Wait) -> Waited:
                handled.append(message.payload)
                await settled()
                return Waited()

            async def disconnect(self, code: int) -> None:
                handled.append(code)

        async with self.client(Busy) as client:
            await client.open()
            for number in range(100):
                client.send(action="wait", payload=number)
            await client.message()
            client.break_off(OSError())
            client.vanish(4321)
            await client.ended()
        assert handled == [0, 1, 4321]

    async def test_a_connection_that_has_ended_takes_part_in_nothing(
        self, layer: WatchedLayer
    ) -> None:
        rooms: list[Consumer] = []

        class Kept(Room):
            async def post_authentication(self) -> None:
                rooms.append(self)

        async with self.client(Kept) as client:
            await client.open()
            await settled()
        (room,) = rooms
        await room.join_group("late")
        await room.leave_group("late")
        assert not await room.send_message(Said())
        assert not await room.send_json({"action": "late"})
        assert not await room.close()
        assert not await room.accept()
        await room.broadcast_message(Said())
        assert layer.left() == set()

    @pytest.mark.parametrize(
        "failure", [RuntimeError("the hook"), asyncio.CancelledError("of another task")]
    )
    async def test_a_failing_disconnect_hook_is_logged(
        self, failure: BaseException, layer: WatchedLayer, caplog: pytest.LogCaptureFixture
    ) -> None:
        class Failing(Room):
            async def disconnect(self, code: int) -> None:
                raise failure

        async with self.client(Failing) as client:
            await client.open()
        assert "Failing.disconnect failed" in caplog.text
        assert caplog.text.count("Traceback") == 1

    @pytest.mark.parametrize(
        "failure", [ConnectionError("the layer"), asyncio.CancelledError("the layer")]
    )
    async def test_other_groups_are_left_and_the_hook_runs_where_leaving_one_fails(
        self, failure: BaseException, layer: WatchedLayer, caplog: pytest.LogCaptureFixture
    ) -> None:
        codes: list[int] = []
        discard = layer.group_discard

        async def fail_once(group: str, channel: str) -> None:
            await discard(group, channel)
            if group == "room":
                raise failure

        vars(layer)["group_discard"] = fail_once

        class Noting(Room):
            async def disconnect(self, code: int) -> None:
                codes.append(code)

        async with self.client(Noting) as client:
            await client.open()
            client.vanish()
            await client.ended()
        assert codes == [1006]
        assert caplog.text.count(f"{type(failure).__name__}: the layer") == 1

    async def test_a_cancellation_while_groups_are_left_keeps_none(
        self, layer: WatchedLayer
    ) -> None:
        codes: list[int] = []
        is_leaving = asyncio.Event()
        discard = layer.group_discard

        async def slowly(group: str, channel: str) -> None:
            is_leaving.set()
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            await discard(group, channel)

        vars(layer)["group_discard"] = slowly

        class Noting(Room):
            async def disconnect(self, code: int) -> None:
                codes.append(code)

        async with self.client(Noting) as client:
            await client.open()
            await settled()
            client.vanish()
            await is_leaving.wait()
            assert client.running is not None
            client.running.cancel()
            await asyncio.wait([client.running])
            assert (codes, layer.left()) == ([1006], set())
            client.running = asyncio.create_task(asyncio.sleep(0))

    async def test_a_join_that_is_cut_off_is_undone(self, layer: WatchedLayer) -> None:
        is_joining = asyncio.Event()
        add = layer.group_add

        async def slowly(group: str, channel: str) -> None:
            await add(group, channel)
            if group == "slow":
                is_joining.set()
                await asyncio.Event().wait()

        vars(layer)["group_add"] = slowly

        class Joining(Room):
            @ws_handler
            async def wait(self, message: Wait) -> None:
                await self.join_group("slow")

        async with self.client(Joining) as client:
            await client.open()
            client.send(action="wait")
            await is_joining.wait()
            client.vanish()
            await client.ended()
        assert layer.left() == set()


__all__ = ["EndingsContract"]
