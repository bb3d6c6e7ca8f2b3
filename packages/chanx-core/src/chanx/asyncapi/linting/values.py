"""Checks of values against what describes them: examples, defaults and enums."""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any, Final

from chanx.asyncapi.linting.finding import Finding, finding
from chanx.asyncapi.linting.grammar import is_schema
from chanx.asyncapi.reading import Contents, Document, Message
from chanx.asyncapi.validation import Lookup, Remembering, mismatches
from chanx.asyncapi.walk import (
    Schema,
    array_of,
    is_array,
    is_object,
    located,
    object_of,
    pointer,
    resolve,
)


def check_examples(contents: Contents) -> Iterator[Finding]:
    """The examples of messages match their payload and headers, those of schemas the schema."""
    lookup = Remembering(lookup_of(contents.document))
    for message in contents.messages:
        for at, example in _examples(contents, message):
            for key, root in (("payload", message.payload), ("headers", message.headers)):
                if root and key in example:
                    where = f"{at}/{key}"
                    yield from _mismatch("example", root.schema, example[key], lookup, where)
    for at, schema in contents.schemas():
        if is_array(examples := schema.get("examples")):
            for index, example in enumerate(examples):
                yield from _mismatch("example", schema, example, lookup, f"{at}/examples/{index}")
        if "default" in schema and "$ref" not in schema:
            yield from _mismatch("default", schema, schema["default"], lookup, f"{at}/default")
        yield from _enum(schema, lookup, at)


def _examples(contents: Contents, message: Message) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the examples of a message with their pointers; those of a trait, if it has none."""
    given = object_of(resolve(contents.document, message.pointer))
    traits = [
        located(contents.document, item, f"{message.pointer}/traits/{index}")
        for index, item in enumerate(array_of(given.get("traits")))
    ]
    for part, at in ((given, message.pointer), *reversed(traits)):
        if found := array_of(object_of(part).get("examples")):
            yield from ((f"{at}/examples/{index}", one) for index, one in enumerate(found))
            return


def _mismatch(
    kind: str, schema: Schema | bool, value: object, lookup: Lookup, at: str
) -> Iterator[Finding]:
    reason = next(mismatches(schema, value, lookup), None)
    if reason is not None:
        yield finding(
            "schema-default" if kind == "default" else "example-mismatch",
            at,
            f"The {kind} does not match its schema: {reason}.",
            f"Correct the {kind}.",
        )


def _enum(schema: Schema, lookup: Lookup, at: str) -> Iterator[Finding]:
    """Yield a finding for the first value of an enum that the rest of the schema refuses.

    Where it refuses all of them, nothing matches the schema, which is another check's.
    """
    if not is_array(enum := schema.get("enum")) or len(schema) == 1:
        return
    rest = {key: part for key, part in schema.items() if key not in ("const", "enum")}
    refused = [index for index, item in enumerate(enum) if any(mismatches(rest, item, lookup))]
    if refused and len(refused) < len(enum):
        yield finding(
            "enum-mismatch",
            f"{at}/enum/{refused[0]}",
            f"{enum[refused[0]]!r} does not match the schema around it.",
            "Correct the value, or the schema.",
        )


def check_choices(contents: Contents) -> Iterator[Finding]:
    """Defaults and examples of parameters and of server variables are among their values."""
    lookup = Remembering(lookup_of(contents.document))
    for channel in contents.channels:
        at = f"{channel.pointer}/parameters"
        yield from _choices(contents, channel.parameters, at)
        for name, item in channel.parameters.items():
            parameter, where = located(contents.document, item, at + pointer(name))
            yield from _misread(object_of(parameter), lookup, where)
    for server in contents.servers:
        yield from _choices(contents, server.variables, f"{server.pointer}/variables")


def _choices(contents: Contents, things: Any, at: str) -> Iterator[Finding]:
    for name, item in things.items():
        given, where = located(contents.document, item, at + pointer(name))
        thing = object_of(given)
        if not is_array(enum := thing.get("enum")):
            continue
        places = [("default", "default", thing["default"])] if "default" in thing else []
        places += [
            (f"examples/{index}", "example", example)
            for index, example in enumerate(array_of(thing.get("examples")))
        ]
        for below, kind, value in places:
            if value not in enum:
                yield finding(
                    f"{kind}-mismatch",
                    f"{where}/{below}",
                    f"{value!r} is not in the enum.",
                    f"Write one of {', '.join(map(str, enum))}.",
                )


def _misread(parameter: dict[str, Any], lookup: Lookup, at: str) -> Iterator[Finding]:
    """Yield texts of a parameter that cannot be read as what its ``x-schema`` says."""
    if not is_object(schema := parameter.get("x-schema")):
        return
    default = [parameter["default"]] if "default" in parameter else []
    for key, code, texts in (
        ("default", "default-mismatch", default),
        ("enum", "enum-mismatch", array_of(parameter.get("enum"))),
        ("examples", "example-mismatch", array_of(parameter.get("examples"))),
    ):
        for index, text in enumerate(texts):
            reasons = [next(mismatches(schema, one, lookup), "") for one in _readings(text)]
            if all(reasons):
                yield finding(
                    code,
                    f"{at}/{key}" if key == "default" else f"{at}/{key}/{index}",
                    f"{text!r} does not match x-schema: {reasons[-1]}.",
                    "Correct it, or the schema.",
                )


def _readings(text: str) -> Iterator[Any]:
    """Yield what a text in an address may stand for: itself, and the value of JSON that it is."""
    yield text
    try:
        yield json.loads(text)
    except ValueError:
        return


def lookup_of(document: Document) -> Lookup:
    """Return what finds the schemas of a document; what is none, or nowhere, takes any value.

    Args:
        document: The document.
    """

    @cache
    def lookup(reference: str) -> Schema | bool:
        try:
            found = resolve(document, reference)
        except LookupError:
            return True  # reported as a dangling reference, or outside of the document
        return found if is_schema(found) else True

    return lookup


CHECKS: Final = (check_examples, check_choices)

__all__ = ["CHECKS", "check_choices", "check_examples", "lookup_of"]
