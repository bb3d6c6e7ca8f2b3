"""Draws values from JSON Schemas, and changes them until they may be wrong; always the same."""

import copy
import json
import math
import random
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

import jsonschema_rs

from chanx.asyncapi.walk import is_array, is_object

Schema = Mapping[str, Any] | bool

_UUID: Final = "123e4567-e89b-{}2d3-a456-426614174000"

FORMATS: Final[Mapping[str, list[str]]] = {
    "base64": ["Y2hhbng=", ""],
    "base64url": ["Y2hhbng="],
    "binary": ["text", ""],
    "date": ["2025-01-31", "1999-12-31", "2400-02-29"],
    "date-time": ["2025-01-31T12:00:00Z", "2025-01-31T12:00:00.5+01:00", "2300-01-31T12:00:00"],
    "duration": ["PT1H", "P3D", "P1DT12H"],
    "file-path": ["/etc/hostname"],
    "directory-path": ["/tmp"],
    "fraction": ["1/3", "2"],
    "ipv4": ["192.0.2.1"],
    "ipv4interface": ["192.0.2.1/24"],
    "ipv4network": ["192.0.2.0/24"],
    "ipv6": ["2001:db8::1"],
    "ipv6interface": ["2001:db8::1/32"],
    "ipv6network": ["2001:db8::/32"],
    "ipvanyaddress": ["192.0.2.1", "2001:db8::1"],
    "ipvanyinterface": ["192.0.2.1/24"],
    "ipvanynetwork": ["192.0.2.0/24"],
    "json-string": ["[1]", "[]"],
    "multi-host-uri": ["postgres://a:b@localhost:5432/c", "postgresql://a@b,c/d"],
    "password": ["correct horse", ""],
    "path": ["/etc/hostname", "a"],
    "regex": ["[a-z]+"],
    "time": ["12:00:00", "12:00:00Z", "23:59:59.5"],
    "uri": [
        "https://example.com/",
        "wss://example.com/a?b=c",
        "file:///a",
        "redis://localhost/0",
    ],
    "uuid": [_UUID.format(4), _UUID.format(1)],
    **{f"uuid{version}": [_UUID.format(version)] for version in (1, 3, 4, 5, 6, 7, 8)},
    "zoneinfo": ["Europe/Paris"],
}
TEXTS: Final = [
    "text",
    "a",
    "",
    "aB",
    " a ",
    "1",
    "1.5",
    "-1",
    "1e5",
    "Ünïcode ☃",
    "x" * 40,
    "true",
]
NUMBERS: Final = [0, 1, 2, 3, 4, 8, -1, 10, 1.5, -2.5, 1e20, 100]
ANYTHING: Final = [None, True, 1, -1, 1.5, "text", "", [], [1], {}, {"k": 1}]
DEEPEST: Final = 6


