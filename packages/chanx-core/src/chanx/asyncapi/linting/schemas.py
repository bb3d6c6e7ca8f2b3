"""Checks of schemas: of their keywords, patterns and discriminators."""

from collections.abc import Iterator
from functools import cache
from typing import Final

from chanx.asyncapi.ecma_patterns import PatternError, is_decided, read_pattern
from chanx.asyncapi.linting.finding import Finding, finding
from chanx.asyncapi.linting.grammar import SCHEMA_KEYS, nearest
from chanx.asyncapi.reading import Contents, Document
from chanx.asyncapi.walk import array_of, is_object, located, object_of, pointer

_LATER: Final = {
    "$anchor": "a definition of its own",
    "$defs": "components.schemas",
    "$dynamicRef": "$ref",
    "contentSchema": "nothing: no tool reads it here",
    "dependentRequired": "dependencies",
    "dependentSchemas": "dependencies",
    "example": "examples, a list",
    "maxContains": "nothing: draft-07 cannot count",
    "minContains": "nothing: draft-07 cannot count",
    "nullable": 'type: [..., "null"]',
    "prefixItems": "items and additionalItems",
    "unevaluatedItems": "additionalItems",
    "unevaluatedProperties": "additionalProperties",
}
"""Keywords that draft-07 does not have, and what to write instead."""


def check_keywords(contents: Contents) -> Iterator[Finding]:
    """Schemas use draft-07's keywords, and do not misspell them."""
    for at, schema in contents.schemas():
        for keyword in schema.keys() - SCHEMA_KEYS:
            if keyword in _LATER:
                yield finding(
                    "schema-keyword",
                    f"{at}{pointer(keyword)}",
                    f"{keyword} is not in draft-07, so that tools ignore it.",
                    f"Write {_LATER[keyword]}.",
                )
            elif not keyword.startswith("x-") and (hint := _meant(keyword)):
                yield finding(
                    "keyword-spelling",
                    f"{at}{pointer(keyword)}",
                    f"{keyword!r} is not a keyword, and tools ignore it.",
                    hint,
                )


@cache
def _meant(keyword: str) -> str:
    same = next((known for known in SCHEMA_KEYS if known.lower() == keyword.lower()), None)
    return f"Did you mean {same}?" if same else nearest(keyword, SCHEMA_KEYS)


def check_patterns(contents: Contents) -> Iterator[Finding]:
    """Patterns are read by JavaScript with its flag u, and can be run."""
    for at, schema in contents.schemas():
        places = [(f"{at}/pattern", schema["pattern"])] if "pattern" in schema else []
        places += [
            (f"{at}/patternProperties{pointer(pattern)}", pattern)
            for pattern in object_of(schema.get("patternProperties"))
        ]
        for where, pattern in places:
            yield from _pattern(where, pattern)


def _pattern(at: str, pattern: str) -> Iterator[Finding]:
    try:
        read = read_pattern(pattern)
    except PatternError:
        return  # the grammar's
    if not read.is_strict:
        yield finding(
            "pattern-flag",
            at,
            f"With the flag u, JavaScript cannot read {pattern!r}.",
            "Escape { } ] outside of sets, and nothing that needs no escape.",
        )
    if not is_decided(pattern):
        yield finding(
            "undecided-pattern",
            at,
            f"{pattern!r} is not run here.",
            "Examples are not checked by it; without look-ahead and \\1 they are.",
        )


def check_discriminators(contents: Contents) -> Iterator[Finding]:
    """A discriminator is the name of a property that is always there (3.0, Schema Object)."""
    for at, schema in contents.schemas():
        if "discriminator" not in schema:
            continue
        name, where = schema["discriminator"], f"{at}/discriminator"
        if not isinstance(name, str):
            yield finding(
                "discriminator",
                where,
                "A discriminator is the name of a property, unlike OpenAPI's.",
                "Write the name alone.",
            )
        elif not _has_property(contents.document, schema, name, {}):
            yield finding(
                "discriminator",
                where,
                f"{name!r} is not a property of the schema, or not a required one.",
                "Declare and require it, or correct the name.",
            )


def _has_property(document: Document, given: object, name: str, known: dict[int, bool]) -> bool:
    """Return whether a schema declares and requires a property, or all parts of a union do."""
    schema, _ = located(document, given, "")
    if not is_object(schema):
        return True
    if id(schema) not in known:
        known[id(schema)] = False  # what comes back to itself tells nothing more
        unions = [array_of(schema.get(key)) for key in ("oneOf", "anyOf")]
        known[id(schema)] = (
            (
                name in object_of(schema.get("properties"))
                and name in array_of(schema.get("required"))
            )
            or any(
                _has_property(document, part, name, known) for part in array_of(schema.get("allOf"))
            )
            or any(
                bool(union) and all(_has_property(document, part, name, known) for part in union)
                for union in unions
            )
        )
    return known[id(schema)]


CHECKS: Final = (check_keywords, check_patterns, check_discriminators)

__all__ = ["CHECKS", "check_discriminators", "check_keywords", "check_patterns"]
