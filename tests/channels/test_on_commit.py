"""Events that are sent once the transaction that they tell of is committed."""

import logging
from typing import Any, Literal

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.db import transaction
from django.test import TestCase, override_settings

from chanx.core.errors import ConfigurationError
from chanx.ext.channels.websocket import AsyncJsonWebsocketConsumer
from chanx.layers import ChannelLayer, MemoryLayer
from chanx.messages import BaseMessage
from chanx.testing import FaultyLayer, WebsocketCommunicator, capture_broadcast_events


class Named(BaseMessage):
    action: Literal["named"] = "named"
    payload: str


class Names(AsyncJsonWebsocketConsumer[Named]):
    groups = ("names",)
    passthrough_events = (Named,)


class Unreachable(Names):
    @classmethod
    def find_channel_layer(cls) -> ChannelLayer:
        layer = FaultyLayer(MemoryLayer())
        layer.fail()
        return layer


@pytest.fixture(autouse=True)
def memory() -> Any:
    backend = {"BACKEND": "chanx.layers.MemoryLayer"}
    with override_settings(CHANNEL_LAYERS={"default": backend}):
        yield


def name(text: str, **options: Any) -> None:
    User.objects.create(username=text)
    Names.broadcast_event_on_commit(Named(payload=text), **options)


async def test_members_hear_of_what_is_committed_and_not_before(database: dict[str, Any]) -> None:
    def change() -> None:
        with transaction.atomic():
            name("ada")
            Names.broadcast_event_sync(Named(payload="before the end"))

    async with WebsocketCommunicator(Names.as_asgi(), "/", consumer=Names) as client:
        await sync_to_async(change)()
        received = [await client.receive_message() for _ in range(2)]
    assert received == [Named(payload="before the end"), Named(payload="ada")]


async def test_nobody_hears_of_what_is_rolled_back_be_it_a_savepoint(
    database: dict[str, Any],
) -> None:
    def change() -> None:
        with transaction.atomic():
            name("ada")
            try:
                with transaction.atomic():
                    name("bob")
                    raise LookupError
            except LookupError:
                name("eve")

    async with WebsocketCommunicator(Names.as_asgi(), "/", consumer=Names) as client:
        await sync_to_async(change)()
        received = [await client.receive_message() for _ in range(2)]
    assert received == [Named(payload="ada"), Named(payload="eve")]


async def test_outside_of_a_transaction_it_is_sent_at_once(database: dict[str, Any]) -> None:
    async with WebsocketCommunicator(Names.as_asgi(), "/", consumer=Names) as client:
        await sync_to_async(name)("ada")
        assert await client.receive_message() == Named(payload="ada")


async def test_a_layer_that_fails_does_not_undo_what_is_committed(
    database: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)

    def change() -> None:
        with transaction.atomic():
            User.objects.create(username="ada")
            Unreachable.broadcast_event_on_commit(Named(payload="ada"))

    await sync_to_async(change)()
    assert await User.objects.acount() == 1
    assert "The channel layer fails, as its test says." in caplog.text


def test_a_missing_group_is_told_before_the_commit() -> None:
    class Nowhere(AsyncJsonWebsocketConsumer[Named]):
        passthrough_events = (Named,)

    with pytest.raises(ConfigurationError, match="give broadcast_event groups"):
        Nowhere.broadcast_event_on_commit(Named(payload="ada"))


class InATestCase(TestCase):
    """Run by the test below, as Django runs it."""

    __test__ = False

    def test_events_are_captured_with_the_callbacks(self) -> None:
        with capture_broadcast_events(Names) as events:
            with self.captureOnCommitCallbacks(execute=True) as callbacks:
                name("ada")
            assert len(callbacks) == 1
            assert events == [Named(payload="ada")]


async def test_a_test_case_captures_callbacks_and_events(database: dict[str, Any]) -> None:
    def run() -> Any:
        test = InATestCase("test_events_are_captured_with_the_callbacks")
        result = test.defaultTestResult()
        InATestCase.setUpClass()
        try:
            test(result)
        finally:
            InATestCase.tearDownClass()
        return result

    result = await sync_to_async(run)()
    assert result.wasSuccessful(), result.failures + result.errors