class Drawer:
    """Draws from the schema of a message.

    Args:
        schema: The schema; its references lead into itself.
        seed: What decides the draws.
    """

    def __init__(self, schema: Mapping[str, Any], seed: str) -> None:
        self._schema = schema
        self._random = random.Random(seed)
        self._validator = jsonschema_rs.Draft7Validator(dict(schema), validate_formats=True)

    def valid(self, attempts: int = 40) -> Any:
        """A value that the schema allows; None if none was found."""
        for _ in range(attempts):
            value = self._draw(self._schema, 0)
            if self.is_valid(value):
                return value
        return None

    def is_valid(self, value: Any) -> bool:
        """Whether the schema allows a value, formats asserted."""
        return self._validator.is_valid(value)

    def changed(self, value: Any) -> Any:
        """A value in which one thing is another, or is missing."""
        value = copy.deepcopy(value)
        places = list(_places(value))
        container, key = self._random.choice(places)
        if is_object(container) and self._random.random() < 0.3:
            del container[key]
        else:
            # No text: of formats the validator asserts only those of draft-07.
            others = [other for other in ANYTHING if not isinstance(other, str)]
            container[key] = copy.deepcopy(self._random.choice(others))
        return value

    def _draw(self, schema: Schema, depth: int) -> Any:
        if isinstance(schema, bool) or not schema.keys() - {"description", "title", "default"}:
            return copy.deepcopy(self._random.choice(ANYTHING))
        if "$ref" in schema:
            return self._draw(self._resolved(schema["$ref"]), depth)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self._random.choice(schema["enum"])
        for key in ("anyOf", "oneOf"):
            if key in schema:
                parts = schema[key]
                simple = [part for part in parts if part.get("type") == "null"]
                return self._draw(
                    self._random.choice(simple or parts if depth > DEEPEST else parts), depth
                )
        if "allOf" in schema and "type" not in schema:
            return self._draw(schema["allOf"][0], depth)
        kind = schema.get("type", "object" if "properties" in schema else "string")
        draw: Callable[[Mapping[str, Any], int], Any] = {
            "object": self._object,
            "array": self._array,
            "string": self._text,
            "number": self._number,
            "integer": self._number,
            "boolean": self._truth,
            "null": self._null,
        }[kind if isinstance(kind, str) else self._random.choice(kind)]
        return draw(schema, depth)

    def _resolved(self, reference: str) -> Schema:
        found: Any = self._schema
        for token in reference.split("/")[1:]:
            found = found[token]
        return dict(found)

    def _truth(self, schema: Mapping[str, Any], depth: int) -> bool:
        return self._random.random() < 0.5

    def _null(self, schema: Mapping[str, Any], depth: int) -> None:
        return None

    def _object(self, schema: Mapping[str, Any], depth: int) -> dict[str, Any]:
        drawn: dict[str, Any] = {}
        for name, part in schema.get("properties", {}).items():
            chance = 0.5 if depth < DEEPEST else 0
            if name in schema.get("required", ()) or self._random.random() < chance:
                drawn[name] = self._draw(part, depth + 1)
        more = schema.get("additionalProperties")
        if is_object(more) and depth < DEEPEST:
            for _ in range(self._random.randrange(3)):
                names = {"type": "string", **schema.get("propertyNames", {})}
                drawn[str(self._draw(names, depth + 1))] = self._draw(more, depth + 1)
        return drawn

    def _array(self, schema: Mapping[str, Any], depth: int) -> list[Any]:
        items = schema.get("items", True)
        if is_array(items):
            count = self._random.randint(schema.get("minItems", 0), len(items))
            return [self._draw(item, depth + 1) for item in items[:count]]
        least = schema.get("minItems", 0)
        most = min(schema.get("maxItems", least + 2), least + 2) if depth < DEEPEST else least
        return [self._draw(items, depth + 1) for _ in range(self._random.randint(least, most))]

    def _text(self, schema: Mapping[str, Any], depth: int) -> str:
        if "x-content-schema" in schema:
            return json.dumps(self._draw(schema["x-content-schema"], depth))
        kind = schema.get("format", schema.get("x-format", ""))
        pattern = re.compile(schema.get("pattern", ""))
        pool = [text for text in FORMATS.get(kind, TEXTS) if pattern.search(text)] or TEXTS
        least, most = schema.get("minLength", 0), schema.get("maxLength", 1000)
        return (
            self._random.choice(pool).ljust(least, "x")[:most]
            if kind == ""
            else self._random.choice(pool)
        )

    def _number(self, schema: Mapping[str, Any], depth: int) -> Any:
        pool = [*NUMBERS, *(schema[key] for key in ("minimum", "maximum") if key in schema)]
        if schema["type"] == "integer":
            pool = [number for number in pool if isinstance(number, int)]
        low = schema.get("minimum", schema.get("exclusiveMinimum", -math.inf))
        high = schema.get("maximum", schema.get("exclusiveMaximum", math.inf))
        return self._random.choice([number for number in pool if low <= number <= high] or pool)


def _places(value: Any) -> Any:
    if is_object(value):
        for key, item in value.items():
            yield value, key
            yield from _places(item)
    elif is_array(value):
        for index, item in enumerate(value):
            yield value, index
            yield from _places(item)
