"""The contract of code of the project that swallows its cancellation: it is left behind."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from chanx.core.decorators import event_handler, ws_handler
from chanx.core.limits import Limits
from chanx.testing.contract.adapter import Contract, WatchedLayer
from chanx.testing.contract.client import PATIENCE, logged, settled
from chanx.testing.contract.ending_rooms import Room
from chanx.testing.contract.messages import Fail, News, Order, Said, Wait


async def hang() -> None:
    """Swallow every cancellation."""
    while True:
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()


class StubbornContract(Contract):
    @pytest.mark.parametrize("kind", ["ordered", "stream", "concurrent", "event", "hook"])
    async def test_a_handler_that_swallows_every_cancellation_is_left_behind(
        self, kind: str, layer: WatchedLayer, caplog: pytest.LogCaptureFixture
    ) -> None:
        ends: list[tuple[int, set[str]]] = []
        is_running = asyncio.Event()

        lock = asyncio.Lock()

        async def hang_locked() -> None:
            async with lock:
                is_running.set()
                await hang()

        class Stubborn(Room):
            limits = Limits(close_timeout=0.01)

            async def post_authentication(self) -> None:
                if kind == "hook":
                    await hang_locked()

            @ws_handler
            async def ordered(self, message: Wait) -> None:
                await hang_locked()

            @ws_handler
            async def stream(self, message: Fail) -> AsyncIterator[Said]:
                await hang_locked()
                yield Said()

            @ws_handler(concurrent=True)
            async def concurrent(self, message: Order) -> None:
                await hang_locked()

            @event_handler
            async def event(self, event: News) -> None:
                await hang_locked()

            async def disconnect(self, code: int) -> None:
                ends.append((code, layer.left()))

        actions = {"ordered": "wait", "stream": "fail", "concurrent": "order"}
        async with self.client(Stubborn) as client:
            await client.open()
            await settled()
            if kind in actions:
                client.send(action=actions[kind], payload=[] if kind == "concurrent" else 0)
            elif kind == "event":
                await Stubborn.broadcast_event(News(), ["room"])
            await is_running.wait()
            client.vanish(4321)
            await client.ended()
            name = "post_authentication" if kind == "hook" else kind
            await logged(caplog, f"Stubborn.{name} was left behind")
        assert ends == [(4321, set())]
        assert "Traceback" not in caplog.text
        # A generator is closed where its caller stands, which Python 3.13 was the first to do.
        assert kind == "stream" or not lock.locked()

    @pytest.mark.parametrize("kind", ["ordered", "concurrent", "shielded", "event", "hook"])
    async def test_a_handler_that_swallows_the_end_of_its_time_ends_the_connection(
        self, kind: str, layer: WatchedLayer, caplog: pytest.LogCaptureFixture
    ) -> None:
        ends: list[tuple[int, set[str]]] = []

        class Stubborn(Room):
            limits = Limits(handler_timeout=0.01, close_timeout=0.01)

            async def post_authentication(self) -> None:
                if kind == "hook":
                    await hang()

            @ws_handler
            async def ordered(self, message: Wait) -> None:
                await hang()

            @ws_handler(concurrent=True)
            async def concurrent(self, message: Order) -> None:
                await hang()

            @ws_handler(concurrent=True, shield=True)
            async def shielded(self, message: Fail) -> None:
                await hang()

            @event_handler
            async def event(self, event: News) -> None:
                await hang()

            async def disconnect(self, code: int) -> None:
                ends.append((code, layer.left()))

        actions = {"ordered": "wait", "concurrent": "order", "shielded": "fail"}
        async with self.client(Stubborn) as client:
            await client.open()
            await settled()
            if kind in actions:
                client.send(action=actions[kind], payload=[] if kind == "concurrent" else 0)
            elif kind == "event":
                await Stubborn.broadcast_event(News(), ["room"])
            assert await client.closed() == 4500
            await client.ended()
            name = "post_authentication" if kind == "hook" else kind
            await logged(caplog, f"Stubborn.{name} was left behind")
        assert ends == [(4500, set())]

    async def test_a_disconnect_hook_that_swallows_every_cancellation_is_left_behind(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        is_running = asyncio.Event()

        class Stubborn(Room):
            limits = Limits(close_timeout=0.01)

            async def disconnect(self, code: int) -> None:
                is_running.set()
                await hang()

        async with self.client(Stubborn) as client:
            await client.open()
            client.vanish()
            await is_running.wait()
            assert client.running is not None
            client.running.cancel()
            await asyncio.wait([client.running], timeout=PATIENCE)
            assert client.running.cancelled()
            client.running = asyncio.create_task(asyncio.sleep(0))
            await logged(caplog, "Stubborn.disconnect was left behind")
        assert "Traceback" not in caplog.text

    async def test_a_handler_that_does_not_even_end_when_it_is_closed_is_left_behind(
        self, layer: WatchedLayer, caplog: pytest.LogCaptureFixture
    ) -> None:
        codes: list[int] = []
        is_running = asyncio.Event()

        class Stubborn(Room):
            limits = Limits(close_timeout=0.01)

            @ws_handler
            async def wait(self, message: Wait) -> None:
                is_running.set()
                while True:
                    with suppress(BaseException):
                        await asyncio.Event().wait()

            async def disconnect(self, code: int) -> None:
                codes.append(code)

        async with self.client(Stubborn) as client:
            await client.open()
            client.send(action="wait")
            await is_running.wait()
            client.vanish()
            await client.ended()
            await logged(caplog, "Stubborn.wait was left behind")
        assert (codes, layer.left()) == ([1006], set())

    async def test_a_cancelled_handler_may_take_some_time_to_end(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        seen: list[str] = []
        is_running = asyncio.Event()

        class Careful(Room):
            @ws_handler
            async def wait(self, message: Wait) -> None:
                try:
                    async with asyncio.timeout(60):
                        is_running.set()
                        await asyncio.Event().wait()
                finally:
                    await settled()
                    seen.append("cleaned up")

            async def disconnect(self, code: int) -> None:
                seen.append("hook")

        async with self.client(Careful) as client:
            await client.open()
            client.send(action="wait")
            await is_running.wait()
            client.vanish()
            await client.ended()
        assert seen == ["cleaned up", "hook"]
        assert "left behind" not in caplog.text


__all__ = ["StubbornContract"]
