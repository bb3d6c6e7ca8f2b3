"""The judge of frames lets nothing pass that the document does not say."""

from typing import Any

import pytest

from tests.examples.truth import Message, Receive, Send, Truth


def message(action: str) -> dict[str, Any]:
    properties = {"action": {"const": action}}
    return {"payload": {"type": "object", "properties": properties, "required": ["action"]}}


MESSAGES = {name: message(name) for name in ("say", "said", "error")}
DOCUMENT: dict[str, Any] = {
    "channels": {
        "room": {
            "address": "/rooms/{room}",
            "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in MESSAGES},
        }
    },
    "operations": {
        "say": {
            "action": "receive",
            "messages": [{"$ref": "#/channels/room/messages/say"}],
            "reply": {
                "messages": [
                    {"$ref": "#/channels/room/messages/said"},
                    {"$ref": "#/channels/room/messages/error"},
                ]
            },
        }
    },
    "components": {"messages": MESSAGES},
}


async def judged(received: list[Any], sent: list[str], path: str = "/rooms/1") -> None:
    """Have frames cross a socket, and the judge look at them."""

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        for _ in received:
            await receive()
        for text in sent:
            await send({"type": "websocket.send", "text": text})

    async def receive() -> Message:
        frame = received.pop(0)
        kind = "bytes" if isinstance(frame, bytes) else "text"
        return {"type": "websocket.receive", kind: frame}

    async def send(message: Message) -> None:
        assert message["type"] == "websocket.send"

    truth = Truth(app, DOCUMENT)
    await truth({"type": "websocket", "path": path}, receive, send)
    truth.check()


async def test_frames_of_the_document_pass() -> None:
    await judged(['{"action": "say"}'], ['{"action": "said"}', '{"action": "error"}'])


@pytest.mark.parametrize("frame", ['{"action": "shout"}', '{"action": "said"}', "{", b"{}"])
async def test_what_a_client_may_not_send_needs_an_error(frame: str | bytes) -> None:
    await judged([frame], ['{"action": "error"}'])
    with pytest.raises(AssertionError, match="no message, and yet no error"):
        await judged([frame], [])


@pytest.mark.parametrize("text", ['{"action": "shout"}', '{"action": "say"}', "{}"])
async def test_what_the_server_may_not_send_fails(text: str) -> None:
    with pytest.raises(AssertionError, match="no message"):
        await judged([], [text])


async def test_a_frame_that_is_two_messages_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MESSAGES, "said", {"payload": {"type": "object"}})
    with pytest.raises(AssertionError, match="said"):
        await judged([], ['{"action": "error"}'])


async def test_a_channel_that_is_not_in_the_document_fails() -> None:
    with pytest.raises(ValueError, match="unpack"):
        await judged(['{"action": "say"}'], [], "/elsewhere")
