"""Each rule finds what it is for, where it is, as severe as the table says, and nothing near it."""

import re
from pathlib import Path
from typing import Any

import pytest

from chanx.asyncapi.linting import RULES, Finding, lint
from tests.asyncapi.linted import (
    BODY,
    ROOM,
    SAID,
    SAY,
    TELL,
    Change,
    X,
    at,
    document,
    field,
)

CASES: list[tuple[str, str, Change]] = [
    ("version", "/asyncapi", at("asyncapi", value="3.9.0")),
    ("version", "/asyncapi", at("asyncapi", value="2.6.0")),
    ("wrong-type", "/info/title", at("info", "title", value=5)),
    ("unknown-key", "/info/titel", at("info", "titel", value="x")),
    ("missing-key", "/info", at("info", "version", value=...)),
    ("wrong-value", "/operations/tell/action", at(*TELL, "action", value="sent")),
    ("format", "/id", at("id", value="no uri")),
    (
        "misplaced-reference",
        "/channels/room/bindings/ws/query",
        at(*ROOM, "bindings", "ws", "query", value={"$ref": "#/components/schemas/Say"}),
    ),
    ("key-pattern", "/components/tags/a b", at("components", "tags", "a b", value={"name": "a"})),
    ("dangling-reference", f"{X}/$ref", field(**{"$ref": "#/components/schemas/No"})),
    (
        "reference-cycle",
        "/components/messages/A/$ref",
        lambda target: target["components"]["messages"].update(
            A={"$ref": "#/components/messages/B"}, B={"$ref": "#/components/messages/A"}
        ),
    ),
    (
        "wrong-reference",
        "/operations/tell/messages/0/$ref",
        at(*TELL, "messages", value=[{"$ref": "#/components/schemas/Told"}]),
    ),
    (
        "wrong-reference",
        "/components/messages/Said/payload/$ref",
        at(*SAID, "payload", value={"$ref": "#/components/messages/Say"}),
    ),
    ("wrong-reference", f"{X}/$ref", field(**{"$ref": "#/info/title"})),
    (
        "root-reference",
        "/operations/tell/channel",
        lambda target: (
            target["components"].update(channels={"room": target["channels"]["room"]}),
            target["operations"]["tell"].update(channel={"$ref": "#/components/channels/room"}),
        )[0],
    ),
    ("reference-siblings", X, field(**{"$ref": "#/components/schemas/Say", "default": 1})),
    ("unread-file", f"{X}/$ref", field(**{"$ref": "https://example.com/schema.json"})),
    (
        "foreign-message",
        "/operations/tell/messages/0",
        at(*TELL, "messages", value=[{"$ref": "#/components/messages/Told"}]),
    ),
    (
        "undeclared-parameter",
        "/channels/room/parameters",
        at(*ROOM, "address", value="/{a}/{room}"),
    ),
    ("unused-parameter", "/channels/room/parameters/room", at(*ROOM, "address", value="/rooms")),
    (
        "undeclared-variable",
        "/servers/main/variables",
        at("servers", "main", "pathname", value="/{a}"),
    ),
    ("unused-variable", "/servers/main/variables/region", at("servers", "main", "host", value="a")),
    ("server-host", "/servers/main/host", at("servers", "main", "host", value="wss://{region}")),
    ("server-host", "/servers/main/host", at("servers", "main", "host", value="{region} .a")),
    (
        "server-host",
        "/servers/main/host",
        at("servers", "main", value={"host": "", "protocol": "wss"}),
    ),
    ("address", "/servers/main/pathname", at("servers", "main", "pathname", value="v1")),
    ("address", "/servers/main/pathname", at("servers", "main", "pathname", value="/v1?a=1")),
    (
        "correlation-id",
        "/components/messages/Said/correlationId",
        at(*SAID, "correlationId", "location", value="$message.payload#/ref"),
    ),
    (
        "correlation-id",
        "/components/messages/Said/correlationId",
        at(*SAID, "correlationId", "location", value="$message.payload#id"),
    ),
    (
        "correlation-id",
        "/operations/say/reply/address/location",
        at(*SAY, "reply", "address", "location", value="$message.payload#/id/deeper"),
    ),
    (
        "correlation-id",
        "/channels/room/parameters/room/location",
        at(*ROOM, "parameters", "room", "location", value="$message.payload#/room"),
    ),
    (
        "correlation-header",
        "/components/messages/Said/correlationId",
        at(*SAID, "correlationId", "location", value="$message.header#/ref"),
    ),
    (
        "headers-not-object",
        "/components/messages/Said/headers",
        at(*SAID, "headers", value={"type": "string"}),
    ),
    (
        "headers-not-object",
        "/components/messages/Said/headers",
        at(*SAID, "headers", value={"anyOf": [{"const": "a"}, {"type": ["array", "null"]}]}),
    ),
    (
        "headers-not-object",
        "/components/messages/Say/traits/0/headers",
        at("components", "messages", "Say", "traits", value=[{"headers": {"enum": ["a"]}}]),
    ),
    (
        "headers-not-object",
        "/channels/room/bindings/ws/query",
        at(*ROOM, "bindings", "ws", "query", value={"type": "array"}),
    ),
    (
        "headers-not-object",
        "/channels/room/bindings/ws/headers",
        at(*ROOM, "bindings", "ws", "headers", value={"allOf": [{"type": "string"}]}),
    ),
    ("undescribed-message", "/components/messages/Said", at(*SAID, "x-undescribed", value=True)),
    ("address", "/channels/room/address", at(*ROOM, "address", value="{room}?a=1")),
    (
        "duplicate-address",
        "/channels/other/address",
        at(
            *("channels", "other"),
            value={
                "address": "/rooms/{id}",
                "parameters": {"id": {}},
                "servers": [{"$ref": "#/servers/main"}],
                "summary": "Another.",
            },
        ),
    ),
    ("empty-messages", "/operations/tell/messages", at(*TELL, "messages", value=[])),
    (
        "binding-place",
        "/operations/tell/bindings/ws",
        at(*TELL, "bindings", value={"ws": {"a": 1}}),
    ),
    (
        "binding-place",
        "/components/messages/Said/bindings/ws",
        at(*SAID, "bindings", value={"ws": {"a": 1}}),
    ),
    (
        "binding-place",
        "/servers/main/bindings/ws",
        at("servers", "main", "bindings", value={"ws": {"a": 1}}),
    ),
    (
        "binding-place",
        "/channels/room/bindings/ws",
        at("servers", "main", "protocol", value="kafka"),
    ),
    *(
        (
            "binding-place",
            pointer + "/bindings/kafka",
            at(*path, "bindings", value={"kafka": {"bindingVersion": "0.5.0"}}),
        )
        for pointer, path in (
            ("/servers/main", ("servers", "main")),
            ("/operations/tell", TELL),
            ("/components/messages/Said", SAID),
        )
    ),
    ("protocol", "/servers/main/protocol", at("servers", "main", "protocol", value="websocket")),
    ("protocol", "/servers/main/protocol", at("servers", "main", "protocol", value="web-socket")),
    ("protocol", "/servers/main/protocol", at("servers", "main", "protocol", value="websockts")),
    ("protocol", "/servers/main/protocol", at("servers", "main", "protocol", value="wss://")),
    ("protocol", "/servers/main/protocol", at("servers", "main", "protocol", value="WSS")),
    ("protocol", "/servers/main/protocol", at("servers", "main", "protocol", value="kafak")),
    ("media-type", "/defaultContentType", at("defaultContentType", value="json")),
    ("media-type", "/defaultContentType", at("defaultContentType", value="app/json")),
    ("media-type", "/defaultContentType", at("defaultContentType", value="text/plain;charset")),
    (
        "media-type",
        "/components/messages/Said/contentType",
        at(*SAID, "contentType", value="aplication/json"),
    ),
    (
        "media-type",
        "/components/messages/Said/contentType",
        at(*SAID, "contentType", value="text/plian"),
    ),
    (
        "unused-message",
        "/channels/room/messages/Told",
        at(*TELL, "messages", value=[{"$ref": "#/channels/room/messages/Said"}]),
    ),
    (
        "channel-without-operation",
        "/channels/lost",
        at("channels", "lost", value={"address": "/lost", "summary": "Lost."}),
    ),
    ("channel-without-operation", "/channels", at("operations", value={})),
    ("missing-name", "/components/messages/Said", at(*SAID, "name", value=...)),
    ("missing-summary", "/channels/room", at(*ROOM, "summary", value=...)),
    (
        "unused-component",
        "/components/schemas/Spare",
        at("components", "schemas", "Spare", value={}),
    ),
    (
        "discriminator",
        "/components/schemas/Said/discriminator",
        at(*BODY, "discriminator", value="kind"),
    ),
    (
        "discriminator",
        "/components/schemas/Said/discriminator",
        at(*BODY, "discriminator", value="id"),
    ),
    (
        "discriminator",
        "/components/schemas/Said/discriminator",
        at(*BODY, "discriminator", value={"propertyName": "action"}),
    ),
    ("pattern", f"{X}/pattern", field(type="string", pattern="(")),
    ("pattern", f"{X}/patternProperties/(", field(patternProperties={"(": {}})),
    ("pattern-flag", f"{X}/pattern", field(type="string", pattern=r"\-")),
    ("undecided-pattern", f"{X}/pattern", field(type="string", pattern="^(?!a)")),
    ("unsatisfiable", f"{X}/minimum", field(type="integer", minimum=2, maximum=1)),
    (
        "unsatisfiable",
        f"{X}/exclusiveMinimum",
        field(type="integer", exclusiveMinimum=1, maximum=1),
    ),
    ("unsatisfiable", f"{X}/minLength", field(type="string", minLength=2, maxLength=1)),
    ("unsatisfiable", f"{X}/minItems", field(type="array", minItems=2, maxItems=1)),
    ("unsatisfiable", f"{X}/minProperties", field(type="object", minProperties=2, maxProperties=1)),
    ("unsatisfiable", X, field(type="integer", const="a")),
    ("unsatisfiable", X, field(type="integer", enum=["a", "b"])),
    ("unsatisfiable", X, field(allOf=[{"type": "integer"}, {"type": "string"}])),
    ("unsatisfiable", X, field(allOf=[{"const": 1}, {"const": 2}])),
    ("unsatisfiable", X, field(type="integer", allOf=[{"minimum": 5}, {"maximum": 4}])),
    (
        "unsatisfiable",
        X,
        field(
            type="object",
            allOf=[
                {"$ref": "#/components/schemas/Say"},
                {"$ref": "#/components/schemas/Told"},
            ],
        ),
    ),
    (
        "unsatisfiable",
        X,
        field(type="object", required=["a"], properties={"b": {}}, additionalProperties=False),
    ),
    (
        "unsatisfiable",
        X,
        field(
            type="object",
            allOf=[
                {"properties": {"a": {}}, "additionalProperties": False},
                {"properties": {"b": {}}, "required": ["b"]},
            ],
        ),
    ),
    *(
        (
            code,
            f"/channels/room/parameters/room/{key}{'' if key == 'default' else '/0'}",
            at(*ROOM, "parameters", "room", value={"x-schema": schema, key: value}),
        )
        for code, key, value, schema in (
            ("default-mismatch", "default", "lobby", {"type": "integer"}),
            ("default-mismatch", "default", "0", {"type": "integer", "minimum": 1}),
            ("enum-mismatch", "enum", ["x", "1"], {"type": ["integer", "boolean"]}),
            ("example-mismatch", "examples", ["lobby"], {"type": "string", "maxLength": 3}),
        )
    ),
    (
        "unsatisfiable",
        "/channels/room/parameters/room/x-schema/minimum",
        at(*ROOM, "parameters", "room", "x-schema", value={"minimum": 2, "maximum": 1}),
    ),
    (
        "keyword-spelling",
        "/channels/room/x-cookies/properties/a/minlength",
        at(*ROOM, "x-cookies", value={"type": "object", "properties": {"a": {"minlength": 1}}}),
    ),
    (
        "wrong-type",
        f"{X}/x-content-schema/minimum",
        field(type="string", **{"x-content-schema": {"minimum": "a", "maximum": 1}}),
    ),
    ("schema-default", f"{X}/default", field(type="integer", default="1")),
    (
        "default-mismatch",
        "/servers/main/variables/region/default",
        at("servers", "main", "variables", "region", "default", value="mars"),
    ),
    (
        "default-mismatch",
        "/channels/room/parameters/room/default",
        at(*ROOM, "parameters", "room", "default", value="cellar"),
    ),
    ("example-mismatch", f"{X}/examples/0", field(type="integer", examples=["1"])),
    (
        "example-mismatch",
        "/channels/room/parameters/room/examples/0",
        at(*ROOM, "parameters", "room", "examples", value=["cellar"]),
    ),
    (
        "example-mismatch",
        "/components/messages/Said/examples/0/payload",
        at(*SAID, "examples", 0, "payload", value={"action": "no"}),
    ),
    (
        "example-mismatch",
        "/components/messages/Said/examples/0/headers",
        at(*SAID, "examples", 0, "headers", value={"trace": 1}),
    ),
    (
        "example-mismatch",
        "/components/messages/Said/traits/1/examples/0/payload",
        lambda target: target["components"]["messages"]["Said"].update(
            examples=[],
            traits=[
                {"examples": [{"payload": {"action": "overridden"}}]},
                {"examples": [{"payload": {"action": "no"}}]},
                {"description": "Nothing of examples."},
            ],
        ),
    ),
    ("schema-keyword", f"{X}/minContains", field(type="array", minContains=1)),
    ("schema-keyword", f"{X}/nullable", field(type="string", nullable=True)),
    ("keyword-spelling", f"{X}/requried", field(type="object", requried=["a"])),
    ("keyword-spelling", f"{X}/minlength", field(type="string", minlength=1)),
    ("enum-mismatch", f"{X}/enum/1", field(type="integer", enum=[1, "2"])),
    (
        "extension-value",
        "/channels/room/x-limits/burst",
        at(*ROOM, "x-limits", "burst", value="many"),
    ),
    (
        "extension-value",
        "/channels/room/x-heartbeat/interval",
        at(*ROOM, "x-heartbeat", "interval", value=0),
    ),
    (
        "extension-value",
        "/channels/room/x-close-codes/99",
        at(*ROOM, "x-close-codes", value={"99": "?"}),
    ),
    (
        "extension-value",
        "/channels/room/x-close-codes/4401/retry",
        at(*ROOM, "x-close-codes", "4401", "retry", value="maybe"),
    ),
    ("extension-value", "/operations/say/x-stream", at(*SAY, "x-stream", value="yes")),
    ("extension-value", "/operations/say/x-idempotent", at(*SAY, "x-idempotent", value="yes")),
    ("extension-value", "/components/messages/Said/x-outcome", at(*SAID, "x-outcome", value="bad")),
    ("extension-value", "/info/x-perspective", at("info", "x-perspective", value="both")),
    ("extension-value", "/info/x-perspective", at("info", "x-perspective", value="server")),
    ("extension-value", "/operations/say/x-cancel", at(*SAY, "x-cancel", value="cancel")),
    ("extension-value", "/operations/say/x-refresh", at(*SAY, "x-refresh", value=False)),
    (
        "extension-value",
        "/components/messages/Said/x-outcome",
        at(*SAID, "x-outcome", value="success"),
    ),
    (
        "extension-value",
        "/channels/room/x-cookies",
        at(*ROOM, "x-cookies", value={"type": "object"}),
    ),
    (
        "extension-value",
        "/channels/room/x-subprotocols/token",
        at(*ROOM, "x-subprotocols", value={"token": 1}),
    ),
    (
        "extension-value",
        "/channels/room/x-limits/bursts",
        at(*ROOM, "x-limits", "bursts", value=1),
    ),
    (
        "extension-value",
        "/operations/say/x-stream/end/1",
        at(*SAY, "x-stream", value={"end": ["Said", 1]}),
    ),
    (
        "extension-value",
        "/channels/room/parameters/room/x-schema",
        at(*ROOM, "parameters", "room", "x-schema", value="integer"),
    ),
    ("extension-value", f"{X}/x-format", field(type="string", **{"x-format": 1})),
    (
        "extension-value",
        "/components/securitySchemes/token/x-subprotocol",
        at("components", "securitySchemes", "token", "x-subprotocol", value={"name": "token"}),
    ),
    (
        "extension-target",
        "/operations/say/x-stream/end/0",
        at(*SAY, "x-stream", value={"end": ["Told"]}),
    ),
    (
        "extension-target",
        "/operations/say/x-cancel",
        at(*SAY, "x-cancel", value={"$ref": "#/operations/stop"}),
    ),
    (
        "extension-target",
        "/operations/say/x-cancel",
        at(*SAY, "x-cancel", value={"$ref": "#/operations/tell"}),
    ),
    (
        "extension-value",
        "/channels/room/x-ready/$ref",
        at(*ROOM, "x-ready", value={"$ref": "#/components/schemas/Told"}),
    ),
    (
        "extension-target",
        "/channels/room/x-ready",
        at(*ROOM, "x-ready", value={"$ref": "#/channels/room/messages/Nobody"}),
    ),
    (
        "extension-value",
        "/channels/room/x-reconnect/retryAfter",
        at(*ROOM, "x-reconnect", "retryAfter", value="seconds"),
    ),
    (
        "extension-target",
        "/channels/room/x-reconnect/message",
        at(*ROOM, "x-reconnect", "message", "$ref", value="#/channels/room/messages/Nobody"),
    ),
    (
        "extension-place",
        "/channels/room/x-reconnect/message",
        at(*ROOM, "x-reconnect", "message", "$ref", value="#/channels/room/messages/Say"),
    ),
    (
        "extension-target",
        "/channels/room/x-heartbeat/operation",
        at(*ROOM, "x-heartbeat", "operation", value={"$ref": "#/operations/no"}),
    ),
    (
        "extension-place",
        "/channels/room/x-ready",
        at(*ROOM, "x-ready", value={"$ref": "#/channels/room/messages/Say"}),
    ),
    (
        "extension-place",
        "/channels/room/x-heartbeat/operation",
        at(*ROOM, "x-heartbeat", "operation", value={"$ref": "#/operations/tell"}),
    ),
    ("extension-place", "/operations/tell/x-idempotent", at(*TELL, "x-idempotent", value=True)),
    ("extension-place", "/channels/room/x-stream", at(*ROOM, "x-stream", value=True)),
]

