"""Documents of other kinds than ours, as other projects write them, give no false error."""

from typing import Any

import pytest

from chanx.asyncapi.linting import lint


def _with(**parts: Any) -> dict[str, Any]:
    return {"asyncapi": "3.1.0", "info": {"title": "Theirs", "version": "1"}, **parts}


def _event(name: str, **properties: Any) -> dict[str, Any]:
    told = {"event": {"const": name}, "id": {"type": "integer"}, **properties}
    return {
        "payload": {"type": "object", "required": ["event"], "properties": told},
        "correlationId": {"location": "$message.payload#/id"},
    }


def _channel(name: str, address: str | None = "/", **more: Any) -> dict[str, Any]:
    messages = {name: {"$ref": f"#/components/messages/{name}"}}
    return {"address": address, "messages": messages, **more}


ONE_SOCKET = _with(
    channels={name: _channel(name) for name in ("ask", "answer", "beat")},
    operations={
        "ask": {
            "action": "receive",
            "channel": {"$ref": "#/channels/ask"},
            "reply": {"channel": {"$ref": "#/channels/answer"}},
        },
        "beat": {"action": "send", "channel": {"$ref": "#/channels/beat"}},
    },
    components={"messages": {name: _event(name) for name in ("ask", "answer", "beat")}},
)
"""Several channels of one address, and the reply on another of them."""

BROKER = _with(
    defaultContentType="application/json",
    servers={
        "test": {
            "host": "broker.example.org:{port}",
            "protocol": "kafka-secure",
            "variables": {"port": {"default": "1883", "enum": ["1883", "8883"]}},
            "security": [{"$ref": "#/components/securitySchemes/scram"}],
            "tags": [{"name": "env:test", "description": "For tests."}],
            "bindings": {"kafka": {"schemaRegistryUrl": "https://registry.example.org"}},
        }
    },
    channels={
        "measured": _channel(
            "measured",
            "lights.{light}.measured",
            parameters={"light": {"$ref": "#/components/parameters/light"}},
            bindings={
                "kafka": {
                    "partitions": 3,
                    "topicConfiguration": {"cleanup.policy": ["delete"]},
                    "x-key.subject.name.strategy": {"type": "string"},
                }
            },
        )
    },
    operations={
        "measure": {
            "action": "receive",
            "channel": {"$ref": "#/channels/measured"},
            "traits": [{"$ref": "#/components/operationTraits/kafka"}],
            "reply": {
                "address": {"location": "$message.header#/REPLY_TO"},
                "channel": {"$ref": "#/channels/measured"},
            },
        }
    },
    components={
        "messages": {
            "measured": {
                "traits": [{"$ref": "#/components/messageTraits/common"}],
                "correlationId": {"location": "$message.header#/MQMD/CorrelId"},
                "payload": {
                    "schemaFormat": "application/vnd.apache.avro;version=1.9.0",
                    "schema": {"$ref": "https://example.org/measured.avsc"},
                },
                "bindings": {"kafka": {"key": {"type": "string"}}},
            }
        },
        "messageTraits": {
            "common": {"headers": {"type": "object", "properties": {"app": {"type": "integer"}}}}
        },
        "operationTraits": {"kafka": {"bindings": {"kafka": {"clientId": {"type": "string"}}}}},
        "parameters": {"light": {"description": "Which.", "examples": ["a1"]}},
        "securitySchemes": {
            "scram": {"type": "scramSha256", "x-sasl.mechanism": "PLAIN"},
            "key": {"type": "apiKey", "in": "user"},
        },
    },
)

QUEUES = _with(
    id="urn:example:rpc",
    servers={"main": {"host": "rabbit.example.org", "protocol": "amqp"}},
    channels={
        "answers": {
            "address": "{queue}",
            "parameters": {"queue": {}},
            "messages": {"sum": {"payload": {"type": "number", "examples": [7]}}},
            "bindings": {"amqp": {"is": "queue", "queue": {"exclusive": True}}},
        }
    },
    operations={
        "sum": {
            "action": "receive",
            "channel": {"$ref": "#/channels/answers"},
            "messages": [{"$ref": "#/channels/answers/messages/sum"}],
            "bindings": {"amqp": {"ack": False}},
        }
    },
)

