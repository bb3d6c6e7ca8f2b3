"""One cause is one finding: what follows from something wrong is not told beside it."""

from typing import Any

import pytest

from chanx.asyncapi.linting import lint
from tests.asyncapi.linted import ROOM, SAID, SAY, TELL, Change, X, at, document, field

SERVER = ("servers", "main")


def together(*changes: Change) -> Change:
    def change(target: dict[str, Any]) -> None:
        for one in changes:
            one(target)

    return change


def secured(scheme: dict[str, Any]) -> Change:
    return at(*SERVER, "security", value=[scheme])


def schemas(**given: Any) -> Change:
    return together(
        *(at("components", "schemas", name, value=part) for name, part in given.items())
    )


def to(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


CAUSES: dict[str, tuple[Change, str, str]] = {
    "a host is missing, whose variables are declared": (
        at(*SERVER, "host", value=...),
        "missing-key",
        "/servers/main",
    ),
    "a channel is missing, whose messages are referred to": (
        at(*TELL, "channel", value=...),
        "missing-key",
        "/operations/tell",
    ),
    "a value of a wrong type, looked at as this and as that": (
        at(*SAID, "payload", value={"$ref": 5}),
        "wrong-type",
        "/components/messages/Said/payload/$ref",
    ),
    "a message of a channel is a schema, and operations refer to it": (
        at(*ROOM, "messages", "Told", value=to("Told")),
        "wrong-reference",
        "/channels/room/messages/Told/$ref",
    ),
    "the channel of an operation is an operation": (
        at(*TELL, "channel", value={"$ref": "#/operations/say"}),
        "wrong-reference",
        "/operations/tell/channel/$ref",
    ),
    "the channel of a reply is a server": (
        at(*SAY, "reply", "channel", value={"$ref": "#/servers/main"}),
        "wrong-reference",
        "/operations/say/reply/channel/$ref",
    ),
    "security refers to a schema": (
        secured(to("Said")),
        "wrong-reference",
        "/servers/main/security/0/$ref",
    ),
    "security names a scheme, as in AsyncAPI 2": (
        secured({"token": []}),
        "missing-key",
        "/servers/main/security/0",
    ),
    "a schema refers to itself, and others to it": (
        together(schemas(A=to("A")), field(allOf=[to("A"), to("A")])),
        "reference-cycle",
        "/components/schemas/A/$ref",
    ),
    "three schemas refer to each other, and others to them": (
        together(schemas(A=to("B"), B=to("C"), C=to("A")), field(allOf=[to("B"), to("C")])),
        "reference-cycle",
        "/components/schemas/A/$ref",
    ),
    "a payload leads nowhere, and its schema is used no more": (
        together(
            at(*SAID, "payload", value=to("Sayd")),
            at(*SAID, "correlationId", value=...),
        ),
        "dangling-reference",
        "/components/messages/Said/payload/$ref",
    ),
    "a message of an operation leads nowhere, and the message is used no more": (
        at(*TELL, "messages", value=[{"$ref": "#/channels/room/messages/Tod"}]),
        "dangling-reference",
        "/operations/tell/messages/0/$ref",
    ),
    "an operation lists no messages, and so uses none": (
        at(*TELL, "messages", value=[]),
        "empty-messages",
        "/operations/tell/messages",
    ),
    "a reply lists no messages, and so uses none": (
        together(at(*SAY, "reply", "messages", value=[]), at(*SAY, "x-stream", value=True)),
        "empty-messages",
        "/operations/say/reply/messages",
    ),
    "a component is unused, and so is what it refers to": (
        schemas(Spare={"allOf": [to("Part"), to("Other")]}, Part={"items": to("Other")}, Other={}),
        "unused-component",
        "/components/schemas/Spare",
    ),
    "components refer to each other, and nothing to them": (
        schemas(Ping={"items": to("Pong")}, Pong={"items": to("Ping")}),
        "unused-component",
        "/components/schemas/Ping",
    ),
    "a key that is required is misspelt": (
        together(at("info", "verison", value="1"), at("info", "version", value=...)),
        "unknown-key",
        "/info/verison",
    ),
    "a summary is misspelt": (
        together(at(*SAID, "sumary", value="It."), at(*SAID, "summary", value=...)),
        "unknown-key",
        "/components/messages/Said/sumary",
    ),
    "a reference is no URI, and leads nowhere": (
        field(**{"$ref": "#/components/schemas/No such"}),
        "format",
        f"{X}/$ref",
    ),
    "a message stands where a reference to one should": (
        at(*TELL, "messages", value=[{"name": "told", "payload": {"type": "string"}}]),
        "missing-key",
        "/operations/tell/messages/0",
    ),
    "an enum is empty, and so nothing matches": (
        field(enum=[]),
        "wrong-value",
        f"{X}/enum",
    ),
}


@pytest.mark.parametrize("cause", CAUSES)
def test_a_cause_is_found_once(cause: str) -> None:
    change, code, pointer = CAUSES[cause]
    wrong = document()
    wrong["servers"]["main"]["security"] = [{"$ref": "#/components/securitySchemes/token"}]
    for extension in ("x-ready", "x-reconnect"):  # these are about a message that is sent
        del wrong["channels"]["room"][extension]
    assert lint(wrong) == []
    change(wrong)
    assert [(found.code, found.pointer) for found in lint(wrong)] == [(code, pointer)]


def test_what_is_wrong_elsewhere_is_told_all_the_same() -> None:
    wrong = document()
    wrong["components"]["schemas"]["Spare"] = {}
    wrong["components"]["messages"]["Spare"] = {"name": "spare", "summary": "One too many."}
    wrong["components"]["schemas"]["Said"]["properties"]["x"] = to("Sad")
    assert [(found.code, found.pointer) for found in lint(wrong)] == [
        ("unused-component", "/components/messages/Spare"),
        ("dangling-reference", f"{X}/$ref"),
        ("unused-component", "/components/securitySchemes/token"),
    ]
    wrong["components"]["schemas"]["Said"]["properties"]["x"] = to("Say")
    assert ("unused-component", "/components/schemas/Spare") in [
        (found.code, found.pointer) for found in lint(wrong)
    ]


def test_a_reference_to_another_host_hides_nothing() -> None:
    wrong = document()
    wrong["components"]["schemas"]["Spare"] = {}
    wrong["components"]["schemas"]["Said"]["properties"]["x"] = {"$ref": "https://example.com/a"}
    assert "unused-component" in [found.code for found in lint(wrong)]


def test_a_scheme_of_asyncapi_2_is_told_how_it_is_written_now() -> None:
    wrong = document()
    secured({"token": []})(wrong)
    [found] = lint(wrong)
    assert found.hint == "Schemes are referred to: {$ref: '#/components/securitySchemes/token'}."


def test_scopes_of_asyncapi_2_are_told_once_with_their_name_of_now() -> None:
    wrong = document()
    flow = {"tokenUrl": "https://example.com/token", "scopes": {"read": "Read."}}
    secured({"type": "oauth2", "flows": {"clientCredentials": flow}})(wrong)
    del wrong["components"]["securitySchemes"]
    [found] = lint(wrong)
    assert (found.code, found.pointer, found.hint) == (
        "unknown-key",
        "/servers/main/security/0/flows/clientCredentials/scopes",
        "Write availableScopes: scopes is AsyncAPI 2's.",
    )


def test_the_url_of_a_server_of_asyncapi_2_is_told_once_with_what_it_is_now() -> None:
    wrong = document()
    wrong["servers"]["main"] = {"url": "wss://example.com/ws", "protocol": "wss"}
    del wrong["components"]["securitySchemes"]
    [found] = lint(wrong)
    assert (found.code, found.pointer, found.hint) == (
        "unknown-key",
        "/servers/main/url",
        "Write host and pathname: url is AsyncAPI 2's.",
    )
