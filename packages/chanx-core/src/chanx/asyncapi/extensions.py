"""What documents say that AsyncAPI has no field for: each extension with its JSON Schema.

docs/extensions.md says what each is for; a test compares the two. All are optional, and a tool that
does not know one loses nothing else.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias, get_args

from chanx.core.closing import Retry

Place: TypeAlias = Literal[
    "info", "channel", "operation", "message", "scheme", "parameter", "schema"
]
"""The object of AsyncAPI in which an extension stands."""


@dataclass(frozen=True, slots=True)
class Extension:
    """A field of ours in a document.

    Attributes:
        name: The field.
        place: Where it stands.
        schema: The JSON Schema of its value, draft-07.
        example: A value.
    """

    name: str
    place: Place
    schema: Mapping[str, Any]
    example: Any


_TEXT: Final = {"type": "string"}
_POSITIVE: Final = {"type": "number", "exclusiveMinimum": 0}
_COUNT: Final = {"type": "integer", "minimum": 1}
_TRUE: Final = {"const": True}
_SCHEMA_OBJECT: Final = {"type": ["object", "boolean"]}


def _reference(*collection: str) -> dict[str, Any]:
    """Return the schema of a Reference Object into a part of the document."""
    pattern = f"^#/{'/'.join(collection)}/[^/]+$"
    reference = {"type": "string", "pattern": pattern}
    return _object({"$ref": reference}, "$ref")


def _object(properties: Mapping[str, Any], *required: str) -> dict[str, Any]:
    described: dict[str, Any] = {
        "type": "object",
        "properties": dict(properties),
        "additionalProperties": False,
    }
    return {**described, "required": [*required]} if required else described


_RETRY: Final = {"enum": [*get_args(Retry)]}

EXTENSIONS: Final = (
    Extension("x-perspective", "info", {"const": "client"}, "client"),
    Extension(
        "x-close-codes",
        "channel",
        {
            "type": "object",
            "propertyNames": {"pattern": "^[1-4][0-9]{3}$"},
            "additionalProperties": {
                "anyOf": [_TEXT, _object({"description": _TEXT, "retry": _RETRY}, "description")]
            },
        },
        {"4401": {"description": "Credentials are missing or wrong.", "retry": "refresh"}},
    ),
    Extension(
        "x-ready",
        "channel",
        _reference("channels", "[^/]+", "messages"),
        {"$ref": "#/channels/room/messages/Welcome"},
    ),
    Extension(
        "x-reconnect",
        "channel",
        _object(
            {
                "message": _reference("channels", "[^/]+", "messages"),
                "retryAfter": {"type": "string", "pattern": r"^\$message\.payload#(/[^/]+)+$"},
            },
            "message",
            "retryAfter",
        ),
        {
            "message": {"$ref": "#/channels/room/messages/ReconnectMessage"},
            "retryAfter": "$message.payload#/payload/retry_after",
        },
    ),
    Extension(
        "x-limits",
        "channel",
        _object(
            {
                "maxMessageSize": _COUNT,
                "maxHandshakeSize": _COUNT,
                "messagesPerSecond": _POSITIVE,
                "burst": _COUNT,
                "idleTimeout": _POSITIVE,
                "heartbeat": _POSITIVE,
                "maxConnectionAge": _POSITIVE,
                "messagesPerSecondPerUser": _POSITIVE,
                "burstPerUser": _COUNT,
                "connectionsPerProcess": _COUNT,
                "connectionsPerAddress": _COUNT,
                "connectionsPerUser": _COUNT,
                "handshakesPerAddress": _COUNT,
                "groups": _COUNT,
            }
        ),
        {
            "maxMessageSize": 16384,
            "messagesPerSecond": 5,
            "burst": 30,
            "heartbeat": 25,
            "connectionsPerUser": 10,
        },
    ),
    Extension(
        "x-heartbeat",
        "channel",
        _object({"operation": _reference("operations"), "interval": _POSITIVE}, "operation"),
        {"operation": {"$ref": "#/operations/room.ping"}, "interval": 25},
    ),
    Extension(
        "x-subprotocols",
        "channel",
        {"type": "object", "additionalProperties": _TEXT},
        {"token": "Two subprotocols: `token`, and after it the credential."},
    ),
    Extension(
        "x-cookies",
        "channel",
        {"type": "object", "required": ["type", "properties"]},
        {"type": "object", "properties": {"visitor": {"type": "string"}}},
    ),
    Extension(
        "x-stream",
        "operation",
        {
            "anyOf": [
                _TRUE,
                _object(
                    {"end": {"type": "array", "items": _TEXT, "minItems": 1, "uniqueItems": True}},
                    "end",
                ),
            ]
        },
        {"end": ["AnswerEnd"]},
    ),
    Extension(
        "x-cancel", "operation", _reference("operations"), {"$ref": "#/operations/room.stop"}
    ),
    Extension("x-idempotent", "operation", _TRUE, True),
    Extension("x-refresh", "operation", _TRUE, True),
    Extension("x-outcome", "message", {"const": "error"}, "error"),
    Extension("x-undescribed", "message", _TRUE, True),
    Extension(
        "x-subprotocol",
        "scheme",
        _object({"name": _TEXT, "form": {"enum": ["pair", "suffix"]}}, "name", "form"),
        {"name": "token", "form": "pair"},
    ),
    Extension("x-schema", "parameter", _SCHEMA_OBJECT, {"type": "integer", "minimum": 0}),
    Extension("x-format", "schema", _TEXT, "date-time"),
    Extension("x-pattern", "schema", _TEXT, "(?i)^[a-z]+$"),
    Extension("x-content-schema", "schema", _SCHEMA_OBJECT, {"type": "array"}),
)
"""Every extension that generated documents have."""


__all__ = ["EXTENSIONS", "Extension", "Place"]
