"""What observers are told of connections, and that they cannot harm one."""

import asyncio
from collections.abc import AsyncGenerator, Collection, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, ClassVar

import pytest

from chanx.core.authenticator import BaseAuthenticator
from chanx.core.decorators import HandlerKind, event_handler, ws_handler
from chanx.core.errors import RefuseConnection
from chanx.core.limits import Limits
from chanx.core.observer import ConnectionFacts, DropReason, Observer, ObserverFactory, Outcome
from chanx.testing.contract.adapter import Consumer, Contract
from chanx.testing.contract.client import settled
from chanx.testing.contract.messages import Fail, Fragile, News, Order, Said, Say, Wait, Waited

Told = tuple[Any, ...]


class Noting(Observer):
    """Notes what it is told, but for what differs from run to run."""

    made: ClassVar[list["Noting"]] = []

    def __init__(self, facts: ConnectionFacts) -> None:
        self.facts = facts
        self.told: list[Told] = []
        self.made.append(self)

    def connected(self) -> None:
        self.told.append(("connected",))

    def refused(self, status: int) -> None:
        self.told.append(("refused", status))

    def received(self, action: str | None, size: int, ref: str | int | None) -> None:
        self.told.append(("received", action, size, ref))

    def handled(
        self, action: str | None, seconds: float, outcome: Outcome, kind: HandlerKind
    ) -> None:
        assert seconds >= 0
        self.told.append(("handled", action, outcome, kind))

    def sent(self, action: object, size: int, ref: str | int | None) -> None:
        self.told.append(("sent", action, size, ref))

    def dropped(self, reason: DropReason, count: int) -> None:
        self.told.append(("dropped", reason, count))

    def closed(self, code: int) -> None:
        self.told.append(("closed", code))


class Raising(Observer):
    """Fails whatever it is told."""

    def __init__(self, facts: ConnectionFacts) -> None:
        pass

    def __getattribute__(self, name: str) -> Any:
        raise LookupError(f"no {name}")


def failing(facts: ConnectionFacts) -> Observer:
    raise LookupError("no observer")


class Observed(Consumer):
    groups: Sequence[str] = ("room",)
    observers: ClassVar[Collection[ObserverFactory] | None] = (Noting,)
    limits: ClassVar[Limits | None] = Limits(max_outgoing_queue=2)

    @ws_handler
    async def say(self, message: Say) -> Said:
        return Said(payload=message.payload)

    @ws_handler(concurrent=True)
    async def wait(self, message: Wait) -> Waited:
        return Waited()

    @ws_handler
    async def fail(self, message: Fail) -> None:
        if message.payload == "wait":
            await asyncio.Event().wait()
        raise LookupError("nothing")

    @ws_handler
    async def order(self, message: Order | Fragile) -> None: ...

    @event_handler
    async def news(self, event: News) -> Said | None:
        if event.payload == "bad":
            raise LookupError("nothing")
        return Said()


SAID = len('{"action":"said","payload":""}')


