"""Walks through core schemas, and copies of them."""

from collections.abc import Callable, Iterator
from typing import Any, Final, cast

from pydantic_core import CoreSchema

from chanx.core.core_schemas.parts import Node, is_node, is_plain_union, is_sequence

_BY_NAME: Final = frozenset({"choices", "fields"})
"""Keys of what may be schemas by names of the user's own."""

_OPAQUE: Final = frozenset(
    {
        *("cls", "config", "custom_error_context", "default", "discriminator", "expected"),
        *("function", "members", "metadata"),
    }
)
"""Keys of the user's own objects, and of what says how a schema is applied."""

_WRITING: Final = frozenset({"computed_fields", "serialization"})
"""Keys of what a validator does not look at."""


def validating_parts(schema: CoreSchema, *, through_unions: bool = True) -> Iterator[Node]:
    """Yield a core schema and every part of it that a validator looks at.

    Args:
        schema: The core schema.
        through_unions: Whether the choices of plain unions are among them.
    """
    # Not by recursion: schemas may nest as deep as pydantic builds them.
    waiting: list[Any] = [schema]
    while waiting:
        value = waiting.pop()
        if is_node(value):
            yield value
            # The union is yielded itself, without what is within.
            if is_plain_union(value) and not through_unions:
                continue
            for key, item in value.items():
                # Names are the user's: one may be called "function" or "config", which would else
                # be passed over.
                if key in _BY_NAME and is_node(item):
                    waiting.extend(item.values())
                elif key not in _OPAQUE and key not in _WRITING:
                    waiting.append(item)
        elif is_sequence(value):
            waiting.extend(value)


def mapped(schema: CoreSchema, change: Callable[[Node], Node]) -> CoreSchema:
    """Copy a core schema, changing each of its parts after what is within that.

    Args:
        schema: The core schema.
        change: Takes a copy of a part and returns what stands for it; it may change the copy.
    """
    return cast(CoreSchema, _mapped(schema, change))


# By recursion, which keeps the order of inner before outer plain. A frame nests 200 levels at most
# (limits.PARSER_DEPTH), which is within Python's limit.
def _mapped(value: Any, change: Callable[[Node], Node]) -> Any:
    if is_sequence(value):
        items = [_mapped(item, change) for item in value]
        return items if isinstance(value, list) else tuple(items)
    if not is_node(value):
        return value
    copy: Node = {}
    for key, item in value.items():
        if key in _BY_NAME and is_node(item):
            copy[key] = {name: _mapped(part, change) for name, part in item.items()}
        else:
            # Shared with the original: what is the user's own is not to be copied, and may not be
            # changed.
            copy[key] = item if key in _OPAQUE else _mapped(item, change)
    # After what is within: a change that wraps a part does not meet itself.
    return change(copy)


def definitions_of(schema: CoreSchema) -> dict[str, Node]:
    """Return what the references within a core schema stand for.

    Args:
        schema: The core schema.
    """
    node = cast(Node, schema)
    # pydantic puts all definitions at the top, and references anywhere below.
    definitions = node["definitions"] if node["type"] == "definitions" else ()
    return {definition["ref"]: definition for definition in definitions}


def references_within(part: Node, *, through_unions: bool = True) -> set[str]:
    """Return the references to definitions that a part makes.

    Args:
        part: A part of a core schema.
        through_unions: Whether those count that only the choices of plain unions make.
    """
    parts = validating_parts(cast(CoreSchema, part), through_unions=through_unions)
    return {each["schema_ref"] for each in parts if each.get("type") == "definition-ref"}


__all__ = [
    "definitions_of",
    "mapped",
    "references_within",
    "validating_parts",
]
