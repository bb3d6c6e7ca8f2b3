"""Documents as public services publish them, in their features: written here, none is a copy.

What each has that generators trip over is said beside it.
"""

from typing import Any, Final

Document = dict[str, Any]


def _document(title: str, **parts: Any) -> Document:
    return {"asyncapi": "3.0.0", "info": {"title": title, "version": "1.2.3"}, **parts}


def _object(properties: Any, *required: str, **more: Any) -> Document:
    given = {"type": "object", "properties": properties, **more}
    return {**given, "required": [*required]} if required else given


def _ref(*path: str) -> Document:
    return {"$ref": "#/" + "/".join(path)}


TEXT: Final[Document] = {"type": "string"}
INTEGER: Final[Document] = {"type": "integer"}
NUMBER: Final[Document] = {"type": "number"}


def chat_bot() -> Document:
    """Describes the client; two messages with one value of the telling property; unknown types."""
    kinds = ("hello", "message", "bot_added", "goodbye", "import", "error")
    messages: Document = {
        kind: {
            "summary": f'The event {kind!r}, with a \\ and three """.',
            "payload": _object({"type": {"enum": [kind]}, "ts": TEXT, "class": TEXT}, "type"),
        }
        for kind in kinds
    }
    messages["botAdded2"] = {
        "payload": _object({"type": {"enum": ["bot_added"]}, "bot": _object({"id": TEXT})}, "type")
    }
    messages["outgoingMessage"] = {
        "payload": _object({"id": NUMBER, "type": {"enum": ["message"]}, "text": TEXT}, "type")
    }
    channel = {"address": "/", "messages": messages}
    incoming = [_ref("channels", "root", "messages", name) for name in (*kinds, "botAdded2")]
    operations = {
        "receive": {"action": "receive", "channel": _ref("channels", "root"), "messages": incoming},
        "sendOutgoingMessage": {
            "action": "send",
            "channel": _ref("channels", "root"),
            "messages": [_ref("channels", "root", "messages", "outgoingMessage")],
        },
    }
    bot = _document("Chat bot", channels={"root": channel}, operations=operations)
    bot["info"]["x-perspective"] = "client"
    bot["servers"] = {
        "production": {
            "host": "wss.example.com",
            "protocol": "wss",
            "security": [{"type": "httpApiKey", "name": "token", "in": "query"}],
        }
    }
    return bot


def market() -> Document:
    """Unions within what holds together, deeply; a query with defaults; numbers as texts."""
    event = {
        "oneOf": [
            _object(
                {"type": {"const": "trade"}, "price": TEXT, "tid": {"type": "integer"}}, "type"
            ),
            {
                "allOf": [
                    _object({"type": {"const": "change"}, "delta": TEXT}, "type"),
                    {
                        "oneOf": [
                            _object({"side": {"const": "bid"}}),
                            _object({"side": {"const": "ask"}}),
                        ]
                    },
                ]
            },
        ]
    }
    heart = _object({"type": {"const": "heartbeat"}, "socket_sequence": INTEGER}, "type")
    update = {
        "allOf": [
            _object(
                {"type": {"const": "update"}, "eventId": {"type": "integer"}}, "type", "eventId"
            ),
            _object({"events": {"type": "array", "items": event}, "timestampms": NUMBER}),
        ]
    }
    query = _object(
        {
            "heartbeat": {"type": "boolean", "default": False},
            "top_of_book": {"type": "boolean"},
            "class": {"type": "string", "enum": ["spot", "perp"], "default": "spot"},
        }
    )
    channel = {
        "address": "/v1/marketdata/{symbol}",
        "parameters": {"symbol": {"enum": ["BTCUSD", "ETHUSD"], "description": "A pair."}},
        "messages": {"marketData": {"payload": {"oneOf": [heart, update]}}},
        "bindings": {"ws": {"query": query, "bindingVersion": "0.1.0"}},
    }
    operations = {"sendMarketData": {"action": "send", "channel": _ref("channels", "marketDataV1")}}
    return _document("Market data", channels={"marketDataV1": channel}, operations=operations)


