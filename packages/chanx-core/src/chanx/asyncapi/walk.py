"""The places of a JSON Schema at which further schemas stand."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeAlias, TypeGuard
from urllib.parse import unquote

JsonObject: TypeAlias = dict[str, Any]
JsonArray: TypeAlias = list[Any]
Schema: TypeAlias = Mapping[str, Any]

_IN_MAPPINGS: Final = frozenset({"definitions", "dependencies", "patternProperties", "properties"})
_IN_LISTS: Final = frozenset({"anyOf", "oneOf", "allOf", "prefixItems"})
_DIRECT: Final = frozenset(
    {
        "additionalItems",
        "additionalProperties",
        "contains",
        "else",
        "if",
        "items",
        "not",
        "propertyNames",
        "then",
        "x-content-schema",
    }
)

_LONGEST_INDEX: Final = 10
"""Digits; Python reads numbers of 4,300 at most."""

LONGEST_CHAIN: Final = 100
"""References that lead to references, one after the other; what is behind more is not found."""

SCHEMA_KEYWORDS: Final = _IN_MAPPINGS | _IN_LISTS | _DIRECT
"""Keywords under which schemas stand; under all others stands data."""


def is_object(value: object) -> TypeGuard[JsonObject]:
    """Return whether a value is a JSON object."""
    return isinstance(value, dict)


def is_array(value: object) -> TypeGuard[JsonArray]:
    """Return whether a value is a JSON array."""
    return isinstance(value, list)


def object_of(value: object) -> JsonObject:
    """Return a JSON object, an empty one for anything else."""
    return value if is_object(value) else {}


def array_of(value: object) -> JsonArray:
    """Return a JSON array, an empty one for anything else."""
    return value if is_array(value) else []


def map_subschemas(schema: Schema, function: Callable[[Schema], object]) -> JsonObject:
    """Copy a schema with a function applied to the schemas directly below it.

    What is data, such as defaults and examples, is taken over as it is.

    Args:
        schema: The schema.
        function: Takes a schema and returns what stands for it.
    """
    return {key: _mapped(key, value, function) for key, value in schema.items()}


def _mapped(key: str, value: object, function: Callable[[Schema], object]) -> object:
    if key in _DIRECT and is_object(value):
        return function(value)
    if key in _IN_MAPPINGS and is_object(value):
        return {name: _applied(item, function) for name, item in value.items()}
    if (key in _IN_LISTS or key == "items") and is_array(value):
        return [_applied(item, function) for item in value]
    return value


def _applied(value: object, function: Callable[[Schema], object]) -> object:
    return function(value) if is_object(value) else value


def subschemas(schema: Schema) -> Iterator[tuple[str, Schema]]:
    """Yield the schemas directly below a schema, each with its relative JSON pointer.

    Args:
        schema: The schema.
    """
    for key, value in schema.items():
        if key in _DIRECT and is_object(value):
            yield key, value
        elif key in _IN_MAPPINGS and is_object(value):
            for name, item in value.items():
                if is_object(item):
                    yield f"{key}/{escaped(name)}", item
        elif (key in _IN_LISTS or key == "items") and is_array(value):
            for index, item in enumerate(value):
                if is_object(item):
                    yield f"{key}/{index}", item


def escaped(token: str) -> str:
    """Return a token of a JSON pointer (RFC 6901, 3).

    Args:
        token: A key.
    """
    return str(token).replace("~", "~0").replace("/", "~1")


def pointer(*tokens: object) -> str:
    """Return the JSON pointer of keys, one within the other.

    Args:
        tokens: The keys.
    """
    return "".join(f"/{escaped(str(token))}" for token in tokens)


def tokens_of(pointer: str) -> list[str]:
    """Return the keys that a JSON pointer leads along; none if it is not a pointer.

    Args:
        pointer: A JSON pointer, also as a fragment (``#/...``), whose percent signs are escapes
            (RFC 6901, 6).
    """
    if not pointer.startswith(("#/", "/")):
        return []
    path = unquote(pointer[1:]) if pointer.startswith("#") else pointer
    return [token.replace("~1", "/").replace("~0", "~") for token in path.split("/")[1:]]


def resolve(document: object, reference: str) -> Any:
    """Return what a reference within a document leads to.

    Further references on the way are followed, as AsyncAPI's tools do.

    Args:
        document: The document.
        reference: A JSON pointer, also as a fragment (``#/...``).

    Raises:
        LookupError: If it leads nowhere.
    """
    return _resolved(document, reference, frozenset())[0]


def located(document: object, value: object, at: str) -> tuple[Any, str]:
    """Return what a value stands for and its JSON pointer: where references lead, if it is one.

    Args:
        document: The document.
        value: A reference object, or the thing itself.
        at: The pointer of the value.

    Returns:
        The thing and where it stands; None and where the last reference does if that leads nowhere.
    """
    seen: set[str] = set()
    while is_object(value) and isinstance(reference := value.get("$ref"), str):
        if reference in seen or len(seen) > LONGEST_CHAIN:
            return None, at
        seen.add(reference)
        try:
            value, at = _resolved(document, reference, frozenset())
        except LookupError:
            return None, at
    return value, at


def _resolved(document: object, reference: str, passed: frozenset[str]) -> tuple[Any, str]:
    """Return where a reference leads, and its pointer without further references on the way."""
    tokens = tokens_of(reference)
    if not tokens or reference in passed:
        raise LookupError(reference)
    value: Any = document
    at = ""
    for token in tokens:
        if is_object(value) and token not in value and isinstance(value.get("$ref"), str):
            value, at = _resolved(document, value["$ref"], passed | {reference})
        if is_array(value) and token.isdecimal() and len(token) < _LONGEST_INDEX:
            value = value[int(token)]
        elif is_object(value):
            value = value[token]
        else:
            raise LookupError(reference)
        at += f"/{escaped(token)}"
    return value, at


__all__ = [
    "LONGEST_CHAIN",
    "SCHEMA_KEYWORDS",
    "JsonArray",
    "JsonObject",
    "Schema",
    "array_of",
    "escaped",
    "is_array",
    "is_object",
    "located",
    "map_subschemas",
    "object_of",
    "pointer",
    "resolve",
    "subschemas",
    "tokens_of",
]
