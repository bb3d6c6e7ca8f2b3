"""Reads documents back: the official schema, every reference, every schema, every example."""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import jsonschema_rs
import pytest

from chanx.asyncapi import AsyncAPIGenerator, lint, to_json
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.routing import RouteInfo
from tests.asyncapi.official_parser import diagnostics, merged

Consumer = type[AsyncJsonWebsocketConsumer[Any]]


@dataclass(frozen=True)
class ReadDocument:
    """A document that a test reads as a client would."""

    content: dict[str, Any]

    def message(self, action: str, key: str | None = None) -> dict[str, Any]:
        """The one message of an action, or the one of a key."""
        found = {
            name: message
            for name, message in self.content["components"]["messages"].items()
            if message["name"] == action and key in (None, name)
        }
        assert len(found) == 1, sorted(found)
        return dict(next(iter(found.values())))

    def schema(self, name: str) -> dict[str, Any]:
        return dict(self.content["components"]["schemas"][name])

    def accepts(self, payload: dict[str, Any], frame: Any) -> bool:
        schema = {**payload, "components": self.content["components"]}
        return jsonschema_rs.Draft7Validator(schema).is_valid(frame)

    def matching(self, channel: str, action: str, frame: Any) -> list[str]:
        """The messages of a channel that match a frame which the server sends or receives."""
        keys: set[str] = set()
        for operation in self.content["operations"].values():
            if operation["channel"]["$ref"] != f"#/channels/{channel}":
                continue
            parts = [(operation["action"], operation)]
            if "reply" in operation:
                parts.append(("send", operation["reply"]))
            for direction, part in parts:
                if direction == action:
                    keys |= {item["$ref"].rpartition("/")[2] for item in part["messages"]}
        messages = self.content["components"]["messages"]
        return [key for key in sorted(keys) if self.accepts(messages[key]["payload"], frame)]


@pytest.fixture(scope="session")
def official(asyncapi_schema: dict[str, Any]) -> jsonschema_rs.Draft7Validator:
    return jsonschema_rs.Draft7Validator(asyncapi_schema)


@pytest.fixture(scope="session")
def parse_at_the_end() -> Iterator[Callable[[dict[str, Any]], None]]:
    """Takes documents, in which the official parser is to find nothing wrong in the end."""
    documents: list[tuple[str, dict[str, Any]]] = []

    def add(document: dict[str, Any]) -> None:
        documents.append((os.environ["PYTEST_CURRENT_TEST"], document))

    yield add
    everything = merged({f"d{index}": document for index, (_, document) in enumerate(documents)})
    found = diagnostics({"all": everything})
    makers = {f"d{index}": test for index, (test, _) in enumerate(documents)}
    assert not found, f"{found} in documents of {makers}"


@pytest.fixture
def read_back(
    official: jsonschema_rs.Draft7Validator,
    parse_at_the_end: Callable[[dict[str, Any]], None],
) -> Callable[[dict[str, Any]], ReadDocument]:
    """Check everything that holds for every document, and return it for more checks."""

    def read_back(document: dict[str, Any]) -> ReadDocument:
        parse_at_the_end(document)
        errors = [
            f"{error.instance_path}: {error.message}" for error in official.iter_errors(document)
        ]
        assert errors == []
        findings = [finding for finding in lint(document) if finding.code != "missing-summary"]
        assert findings == []
        assert json.loads(to_json(document)) == document
        read = ReadDocument(document)
        components = document.get("components", {})
        for name, schema in components.get("schemas", {}).items():
            jsonschema_rs.Draft7Validator({**schema, "components": components})
            assert schema["title"] == name
        for message in components.get("messages", {}).values():
            for example in message.get("examples", ()):
                assert read.accepts(message["payload"], example["payload"])
        return read

    return read_back


@pytest.fixture
def document_of(
    read_back: Callable[[dict[str, Any]], ReadDocument],
) -> Callable[..., ReadDocument]:
    """Generate the document of consumers, each at an address of its own, and read it back."""

    def document_of(*consumers: Consumer, **config: Any) -> ReadDocument:
        routes = [
            RouteInfo(path=f"/{index}", consumer=consumer)
            for index, consumer in enumerate(consumers)
        ]
        return read_back(AsyncAPIGenerator(routes, **config).generate())

    return document_of