ELSEWHERE = {
    "ambiguous-message": "below",
    "missing-file": "tests/asyncapi/test_linting_files.py",
    "repeated-parts": "tests/asyncapi/test_linting.py",
}


def findings(target: dict[str, Any], *ignored: str) -> list[tuple[str, str]]:
    return [(found.code, found.pointer) for found in lint(target) if found.code not in ignored]


def test_nothing_is_found_where_nothing_is_wrong() -> None:
    right = document()
    assert findings(right, "unused-component") == []


@pytest.mark.parametrize(
    ("code", "pointer", "change"), CASES, ids=[f"{code} {place}" for code, place, _ in CASES]
)
def test_what_a_rule_is_for_is_found(code: str, pointer: str, change: Change) -> None:
    wrong = document()
    change(wrong)
    found = [item for item in lint(wrong) if (item.code, item.pointer) == (code, pointer)]
    assert len(found) == 1, lint(wrong)
    assert found[0].severity == RULES[code].severity
    assert found[0].message.endswith((".", "?"))
    assert found[0].hint


def test_every_rule_has_a_case() -> None:
    assert {code for code, _, _ in CASES} | ELSEWHERE.keys() == RULES.keys()


def test_the_page_has_every_rule_with_its_severity() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "lint.md").read_text("utf-8")
    rows = re.findall(r"^\| `([a-z-]+)` \| (\w+) \| (.+) \|$", page, re.M)
    assert rows == [(code, rule.severity, rule.found) for code, rule in sorted(RULES.items())]


