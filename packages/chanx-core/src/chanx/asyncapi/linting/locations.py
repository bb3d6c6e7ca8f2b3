"""The check that runtime expressions lead to something in payloads and headers."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from chanx.asyncapi.ecma_patterns import finds
from chanx.asyncapi.linting.finding import Finding, finding
from chanx.asyncapi.reading import Contents, Document, Message
from chanx.asyncapi.walk import (
    array_of,
    is_object,
    located,
    object_of,
    pointer,
    resolve,
    tokens_of,
)


def check_locations(contents: Contents) -> Iterator[Finding]:
    """Correlation ids, reply addresses and parameters are in the messages that they are for."""
    document = contents.document
    for message in contents.messages:
        if message.correlation_id and not _is_in(document, message, message.correlation_id):
            at = f"{message.pointer}/correlationId"
            yield _nowhere(at, message.correlation_id, "the message")
    for operation in contents.operations:
        if operation.reply is None:
            continue
        given = object_of(resolve(document, operation.reply.pointer))
        address, at = located(document, given.get("address"), f"{operation.reply.pointer}/address")
        targets = [link.target for link in operation.messages if link.target]
        yield from _check(document, object_of(address), f"{at}/location", targets)
    for channel in contents.channels:
        targets = [link.target for link in channel.messages.values() if link.target]
        for name, item in channel.parameters.items():
            where = f"{channel.pointer}/parameters{pointer(name)}"
            parameter, at = located(document, item, where)
            yield from _check(document, object_of(parameter), f"{at}/location", targets)


def _check(
    document: Document, given: dict[str, Any], at: str, messages: Iterable[Message]
) -> Iterator[Finding]:
    location = given.get("location")
    targets = [*messages]
    if not isinstance(location, str) or not targets:
        return
    if not any(_is_in(document, message, location) for message in targets):
        yield _nowhere(at, location, "any message")


def _nowhere(at: str, location: str, where: str) -> Finding:
    # Headers are seldom all declared: what brokers and gateways add is left out.
    code = "correlation-id" if location.startswith("$message.payload") else "correlation-header"
    return finding(
        code,
        at,
        f"{location} leads to nothing in {where}.",
        "Correct it, or add the property to the schema.",
    )


def _is_in(document: Document, message: Message, location: str) -> bool:
    part, _, path = location.partition("#")
    if path and not path.startswith("/"):
        return False
    of_headers = message.headers, *message.more_headers
    roots = (message.payload,) if part.endswith("payload") else of_headers
    tokens = tokens_of(path)
    return any(root is None or _leads(document, root.schema, tokens, {}) for root in roots)


def _leads(
    document: Document, given: object, tokens: list[str], known: dict[tuple[int, int], bool]
) -> bool:
    """Return whether a value that matches a schema may have something at a path."""
    schema, _ = located(document, given, "")
    if not is_object(schema) or not tokens:
        return schema is not False
    key = id(schema), len(tokens)
    if key not in known:
        known[key] = False  # what comes back to itself leads to nothing more
        known[key] = _leads_on(document, schema, tokens, known)
    return known[key]


def _leads_on(
    document: Document,
    schema: dict[str, Any],
    tokens: list[str],
    known: dict[tuple[int, int], bool],
) -> bool:
    properties, name = object_of(schema.get("properties")), tokens[0]
    if name in properties:
        return _leads(document, properties[name], tokens[1:], known)
    for pattern, part in object_of(schema.get("patternProperties")).items():
        if finds(pattern, name) is not False:
            return _leads(document, part, tokens[1:], known)
    if name.isdecimal() and "items" in schema:
        return True
    if is_object(schema.get("additionalProperties")):
        return _leads(document, schema["additionalProperties"], tokens[1:], known)
    parts = [part for key in ("allOf", "anyOf", "oneOf") for part in array_of(schema.get(key))]
    parts += [schema[key] for key in ("then", "else") if key in schema]
    if parts:
        return any(_leads(document, part, tokens, known) for part in parts)
    return _is_vague(schema)


def _is_vague(schema: dict[str, Any]) -> bool:
    """Return whether a schema says nothing of what an object has."""
    kinds = schema.get("type", "object")
    may_be_object = "object" in kinds if isinstance(kinds, list) else kinds == "object"
    return (
        may_be_object
        and "properties" not in schema
        and schema.get("additionalProperties") is not False
        and not schema.keys() & {"const", "enum"}
    )


CHECKS: Final = (check_locations,)

__all__ = ["CHECKS", "check_locations"]
