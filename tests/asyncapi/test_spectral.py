"""Spectral's rules for AsyncAPI, all of them, are silent on a document that fills everything in."""

from typing import Any, Literal

import pytest

from chanx.asyncapi import AsyncAPIConfig, AsyncAPIGenerator, lint
from chanx.core.decorators import channel, ws_handler
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import BaseMessage
from chanx.routing import PathParameter, RouteInfo
from tests.asyncapi.spectral import findings

FILLED_IN: AsyncAPIConfig = {
    "asyncapi_version": "3.1.0",
    "title": "Chat",
    "version": "2.0.0",
    "description": "Rooms in which people talk.",
    "contact": {"name": "Ada", "url": "https://example.com/ada", "email": "ada@example.com"},
    "license": {"name": "BSD-3-Clause", "url": "https://opensource.org/license/bsd-3-clause"},
    "tags": [{"name": "chat", "description": "What people say to each other."}],
    "servers": {"production": "wss://chat.example.org"},
}


class Say(BaseMessage):
    """Says something.

    It goes to all who are in the room.
    """

    action: Literal["say"] = "say"
    payload: str


class Said(BaseMessage):
    """Something was said.

    All who are in the room get it, whoever said it too.
    """

    action: Literal["said"] = "said"
    payload: str


@channel(name="room", tags=["chat"])
class Room(AsyncJsonWebsocketConsumer):
    """A room.

    Those who are in it talk.
    """

    emits = (Said,)

    @ws_handler
    async def say(self, message: Say) -> Said:
        """Say something.

        The answer is what the others get.
        """
        return Said(payload=message.payload)


def document(**changed: Any) -> dict[str, Any]:
    config: Any = {**FILLED_IN, **changed}
    parameters = (PathParameter(name="room", description="Which room."),)
    routes = [RouteInfo(path="/rooms/{room}", consumer=Room, parameters=parameters)]
    return dict(AsyncAPIGenerator(routes, **config).generate())


@pytest.fixture(scope="module")
def found() -> dict[str, set[tuple[str, str]]]:
    """What is found in the document, and in others that lack something."""
    return findings(
        {
            "filled in": document(),
            "no contact": document(contact=None),
            "no server": document(servers=None),
            "a tag without words": document(tags=["chat"]),
            "3.0.0": document(asyncapi_version="3.0.0"),
        }
    )


def test_nothing_is_found_in_what_is_filled_in(found: dict[str, set[tuple[str, str]]]) -> None:
    assert found["filled in"] == set()
    assert lint(document()) == []


@pytest.mark.parametrize(
    ("lacking", "code"),
    [
        ("no contact", "asyncapi-info-contact"),
        ("no server", "asyncapi-servers"),
        ("a tag without words", "asyncapi-3-tag-description"),
        ("3.0.0", "asyncapi-latest-version"),
    ],
)
def test_what_is_lacking_is_found(
    found: dict[str, set[tuple[str, str]]], lacking: str, code: str
) -> None:
    assert {code for code, _ in found[lacking]} == {code}