HARMLESS: list[Change] = [
    field(type="object", required=["a"]),
    field(allOf=[{"type": "string"}, {"required": ["a"], "properties": {"a": {}}}]),
    field(allOf=[{"type": "number", "minimum": 1}, {"type": "integer", "maximum": 1}]),
    field(type="array", contains={"const": 1}),
    field(type="string", format="made-up", **{"x-any": 1}),
    field(enum=[1, "a", None]),
    field(type=["integer", "null"], default=None),
    field(type="string", pattern=r"^\p{L}+$", examples=["é"]),
    field(anyOf=[{"type": "integer"}, {"type": "string"}], default="a"),
    field(type="object", title="Own", myKeyword=1),
    at("servers", "main", "protocol", value="wss"),
    at(*SAID, "contentType", value="application/vnd.example.v1+json; charset=utf-8"),
    *(
        at(*SAID, "contentType", value=value)
        for value in (
            *("application/bson", "application/jsonl", "text/css", "font/woff2", "X-a/b"),
            *('multipart/mixed; boundary="a b"', "Application/JSON;a=1;b=2", "avro/binary"),
        )
    ),
    at(*SAID, "headers", value={"type": ["object", "null"]}),
    at(*SAID, "headers", value={"allOf": [{"properties": {"a": {}}}]}),
    at(*ROOM, "bindings", "ws", "query", value={"properties": {"a": {"type": "string"}}}),
    at("servers", "main", "pathname", value="/v1"),
    at("servers", "main", "protocol", value="made-up"),
    at("components", "messages", "Say", "payload", value={"type": "object"}),
    at(*SAY, "x-stream", value=True),
    at(*ROOM, "x-subprotocols", value={"token": "Two subprotocols."}),
    at(*ROOM, "x-cookies", value={"type": "object", "properties": {}}),
    *(
        at(*ROOM, "parameters", "room", value={"x-schema": schema, "default": text})
        for schema, text in (
            ({"type": "integer"}, "7"),
            ({"type": "string"}, "7"),
            ({"type": "number", "maximum": 2}, "1.5"),
            ({"type": "boolean"}, "true"),
            ({"type": "string", "format": "uuid"}, "x"),
            ({"anyOf": [{"type": "integer"}, {"const": "new"}]}, "new"),
        )
    ),
    field(type="string", **{"x-format": "date-time", "x-pattern": "(?i)^a$"}),
    at(*ROOM, "x-close-codes", value={"4409": "A text."}),
    at("channels", "again", value={**document()["channels"]["room"], "x-heartbeat": {}}),
]


