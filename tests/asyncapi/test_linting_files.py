"""Documents in several files."""

from typing import Any

import pytest

from chanx.asyncapi.linting import Finding, lint

FILES: dict[str, Any] = {
    "common/messages.yaml": {
        "Say": {
            "name": "say",
            "summary": "Say it.",
            "payload": {"$ref": "schemas.yaml#/Say"},
        }
    },
    "common/schemas.yaml": {
        "Say": {"type": "object", "properties": {"to": {"$ref": "#/Name"}}},
        "Name": {"type": "string"},
    },
}


def document(message: str = "common/messages.yaml#/Say") -> dict[str, Any]:
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Chat", "version": "1"},
        "channels": {
            "room": {
                "address": "/room",
                "summary": "A room.",
                "messages": {"Say": {"$ref": message}},
            }
        },
        "operations": {
            "say": {
                "action": "receive",
                "channel": {"$ref": "#/channels/room"},
                "summary": "Say it.",
                "messages": [{"$ref": "#/channels/room/messages/Say"}],
            }
        },
    }


def read(path: str) -> Any:
    try:
        return FILES[path]
    except KeyError:
        raise ValueError("there is no such file") from None


def found_in(document: dict[str, Any], **files: Any) -> list[Finding]:
    def read_more(path: str) -> Any:
        return files[path] if path in files else read(path)

    return lint(document, read_file=read_more)


def test_files_are_read_relative_to_what_refers_to_them() -> None:
    assert found_in(document()) == []


def test_a_document_is_left_as_it_is() -> None:
    given = document()
    found_in(given)
    assert given == document()


@pytest.mark.parametrize("reference", ["missing.yaml#/Say", "missing.yaml", "common/no.yaml#/a"])
def test_a_missing_file_is_one_finding(reference: str) -> None:
    [found] = [item for item in found_in(document(reference)) if item.severity == "error"]
    assert found.code == "missing-file"
    assert found.message == f"{reference.partition('#')[0]} cannot be read: there is no such file."


def test_a_reference_into_a_file_may_lead_nowhere() -> None:
    [found] = found_in(document("common/messages.yaml#/Shout"))
    assert (found.code, found.pointer) == ("dangling-reference", "/channels/room/messages/Say/$ref")
    assert "common/messages.yaml#/Shout" in found.message


def test_what_is_wrong_in_a_file_is_found_there() -> None:
    wrong = {"Say": {"nam": "say", "payload": {"$ref": "common/schemas.yaml#/No"}}}
    found = found_in(document("other.yaml#/Say"), **{"other.yaml": wrong})
    errors = [item for item in found if item.severity == "error"]
    assert [(item.code, item.file, item.pointer) for item in errors] == [
        ("unknown-key", "other.yaml", "/Say/nam"),
        ("dangling-reference", "other.yaml", "/Say/payload/$ref"),
    ]
    assert str(errors[0]).startswith("other.yaml#/Say/nam: error unknown-key: ")


def test_what_files_describe_is_checked_as_the_document_is() -> None:
    hall = {
        "address": "/halls/{hall}",
        "messages": {
            "Told": {
                "payload": {"type": "string"},
                "correlationId": {"location": "$message.payload#/id"},
            }
        },
        "bindings": {"ws": {"query": {"type": "array"}}},
    }
    say = {"payload": {"$ref": "schemas.yaml#/Say"}, "examples": [{"payload": {"action": 1}}]}
    given = document("common/say.yaml#/Say")
    given["channels"]["hall"] = {"$ref": "hall.yaml"}
    given["operations"]["tell"] = {"action": "send", "channel": {"$ref": "#/channels/hall"}}
    schemas = {
        "Say": {
            "properties": {"action": {"type": "string"}, "size": {"$ref": "#/Size"}},
            "requried": ["action"],
        },
        "Size": {"type": "integer", "minimum": 2, "maximum": 1},
    }
    found = found_in(
        given,
        **{"hall.yaml": hall, "common/say.yaml": {"Say": say}, "common/schemas.yaml": schemas},
    )
    assert [(item.code, item.file, item.pointer) for item in found if item.severity != "info"] == [
        ("example-mismatch", "common/say.yaml", "/Say/examples/0/payload"),
        ("keyword-spelling", "common/schemas.yaml", "/Say/requried"),
        ("unsatisfiable", "common/schemas.yaml", "/Size/minimum"),
        ("headers-not-object", "hall.yaml", "/bindings/ws/query"),
        ("correlation-id", "hall.yaml", "/messages/Told/correlationId"),
        ("undeclared-parameter", "hall.yaml", "/parameters"),
    ]


def test_files_may_refer_to_each_other() -> None:
    files = {
        "a.yaml": {"A": {"type": "object", "properties": {"b": {"$ref": "b.yaml#/B"}}}},
        "b.yaml": {"B": {"type": "object", "properties": {"a": {"$ref": "a.yaml#/A"}}}},
    }
    given = document()
    given["components"] = {"schemas": {"A": {"$ref": "a.yaml#/A"}}}
    assert {item.code for item in found_in(given, **files)} == {"unused-component"}


def test_other_hosts_are_not_asked() -> None:
    given = document("https://example.com/common.yaml#/Say")
    [found] = found_in(given)
    assert (found.code, found.severity) == ("unread-file", "info")


def test_without_files_a_reference_to_one_is_told() -> None:
    [found] = lint(document())
    assert (found.code, found.severity) == ("unread-file", "info")
