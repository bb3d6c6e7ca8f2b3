import pytest

from app import Case, Said, Say, app
from chanx.testing import WebsocketCommunicator


@pytest.mark.asyncio
async def test_everyone_in_a_room_hears_what_is_said() -> None:
    async with (
        WebsocketCommunicator(app, "/cases/1", consumer=Case) as ada,
        WebsocketCommunicator(app, "/cases/1", consumer=Case) as grace,
        WebsocketCommunicator(app, "/cases/2", consumer=Case) as elsewhere,
    ):
        await ada.send_message(Say(payload="hello"))
        assert await grace.receive_message() == Said(payload="hello")
        await elsewhere.receive_nothing()


@pytest.mark.asyncio
async def test_nonsense_is_answered_and_the_socket_lives() -> None:
    async with WebsocketCommunicator(app, "/cases/1", consumer=Case) as ada:
        await ada.send_json({"action": "say", "payload": 5})
        await ada.expect_error("validation_error")
        await ada.send_message(Say(payload="hello"))
        assert await ada.receive_message() == Said(payload="hello")
