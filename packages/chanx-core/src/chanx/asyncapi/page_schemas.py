"""How the documentation page shows schemas and examples."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from chanx.asyncapi.html import Html, element, joined, text
from chanx.asyncapi.names import key_of
from chanx.asyncapi.walk import Schema, is_array, is_object

_CODE: Final = re.compile(r"``(.+?)``|`(.+?)`", re.S)

_CONSTRAINTS: Final = {
    "minimum": "≥ {}",
    "exclusiveMinimum": "> {}",
    "maximum": "≤ {}",
    "exclusiveMaximum": "< {}",
    "multipleOf": "multiple of {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "pattern": "matches {}",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
    "default": "default {}",
}


def anchor(kind: str, key: str) -> str:
    """Return the link to a part of the page."""
    return f"#{kind}-{key_of(key)}"


def link_to(reference: str) -> str:
    """Return the link to the schema that a reference leads to."""
    return anchor("schema", reference.rpartition("/")[2])


def paragraph(value: str | None) -> Html | None:
    """Return a text with its line breaks, and with code where backticks say so; None for none."""
    if not value:
        return None
    return element("p", inline(value), class_="text")


def inline(value: str) -> Html:
    """Return a text with code where backticks say so."""
    return joined(*_with_code(value))


def _with_code(value: str) -> Iterator[Html]:
    begin = 0
    for found in _CODE.finditer(value):
        yield text(value[begin : found.start()])
        yield element("code", found[1] or found[2])
        begin = found.end()
    yield text(value[begin:])


def example_block(example: Any) -> Html:
    """Return an example as text."""
    return element("pre", element("code", json.dumps(example, ensure_ascii=False, indent=2)))


def field_table(schema: Schema) -> Html:
    """Return a table of an object's properties, or the type of anything else."""
    properties = schema.get("properties")
    if not properties:
        return element("p", _type(schema), class_="text")
    head = element("tr", *[element("th", name) for name in ("Field", "Type", "Description")])
    required = schema.get("required", ())
    rows = [_row(name, part, name in required) for name, part in properties.items()]
    return element("div", element("table", head, *rows), class_="scroll")


def _row(name: str, schema: Any, is_required: bool) -> Html:
    mark = element("span", " required", class_="required") if is_required else None
    description = schema.get("description") if is_object(schema) else None
    facts = list(_facts(schema)) if is_object(schema) else []
    return element(
        "tr",
        element("td", element("code", name), mark),
        element("td", _type(schema)),
        element(
            "td",
            inline(description) if description else None,
            element("div", ", ".join(facts), class_="soft") if facts else None,
        ),
    )


def _facts(schema: Schema) -> Iterator[str]:
    for keyword, form in _CONSTRAINTS.items():
        if schema.get(keyword) is not None:
            value = schema[keyword]
            shown = value if keyword == "pattern" else json.dumps(value, ensure_ascii=False)
            yield form.format(shown)
    if schema.get("deprecated"):
        yield "deprecated"


def _type(schema: Any) -> Html:
    if not is_object(schema):
        return text("anything")
    if "$ref" in schema:
        reference = str(schema["$ref"])
        return element("a", reference.rpartition("/")[2], href=link_to(reference))
    for keyword in ("const", "enum"):
        if keyword in schema:
            values = schema["enum"] if keyword == "enum" else [schema["const"]]
            return _alternatives([element("code", json.dumps(item)) for item in values])
    for keyword in ("oneOf", "anyOf", "allOf"):
        if keyword in schema:
            return _alternatives([_type(part) for part in schema[keyword]])
    kind = schema.get("type", "anything")
    if kind == "array":
        items = schema.get("items")
        parts = [_type(item) for item in items] if is_array(items) else [_type(items)]
        return joined("array of ", *_separated(parts, ", "))
    if kind == "object" and is_object(more := schema.get("additionalProperties")):
        return joined("map of ", _type(more))
    shown = " | ".join(map(str, kind)) if is_array(kind) else str(kind)
    named = schema.get("format", schema.get("x-format"))
    return text(f"{shown} ({named})" if named else shown)


def _alternatives(parts: list[Html]) -> Html:
    return joined(*_separated(list(dict.fromkeys(parts)), " | "))


def _separated(parts: list[Html], separator: str) -> Iterator[Html]:
    for index, part in enumerate(parts):
        if index:
            yield text(separator)
        yield part


__all__ = ["anchor", "example_block", "field_table", "inline", "link_to", "paragraph"]
