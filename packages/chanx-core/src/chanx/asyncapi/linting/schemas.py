"""Checks of schemas and of the examples that are to match them."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from chanx.asyncapi.linting.finding import Document, Finding, pointer
from chanx.asyncapi.linting.places import messages, payload_schema, schemas
from chanx.asyncapi.validation import Remembering, mismatches
from chanx.asyncapi.walk import is_array, is_object, resolve

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


def check_keywords(document: Document) -> Iterator[Finding]:
    """Schemas use draft-07's keywords, and a discriminator is the name of a property."""
    for at, schema in schemas(document):
        for keyword in sorted(_LATER.keys() & schema.keys()):
            yield Finding(
                "schema-keyword",
                f"{at}{pointer(keyword)}",
                "error",
                f"{keyword} is not in draft-07, which AsyncAPI's schemas extend.",
                f"Write {_LATER[keyword]}.",
            )
        if "discriminator" in schema and not isinstance(schema["discriminator"], str):
            yield Finding(
                "discriminator",
                f"{at}/discriminator",
                "error",
                "A discriminator is the name of a property, unlike OpenAPI's.",
                "Write the name alone.",
            )


def check_examples(document: Document) -> Iterator[Finding]:
    """The examples of messages match their payload and headers, those of schemas the schema."""
    lookup = Remembering(_lookup(document))
    for at, message in messages(document):
        for index, example in enumerate(message.get("examples", ())):
            for key in ("payload", "headers"):
                if key in example and is_object(schema := payload_schema(message.get(key))):
                    where = f"{at}/examples/{index}/{key}"
                    yield from _mismatch(schema, example[key], lookup, where)
    for at, schema in schemas(document):
        if is_array(examples := schema.get("examples")):
            for index, example in enumerate(examples):
                yield from _mismatch(schema, example, lookup, f"{at}/examples/{index}")


def _mismatch(
    schema: dict[str, Any] | Any, example: Any, lookup: Callable[[str], Any], at: str
) -> Iterator[Finding]:
    reason = next(mismatches(schema, example, lookup), None)
    if reason is not None:
        yield Finding(
            "example-mismatch",
            at,
            "error",
            f"The example does not match its schema: {reason}.",
            "Correct the example.",
        )


def _lookup(document: Document) -> Callable[[str], Any]:
    def lookup(reference: str) -> Any:
        try:
            return resolve(document, reference)
        except LookupError:
            return True  # reported as a dangling reference, or outside of the document

    return lookup


CHECKS: Final = (check_keywords, check_examples)

__all__ = ["CHECKS"]
