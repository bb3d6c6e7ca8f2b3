"""A document for the linter in which nothing is wrong, and changes of it."""

from collections.abc import Callable
from typing import Any

from chanx.asyncapi.walk import is_object

Change = Callable[[dict[str, Any]], None]


def document() -> dict[str, Any]:
    """A document in which nothing is wrong, of a channel with a request and what is told."""
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Chat", "version": "1"},
        "defaultContentType": "application/json",
        "servers": {
            "main": {
                "host": "{region}.example.com",
                "protocol": "wss",
                "variables": {"region": {"default": "eu", "enum": ["eu", "us"]}},
            }
        },
        "channels": {
            "room": {
                "address": "/rooms/{room}",
                "summary": "A room.",
                "parameters": {"room": {"enum": ["lobby", "attic"], "default": "lobby"}},
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in NAMES},
                "servers": [{"$ref": "#/servers/main"}],
                "bindings": {"ws": {"method": "GET"}},
                "x-ready": {"$ref": "#/channels/room/messages/Told"},
                "x-reconnect": {
                    "message": {"$ref": "#/channels/room/messages/Told"},
                    "retryAfter": "$message.payload#/seconds",
                },
                "x-limits": {"maxMessageSize": 16384, "messagesPerSecond": 5, "burst": 30},
                "x-heartbeat": {"operation": {"$ref": "#/operations/say"}, "interval": 25},
                "x-close-codes": {"4401": {"description": "Who?", "retry": "refresh"}, "1001": "a"},
            }
        },
        "operations": {
            "say": {
                "action": "receive",
                "channel": {"$ref": "#/channels/room"},
                "summary": "Say it.",
                "messages": [{"$ref": "#/channels/room/messages/Say"}],
                "reply": {
                    "channel": {"$ref": "#/channels/room"},
                    "address": {"location": "$message.payload#/id"},
                    "messages": [{"$ref": "#/channels/room/messages/Said"}],
                },
                "x-stream": {"end": ["Said"]},
                "x-cancel": {"$ref": "#/operations/say"},
                "x-idempotent": True,
                "x-refresh": True,
            },
            "tell": {
                "action": "send",
                "channel": {"$ref": "#/channels/room"},
                "summary": "Tell it.",
                "messages": [{"$ref": "#/channels/room/messages/Told"}],
            },
        },
        "components": {
            "messages": {name: message(name) for name in NAMES},
            "schemas": {name: schema(name) for name in NAMES},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


NAMES = ("Say", "Said", "Told")


def message(name: str) -> dict[str, Any]:
    return {
        "name": name.lower(),
        "summary": "A message.",
        "contentType": "application/json",
        "headers": {"type": "object", "properties": {"trace": {"type": "string"}}},
        "payload": {"$ref": f"#/components/schemas/{name}"},
        "correlationId": {"location": "$message.payload#/id"},
        "examples": [{"payload": {"action": name.lower(), "id": "1"}}],
        "x-outcome": "error",
    }


def schema(name: str) -> dict[str, Any]:
    return {
        "type": "object",
        "discriminator": "action",
        "properties": {
            "action": {"const": name.lower()},
            "id": {"type": "string", "pattern": "^[0-9]+$", "default": "0"},
            "count": {"type": "integer", "minimum": 0, "maximum": 9, "enum": [1, 2]},
        },
        "required": ["action"],
    }


def at(*path: Any, value: Any) -> Change:
    """A change that puts a value somewhere; ``...`` takes it away."""

    def change(target: dict[str, Any]) -> None:
        found: Any = target
        for key in path[:-1]:
            found = found.setdefault(key, {}) if is_object(found) else found[key]
        if value is ...:
            del found[path[-1]]
        else:
            found[path[-1]] = value

    return change


ROOM = ("channels", "room")
SAY = ("operations", "say")
TELL = ("operations", "tell")
SAID = ("components", "messages", "Said")
BODY = ("components", "schemas", "Said")
FIELDS = (*BODY, "properties")
X = "/components/schemas/Said/properties/x"


def field(**schema: Any) -> Change:
    """A change by which the property x of a payload has a schema."""
    return at(*FIELDS, "x", value=schema)


__all__ = [
    "BODY",
    "FIELDS",
    "NAMES",
    "ROOM",
    "SAID",
    "SAY",
    "TELL",
    "Change",
    "X",
    "at",
    "document",
    "field",
    "message",
    "schema",
]
