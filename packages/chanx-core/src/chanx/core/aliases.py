"""Field aliases, put into pydantic's core schemas.

pydantic takes aliases from a class; a class is spelled one way. Two consumers may spell the same
message differently, so the aliases go into a copy of its schema instead.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from pydantic_core import CoreSchema, PydanticCustomError

from chanx.core.core_schemas import (
    Node,
    checked_before,
    declares,
    definitions_of,
    fields_of,
    has_fields,
    mapped,
    validating_parts,
)
from chanx.core.errors import ConfigurationError
from chanx.messages import BaseMessage

Rename = Callable[[str], str]

_RUN_BEFORE: Final = frozenset({"function-before", "function-wrap"})
"""Core schemas of validators that may put something else in place of what the client sent."""


def rename_fields(
    schema: CoreSchema, rename: Rename, *, renames_tags: bool = True, by_name: bool = False
) -> CoreSchema:
    """Copy a core schema, giving every declared field without an alias one.

    Args:
        schema: A core schema.
        rename: Makes a field's alias from its name.
        renames_tags: Whether tagged unions look for the alias of their tag, as they do in a
            frame, or for the field's name, as they do in an object that is serialized.
        by_name: Whether fields are found by their names as well; one that is given in both
            spellings is an error.

    Raises:
        ConfigurationError: If two fields of a model would get the same alias.
    """
    # Read from the original: recursive models are references, and what they lead to says whether
    # they declare a tag.
    definitions = definitions_of(schema)

    def change(part: Node) -> Node:
        if has_fields(part):
            return _renamed(part, rename, by_name)
        if renames_tags and part.get("type") == "tagged-union":
            tag = part["discriminator"]
            # Else a function, or a tag with an alias of its own, which stands here by that alias.
            if isinstance(tag, str) and declares(part, tag, definitions):
                part["discriminator"] = _spellings(rename(tag), tag, by_name)
        return part

    return mapped(schema, change)


def rename_own_field(
    schema: CoreSchema, message: type[BaseMessage], name: str, alias: str, *, by_name: bool = False
) -> CoreSchema:
    """Copy a message's core schema, giving a field of the message itself an alias.

    Args:
        schema: The message's core schema.
        message: The message class.
        name: The field.
        alias: What it is called on the wire.
        by_name: Whether it is found by its name as well.

    Raises:
        ConfigurationError: If another field of the message is called that already.
    """

    def change(part: Node) -> Node:
        # By identity: a message of another class within this one keeps the key of its action.
        if part.get("type") == "model" and part["cls"] is message:
            _rename_one(part, message, name, alias, by_name)
        return part

    return mapped(schema, change)


def validates_before(schema: CoreSchema) -> bool:
    """Return whether a core schema has a before- or a wrap-validator.

    Args:
        schema: A core schema.
    """
    return any(part.get("type") in _RUN_BEFORE for part in validating_parts(schema))


def _rename_one(
    model: Node, message: type[BaseMessage], name: str, alias: str, by_name: bool
) -> None:
    part = model
    while not has_fields(part):
        part = part["schema"]  # validators stand in front of the fields
    fields = dict(fields_of(part))
    if alias in fields:
        raise ConfigurationError(
            f"{message.__qualname__} has a field {alias!r}, which is the consumer's "
            f"discriminator_field too: rename one of the two."
        )
    fields[name]["validation_alias"] = _spellings(alias, name, by_name)
    fields[name]["serialization_alias"] = alias


def _renamed(part: Node, rename: Rename, by_name: bool) -> Node:
    """Return a part that lists fields, its fields and computed fields renamed."""
    aliases: dict[str, str] = {}
    for name, field in fields_of(part):
        alias = rename(name)
        # Each side for itself: a field may have an alias for reading and none for writing.
        if "validation_alias" not in field:
            field["validation_alias"] = _spellings(alias, name, by_name)
            if alias != name:
                aliases[name] = alias
        field.setdefault("serialization_alias", alias)
    for computed in part.get("computed_fields") or ():
        # Written and never read, so that one spelling is all there is.
        computed.setdefault("alias", rename(computed["property_name"]))
    _check_distinct(part)
    # In front of the part, where the object is still as it was given: behind it pydantic has taken
    # one of the two, and the other is an unknown key.
    if by_name and aliases:
        return checked_before(part, partial(_in_one_spelling, aliases))
    return part


def _spellings(alias: str, name: str, by_name: bool) -> Any:
    """Return by what a field is found: an alias, or the first of several paths that is there."""
    # pydantic's form of AliasChoices in a core schema: a list of paths, of which the first that is
    # there counts.
    return [[alias], [name]] if by_name and alias != name else alias


def _in_one_spelling(aliases: dict[str, str], given: Any) -> Any:
    # Anything else is the part's own to refuse.
    if isinstance(given, dict):
        for name in aliases.keys() & given.keys():
            if aliases[name] in given:
                raise PydanticCustomError(
                    "two_spellings",
                    "{alias} and {name} are the same field: give one of them",
                    {"alias": aliases[name], "name": name},
                )
    return given  # pyright: ignore[reportUnknownVariableType]


def _check_distinct(part: Node) -> None:
    found: dict[str, str] = {}
    for name, field in fields_of(part):
        # The one that every field has by now; two keys of the same name would overwrite each other
        # in what is sent.
        alias = field["serialization_alias"]
        if alias in found:
            owner = part.get("model_name") or part.get("dataclass_name") or "A model"
            raise ConfigurationError(
                f"{owner}.{found[alias]} and {owner}.{name} would both be {alias!r} in camelCase: "
                f"rename one of them, or give it an alias of its own."
            )
        found[alias] = name


__all__ = ["rename_fields", "rename_own_field", "validates_before"]