@pytest.mark.parametrize("change", HARMLESS)
def test_what_is_right_is_not_found(change: Change) -> None:
    right = document()
    change(right)
    if "again" in right["channels"]:  # a second channel of the same address
        del right["channels"]["again"]["x-heartbeat"]
        right["channels"]["again"].pop("x-ready")
        right["channels"]["again"].pop("x-reconnect")
        operation = {"action": "send", "channel": {"$ref": "#/channels/again"}, "summary": "Again."}
        right["operations"]["again"] = operation
    assert findings(right, "unused-component") == []


def test_headers_may_be_declared_by_a_trait() -> None:
    right = document()
    said = right["components"]["messages"]["Said"]
    said["correlationId"] = {"location": "$message.header#/request"}
    said["traits"] = [
        {"headers": {"type": "object", "properties": {"request": {"type": "string"}}}},
        {"headers": {"type": "object", "properties": {"other": {"type": "string"}}}},
    ]
    assert findings(right, "unused-component") == []
    del said["headers"]
    assert findings(right, "unused-component") == []
    said["correlationId"] = {"location": "$message.header#/nothing"}
    [(code, _)] = findings(right, "unused-component")
    assert code == "correlation-header"


def test_servers_may_speak_several_protocols() -> None:
    right = document()
    right["servers"]["broker"] = {"host": "broker:9092", "protocol": "kafka"}
    right["channels"]["room"]["servers"].append({"$ref": "#/servers/broker"})
    for part in (right["operations"]["tell"], right["components"]["messages"]["Said"]):
        part["bindings"] = {"kafka": {"bindingVersion": "0.5.0"}}
    assert findings(right, "unused-component") == []


