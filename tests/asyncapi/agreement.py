"""Holds a server against its document: what this calls valid is accepted, what is sent is valid."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Literal

import jsonschema_rs
from pydantic import create_model

from chanx.asyncapi import AsyncAPIGenerator
from chanx.core.decorators import ws_handler
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import BaseMessage
from chanx.routing import RouteInfo
from chanx.testing import WebsocketCommunicator


def message_of(action: str, kind: Any, base: type[BaseMessage] = BaseMessage) -> Any:
    """A message class with a payload of some type."""
    fields: Any = {"action": (Literal[action], action), "payload": (kind, ...)}
    return create_model(action.title(), __base__=base, __doc__="Carries a value.", **fields)


class Server:
    """A server that sends back what it receives, and its document.

    Args:
        kind: The type of the payload.
        camelize: Whether keys are spelled in camelCase.
        base: The base of both messages.
    """

    def __init__(
        self, kind: Any, *, camelize: bool = False, base: type[BaseMessage] = BaseMessage
    ) -> None:
        Carry, Carried = message_of("carry", kind, base), message_of("carried", kind, base)
        is_camel = camelize

        class Carrier(AsyncJsonWebsocketConsumer):
            """Carries values."""

            camelize = is_camel

            @ws_handler(input_type=Carry, output_type=Carried)
            async def carry(self, message: Any) -> Any:
                """Send a value back."""
                return Carried.model_construct(
                    **(message.model_extra or {}), payload=message.payload
                )

        self.consumer = Carrier
        self.application = Carrier.as_asgi()
        routes = [RouteInfo(path="/", consumer=Carrier)]
        self.document = AsyncAPIGenerator(routes).generate()
        self.received = self._validator("carry")
        self.sent = self._validator("carried")

    def _validator(self, action: str) -> jsonschema_rs.Draft7Validator:
        schema = {**self.message(action)["payload"], "components": self.document["components"]}
        return jsonschema_rs.Draft7Validator(schema, validate_formats=True)

    def message(self, action: str) -> Mapping[str, Any]:
        """The one message of an action."""
        return dict(self._messages[self._key(action)])

    def pointer(self, action: str) -> str:
        """Where the schema of the one message of an action stands in the document."""
        return f"#/components/messages/{self._key(action)}/payload"

    @property
    def _messages(self) -> Mapping[str, Any]:
        return dict(self.document["components"]["messages"])

    def _key(self, action: str) -> str:
        messages = self._messages.items()
        [key] = [key for key, message in messages if message["name"] == action]
        return key

    def examples(self, action: str) -> list[Any]:
        """The examples of the one message of an action."""
        return [example["payload"] for example in self.message(action).get("examples", ())]

    async def answers(self, frames: Iterable[Mapping[str, Any]]) -> list[Any]:
        """What the server answers to frames, one frame each."""
        found: list[Any] = []
        async with WebsocketCommunicator(
            self.application, "/", consumer=self.consumer
        ) as communicator:
            for frame in frames:
                await communicator.send_text(json.dumps(frame))
                [answer] = await communicator.receive_all_json()
                found.append(answer)
        return found

    async def check(self, good: Iterable[Any] = (), bad: Iterable[Any] = ()) -> None:
        """Fail unless server and document agree on payloads, and on the document's examples.

        Args:
            good: Payloads that are valid.
            bad: Payloads that are not.
        """
        frames = [{"action": "carry", "payload": payload, "ref": 1} for payload in good]
        frames += self.examples("carry")
        for frame, answer in zip(frames, await self.answers(frames), strict=True):
            assert self.received.is_valid(frame), f"{frame} is invalid"
            assert answer["action"] == "carried", f"{frame} is refused: {answer}"
            assert self.sent.is_valid(answer), f"{answer} is sent"
        frames = [{"action": "carry", "payload": payload, "ref": 1} for payload in bad]
        for frame, answer in zip(frames, await self.answers(frames), strict=True):
            assert not self.received.is_valid(frame), f"{frame} is valid"
            assert answer["payload"]["code"] == "validation_error", f"{frame} is taken: {answer}"
        for example in self.examples("carried"):
            assert self.sent.is_valid(example), f"{example} is an example"
