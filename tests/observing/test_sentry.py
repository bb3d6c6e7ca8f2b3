"""Sentry's SDK sees what fails in a handler with its facts, by its logging integration."""

from collections.abc import Iterator
from typing import Any, ClassVar
from uuid import uuid4

import pytest
import sentry_sdk
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport

from chanx.core.decorators import event_handler
from chanx.testing.contract.client import Client, settled
from chanx.testing.contract.messages import News
from tests.observing.rooms import room

SECRET = uuid4().hex  # not in the lines of code that Sentry shows


class InMemory(Transport):
    """Keeps what would be sent."""

    events: ClassVar[list[Any]] = []

    def capture_envelope(self, envelope: Envelope) -> None:
        self.events.extend(event for item in envelope.items if (event := item.get_event()))


@pytest.fixture
def events() -> Iterator[list[Any]]:
    """The events that Sentry is sent."""
    InMemory.events.clear()
    with sentry_sdk.isolation_scope():
        sentry_sdk.init(
            dsn="http://key@localhost/1",
            transport=InMemory,
            auto_enabling_integrations=False,
            include_local_variables=False,
        )
        yield InMemory.events
        sentry_sdk.get_client().close()
        sentry_sdk.get_global_scope().set_client(None)


async def test_failures_of_handlers_events_and_hooks_arrive_with_their_facts(
    events: list[Any],
) -> None:
    class Broken(room()):  # type: ignore[misc]  # a class that a function makes
        async def connect(self) -> None:
            self.user = "ada"

        @event_handler
        async def news(self, event: News) -> None:
            raise KeyError("event")

        async def disconnect(self, code: int) -> None:
            raise OSError("end")

    Broken.__qualname__ = "Broken"
    async with Client(Broken.as_asgi(), "/chat/7") as client:
        await client.open()
        client.send(action="fail", payload=SECRET)
        await client.message()
        await Broken.broadcast_event(News(payload=SECRET))
        await settled()
    known = {"consumer": "Broken", "path": "/chat/7", "user": "ada"}
    told = [
        (
            event["exception"]["values"][-1]["type"],
            event["extra"]["action"],
            {name: event["extra"][name] for name in known},
        )
        for event in events
    ]
    assert told == [
        ("LookupError", "fail", known),
        ("KeyError", "news", known),
        ("OSError", None, known),
    ]
    assert {event["logger"] for event in events} == {"chanx.websocket"}
    assert SECRET not in str(events)
