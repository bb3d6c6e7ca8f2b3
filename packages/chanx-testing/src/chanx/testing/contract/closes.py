"""The contract of a consumer that closes its connection itself."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

from chanx.core.decorators import event_handler, ws_handler
from chanx.core.limits import Limits
from chanx.messages import BaseMessage
from chanx.testing.contract.adapter import Consumer, Contract, WatchedLayer
from chanx.testing.contract.client import settled
from chanx.testing.contract.ending_rooms import Room
from chanx.testing.contract.messages import Fail, News, Said, Say, Wait, Waited


class AsyncNews(Consumer):
    """A consumer of events."""

    groups: Sequence[str] = ("news",)

    @event_handler
    async def news(self, event: News) -> BaseMessage | None:
        return Said(payload=event.payload)


class ClosesContract(Contract):
    async def test_an_ordered_handler_may_close_and_finish(self) -> None:
        seen: list[object] = []

        class Closing(Room):
            @ws_handler
            async def wait(self, message: Wait) -> Waited:
                await asyncio.sleep(0)
                assert await self.close(4100, "enough")
                assert not await self.close(4200)
                assert not await self.send_message(Said())
                await settled()
                seen.append("finished")
                return Waited()

            async def disconnect(self, code: int) -> None:
                seen.append(code)

        async with self.client(Closing) as client:
            await client.open()
            client.send(action="wait")
            client.send(action="say")
            event = await client.event()
            assert (event["code"], event["reason"]) == (4100, "enough")
            await client.ended()
            assert client.unseen == 0
        assert seen == ["finished", 4100]

    async def test_a_concurrent_handler_may_close_and_the_others_are_cancelled(self) -> None:
        seen: list[object] = []
        is_running = asyncio.Event()

        class Closing(Room):
            @ws_handler
            async def wait(self, message: Wait) -> None:
                is_running.set()
                try:
                    await asyncio.Event().wait()
                finally:
                    seen.append("cancelled")

            @ws_handler(concurrent=True)
            async def close_it(self, message: Fail) -> None:
                await is_running.wait()
                await self.close(4100)
                await settled()
                seen.append("finished")

        async with self.client(Closing) as client:
            await client.open()
            client.send(action="fail")
            client.send(action="wait")
            assert await client.closed() == 4100
            await client.ended()
        assert seen == ["cancelled", "finished"]

    async def test_an_event_handler_may_close(self, layer: WatchedLayer) -> None:
        codes: list[int] = []

        class Closing(AsyncNews):
            @event_handler
            async def news(self, event: News) -> None:
                await self.close(4100)
                await settled()
                codes.append(0)

            async def disconnect(self, code: int) -> None:
                codes.append(code)

        async with self.client(Closing) as client:
            await client.open()
            await settled()
            await Closing.broadcast_event(News())
            assert await client.closed() == 4100
            await client.ended()
        assert codes == [0, 4100]

    async def test_another_task_may_close(self) -> None:
        seen: list[object] = []
        closers: list[Callable[[], Awaitable[bool]]] = []

        class Closing(Room):
            async def post_authentication(self) -> None:
                closers.append(self.close)

            @ws_handler
            async def wait(self, message: Wait) -> None:
                try:
                    await self.send_message(Said())
                    await asyncio.Event().wait()
                finally:
                    seen.append("cancelled")

            async def disconnect(self, code: int) -> None:
                seen.append(code)

        async with self.client(Closing) as client:
            await client.open()
            client.send(action="wait")
            await client.message()
            assert await closers[0]()
            assert await client.closed() == 1000
            await client.ended()
            assert not await closers[0]()
        assert seen == ["cancelled", 1000]

    async def test_closing_in_post_authentication_handles_no_frame(self) -> None:
        class Closing(Room):
            async def post_authentication(self) -> None:
                await self.close(4100)

        async with self.client(Closing) as client:
            await client.open()
            client.send(action="say")
            assert await client.closed() == 4100
            await client.ended()
            assert client.unseen == 0

    async def test_a_reason_that_is_too_long_or_no_text_is_cut(self) -> None:
        class Closing(Room):
            @ws_handler
            async def say(self, message: Say) -> None:
                await self.close(4100, "é" * 100 if message.payload else "a\ud800b")

        for payload, reason in (("long", "é" * 61), ("", "ab")):
            async with self.client(Closing) as client:
                await client.open()
                client.send(action="say", payload=payload)
                assert (await client.event())["reason"] == reason

    @pytest.mark.parametrize("code", [1000, 1001, 1008, 1011, 1013, 3000, 3999, 4000, 4999])
    async def test_a_code_that_an_endpoint_may_send_is_sent_as_it_is(self, code: int) -> None:
        codes: list[int] = []

        class Closing(Room):
            @ws_handler
            async def wait(self, message: Wait) -> None:
                assert await self.close(code, None)

            async def disconnect(self, code: int) -> None:
                codes.append(code)

        async with self.client(Closing) as client:
            await client.open()
            client.send(action="wait")
            assert await client.closed() == code
            await client.ended()
        assert codes == [code]

    @pytest.mark.parametrize("code", [999, 1004, 1005, 1006, 1015, 2000, 5000, "x", None, True])
    async def test_a_code_that_nobody_may_send_is_a_failure_and_closes_all_the_same(
        self, code: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        class Closing(AsyncNews):
            @event_handler
            async def news(self, event: News) -> None:
                await self.close(code)

        async with self.client(Closing) as client:
            await client.open()
            await settled()
            await Closing.broadcast_event(News())
            assert await client.closed() == 4500
            await client.ended()
        assert f"close({code!r}) names a code" in caplog.text

    async def test_a_task_may_close_while_the_server_still_accepts(self) -> None:
        seen: list[object] = []

        class Closing(Room):
            async def connect(self) -> None:
                self.start_task(self.leave())

            async def leave(self) -> None:
                await client.is_stalled.wait()
                seen.append(await self.close(4321, "enough"))

            async def disconnect(self, code: int) -> None:
                seen.append(code)

        async with self.client(Closing) as client:
            client.stall()
            client.begin()
            await client.is_stalled.wait()
            await settled()
            client.is_reading.set()
            assert (await client.event())["type"] == "websocket.accept"
            event = await client.event()
            assert (event["type"], event["code"]) == ("websocket.close", 4321)
            await client.ended()
            assert client.unseen == 0
        assert seen == [True, 4321]

    async def test_a_close_that_the_server_does_not_take_is_bounded(self) -> None:
        codes: list[int] = []

        class Closing(Room):
            limits = Limits(close_timeout=0.01)

            @ws_handler
            async def wait(self, message: Wait) -> None:
                await self.close(4100)

            async def disconnect(self, code: int) -> None:
                codes.append(code)

        async with self.client(Closing) as client:
            await client.open()
            client.stall()
            client.send(action="wait")
            await client.ended()
        assert codes == [4100]


__all__ = ["ClosesContract"]
