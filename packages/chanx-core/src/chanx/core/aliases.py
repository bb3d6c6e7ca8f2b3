"""Field aliases, put into pydantic's core schemas.

pydantic takes aliases from a class; a class is spelled one way. Two consumers may spell the same
message differently, so the aliases go into a copy of its schema instead.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeGuard

from pydantic_core import PydanticCustomError

from chanx.core.errors import ConfigurationError
from chanx.messages import BaseMessage

Rename = Callable[[str], str]

_FIELD_LISTS: Final = {"model-fields", "typed-dict", "dataclass-args"}
_OPAQUE: Final = {"metadata", "default", "expected", "cls", "config"}
_BY_NAME: Final = {"fields", "choices"}
_RUN_BEFORE: Final = {"function-before", "function-wrap"}
"""Core schemas of validators that may put something else in place of what the client sent."""


def rename_fields(
    schema: Any, rename: Rename, *, renames_tags: bool = True, by_name: bool = False
) -> Any:
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
    definitions = schema["definitions"] if schema["type"] == "definitions" else ()
    by_ref = {definition["ref"]: definition for definition in definitions}
    return _Renaming(rename, by_ref, renames_tags, by_name).of(schema)


def validates_before(schema: Any) -> bool:
    """Return whether a core schema has a before- or a wrap-validator.

    Args:
        schema: A core schema, or a part of one.
    """
    # Not by recursion: schemas may nest as deep as pydantic builds them.
    waiting: list[Any] = [schema]
    while waiting:
        part = waiting.pop()
        if _is_dict(part):
            kind = part.get("type")
            if isinstance(kind, str) and kind in _RUN_BEFORE:
                return True
            for key, value in part.items():
                if key in _BY_NAME and _is_dict(value):
                    waiting.extend(value.values())
                elif key not in _OPAQUE:
                    waiting.append(value)
        elif _is_list(part) or _is_tuple(part):
            waiting.extend(part)
    return False


class _Renaming:
    """A copy in progress.

    Args:
        rename: Makes a field's alias from its name.
        definitions: What the schema's references stand for.
        renames_tags: Whether tagged unions look for the alias of their tag.
        by_name: Whether fields are found by their names as well.
    """

    def __init__(
        self, rename: Rename, definitions: Mapping[str, Any], renames_tags: bool, by_name: bool
    ) -> None:
        self._rename = rename
        self._definitions = definitions
        self._renames_tags = renames_tags
        self._by_name = by_name

    def of(self, schema: Any) -> Any:
        """Return the copy of a part of the schema."""
        if _is_list(schema):
            return [self.of(item) for item in schema]
        if _is_tuple(schema):
            return tuple(self.of(item) for item in schema)
        if not _is_dict(schema):
            return schema
        copy = {key: self._value(key, value) for key, value in schema.items()}
        kind = schema.get("type")
        if kind in _FIELD_LISTS:
            copy["fields"] = _aliased(copy["fields"], self._rename)
            _check_distinct(copy)
            for computed in copy.get("computed_fields") or ():
                computed.setdefault("alias", self._rename(computed["property_name"]))
            if self._by_name:
                return _found_by_name(copy, schema)
        elif kind == "tagged-union" and self._renames_tags:
            copy["discriminator"] = self._tag(schema)
        return copy

    def _tag(self, union: Mapping[str, Any]) -> Any:
        tag = union["discriminator"]
        choices = union["choices"].values()
        if isinstance(tag, str) and any(self._declares(choice, tag) for choice in choices):
            alias = self._rename(tag)
            return [[alias], [tag]] if self._by_name and alias != tag else alias
        # A function, or a tag with an alias of its own, which stands here by that alias.
        return tag

    def _value(self, key: str, value: Any) -> Any:
        if key in _OPAQUE:
            return value
        if key in _BY_NAME and _is_dict(value):
            return {name: self.of(item) for name, item in value.items()}
        return self.of(value)

    def _declares(self, schema: Any, name: str) -> bool:
        """Return whether a choice of a union has a field of this name."""
        if schema["type"] == "definition-ref":
            return self._declares(self._definitions[schema["schema_ref"]], name)
        if schema["type"] == "tagged-union":
            return any(self._declares(choice, name) for choice in schema["choices"].values())
        fields = schema.get("fields")
        if fields is None:
            return "schema" in schema and self._declares(schema["schema"], name)
        return name in (fields if _is_dict(fields) else [field["name"] for field in fields])


def rename_own_field(
    schema: Any, message: type[BaseMessage], name: str, alias: str, *, by_name: bool = False
) -> Any:
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
    if not _is_dict(schema):
        return schema
    kind = schema.get("type")
    if kind == "model-fields":
        if alias in schema["fields"]:
            raise ConfigurationError(
                f"{message.__qualname__} has a field {alias!r}, which is the consumer's "
                f"discriminator_field too: rename one of the two."
            )
        aliases = {
            "validation_alias": [[alias], [name]] if by_name else alias,
            "serialization_alias": alias,
        }
        fields = {**schema["fields"], name: {**schema["fields"][name], **aliases}}
        return {**schema, "fields": fields}
    if kind == "definitions":
        definitions = [
            rename_own_field(definition, message, name, alias, by_name=by_name)
            if definition.get("cls") is message
            else definition
            for definition in schema["definitions"]
        ]
        inner = rename_own_field(schema["schema"], message, name, alias, by_name=by_name)
        return {**schema, "schema": inner, "definitions": definitions}
    if "schema" in schema:
        inner = rename_own_field(schema["schema"], message, name, alias, by_name=by_name)
        return {**schema, "schema": inner}
    return schema


def _found_by_name(copy: dict[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """Have a model's fields found by their names as well, each in one of its spellings."""
    own = {name for name, field in _named(schema["fields"]) if "validation_alias" in field}
    aliases: dict[str, str] = {}
    for name, field in _named(copy["fields"]):
        alias = field["validation_alias"]
        if name not in own and alias != name:
            aliases[name] = alias
            field["validation_alias"] = [[alias], [name]]
    if not aliases:
        return copy

    def check(given: Any) -> Any:
        if _is_dict(given):
            for name in aliases.keys() & given.keys():
                if aliases[name] in given:
                    raise PydanticCustomError(
                        "two_spellings",
                        "{alias} and {name} are the same field: give one of them",
                        {"alias": aliases[name], "name": name},
                    )
        return given

    checked = {
        "type": "function-before",
        "function": {"type": "no-info", "function": check},
        "schema": copy,
    }
    if "ref" in copy:
        checked["ref"] = copy.pop("ref")
    return checked


