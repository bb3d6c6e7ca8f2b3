"""The documentation page: one HTML document, rendered here, without any script."""

import base64
import hashlib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any, Final

from chanx.asyncapi.html import Html, element, joined
from chanx.asyncapi.page_schemas import (
    anchor,
    example_block,
    field_table,
    inline,
    link_to,
    paragraph,
)
from chanx.asyncapi.walk import is_object, resolve

_STYLE: Final = files("chanx.asyncapi").joinpath("docs.css").read_text(encoding="utf-8")

DOCS_CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; style-src 'sha256-"
    + base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    + "'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
"""The ``Content-Security-Policy`` header to serve the page with: it needs nothing but its style."""

Document = Mapping[str, Any]


def render_docs(
    document: Document, *, title: str | None = None, schema_url: str | None = None
) -> str:
    """Return the HTML page that shows a document.

    It has no script, fetches nothing, and escapes every text of the document. Serve it as
    ``text/html; charset=utf-8`` with :data:`DOCS_CONTENT_SECURITY_POLICY`.

    Args:
        document: The document.
        title: The page's title; None takes the document's.
        schema_url: Where the document itself is served, to link it; None for no link.
    """
    name = title or str(document["info"]["title"])
    head = element(
        "head",
        Html('<meta charset="utf-8">'),
        Html('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        Html('<link rel="icon" href="data:,">'),
        element("title", name),
        Html(f"<style>{_STYLE}</style>"),
    )
    main = element(
        "main", _header(document, name, schema_url), *_channels(document), *_schemas(document)
    )
    body = element("body", element("div", _navigation(document), main, class_="page"))
    return Html("<!doctype html>\n") + element("html", head, body, lang="en")


def _navigation(document: Document) -> Html:
    components = document.get("components", {})
    parts = {
        "Channels": [
            element("li", element("a", channel.get("address") or key, href=anchor("channel", key)))
            for key, channel in document.get("channels", {}).items()
        ],
        "Schemas": [
            element("li", element("a", key, href=anchor("schema", key)))
            for key in components.get("schemas", {})
        ],
    }
    content = [
        joined(element("h3", name), element("ul", *items)) for name, items in parts.items() if items
    ]
    return element("nav", *content)


def _header(document: Document, name: str, schema_url: str | None) -> Html:
    info = document["info"]
    facts = [element("span", f"Version {info['version']}", class_="tag")]
    facts.append(element("span", f"AsyncAPI {document['asyncapi']}", class_="tag"))
    if schema_url is not None:
        facts.append(element("a", "Document", href=schema_url, class_="tag"))
    servers = [
        element("li", element("code", _server_url(server)), *_described(server))
        for server in document.get("servers", {}).values()
    ]
    return joined(
        element("h1", name),
        element("div", *facts, class_="facts"),
        paragraph(info.get("description")),
        joined(element("h3", "Servers"), element("ul", *servers)) if servers else None,
    )


def _server_url(server: Mapping[str, Any]) -> str:
    return f"{server.get('protocol')}://{server.get('host')}{server.get('pathname', '')}"


def _described(thing: Mapping[str, Any]) -> Iterator[Html]:
    description = paragraph(thing.get("description") or thing.get("summary"))
    if description is not None:
        yield description


def _channels(document: Document) -> Iterator[Html]:
    operations = document.get("operations", {})
    for key, channel in document.get("channels", {}).items():
        own = [
            operation
            for operation in operations.values()
            if operation["channel"].get("$ref") == f"#/channels/{key}"
        ]
        tags = [element("span", tag["name"], class_="tag") for tag in channel.get("tags", ())]
        yield element(
            "section",
            element("h2", element("code", channel.get("address") or key)),
            element("p", channel.get("title") or key, class_="soft"),
            *_described(channel),
            element("div", *tags, class_="facts") if tags else None,
            *_handshake(channel),
            *_operations(document, own, "receive", "Receives"),
            *_operations(document, own, "send", "Sends"),
            *_close_codes(channel),
            class_="card",
            id=anchor("channel", key)[1:],
        )


def _handshake(channel: Mapping[str, Any]) -> Iterator[Html]:
    parameters = {
        name: {"type": "string", **parameter.get("x-schema", {}), **parameter}
        for name, parameter in channel.get("parameters", {}).items()
    }
    binding = channel.get("bindings", {}).get("ws", {})
    parts = {
        "Path": {"properties": parameters, "required": list(parameters)},
        "Query": binding.get("query", {}),
        "Headers": binding.get("headers", {}),
    }
    for name, schema in parts.items():
        if schema.get("properties"):
            yield element("h3", name)
            yield field_table(schema)


def _operations(
    document: Document, operations: list[Any], action: str, name: str
) -> Iterator[Html]:
    own = [operation for operation in operations if operation.get("action") == action]
    if own:
        yield element("h3", name)
    for operation in own:
        yield element("details", _line(document, operation), _details(document, operation))


def _line(document: Document, operation: Mapping[str, Any]) -> Html:
    action = str(operation["action"])
    said = str(operation.get("summary") or operation.get("title") or "")
    names = [
        element("code", str(message.get("name", "")))
        for message in _messages(document, operation.get("messages", ()))
    ]
    return element(
        "summary",
        element("span", action, class_=f"badge {action}"),
        element("span", *names),
        element("span", inline(said), class_="soft"),
        element("span", "stream", class_="tag") if operation.get("x-stream") else None,
    )


def _details(document: Document, operation: Mapping[str, Any]) -> Html:
    reply = operation.get("reply", {})
    schemes = [
        element("span", f"Security: {item['$ref'].rpartition('/')[2]}", class_="tag")
        for item in operation.get("security", ())
        if "$ref" in item
    ]
    return element(
        "div",
        paragraph(operation.get("description")),
        element("div", *schemes, class_="facts") if schemes else None,
        *[_message(document, item) for item in _messages(document, operation.get("messages", ()))],
        element("h3", "Replies") if reply.get("messages") else None,
        *[_reply(item) for item in _messages(document, reply.get("messages", ()))],
    )


def _reply(message: Mapping[str, Any]) -> Html:
    name = str(message.get("title") or message.get("name") or "")
    reference = message.get("payload", {}).get("$ref")
    shown = element("a", name, href=link_to(reference)) if reference else name
    summary = element("span", " ", inline(message.get("summary") or ""), class_="soft")
    return element("div", element("code", str(message.get("name", ""))), " ", shown, summary)


def _messages(document: Document, references: Any) -> Iterator[Mapping[str, Any]]:
    for reference in references:
        found: Any = reference
        while is_object(found) and "$ref" in found:
            found = resolve(document, found["$ref"])
        yield found


def _message(document: Document, message: Mapping[str, Any]) -> Html:
    payload = message.get("payload", {})
    schema = resolve(document, payload["$ref"]) if "$ref" in payload else payload
    examples = [example_block(item["payload"]) for item in message.get("examples", ())]
    return element(
        "div",
        element("h4", str(message.get("title") or message.get("name") or "")),
        *_described(message),
        field_table(schema),
        *examples,
        class_="message",
    )


def _close_codes(channel: Mapping[str, Any]) -> Iterator[Html]:
    codes = channel.get("x-close-codes", {})
    if codes:
        rows = [
            element("tr", element("td", element("code", code)), element("td", meaning))
            for code, meaning in codes.items()
        ]
        line = element("summary", element("span", "Close codes"))
        table = element("div", element("table", *rows), class_="scroll")
        yield element("details", line, element("div", table))


def _schemas(document: Document) -> Iterator[Html]:
    for key, schema in document.get("components", {}).get("schemas", {}).items():
        yield element(
            "section",
            element("h2", key),
            *_described(schema),
            field_table(schema),
            class_="card",
            id=anchor("schema", key)[1:],
        )


__all__ = ["DOCS_CONTENT_SECURITY_POLICY", "render_docs"]