HUB = _with(
    id="tag:hub.example.org,2026:api",
    defaultContentType="application/ld+json",
    servers={"main": {"host": "hub.example.org", "pathname": "/hub", "protocol": "mercure"}},
    channels={
        "books": {
            "address": "https://example.org/books/{id}",
            "parameters": {"id": {"description": "Which."}},
            "messages": {
                "book": {
                    "externalDocs": {"url": "https://schema.org/Book"},
                    "payload": {
                        "type": "object",
                        "properties": {"@id": {"type": "string", "format": "iri-reference"}},
                    },
                }
            },
        }
    },
    operations={"tell": {"action": "send", "channel": {"$ref": "#/channels/books"}}},
)

STREAM = _with(
    servers={"main": {"host": "stream.example.org", "protocol": "https", "protocolVersion": "1.1"}},
    channels={
        "news": {
            "address": "/news/{topic}",
            "parameters": {"topic": {"enum": ["sport", "art"]}},
            "messages": {
                "item": {
                    "payload": {
                        "schemaFormat": "application/schema+yaml;version=draft-07",
                        "schema": {"oneOf": [{"type": "object"}, {"type": "array", "items": {}}]},
                    },
                    "bindings": {"http": {"headers": {"type": "object"}}},
                },
                "beat": {
                    "payload": {
                        "schemaFormat": "application/schema+yaml;version=draft-07",
                        "schema": {"type": "string", "enum": ["\r\n"]},
                    }
                },
            },
        }
    },
    operations={
        "stream": {
            "action": "send",
            "channel": {"$ref": "#/channels/news"},
            "bindings": {"http": {"method": "POST"}},
            "security": [
                {
                    "type": "oauth2",
                    "flows": {
                        "clientCredentials": {
                            "tokenUrl": "https://example.org/token",
                            "availableScopes": {"read:news": "Read."},
                        }
                    },
                    "scopes": ["read:news"],
                }
            ],
        }
    },
)

FEED = _with(
    servers={"public": {"host": "api.example.org", "protocol": "wss"}},
    channels={
        "market": _channel(
            "update",
            "/v1/market/{symbol}",
            parameters={"symbol": {"enum": ["btcusd", "ethbtc"]}},
            bindings={
                "ws": {
                    "bindingVersion": "0.1.0",
                    "query": {
                        "type": "object",
                        "properties": {"bids": {"type": "boolean", "default": True}},
                    },
                }
            },
        )
    },
    operations={"update": {"action": "send", "channel": {"$ref": "#/channels/market"}}},
    components={
        "messages": {
            "update": {
                "payload": {"$ref": "#/components/schemas/market"},
                "examples": [
                    {"name": "change", "payload": {"type": "update", "n": 1, "price": 54350.40}},
                    {"payload": {"type": "heartbeat", "n": 2}},
                ],
            }
        },
        "schemas": {
            "market": {
                "type": "object",
                "oneOf": [
                    {"$ref": "#/components/schemas/heartbeat"},
                    {"$ref": "#/components/schemas/update"},
                ],
            },
            "common": {
                "type": "object",
                "required": ["type", "n"],
                "properties": {"n": {"type": "integer"}},
            },
            "heartbeat": {
                "allOf": [
                    {"properties": {"type": {"const": "heartbeat"}}, "required": ["type"]},
                    {"$ref": "#/components/schemas/common"},
                ]
            },
            "update": {
                "allOf": [
                    {
                        "properties": {
                            "type": {"const": "update"},
                            "price": {"type": "number", "multipleOf": 0.01},
                        },
                        "required": ["type", "price"],
                    },
                    {"$ref": "#/components/schemas/common"},
                ]
            },
        },
    },
)


@pytest.mark.parametrize(
    "document",
    [ONE_SOCKET, BROKER, QUEUES, HUB, STREAM, FEED],
    ids=["one socket", "broker", "queues", "hub", "stream", "feed"],
)
def test_what_others_write_gives_no_error(document: dict[str, Any]) -> None:
    found = [item for item in lint(document) if item.severity != "info"]
    allowed = {"correlation-header", "unused-component"}
    assert [item for item in found if item.code not in allowed] == []