class ObserversContract(Contract):
    @pytest.fixture(autouse=True)
    def made(self) -> list[Noting]:
        """The observers that a test's connections have, in the order of these."""
        Noting.made.clear()
        return Noting.made

    async def test_an_observer_is_told_of_a_connection_from_beginning_to_end(
        self, made: list[Noting]
    ) -> None:
        async with self.client(Observed) as client:
            await client.open()
            client.send_text('{"action":"say","payload":"","ref":"r"}')
            await client.message()
            client.vanish(4321)
        (observer,) = made
        assert observer.told == [
            ("connected",),
            ("received", "say", 39, "r"),
            ("sent", "said", SAID + len(',"ref":"r"'), "r"),
            ("handled", "say", "done", "message"),
            ("closed", 4321),
        ]
        assert observer.facts.consumer == "Observed"
        assert observer.facts.path == self.path
        assert observer.facts.scope["type"] == "websocket"

    async def test_the_user_is_who_the_consumer_says(self, made: list[Noting]) -> None:
        class Named(Observed):
            async def connect(self) -> None:
                assert made[0].facts.user is None or made[0].facts.user != "Ada"
                self.user = "Ada"

        async with self.client(Named) as client:
            await client.open()
            assert made[0].facts.user == "Ada"

    @pytest.mark.parametrize(
        ("text", "action", "outcome"),
        [
            ('{"action": "wait"}', "wait", "done"),
            ('{"action": "fail"}', "fail", "handler_error"),
            ('{"action": "order", "payload": 1}', "order", "validation_error"),
            ('{"action": "fragile", "payload": "new"}', None, "handler_error"),
            ('{"action": "anything"}', None, "unknown_action"),
            ("x", None, "invalid_json"),
            ('"' + "x" * 1024 * 1024 + '"', None, "too_large"),
        ],
    )
    async def test_how_handling_a_frame_ended_is_one_of_a_closed_set_of_words(
        self, made: list[Noting], text: str, action: str | None, outcome: str
    ) -> None:
        async with self.client(Observed) as client:
            await client.open()
            client.send_text(text)
            await client.text()
            await settled()
        known = action if outcome in ("done", "handler_error") else None
        told = [each for each in made[0].told if each[0] in ("received", "handled")]
        assert told == [
            ("received", known, len(text), None),
            ("handled", action, outcome, "message"),
        ]

    async def test_a_binary_frame_counts_by_its_bytes(self, made: list[Noting]) -> None:
        async with self.client(Observed) as client:
            await client.open()
            client.send_bytes(b"four")
            await client.text()
        assert ("received", None, 4, None) in made[0].told
        assert ("handled", None, "unsupported_data", "message") in made[0].told

    async def test_a_handler_that_the_end_cuts_off_is_cancelled_and_what_waits_is_dropped(
        self, made: list[Noting]
    ) -> None:
        async with self.client(Observed) as client:
            await client.open()
            client.send(action="fail", payload="wait")
            await settled()
            client.send(action="say")
            client.send(action="say")
            await settled()
            client.vanish()
        assert made[0].told[-3:] == [
            ("handled", "fail", "cancelled", "message"),
            ("dropped", "connection_ended", 2),
            ("closed", 1006),
        ]

    async def test_a_client_that_leaves_with_its_reply_cancels_no_handler(
        self, made: list[Noting]
    ) -> None:
        is_tidy = asyncio.Event()

        @asynccontextmanager
        async def tidied() -> AsyncGenerator[None]:
            yield
            await is_tidy.wait()  # what comes behind a handler, as of its database

        class Tidied(Observed):
            def unit_of_work(self) -> AbstractAsyncContextManager[Any]:
                return tidied()

        async with self.client(Tidied) as client:
            await client.open()
            client.send(action="say")
            await client.message()
            client.vanish()
            await settled()
            is_tidy.set()
        assert ("handled", "say", "done", "message") in made[0].told

    async def test_events_are_handled_broadcasts_are_sent_and_unknown_events_dropped(
        self, made: list[Noting]
    ) -> None:
        class Passing(Observed):
            passthrough_events = (Waited,)

        async with self.client(Passing) as client:
            await client.open()
            await Passing.broadcast_event(News(), ["room"])
            await client.message()
            await Passing.broadcast_event(News(payload="bad"), ["room"])
            await Passing.broadcast_event(Waited(), ["room"])
            await client.message()
            await Passing.broadcast_event(Say(), ["room"])
            await settled()
            client.vanish()
        assert made[0].told == [
            ("connected",),
            ("sent", "said", SAID, None),
            ("handled", "news", "done", "event"),
            ("handled", "news", "handler_error", "event"),
            ("sent", "waited", 31, None),
            ("dropped", "no_handler", 1),
            ("closed", 1006),
        ]

    async def test_what_a_slow_client_will_not_get_is_dropped(self, made: list[Noting]) -> None:
        async with self.client(Observed) as client:
            await client.open()
            client.stall()
            for _ in range(5):
                await Observed.broadcast_event(News(), ["room"])
                await settled()
            client.is_reading.set()
            await settled()
        assert ("dropped", "slow_client", 3) in made[0].told
        assert made[0].told[-1] == ("closed", 4509)

    async def test_replies_that_a_slow_client_will_not_get_are_dropped_once(
        self, made: list[Noting]
    ) -> None:
        class Loud(Observed):
            @ws_handler(concurrent=True)
            async def order(self, message: Order | Fragile) -> None:
                for _ in range(100):
                    await self.send_message(Said())

        async with self.client(Loud) as client:
            await client.open()
            client.stall()
            for _ in range(5):
                client.send(action="order", payload=[])
            await client.is_stalled.wait()
            await settled()
            client.is_reading.set()
            await settled()
        told = made[0].told
        assert [each for each in told if each[0] == "dropped"] == [("dropped", "slow_client", 3)]
        assert told[-1] == ("closed", 4509)

    async def test_a_refusal_is_told_once_with_its_status(self, made: list[Noting]) -> None:
        class Refusing(BaseAuthenticator):
            async def authenticate(self, scope: Any) -> bool:
                return False

        class Secured(Observed):
            authenticator_class: ClassVar[type[BaseAuthenticator] | None] = Refusing

        class Own(Observed):
            async def connect(self) -> None:
                raise RefuseConnection(404)

        class Accepting(Observed):
            async def connect(self) -> None:
                await self.accept()
                await self.close(4409)

        class Broken(Observed):
            async def connect(self) -> None:
                raise LookupError("nothing")

        class Foreign(Observed):
            allowed_origins: ClassVar[Collection[str] | None] = ()

        headers = [(b"origin", b"https://example.com")]
        for consumer in (Secured, Own, Accepting, Broken, Foreign):
            async with self.client(consumer, headers=headers) as client:
                await client.connect()
                await settled()
        told = [
            [each for each in observer.told if each[0] in ("connected", "refused", "closed")]
            for observer in made
        ]
        assert told == [
            [("refused", status), ("closed", 4000 + status)] for status in (401, 404, 409, 500, 403)
        ]

    async def test_a_client_that_leaves_while_it_connects_is_neither_refused_nor_connected(
        self, made: list[Noting]
    ) -> None:
        class Slow(Observed):
            async def connect(self) -> None:
                await settled()

        async with self.client(Slow) as client:
            client.begin()
            await asyncio.sleep(0)
            client.break_off(OSError())
            await settled()
            client.vanish()
        assert made[0].told == [("closed", 1006)]

    async def test_an_observer_that_fails_is_logged_once_and_harms_nobody(
        self, made: list[Noting], caplog: pytest.LogCaptureFixture
    ) -> None:
        class Hindered(Observed):
            observers: ClassVar[Collection[ObserverFactory] | None] = (failing, Raising, Noting)

        async with self.client(Hindered) as client:
            await client.open()
            client.send(action="say")
            await client.message()
        assert made[0].told[-1] == ("closed", 1006)
        failed = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
        assert failed == [
            "The observer failing failed",
            "The observer Raising.connected failed",
        ]

    async def test_a_connection_may_be_of_no_interest(self) -> None:
        asked: list[str] = []

        def nothing(facts: ConnectionFacts) -> None:
            asked.append(facts.channel)

        class Unobserved(Observed):
            observers: ClassVar[Collection[ObserverFactory] | None] = (nothing,)
            log_websocket_message = False

        async with self.client(Unobserved) as client:
            await client.open()
            client.send(action="say")
            await client.message()
        assert asked == [""]


__all__ = ["ObserversContract"]
