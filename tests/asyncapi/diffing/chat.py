"""A small document for tests of comparisons, and what they ask of these."""

from typing import Any

from chanx.asyncapi.diffing import Change, Verdict, diff
from chanx.asyncapi.diffing.change import VERDICTS

JsonObject = dict[str, Any]


def message(action: str, *required: str, **properties: Any) -> JsonObject:
    """The payload of a message with an action."""
    return {
        "type": "object",
        "properties": {"action": {"const": action, "type": "string"}, **properties},
        "required": ["action", *required],
    }


def chat(
    *,
    say: Any = None,
    gone: Any = None,
    schemas: JsonObject | None = None,
) -> JsonObject:
    """A room to which clients send ``say``, answered with ``said``, and which pushes ``gone``."""
    payloads = {
        "Say": message("say") if say is None else say,
        "Said": message("said"),
        "Gone": message("gone") if gone is None else gone,
    }
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Chat", "version": "1.0.0"},
        "channels": {
            "room": {
                "address": "/ws/{room}",
                "parameters": {"room": {}},
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in payloads},
            }
        },
        "operations": {
            "room.say": {
                "action": "receive",
                "channel": {"$ref": "#/channels/room"},
                "messages": [{"$ref": "#/channels/room/messages/Say"}],
                "reply": {
                    "channel": {"$ref": "#/channels/room"},
                    "messages": [{"$ref": "#/channels/room/messages/Said"}],
                },
            },
            "room.gone": {
                "action": "send",
                "channel": {"$ref": "#/channels/room"},
                "messages": [{"$ref": "#/channels/room/messages/Gone"}],
            },
        },
        "components": {
            "messages": {name: {"payload": payload} for name, payload in payloads.items()},
            "schemas": schemas or {},
        },
    }


def field(schema: Any, *, sender: str, required: bool = False, **options: Any) -> JsonObject:
    """The document in which a message of one side has a property ``f``."""
    kind, action = ("say", "say") if sender == "client" else ("gone", "gone")
    payload = message(action, *(["f"] if required else []), f=schema)
    return chat(**{kind: payload}, **options)


def worst(changes: list[Change]) -> Verdict:
    """The gravest verdict of changes; safe if there are none, or of words only."""
    found: list[Verdict] = ["safe", *(change.verdict for change in changes)]
    return min(found, key=VERDICTS.index)


def verdict(old: JsonObject, new: JsonObject, **options: Any) -> Verdict:
    """The gravest verdict on the changes between two documents."""
    return worst(diff(old, new, **options))


def ids(changes: list[Change]) -> list[tuple[str, str]]:
    """The verdicts and ids of changes, those of words left out."""
    return [(change.verdict, change.id) for change in changes if change.verdict != "none"]
