"""What tells the messages of a channel apart: types, and required properties with closed values."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, TypeAlias

from chanx.asyncapi.reading import Document, Message
from chanx.asyncapi.walk import Schema, array_of, is_array, is_object, located, object_of

Tags: TypeAlias = dict[str, frozenset[str]]
"""The required properties of a message that have a closed set of values."""

_MAX_DEPTH: Final = 20
_DEEP: Final = 3
"""Objects within each other in which constants are looked for."""


@dataclass(frozen=True, slots=True)
class Telling:
    """What is known of a message's payload.

    Attributes:
        types: The JSON types that it may have; empty if any.
        tags: Its tags.
    """

    types: frozenset[str]
    tags: Tags

    def is_apart_from(self, other: "Telling") -> bool:
        """Return whether no payload is one of both.

        Args:
            other: What is known of another message.
        """
        if self.types and other.types and self.types.isdisjoint(other.types):
            return True
        both = self.tags.keys() & other.tags.keys()
        return any(self.tags[name].isdisjoint(other.tags[name]) for name in both)


def telling_of(document: Document, message: Message) -> Telling | None:
    """Return what is known of a message's payload; None if it is described elsewhere.

    Args:
        document: The document.
        message: One of its messages.
    """
    if message.payload is None:
        return None
    schema, _ = located(document, message.payload.schema, "")
    if schema is None:
        return None
    if not is_object(schema):
        return Telling(frozenset(), {})
    return Telling(_types(schema), _tags(document, schema, {}))


def closed_of(document: Document, message: Message) -> Tags:
    """Return the properties of a message's payload that have a closed set of values.

    Args:
        document: The document.
        message: One of its messages.

    Returns:
        The properties, those that may be absent too: senders may say them all the same.
    """
    if message.payload is None:
        return {}
    return _tags(document, message.payload.schema, {}, is_optional_too=True)


def telling_property(tags: Iterable[Tags]) -> str:
    """Return the property that most messages pin, to values as different as may be.

    Args:
        tags: Those of each message.

    Returns:
        The property; "" if none pins one.
    """
    counts, values = Counter[str](), dict[str, set[str]]()
    for closed in tags:
        for name, some in closed.items():
            counts[name] += 1
            values.setdefault(name, set()).update(some)
    ranked = sorted(counts, key=lambda name: (-counts[name], -len(values[name]), name))
    return ranked[0] if ranked else ""


def deep_tags_of(document: Document, message: Message) -> Tags:
    """Return the tags of a message's payload, and of the objects that it always has in it.

    Args:
        document: The document.
        message: One of its messages.

    Returns:
        The tags by their names; ``payload/kind`` is one within the property ``payload``.
    """
    found = Tags()
    if message.payload is not None:
        _add_deep(document, message.payload.schema, "", found, set())
    return found


def _add_deep(
    document: Document, given: object, within: str, found: Tags, seen: set[int], depth: int = 0
) -> None:
    schema, _ = located(document, given, "")
    if not is_object(schema) or id(schema) in seen or depth > _DEEP:
        return
    seen.add(id(schema))
    for name, values in _tags(document, schema, {}).items():
        found[within + name] = values
    for part in array_of(schema.get("allOf")):
        _add_deep(document, part, within, found, seen, depth + 1)
    required = array_of(schema.get("required"))
    for name, property_ in object_of(schema.get("properties")).items():
        if name in required:
            _add_deep(document, property_, f"{within}{name}/", found, seen, depth + 1)


def _types(schema: Schema) -> frozenset[str]:
    kinds = schema.get("type", [])
    found = frozenset(map(str, kinds) if is_array(kinds) else [str(kinds)])
    return found | {"integer"} if "number" in found else found


def _tags(
    document: Document,
    given: object,
    known: dict[int, Tags],
    depth: int = 0,
    *,
    is_optional_too: bool = False,
) -> Tags:
    """Return the tags of a schema; each schema is looked at once, however many refer to it."""
    schema, _ = located(document, given, "")
    if not is_object(schema) or depth > _MAX_DEPTH:
        return {}
    if id(schema) in known:
        return known[id(schema)]
    found = known[id(schema)] = Tags()

    def below(part: object) -> Tags:
        return _tags(document, part, known, depth + 1, is_optional_too=is_optional_too)

    for key in ("oneOf", "anyOf"):
        parts = array_of(schema.get(key))
        alternatives = [below(part) for part in parts]
        for name in alternatives[0] if alternatives else ():
            if all(name in tags for tags in alternatives):
                found[name] = frozenset[str]().union(*(tags[name] for tags in alternatives))
    for part in array_of(schema.get("allOf")):
        found |= below(part)
    required = array_of(schema.get("required"))
    for name, property_ in object_of(schema.get("properties")).items():
        described, _ = located(document, property_, "")
        if (is_optional_too or name in required) and is_object(described):
            enum = array_of(described.get("enum"))
            values = [described["const"]] if "const" in described else enum
            if values:
                found[name] = frozenset(map(repr, values))
    return found


__all__ = [
    "Tags",
    "Telling",
    "closed_of",
    "deep_tags_of",
    "telling_of",
    "telling_property",
]
