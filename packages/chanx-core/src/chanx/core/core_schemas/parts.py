"""What a part of a core schema is: fields, unions, what describes the same value."""

from collections.abc import Iterator
from typing import Any, Final, TypeAlias, TypeGuard

Node: TypeAlias = dict[str, Any]
"""A core schema, or a part of one that has keys."""

_SAME_VALUE: Final = ("schema", "items_schema", "json_schema", "lax_schema", "choices", "steps")
"""Keys of the schemas of the same value, or of each item of it."""

_FIELD_LISTS: Final = frozenset({"dataclass-args", "model-fields", "typed-dict"})
_FIELDS: Final = frozenset({"dataclass-field", "model-field", "typed-dict-field"})
_WITH_ITEMS: Final = frozenset(
    {
        *("counter", "deque", "dict", "frozen-dict", "frozenset", "generator", "list"),
        *("ordered-dict", "set", "tuple"),
    }
)


def is_node(value: object) -> TypeGuard[Node]:
    """Return whether a value within a core schema has keys.

    Args:
        value: Anything that stands in a core schema.
    """
    return isinstance(value, dict)


def is_sequence(value: object) -> TypeGuard[list[Any] | tuple[Any, ...]]:
    """Return whether a value within a core schema lists parts.

    Args:
        value: Anything that stands in a core schema.
    """
    # Not of a class of the user's own, such as a named tuple.
    return type(value) is list or type(value) is tuple


def is_told_of_the_input(part: Node) -> bool:
    """Return whether a part calls a function that is told what it validates, text or parsed.

    Args:
        part: A part of a core schema.
    """
    function = part.get("function")
    return is_node(function) and function["type"] != "no-info"


def is_plain_union(part: Node) -> bool:
    """Return whether a part tries one choice after the other, as nothing tells which is meant.

    Args:
        part: A part of a core schema.
    """
    return part.get("type") == "union"


def is_field(part: Node) -> bool:
    """Return whether a part is a field of a model, a dataclass or a typed dictionary.

    Args:
        part: A part of a core schema.
    """
    return part.get("type") in _FIELDS


def has_fields(part: Node) -> bool:
    """Return whether a part lists the fields of a model, a dataclass or a typed dictionary.

    Args:
        part: A part of a core schema.
    """
    return part.get("type") in _FIELD_LISTS


def has_items(part: Node) -> bool:
    """Return whether a part validates as many items as the value has.

    Args:
        part: A part of a core schema.
    """
    return part.get("type") in _WITH_ITEMS


def is_reference(part: Node) -> bool:
    """Return whether a part is validated as another one, which may hold the reference itself.

    Args:
        part: A part of a core schema.
    """
    return part.get("type") == "definition-ref"


def fields_of(part: Node) -> Iterator[tuple[str, Node]]:
    """Yield the fields that a part lists, each with its name in Python.

    Args:
        part: A part of a core schema for which :func:`has_fields` is true.
    """
    if is_node(part["fields"]):
        yield from part["fields"].items()
    else:
        yield from ((field["name"], field) for field in part["fields"])


def parts_of_value(part: Node) -> Iterator[Node]:
    """Yield the schemas within a part that describe the same value, or each item of it.

    Args:
        part: A part of a core schema.
    """
    for key in _SAME_VALUE:
        found = part.get(key)
        if is_node(found):
            # A schema has a type, which is a text; else it is a mapping of names to schemas, as of
            # a tagged union's choices, one of which may be called "type".
            yield from [found] if isinstance(found.get("type"), str) else found.values()
        elif is_sequence(found):
            # The choices of a union may have labels.
            yield from (each[0] if isinstance(each, tuple) else each for each in found)


def declares(part: Node, name: str, definitions: dict[str, Node]) -> bool:
    """Return whether a part is, or may be, an object with a field of this name.

    Args:
        part: A part of a core schema, as a choice of a union.
        name: The field's name in Python.
        definitions: What references stand for.
    """
    kind = part["type"]
    if kind == "definition-ref":
        # Ends: a choice that leads to itself has fields in between, which are looked at and not
        # entered.
        return declares(definitions[part["schema_ref"]], name, definitions)
    if kind == "tagged-union":
        return any(declares(choice, name, definitions) for choice in part["choices"].values())
    if has_fields(part):
        return any(name == field for field, _ in fields_of(part))
    # Validators and models stand around the fields, one within the other.
    return "schema" in part and declares(part["schema"], name, definitions)


def class_name(part: Node) -> str:
    """Return the name of the class that a part validates; three dots if it is none.

    Args:
        part: A part of a core schema.
    """
    # Through validators, to the class that they surround.
    while "cls" not in part and is_node(part.get("schema")):
        part = part["schema"]
    return part["cls"].__name__ if "cls" in part else "..."


__all__ = [
    "Node",
    "class_name",
    "declares",
    "fields_of",
    "has_fields",
    "has_items",
    "is_field",
    "is_node",
    "is_plain_union",
    "is_reference",
    "is_sequence",
    "is_told_of_the_input",
    "parts_of_value",
]
