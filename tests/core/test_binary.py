"""The handler of binary frames, when a class is created and in the document."""

from types import new_class
from typing import Any

import pytest

from chanx.asyncapi import AsyncAPIGenerator
from chanx.asyncapi.linting import lint
from chanx.core.decorators import binary_handler
from chanx.core.errors import ConfigurationError
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.routing import RouteInfo
from chanx.testing import WebsocketCommunicator
from chanx.testing.contract.binary import Mirror
from chanx.testing.contract.messages import Said, Say

Consumer = AsyncJsonWebsocketConsumer[Any]


def declare(*methods: Any) -> type[Consumer]:
    attributes = {method.__name__: binary_handler(method) for method in methods}
    return new_class("Wrong", (Consumer,), {}, lambda body: body.update(attributes))


async def plain(self: Any, data: bytes) -> None: ...


async def other(self: Any, data: bytes) -> None: ...


async def unannotated(self: Any, data): ...  # type: ignore[no-untyped-def]  # which is allowed


async def of_message(self: Any, data: Say) -> None: ...


async def of_text(self: Any, data: str) -> None: ...


async def to_text(self: Any, data: bytes) -> str: ...  # type: ignore[empty-body]  # never called


async def without(self: Any) -> None: ...


async def streaming(self: Any, data: bytes) -> Any:
    yield data


def blocking(self: Any, data: bytes) -> None: ...


def test_what_it_may_return_is_read_from_its_annotation() -> None:
    handler = Mirror.handler_table.binary
    assert handler is not None
    assert (handler.outputs, handler.sends_bytes, handler.kind) == ((Said,), True, "binary")
    silent = declare(plain).handler_table.binary
    assert silent is not None
    assert (silent.outputs, silent.sends_bytes) == ((), False)
    loose = declare(unannotated).handler_table.binary
    assert loose is not None
    assert (loose.outputs, loose.sends_bytes) == (None, True)


@pytest.mark.parametrize(
    ("methods", "text"),
    [
        ((plain, other), "Wrong.plain and Wrong.other both handle binary frames"),
        ((of_message,), "declare it as `data: bytes`"),
        ((of_text,), "declare it as `data: bytes`"),
        ((to_text,), "str is not a BaseMessage"),
        ((without,), "Wrong.without"),
        ((streaming,), "send several replies with send_bytes"),
        ((blocking,), "is not asynchronous"),
    ],
    ids=["two", "message", "text", "to_text", "without", "stream", "blocking"],
)
def test_one_that_cannot_work_is_refused(methods: tuple[Any, ...], text: str) -> None:
    with pytest.raises(ConfigurationError, match=text):
        declare(*methods)


def test_a_document_says_that_binary_frames_are_taken_and_sent() -> None:
    described = AsyncAPIGenerator([RouteInfo(path="/mirror", consumer=Mirror)]).generate()
    operation = described["operations"]["mirror.mirror"]
    assert operation["action"] == "receive"
    frame = {"$ref": "#/channels/mirror/messages/BinaryFrame"}
    assert operation["messages"] == [frame]
    replies = [reply["$ref"].rpartition("/")[2] for reply in operation["reply"]["messages"]]
    assert replies == ["Said", "BinaryFrame", "ErrorMessage", "OddError"]
    message = described["components"]["messages"]["BinaryFrame"]
    assert message["contentType"] == "application/octet-stream"
    assert "correlationId" not in message
    schema = described["components"]["schemas"]["BinaryFrame"]
    assert (schema["type"], schema["format"]) == ("string", "binary")
    assert [each for each in lint(described) if each.severity != "info"] == []


async def test_a_test_client_sends_and_receives_them() -> None:
    async with WebsocketCommunicator(Mirror.as_asgi(), "/", consumer=Mirror) as client:
        await client.send_bytes(b"abc")
        assert await client.receive_bytes() == b"cba"
