"""What changes of a document mean that are none of a schema: the table of rules, row by row."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from chanx.asyncapi.diffing import diff
from tests.asyncapi.diffing.chat import chat, ids, message, verdict

Edit = Callable[[dict[str, Any]], Any]


def edited(document: dict[str, Any], edit: Edit) -> dict[str, Any]:
    """A copy of a document, edited."""
    copy: dict[str, Any] = json.loads(json.dumps(document))
    edit(copy)
    return copy


def at(path: str, value: Any) -> Edit:
    """Sets what stands at a path of keys."""

    def edit(document: dict[str, Any]) -> None:
        *keys, last = path.split("/")
        for key in keys:
            document = document.setdefault(key, {})
        if value is GONE:
            del document[last]
        else:
            document[last] = value

    return edit


def both(*edits: Edit) -> Edit:
    def edit(document: dict[str, Any]) -> None:
        for part in edits:
            part(document)

    return edit


GONE = object()
ROOM, SAY, PUSH = "channels/room", "operations/room.say", "operations/room.gone"
QUERY = f"{ROOM}/bindings/ws/query"
TEXT = {"type": "string"}
TOKEN = {"type": "http", "scheme": "bearer"}
COOKIE = {"type": "httpApiKey", "in": "cookie", "name": "s"}
FORM = {**COOKIE, "x-subprotocol": {"name": "token", "form": "pair"}}


def renamed(kind: str, old: str, new: str) -> Edit:
    """Renames a key, and whatever refers to it."""

    def edit(document: dict[str, Any]) -> None:
        keys = kind.split("/")
        found = document
        for key in keys:
            found = found[key]
        found[new] = found.pop(old)
        text = json.dumps(document).replace(f"#/{kind}/{old}", f"#/{kind}/{new}")
        document.clear()
        document.update(json.loads(text))

    return edit


def with_message(name: str, payload: Any) -> Edit:
    return both(
        at(f"{ROOM}/messages/{name}", {"$ref": f"#/components/messages/{name}"}),
        at(f"components/messages/{name}", {"payload": payload}),
    )


def replies(*names: str) -> Edit:
    refs = [{"$ref": f"#/channels/room/messages/{name}"} for name in names]
    return at(f"{SAY}/reply/messages", refs)


def nothing(document: dict[str, Any]) -> None:
    """Leave a document as it is."""


# What comes of the edits of the old and the new document.
ROWS: list[tuple[Edit, Edit, list[tuple[str, str]]]] = [
    (nothing, at(ROOM, GONE), [("breaking", "channel-removed")]),
    (nothing, at("channels/more", {"address": "/more"}), [("safe", "channel-added")]),
    (nothing, at(f"{ROOM}/address", "/chat/{room}"), [("breaking", "address-changed")]),
    (nothing, at(f"{ROOM}/address", "/ws/{room}/{x}"), [("breaking", "parameter-added")]),
    (nothing, at(f"{ROOM}/address", "/ws"), [("breaking", "parameter-removed")]),
    (nothing, renamed("channels", "room", "lounge"), []),
    (nothing, renamed("operations", "room.say", "room.talk"), [("review", "operation-renamed")]),
    (nothing, renamed("channels/room/messages", "Say", "Tell"), []),
    (nothing, renamed("components/messages", "Say", "Tell"), []),
    (nothing, both(at(f"{ROOM}/address", "/ws/{name}"), at(f"{ROOM}/parameters", {"name": {}})),
     []),
    (nothing, at(f"{ROOM}/parameters/room/enum", ["a"]), [("breaking", "parameter-enum-set")]),
    (at(f"{ROOM}/parameters/room/enum", ["a"]), nothing, [("safe", "parameter-enum-lifted")]),
    (nothing, at(f"{ROOM}/parameters/room/x-schema", {"type": "integer"}),
     [("breaking", "parameter-type-changed")]),
    (nothing, at(QUERY, {"type": "object", "properties": {"t": TEXT}}),
     [("safe", "query-added-optional")]),
    (nothing, at(QUERY, {"type": "object", "properties": {"t": TEXT}, "required": ["t"]}),
     [("breaking", "query-added-required")]),
    (at(QUERY, {"type": "object", "properties": {"t": TEXT}}), nothing,
     [("review", "query-removed")]),
    (at(QUERY, {"type": "object", "properties": {"t": TEXT, "u": TEXT}}),
     at(QUERY, {"type": "object", "properties": {"t": TEXT}}), [("review", "query-removed")]),
    (at(QUERY, {"type": "object", "properties": {"t": TEXT}}),
     at(QUERY, {"type": "object", "properties": {"t": {**TEXT, "maxLength": 9}}}),
     [("breaking", "query-bound-tightened")]),
    (nothing,
     at(f"{ROOM}/bindings/ws/headers",
     {"type": "object", "properties": {"t": TEXT}, "required": ["t"]}),
     [("breaking", "header-added-required")]),
    (nothing, at(SAY, GONE), [("breaking", "message-removed")]),
    (nothing, at(PUSH, GONE), [("review", "message-removed")]),
    (nothing, at("components/messages/Say/payload", message("speak")),
     [("breaking", "message-removed"), ("safe", "message-added")]),
    (nothing, both(with_message("New", message("new")), replies("Said", "New")),
     [("breaking", "reply-added")]),
    (both(with_message("New", message("new")), replies("Said", "New")), nothing,
     [("safe", "reply-removed")]),
    (nothing, at(f"{SAY}/reply", GONE), [("breaking", "reply-removed")]),
    (at(f"{SAY}/reply", GONE), nothing, [("review", "reply-added")]),
    (nothing, at("components/messages/Said/x-outcome", "error"),
     [("breaking", "reply-became-error")]),
    (at("components/messages/Said/x-outcome", "error"), nothing, [("breaking", "outcome-changed")]),
    (nothing, at(f"{PUSH}/action", "receive"), [("breaking", "action-flipped")]),
    (nothing, at(f"{SAY}/x-stream", True), [("breaking", "stream-started")]),
    (at(f"{SAY}/x-stream", True), nothing, [("breaking", "stream-stopped")]),
    (at(f"{SAY}/x-stream", True), at(f"{SAY}/x-stream", {"end": ["Said"]}),
     [("safe", "stream-end-told")]),
    (at(f"{SAY}/x-stream", {"end": ["Said"]}), at(f"{SAY}/x-stream", {"end": ["Gone"]}),
     [("breaking", "stream-end-changed")]),
    (at(f"{SAY}/x-cancel", {"$ref": f"#/{SAY}"}), nothing, [("breaking", "cancel-removed")]),
    (nothing, at(f"{SAY}/x-cancel", {"$ref": f"#/{SAY}"}), [("safe", "cancel-added")]),
    (at(f"{SAY}/x-idempotent", True), nothing, [("review", "idempotent-lost")]),
    (nothing, at(f"{SAY}/x-idempotent", True), [("safe", "idempotent-gained")]),
    (nothing, at("components/messages/Say/correlationId", {"location": "$message.payload#/ref"}),
     [("safe", "correlation-added")]),
    (at("components/messages/Say/correlationId", {"location": "$message.payload#/ref"}), nothing,
     [("breaking", "correlation-removed")]),
    (at("components/messages/Say/correlationId", {"location": "$message.payload#/ref"}),
     at("components/messages/Say/correlationId", {"location": "$message.payload#/id"}),
     [("breaking", "correlation-moved")]),
    (nothing, at("components/messages/Say/contentType", "application/cbor"),
     [("breaking", "content-type-changed")]),
    (nothing, at("defaultContentType", "application/json"), []),
    (nothing, at(f"{SAY}/security", [TOKEN]), [("breaking", "security-added")]),
    (at(f"{SAY}/security", [TOKEN]), nothing, [("safe", "security-lifted")]),
    (at(f"{SAY}/security", [TOKEN]), at(f"{SAY}/security", [COOKIE, TOKEN]),
     [("safe", "security-alternative-added")]),
    (at(f"{SAY}/security", [TOKEN, COOKIE]), at(f"{SAY}/security", [COOKIE]),
     [("breaking", "security-alternative-removed")]),
    (at(f"{SAY}/security", [TOKEN]), at(f"{SAY}/security", [COOKIE]),
     [("breaking", "scheme-changed")]),
    (at(f"{SAY}/security", [COOKIE]), at(f"{SAY}/security", [FORM]),
     [("breaking", "subprotocol-form-changed")]),
    (at(f"{ROOM}/x-subprotocols", ["a", "b"]), at(f"{ROOM}/x-subprotocols", ["b"]),
     [("breaking", "subprotocol-removed")]),
    (nothing, at(f"{ROOM}/x-subprotocols", {"b": "Words."}), [("safe", "subprotocol-added")]),
    (nothing,
     at(f"{ROOM}/x-cookies", {"type": "object", "properties": {"t": TEXT}, "required": ["t"]}),
     [("breaking", "cookie-added-required")]),
    (at(f"{ROOM}/x-cookies", {"type": "object", "properties": {"t": TEXT}}), nothing,
     [("review", "cookie-removed")]),
    (at(f"{ROOM}/bindings/ws/headers", {"type": "object", "properties": {"t": TEXT}}), nothing,
     [("review", "header-removed")]),
    (nothing, at(f"{ROOM}/x-heartbeat", {"interval": 25}), [("safe", "heartbeat-added")]),
    (at(f"{ROOM}/x-heartbeat", {"operation": {"$ref": f"#/{SAY}"}}),
     both(at(f"{ROOM}/x-heartbeat", {"operation": {"$ref": f"#/{SAY}"}}),
          renamed("operations", "room.say", "room.talk")), [("review", "operation-renamed")]),
    (replies(), replies("Said"), [("review", "reply-added")]),
    (nothing, at(f"{ROOM}/x-ready", {"$ref": "#/components/messages/Gone"}),
     [("breaking", "ready-added")]),
    (at(f"{ROOM}/x-ready", {"$ref": "#/components/messages/Said"}), nothing,
     [("review", "ready-removed")]),
    (at(f"{ROOM}/x-ready", {"$ref": "#/components/messages/Said"}),
     at(f"{ROOM}/x-ready", {"$ref": "#/components/messages/Gone"}),
      [("breaking", "ready-changed")]),
    (at(f"{ROOM}/x-ready", {"$ref": "#/channels/room/messages/Gone"}),
     at(f"{ROOM}/x-ready", {"$ref": "#/components/messages/Gone"}), []),
    (nothing, at(f"{ROOM}/x-reconnect", {"message": {"$ref": "#/components/messages/Gone"}}),
     [("safe", "reconnect-added")]),
    (at(f"{ROOM}/x-reconnect", {"message": {"$ref": "#/components/messages/Said"}}),
     at(f"{ROOM}/x-reconnect", {"message": {"$ref": "#/components/messages/Gone"}}),
     [("review", "reconnect-changed")]),
    (at(f"{ROOM}/x-reconnect", {"message": {"$ref": "#/components/messages/Said"}}), nothing,
     [("review", "reconnect-changed")]),
    (at(f"{ROOM}/x-reconnect", {"message": {"$ref": "#/channels/room/messages/Gone"}}),
     at(f"{ROOM}/x-reconnect", {"message": {"$ref": "#/components/messages/Gone"}}), []),
    (at(f"{ROOM}/x-limits", {"maxMessageSize": 9}), at(f"{ROOM}/x-limits", {"maxMessageSize": 8}),
     [("breaking", "limit-lowered")]),
    (at(f"{ROOM}/x-limits", {"burst": 8}), at(f"{ROOM}/x-limits", {"burst": 9}),
     [("safe", "limit-raised")]),
    (at(f"{ROOM}/x-limits", {"burst": 8}), nothing, [("safe", "limit-lifted")]),
    (nothing, at(f"{ROOM}/x-limits", {"burst": 8}), [("review", "limit-told")]),
    (at(f"{ROOM}/x-heartbeat", {"interval": 25}), at(f"{ROOM}/x-heartbeat", {"interval": 9}),
     [("review", "heartbeat-changed")]),
    (at(f"{ROOM}/x-close-codes", {"4409": {"retry": "never"}}),
     at(f"{ROOM}/x-close-codes", {"4409": {"retry": "backoff"}}),
     [("safe", "close-code-retry-changed")]),
    (at(f"{ROOM}/x-close-codes", {"4409": {"retry": "backoff"}}),
     at(f"{ROOM}/x-close-codes", {"4409": {"retry": "never"}}),
     [("review", "close-code-retry-changed")]),
    (nothing, at(f"{ROOM}/x-close-codes", {"4409": "Taken."}), [("safe", "close-code-added")]),
    (at(f"{ROOM}/x-close-codes", {"4409": "Taken."}), nothing, [("safe", "close-code-removed")]),
    (at("servers/a", {"host": "a", "protocol": "wss"}),
     at("servers/b", {"host": "b", "protocol": "wss"}),
     [("breaking", "server-removed"), ("safe", "server-added")]),
    (at("servers/a", {"host": "a", "protocol": "wss"}),
     at("servers/b", {"host": "a", "protocol": "wss"}), []),
    (at("servers/a", {"host": "a", "protocol": "wss"}), nothing, [("breaking", "server-removed")]),
    (nothing, at("info/x-perspective", "client"), [("breaking", "perspective-changed")]),
    (nothing, at("components/messages/Say/payload/title", "Say it"), []),
    (nothing, at("asyncapi", "3.1.0"), []),
    (nothing, at("info/version", "9.0.0"), []),
    (nothing, at(f"{ROOM}/tags", [{"name": "x"}]), []),
]  # fmt: skip


@pytest.mark.parametrize(
    "row",
    ROWS,
    ids=[f"{(row[2] and row[2][0][1]) or 'unchanged'}-{index}" for index, row in enumerate(ROWS)],
)
def test_a_row_of_the_table(row: tuple[Edit, Edit, list[tuple[str, str]]]) -> None:
    before, after, expected = row
    changes = diff(edited(chat(), before), edited(chat(), after))
    assert sorted(ids(changes)) == sorted(expected)


@pytest.mark.parametrize(
    ("edit", "named"),
    [
        (renamed("channels", "room", "lounge"), "channel-renamed"),
        (renamed("operations", "room.say", "room.talk"), "operation-renamed"),
        (renamed("channels/room/messages", "Say", "Tell"), "message-renamed"),
        (both(at(f"{ROOM}/address", "/ws/{name}"), at(f"{ROOM}/parameters", {"name": {}})),
         "parameter-renamed"),
    ],
)  # fmt: skip
def test_names_count_on_the_level_of_sources(edit: Edit, named: str) -> None:
    changes = diff(chat(), edited(chat(), edit), level="source")
    assert ids(changes) == [("breaking", named)]


def test_the_name_of_a_schema_counts_on_the_level_of_sources() -> None:
    def named(name: str) -> dict[str, Any]:
        return chat(say={"$ref": f"#/components/schemas/{name}"}, schemas={name: message("say")})

    assert diff(named("Say"), named("Tell")) == []
    assert ids(diff(named("Say"), named("Tell"), level="source")) == [
        ("breaking", "schema-renamed")
    ]


def test_new_messages_are_for_review_where_clients_stumble_over_them() -> None:
    push = at(
        "operations/more",
        {
            "action": "send",
            "channel": {"$ref": f"#/{ROOM}"},
            "messages": [{"$ref": "#/channels/room/messages/New"}],
        },
    )
    new = edited(chat(), both(with_message("New", message("new")), push))
    assert ids(diff(chat(), new)) == [("safe", "message-added")]
    assert ids(diff(chat(), new, strict_unknown=True)) == [("review", "message-added")]


def test_messages_are_split_and_joined_without_a_change() -> None:
    joined = message("x", "n", n=TEXT)
    joined["properties"]["action"] = {"enum": ["a", "b"]}
    split = [with_message(name, message(name.lower(), "n", n=TEXT)) for name in "AB"]
    refs = [{"$ref": f"#/channels/room/messages/{name}"} for name in "AB"]
    one = edited(chat(say=joined), nothing)
    two = edited(chat(), both(*split, at(f"{SAY}/messages", refs)))
    assert diff(one, two) == diff(two, one) == []


def test_another_telling_property_is_a_break_in_both_directions() -> None:
    def told_by(key: str) -> dict[str, Any]:
        payloads: dict[str, Any] = {
            name: {"type": "object", "properties": {key: {"const": name}}, "required": [key]}
            for name in ("say", "gone")
        }
        return chat(**payloads)

    changes = diff(told_by("action"), told_by("type"))
    assert {("breaking", "client"), ("breaking", "server")} <= {
        (item.verdict, item.sender) for item in changes
    }


def test_messages_without_anything_telling_are_compared_with_all_that_they_may_be() -> None:
    old, new = (
        {"type": "object", "properties": {"n": {"type": kind}}} for kind in ("number", "integer")
    )
    assert verdict(chat(say=old), chat(say=new)) == "breaking"
    assert verdict(chat(say=new), chat(say=old)) == "safe"


def test_channels_of_one_address_are_one() -> None:
    apart = edited(chat(), nothing)
    apart["channels"]["pushes"] = {
        "address": "/ws/{who}",
        "messages": {"Gone": {"$ref": "#/components/messages/Gone"}},
    }
    apart["operations"]["room.gone"] = {
        "action": "send",
        "channel": {"$ref": "#/channels/pushes"},
        "messages": [{"$ref": "#/channels/pushes/messages/Gone"}],
    }
    assert diff(chat(), apart) == diff(apart, chat()) == []


def test_a_document_of_the_client_is_turned() -> None:
    def of_client(payload: Any) -> dict[str, Any]:
        return edited(chat(say=payload), at("info/x-perspective", "client"))

    # What the client receives, the server sends.
    changes = diff(of_client(message("say", "n", n=TEXT)), of_client(message("say", n=TEXT)))
    assert [(item.verdict, item.sender) for item in changes] == [("breaking", "server")]


@pytest.mark.parametrize(
    "document",
    [{}, {"channels": []}, {"channels": {"a": {"$ref": "#/channels/a"}}},
     {"operations": {"o": {"action": "send"}}},
     {"channels": {"a": {"address": 1,
      "messages": {"m": {"payload": {"type": 5, "properties": [], "enum": {}}}}}}}],
)  # fmt: skip
def test_documents_that_are_not_valid_are_compared_too(document: dict[str, Any]) -> None:
    assert diff(document, document) == []
    diff(document, chat())
    diff(chat(), document)


def test_a_fingerprint_is_blind_to_names_and_sees_the_wire() -> None:
    old = chat(say=message("say", n={"type": "number"}))
    new = chat(say=message("say", n={"type": "integer"}))
    [change] = diff(old, new)
    rename = both(
        renamed("channels", "room", "lounge"),
        renamed("components/messages", "Say", "Tell"),
        at("channels/lounge/address", "/ws/{name}"),
    )
    [again] = diff(edited(old, rename), edited(new, rename))
    assert again.fingerprint == change.fingerprint
    [other] = diff(
        chat(say=message("say", m={"type": "number"})),
        chat(say=message("say", m={"type": "integer"})),
    )
    assert other.fingerprint != change.fingerprint


def test_fingerprints_of_changes_at_one_place_differ() -> None:
    limits = [{"maxMessageSize": size, "burst": size} for size in (9, 8)]
    old, new = (edited(chat(), at(f"{ROOM}/x-limits", given)) for given in limits)
    names = [chat(say=message("say", *required, a=TEXT, b=TEXT)) for required in ([], ["a", "b"])]
    values = [chat(say=message("say", n={"enum": given})) for given in (["a", "b", "c"], ["c"])]
    for before, after in ((old, new), names, values):
        changes = diff(before, after)
        assert len(changes) == len({change.fingerprint for change in changes}) == 2


def test_a_type_that_becomes_a_list_of_values_is_not_what_tells_messages_apart() -> None:
    for spelled in ({"enum": [True, False]}, {"enum": [False, True], "type": "boolean"}):
        properties = {"action": {"const": "say"}, "loud": {"type": "boolean"}}
        payload = {"type": "object", "properties": properties, "required": ["action", "loud"]}
        channel = {"address": "/", "messages": {"say": {"payload": payload}}}
        old = {"asyncapi": "3.0.0", "info": {}, "channels": {"room": channel}}
        respelled = {**payload, "properties": {**properties, "loud": spelled}}
        channel = {"address": "/", "messages": {"say": {"payload": respelled}}}
        assert diff(old, {**old, "channels": {"room": channel}}) == []
