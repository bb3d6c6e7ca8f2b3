"""Examples made from schemas."""

import json
import math
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from chanx.asyncapi.format_examples import FORMAT_EXAMPLES
from chanx.asyncapi.validation import Lookup, matches
from chanx.asyncapi.walk import Schema, is_array, is_object

_FULL_LEVELS: Final = 2
"""So many references deep, what is optional is filled in."""

Within: TypeAlias = tuple[str, ...]
"""The references that led to a schema; none of them is followed twice."""

_SCHEMES: Final = re.compile(r"\^\(([a-z0-9+|]+)\):$")
"""The pattern of URLs of certain schemes."""

_IMPLIED: Final[Mapping[str, Sequence[str]]] = {
    "object": ("properties", "additionalProperties", "patternProperties", "propertyNames"),
    "array": ("items", "minItems", "maxItems", "uniqueItems"),
    "string": ("minLength", "maxLength", "pattern", "format"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
}
"""Keywords that constrain one type only, which a schema without a type is then meant for."""

_TEXTS: Final = (
    "text",
    "1",
    "1.5",
    "a",
    "A1",
    "2025-01-31",
    "2025-01-31T12:00:00",
    "abc",
    "ABC",
    "0",
    "12345",
    "",
)


class NoExample(Exception):
    """No value that matches the schema was found."""


def make_example(schema: Schema, lookup: Lookup, *, is_full: bool = True) -> Any:
    """Return a value that matches a schema, always the same one.

    A schema's own examples and default go first.

    Args:
        schema: The schema.
        lookup: Returns the schema that a ``$ref`` leads to.
        is_full: Whether what is optional is filled in, where that does not lead in circles.

    Raises:
        NoExample: If none was found, as for most patterns.
    """
    value = _Maker(lookup, is_full).make(schema, ())
    if not matches(schema, value, lookup):
        raise NoExample
    return value


@dataclass(frozen=True, slots=True)
class _Maker:
    lookup: Lookup
    is_full: bool

    def make(self, schema: Any, within: Within) -> Any:
        if schema is False:
            raise NoExample
        if schema is True:
            return {}
        for own in (*schema.get("examples", ()), *schema.get("enum", ())):
            if matches(schema, own, self.lookup):
                return own
        for key in ("const", "default"):
            if key in schema and schema[key] is not None:
                return schema[key]
        if "$ref" in schema:
            return self._referred(schema["$ref"], within)
        for key in ("oneOf", "anyOf"):
            if key in schema:
                return self._first(schema[key], within)
        if "allOf" in schema:
            return self._joined(schema, within)
        return self._of_type(schema, within)

    def _referred(self, reference: str, within: Within) -> Any:
        if reference in within:
            raise NoExample
        return self.make(self.lookup(reference), (*within, reference))

    def _fills(self, within: Within) -> bool:
        """Whether what is optional is filled in here: deep down it would only make it long."""
        return self.is_full and len(within) <= _FULL_LEVELS

    def _first(self, alternatives: list[Any], within: Within) -> Any:
        for alternative in alternatives:
            with suppress(NoExample):
                return self.make(alternative, within)
        raise NoExample

    def _joined(self, schema: Schema, within: Within) -> Any:
        """Return an example of ``allOf``: that of one part, or all parts' properties together."""
        parts = [self.make(part, within) for part in schema["allOf"]]
        if not all(map(is_object, parts)):
            return parts[0]
        joined: dict[str, Any] = {}
        for part in parts:
            joined |= part
        if "properties" in schema:
            joined |= self._object(schema, within)
        return joined

    def _of_type(self, schema: Schema, within: Within) -> Any:
        kind = schema.get("type", _implied_type(schema))
        if is_array(kind):
            kind = next((item for item in kind if item != "null"), "null")
        if kind == "object":
            return self._object(schema, within)
        if kind == "array":
            return self._array(schema, within)
        if kind == "string" and "x-content-schema" in schema:
            return json.dumps(self.make(schema["x-content-schema"], within))
        if kind == "string":
            return _text(schema)
        if kind in ("integer", "number"):
            return _number(schema, kind == "integer")
        return {"boolean": True, "null": None}.get(str(kind), "text")

    def _object(self, schema: Schema, within: Within) -> dict[str, Any]:
        required = schema.get("required", ())
        made: dict[str, Any] = {}
        for name, part in schema.get("properties", {}).items():
            if name not in required and not self._fills(within):
                continue
            try:
                made[name] = self.make(part, within)
            except NoExample:
                if name in required:
                    raise
        if not made and self._fills(within):
            with suppress(NoExample):
                made |= self._entry(schema, within)
        return made

    def _entry(self, schema: Schema, within: Within) -> dict[str, Any]:
        """Return an entry of a dictionary, by its pattern or by the schema of its names."""
        for pattern, part in schema.get("patternProperties", {}).items():
            return {_text({"pattern": pattern}): self.make(part, within)}
        more = schema.get("additionalProperties")
        if not is_object(more):
            return {}
        names = {"type": "string", **schema.get("propertyNames", {"examples": ["key"]})}
        return {str(self.make(names, within)): self.make(more, within)}

    def _array(self, schema: Schema, within: Within) -> list[Any]:
        items = schema.get("items", True)
        if is_array(items):
            return [self.make(item, within) for item in items]
        least = schema.get("minItems", 0)
        if schema.get("maxItems", 1) == 0 or not (least or self._fills(within)):
            return []
        try:
            item = self.make(items, within)
        except NoExample:
            if least:
                raise
            return []
        if not schema.get("uniqueItems") or least < 2:
            return [item] * max(least, 1)
        if isinstance(item, int) and not isinstance(item, bool):
            return [item + index for index in range(least)]
        raise NoExample


def _implied_type(schema: Schema) -> str | None:
    return next(
        (kind for kind, keywords in _IMPLIED.items() if not schema.keys().isdisjoint(keywords)),
        None,
    )


def _text(schema: Schema) -> str:
    shortest, longest = schema.get("minLength", 0), schema.get("maxLength", math.inf)
    kind = schema.get("format", schema.get("x-format"))
    schemes = _SCHEMES.match(schema.get("pattern", ""))
    own = [f"{scheme}://localhost/0" for scheme in (schemes[1].split("|") if schemes else ())]
    for text in (*FORMAT_EXAMPLES.get(kind, ())[:1], *own, *_TEXTS):
        if len(text) > longest:
            continue
        fitting = text if len(text) >= shortest else (text or "a").ljust(shortest, "x")
        if matches(schema, fitting, _nowhere):
            return fitting
    if longest < 4 and "pattern" not in schema:
        return "text"[: int(longest)]
    raise NoExample


def _nowhere(reference: str) -> Any:
    raise NoExample


def _number(schema: Schema, is_integer: bool) -> float:
    low, high = schema.get("minimum"), schema.get("maximum")
    above, below = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    step = schema.get("multipleOf")
    candidates: list[float] = [1, 0, 1.5]
    candidates += [bound for bound in (low, high) if bound is not None]
    if above is not None:
        candidates += [above + (step or 1), math.floor(above) + 1]
    if below is not None:
        candidates += [below - (step or 1), math.ceil(below) - 1]
    bottom, top = (low if above is None else above), (high if below is None else below)
    if bottom is not None and top is not None:
        candidates.append((bottom + top) / 2)
    if step:
        candidates += [step, math.ceil((bottom or 0) / step) * step]
    for candidate in candidates:
        if matches(schema, candidate, _nowhere):
            return int(candidate) if is_integer else candidate
    raise NoExample


__all__ = ["NoExample", "make_example"]