def test_sides_are_those_of_the_client_where_the_document_is_its_own() -> None:
    turned = document()
    turned["info"]["x-perspective"] = "client"
    for operation in turned["operations"].values():
        operation["action"] = "send" if operation["action"] == "receive" else "receive"
    assert findings(turned, "unused-component") == []
    del turned["info"]["x-perspective"]
    assert {code for code, _ in findings(turned)} == {
        *("extension-place", "extension-target", "unused-component")
    }


def two_messages(one: dict[str, Any], other: dict[str, Any]) -> list[Finding]:
    """What is found of two messages that the server sends on one channel."""
    wrong = document()
    schemas = wrong["components"]["schemas"]
    for name, described in (("Said", one), ("Told", other)):
        schemas[name] = {
            "type": "object",
            "properties": {"action": {"const": "x"}, **described.get("properties", {})},
            "required": ["action", *described.get("required", [])],
            **({"additionalProperties": False} if "additionalProperties" in described else {}),
        }
        wrong["components"]["messages"][name]["examples"] = []
        wrong["components"]["messages"][name].pop("correlationId")
    return [found for found in lint(wrong) if found.code == "ambiguous-message"]


INTEGER: dict[str, Any] = {"properties": {"payload": {"type": "integer"}}, "required": ["payload"]}
STRING: dict[str, Any] = {"properties": {"payload": {"type": "string"}}, "required": ["payload"]}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (INTEGER, STRING),
        (INTEGER, {"properties": {"payload": {"type": "string"}}}),
        (INTEGER, {"properties": {"payload": {"anyOf": [{"type": "string"}, {"type": "null"}]}}}),
        (INTEGER, {"properties": {}, "additionalProperties": False}),
        (
            {"properties": {"payload": {"type": "integer", "maximum": 1}}, "required": ["payload"]},
            {"properties": {"payload": {"type": "integer", "minimum": 2}}, "required": ["payload"]},
        ),
    ],
)
def test_messages_of_one_action_may_differ_by_what_they_hold(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    assert two_messages(one, other) == []
    assert two_messages(other, one) == []


@pytest.mark.parametrize(
    "other",
    [
        INTEGER,
        {},
        {"properties": {"payload": {"type": ["integer", "null"]}}},
        {"properties": {"payload": {"type": "number"}}, "required": ["payload"]},
        {"properties": {"payload": {"enum": [1, "a"]}}, "required": ["payload"]},
    ],
)
def test_messages_that_one_frame_may_be_are_one_finding(other: dict[str, Any]) -> None:
    [found] = two_messages(INTEGER, other)
    assert found.severity == "warning"
    assert found.message == "A frame may be any of 'Said', 'Told'."


def test_a_thousand_messages_alike_are_one_finding() -> None:
    wrong = document()
    names = [f"M{index:04}" for index in range(1000)]
    wrong["channels"]["room"]["messages"] |= {
        name: {"name": name, "summary": "One of many.", "payload": {"type": "object"}}
        for name in names
    }
    wrong["operations"]["tell"]["messages"] = [
        {"$ref": f"#/channels/room/messages/{name}"} for name in names
    ]
    [found] = [found for found in lint(wrong) if found.code == "ambiguous-message"]
    # And the reply, which the server sends too.
    assert found.message == "A frame may be any of 'M0000', 'M0001', 'M0002' and 998 more."
