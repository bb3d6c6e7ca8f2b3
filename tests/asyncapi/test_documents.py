"""Awkward applications as a whole: hostile texts, and very many handlers."""

import json
import time
from collections.abc import Callable
from typing import Any, Literal

import jsonschema_rs
import pytest
from pydantic import ConfigDict, create_model
from pydantic.json_schema import models_json_schema

from chanx.asyncapi import AsyncAPIGenerator, lint, to_json, to_yaml
from chanx.core.decorators import ws_handler
from chanx.core.errors import FrameError
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import BaseMessage
from chanx.routing import RouteInfo
from tests.untraced import untraced

TEXTS = (
    "# Markdown\n\n* one\n* `two`\n\n| a | b |\n|---|---|",
    "</script><!--<script>",
    "\u2028 \u2029 \x85",
    "\x01\x02\x1b[31m",
    "x" * 100_000,
    "'\"\\ {not} %s {{ a }}",
    "   \n\n   ",
)


def message_of(index: int, text: str | None = "A message.") -> Any:
    fields: Any = {"action": (Literal[f"say_{index}"], f"say_{index}"), "payload": (str, ...)}
    return create_model(f"Say{index}", __base__=BaseMessage, __doc__=text, **fields)


def handler_of(message: Any, text: str) -> Any:
    async def handle(self: Any, message: Any) -> Any:
        return message

    handle.__doc__ = text
    return ws_handler(input_type=message, output_type=message)(handle)


def test_any_text_may_stand_in_docstrings(document_of: Callable[..., Any]) -> None:
    handlers = {
        f"handle_{index}": handler_of(message_of(index, text), text)
        for index, text in enumerate(TEXTS)
    }
    consumer = type("Texts", (AsyncJsonWebsocketConsumer,), {"__doc__": TEXTS[0], **handlers})
    content = document_of(consumer).content
    assert content["operations"]["texts.handle_1"]["summary"] == TEXTS[1]
    assert "summary" not in content["operations"]["texts.handle_6"]
    assert '"None"' not in to_json(content)
    assert to_yaml(content)


class Strict(BaseMessage):
    """Takes no further keys."""

    model_config = ConfigDict(extra="forbid")

    action: Literal["strict"] = "strict"


class Loose(BaseMessage):
    """Takes further keys."""

    action: Literal["loose"] = "loose"


class Strictness(AsyncJsonWebsocketConsumer):
    """Takes both."""

    @ws_handler
    async def take(self, message: Strict | Loose) -> Strict | Loose:
        """Give it back."""
        return message


KEYS: list[dict[str, Any]] = [
    *({}, {"ref": 1}, {"ref": "r"}, {"ref": None}, {"ref": 1.5}, {"ref": True}, {"ref": []}),
    *({"topic": "t"}, {"offset": 1, "epoch": [], "ref": "r"}, {"more": 1}, {"topics": 1, "ref": 1}),
]


@pytest.mark.parametrize("keys", KEYS, ids=repr)
@pytest.mark.parametrize("key", ["Strict", "Loose"])
def test_the_document_and_the_server_agree_on_further_keys(
    key: str, keys: dict[str, Any], document_of: Callable[..., Any]
) -> None:
    frame = {"action": key.lower(), **keys}
    try:
        Strictness.current_runtime().codec.decode(json.dumps(frame))
        accepted = [key]
    except FrameError:
        accepted = []
    assert document_of(Strictness).matching("strictness", "receive", frame) == accepted


def test_defining_consumers_builds_no_schema() -> None:
    messages = [message_of(index) for index in range(3)]
    handlers = {
        f"handle_{index}": handler_of(message, "Handle it.")
        for index, message in enumerate(messages)
    }
    consumer = type("Lazy", (AsyncJsonWebsocketConsumer,), handlers)
    route = RouteInfo(path="/", consumer=consumer)
    generator = AsyncAPIGenerator([route])
    assert not any(message.__pydantic_complete__ for message in messages)
    generator.generate()
    assert all(message.__pydantic_complete__ for message in messages)


def test_a_thousand_handlers_take_sensible_time(official: jsonschema_rs.Draft7Validator) -> None:
    messages = [message_of(index) for index in range(1000)]
    routes = [
        RouteInfo(
            path=f"/{start}",
            consumer=type(
                f"Part{start}",
                (AsyncJsonWebsocketConsumer,),
                {
                    f"handle_{index}": handler_of(messages[index], "Handle it.")
                    for index in range(start, start + 100)
                }
                | {"__doc__": "A part of it."},
            ),
        )
        for start in range(0, 1000, 100)
    ]
    AsyncAPIGenerator(routes[:1]).generate()
    # The processor's time, which other work on the machine does not change much.
    with untraced():
        begin = time.process_time()
        document = AsyncAPIGenerator(routes).generate()
        text = to_json(document)
        spent = time.process_time() - begin
        begin = time.process_time()
        models_json_schema([(message, "validation") for message in messages])
        floor = time.process_time() - begin
    assert official.is_valid(document)
    assert lint(document) == []
    assert len(document["operations"]) == 1010
    assert len(text) < 5_000_000
    # Twice as many schemas as the floor, and room for what else is in them.
    assert spent < max(20 * floor, 5)