def exchange() -> Document:
    """Several channels of one address; replies in another; arrays as messages; recursive types."""
    req = {"reqid": {"type": "integer"}}
    named = {
        "ping": _object({"event": {"const": "ping"}, **req}, "event"),
        "pong": _object({"event": {"const": "pong"}, **req}, "event"),
        "subscribe": _object(
            {
                "event": {"const": "subscribe"},
                **req,
                "pair": {"type": "array", "items": TEXT},
                "subscription": _object(
                    {"depth": {"enum": [10, 25, 100.5]}, "name": {"enum": ["*", "book"]}}, "name"
                ),
            },
            "event",
            "subscription",
        ),
        "subscriptionStatus": {
            "oneOf": [
                _ref("components", "schemas", "Failed"),
                _ref("components", "schemas", "Done"),
            ]
        },
        "ticker": {
            "type": "array",
            "items": [{"type": "integer"}, _object({"a": {"type": "array", "items": TEXT}}), TEXT],
        },
        "tree": _ref("components", "schemas", "Tree"),
        "any": {},
    }
    correlation = {"correlationId": {"location": "$message.payload#/reqid"}}
    messages = {
        name: {"payload": schema, **(correlation if name not in ("ticker", "tree", "any") else {})}
        for name, schema in named.items()
    }

    def channel(*names: str) -> Document:
        listed = {name: _ref("components", "messages", name) for name in names}
        return {"address": "/", "messages": listed}

    def asks(name: str, *replies: str) -> Document:
        return {
            "action": "receive",
            "channel": _ref("channels", name),
            "reply": {"channel": _ref("channels", replies[0])},
        }

    tree = _ref("components", "schemas", "Tree")
    schemas: Document = {
        "Failed": _object({"errorMessage": TEXT, "status": {"const": "error"}, **req}, "status"),
        "Done": _object({"channelID": {"type": "integer"}, "status": TEXT, **req}),
        "Tree": {"anyOf": [TEXT, {"type": "array", "items": tree}]},
    }
    return _document(
        "Exchange",
        channels={
            "ping": channel("ping"),
            "pong": channel("pong"),
            "subscribe": channel("subscribe"),
            "subscriptionStatus": channel("subscriptionStatus"),
            "currencyInfo": channel("ticker", "tree", "any"),
        },
        operations={
            "ping": asks("ping", "pong"),
            "subscribe": asks("subscribe", "subscriptionStatus"),
            "currencyInfo": {"action": "send", "channel": _ref("channels", "currencyInfo")},
        },
        components={"messages": messages, "schemas": schemas},
    )


def echo() -> Document:
    """Texts and anything, with nothing that tells them; an operation called close."""
    messages: Document = {
        "echo": {"payload": TEXT},
        "binary": {"contentType": "audio/wav", "payload": {}},
    }
    channel = {"address": "/raw", "messages": messages}
    return _document(
        "Echo",
        channels={"echo": channel},
        operations={
            "close": {"action": "receive", "channel": _ref("channels", "echo")},
            "onMessage": {"action": "send", "channel": _ref("channels", "echo")},
        },
    )


def voice() -> Document:
    """Large: hundreds of messages and types, many names that Python has itself; no correlation."""
    names = ("list", "json", "from", "type", "self", "Field", "Any", "str", "date", "copy")
    schemas = {
        f"Part{number}": _object(
            {
                "id": {"type": "string", "format": "uuid"},
                "created": {"type": "string", "format": "date-time"},
                "day": {"type": "string", "format": "date"},
                f"Camel_case-{number}": {"type": "integer", "default": number},
                names[number % len(names)]: {"type": ["string", "null"], "maxLength": 100},
                "next": _ref(
                    "components", "schemas", f"Part{number - number % 5 + (number + 1) % 5}"
                ),
                "tags": {"type": "array", "items": {"enum": ["a", "b", None]}, "default": []},
                "extra": {"additionalProperties": {"$ref": "#/components/schemas/Part0"}},
            },
            "id",
            description=f"The part {number}, of which there is more to say than fits in a line. "
            * 2,
        )
        for number in range(400)
    }
    messages = {
        f"event.{number}": {
            "payload": _object(
                {
                    "type": {"const": f"event.{number}"},
                    "request_id": TEXT,
                    "data": _ref("components", "schemas", f"Part{number}"),
                },
                "type",
                "data",
            )
        }
        for number in range(200)
    }
    channel = {"address": "/voice", "messages": messages}
    listed = [_ref("channels", "voice", "messages", name) for name in messages]
    return _document(
        "Voice",
        channels={"voice": channel},
        operations={
            "commands": {
                "action": "receive",
                "channel": _ref("channels", "voice"),
                "messages": listed[:100],
                "reply": {"messages": listed[100:]},
            },
            "events": {"action": "send", "channel": _ref("channels", "voice"), "messages": listed},
        },
        components={"schemas": schemas},
    )


def services() -> Document:
    """No operations at all; two channels with equal names of messages and of types."""

    def channel(name: str) -> Document:
        status = _object({"status": TEXT, name: _object({"value": NUMBER}), "open": {}})
        return {"address": f"/{name}", "messages": {"Status": {"payload": status}}}

    return _document("Services", channels={"graph": channel("graph"), "flow": channel("flow")})


DOCUMENTS: Final = {
    made.__name__: made for made in (chat_bot, market, exchange, echo, voice, services)
}
