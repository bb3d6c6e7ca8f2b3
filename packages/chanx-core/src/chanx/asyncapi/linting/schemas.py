"""Checks of schemas and of the examples that are to match them."""

from collections.abc import Iterator
from functools import cache
from typing import Final

from chanx.asyncapi.linting.finding import Finding, finding
from chanx.asyncapi.linting.grammar import is_schema
from chanx.asyncapi.reading import Contents, Document
from chanx.asyncapi.validation import Lookup, Remembering, mismatches
from chanx.asyncapi.walk import Schema, is_array, pointer, resolve

_LATER: Final = {
    "$anchor": "a definition of its own",
    "$defs": "components.schemas",
    "$dynamicRef": "$ref",
    "contentSchema": "nothing: no tool reads it here",
    "dependentRequired": "dependencies",
    "dependentSchemas": "dependencies",
    "maxContains": "nothing: draft-07 cannot count",
    "minContains": "nothing: draft-07 cannot count",
    "nullable": 'type: [..., "null"]',
    "prefixItems": "items and additionalItems",
    "unevaluatedItems": "additionalItems",
    "unevaluatedProperties": "additionalProperties",
}
"""Keywords that draft-07 does not have, and what to write instead."""


def check_keywords(contents: Contents) -> Iterator[Finding]:
    """Schemas use draft-07's keywords, and a discriminator is the name of a property."""
    for at, schema in contents.schemas():
        for keyword in sorted(_LATER.keys() & schema.keys()):
            yield finding(
                "schema-keyword",
                f"{at}{pointer(keyword)}",
                f"{keyword} is not in draft-07, which AsyncAPI's schemas extend.",
                f"Write {_LATER[keyword]}.",
            )
        if "discriminator" in schema and not isinstance(schema["discriminator"], str):
            yield finding(
                "discriminator",
                f"{at}/discriminator",
                "A discriminator is the name of a property, unlike OpenAPI's.",
                "Write the name alone.",
            )


def check_examples(contents: Contents) -> Iterator[Finding]:
    """The examples of messages match their payload and headers, those of schemas the schema."""
    lookup = Remembering(_lookup(contents.document))
    for message in contents.messages:
        for index, example in enumerate(message.examples):
            for key, root in (("payload", message.payload), ("headers", message.headers)):
                if root and key in example:
                    where = f"{message.pointer}/examples/{index}/{key}"
                    yield from _mismatch(root.schema, example[key], lookup, where)
    for at, schema in contents.schemas():
        if is_array(examples := schema.get("examples")):
            for index, example in enumerate(examples):
                yield from _mismatch(schema, example, lookup, f"{at}/examples/{index}")


def _mismatch(schema: Schema | bool, example: object, lookup: Lookup, at: str) -> Iterator[Finding]:
    reason = next(mismatches(schema, example, lookup), None)
    if reason is not None:
        yield finding(
            "example-mismatch",
            at,
            f"The example does not match its schema: {reason}.",
            "Correct the example.",
        )


def _lookup(document: Document) -> Lookup:
    @cache
    def lookup(reference: str) -> Schema | bool:
        try:
            found = resolve(document, reference)
        except LookupError:
            return True  # reported as a dangling reference, or outside of the document
        return found if is_schema(found) else True

    return lookup


CHECKS: Final = (check_keywords, check_examples)

__all__ = ["CHECKS", "check_examples", "check_keywords"]