def _named(fields: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    if _is_dict(fields):
        yield from fields.items()
    else:
        yield from ((field["name"], field) for field in fields)


def _check_distinct(schema: Mapping[str, Any]) -> None:
    found: dict[Any, str] = {}
    for name, field in _named(schema["fields"]):
        alias = field["serialization_alias"]
        if alias in found:
            owner = schema.get("model_name") or schema.get("dataclass_name") or "A model"
            raise ConfigurationError(
                f"{owner}.{found[alias]} and {owner}.{name} would both be {alias!r} in camelCase: "
                f"rename one of them, or give it an alias of its own."
            )
        found[alias] = name


def _aliased(fields: Any, rename: Rename) -> Any:
    if _is_list(fields):
        return [{**field, **_aliases(field["name"], field, rename)} for field in fields]
    return {name: {**field, **_aliases(name, field, rename)} for name, field in fields.items()}


def _aliases(name: str, field: Mapping[str, Any], rename: Rename) -> dict[str, str]:
    alias = rename(name)
    return {key: alias for key in ("validation_alias", "serialization_alias") if key not in field}


def _is_dict(value: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)


def _is_list(value: object) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


def _is_tuple(value: object) -> TypeGuard[tuple[Any, ...]]:
    return isinstance(value, tuple)


__all__ = ["rename_fields", "rename_own_field", "validates_before"]
