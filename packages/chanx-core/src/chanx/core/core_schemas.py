"""pydantic's core schemas: the one module that knows how they are built.

pydantic promises nothing of their form, nor of ``_use_prebuilt``. What is taken for granted stands
here, and ``tests/core/test_core_schemas.py`` says of each thing what breaks without it. A key that
is not known here is looked into, and a kind that ``parsed.py`` does not know is validated as text:
what a later pydantic adds is slower at worst.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final, TypeAlias, TypeGuard, cast

from pydantic.errors import PydanticUndefinedAnnotation, PydanticUserError
from pydantic_core import CoreSchema, SchemaSerializer, SchemaValidator

from chanx.core.errors import ConfigurationError
from chanx.messages import BaseMessage

Node: TypeAlias = dict[str, Any]
"""A core schema, or a part of one that has keys."""

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

_SAME_VALUE: Final = ("schema", "items_schema", "json_schema", "lax_schema", "choices", "steps")
"""Keys of the schemas of the same value, or of each item of it."""

_SEVERAL: Final = frozenset(
    {
        *("counter", "deque", "dict", "frozen-dict", "frozenset", "generator", "list"),
        *("ordered-dict", "set", "tuple"),
    }
)
"""Schemas of as many items as the value has."""

_FIELD_LISTS: Final = frozenset({"dataclass-args", "model-fields", "typed-dict"})
_FIELDS: Final = frozenset({"dataclass-field", "model-field", "typed-dict-field"})


def built_schema(message: type[BaseMessage]) -> CoreSchema:
    """Return a message class's own schema, which is built unless it is already.

    Args:
        message: The message class.

    Raises:
        ConfigurationError: If pydantic cannot build it.
    """
    try:
        message.model_rebuild()
    except PydanticUndefinedAnnotation as error:
        raise ConfigurationError(
            f"{message.__qualname__} names {error.name!r}, which is not known where it is "
            f"mounted: import or define it before that, outside TYPE_CHECKING."
        ) from error
    except (PydanticUserError, RecursionError) as error:
        raise ConfigurationError(
            f"pydantic cannot build the schema of {message.__qualname__}: {error}"
        ) from error
    return message.__pydantic_core_schema__


def built_validator(message: type[BaseMessage]) -> SchemaValidator:
    """Return the validator of a message class whose schema is built.

    Args:
        message: The message class.
    """
    # A plugin of pydantic puts another object there, which has the same methods.
    return cast(SchemaValidator, message.__pydantic_validator__)


def built_serializer(message: type[BaseMessage]) -> SchemaSerializer:
    """Return the serializer of a message class whose schema is built.

    Args:
        message: The message class.
    """
    return message.__pydantic_serializer__


def new_validator(schema: CoreSchema) -> SchemaValidator:
    """Return a validator of a changed schema, nested classes included.

    Args:
        schema: The core schema.
    """
    # A prebuilt validator of a nested class would know nothing of the changes.
    return SchemaValidator(schema, _use_prebuilt=False)


def new_serializer(schema: CoreSchema) -> SchemaSerializer:
    """Return a serializer of a changed schema, nested classes included.

    Args:
        schema: The core schema.
    """
    return SchemaSerializer(schema, _use_prebuilt=False)


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
        if _is_node(value):
            yield value
            if is_plain_union(value) and not through_unions:
                continue
            for key, item in value.items():
                if key in _BY_NAME and _is_node(item):
                    waiting.extend(item.values())
                elif key not in _OPAQUE and key not in _WRITING:
                    waiting.append(item)
        elif _is_sequence(value):
            waiting.extend(value)


def mapped(schema: CoreSchema, change: Callable[[Node], Node]) -> CoreSchema:
    """Copy a core schema, changing each of its parts after what is within that.

    Args:
        schema: The core schema.
        change: Takes a copy of a part and returns what stands for it; it may change the copy.
    """
    return cast(CoreSchema, _mapped(schema, change))


def _mapped(value: Any, change: Callable[[Node], Node]) -> Any:
    if _is_sequence(value):
        items = [_mapped(item, change) for item in value]
        return items if isinstance(value, list) else tuple(items)
    if not _is_node(value):
        return value
    copy: Node = {}
    for key, item in value.items():
        if key in _BY_NAME and _is_node(item):
            copy[key] = {name: _mapped(part, change) for name, part in item.items()}
        else:
            copy[key] = item if key in _OPAQUE else _mapped(item, change)
    return change(copy)


def writes_constants(schema: CoreSchema) -> bool:
    """Return whether a serializer would write bare ``NaN`` or ``Infinity``, which are not JSON.

    Args:
        schema: The core schema.
    """
    return any(_constants(part) for part in validating_parts(schema))


def without_constants(schema: CoreSchema) -> CoreSchema:
    """Copy a core schema so that its serializer writes null for what JSON does not have.

    Args:
        schema: The core schema.
    """

    def change(part: Node) -> Node:
        if _constants(part):
            part["config"] = {**part["config"], "ser_json_inf_nan": "null"}
        return part

    return mapped(schema, change)


def _constants(part: Node) -> bool:
    config = part.get("config")
    return _is_node(config) and config.get("ser_json_inf_nan") == "constants"


def is_told_of_the_input(part: Node) -> bool:
    """Return whether a part calls a function that is told what it validates, text or parsed.

    Args:
        part: A part of a core schema.
    """
    function = part.get("function")
    return _is_node(function) and function["type"] != "no-info"


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


def fields_of(part: Node) -> Iterator[tuple[str, Node]]:
    """Yield the fields that a part lists, each with its name in Python.

    Args:
        part: A part of a core schema for which :func:`has_fields` is true.
    """
    if _is_node(part["fields"]):
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
        if _is_node(found):
            yield from [found] if isinstance(found.get("type"), str) else found.values()
        elif _is_sequence(found):
            # The choices of a union may have labels.
            yield from (each[0] if isinstance(each, tuple) else each for each in found)


def definitions_of(schema: CoreSchema) -> dict[str, Node]:
    """Return what the references within a core schema stand for.

    Args:
        schema: The core schema.
    """
    node = cast(Node, schema)
    definitions = node["definitions"] if node["type"] == "definitions" else ()
    return {definition["ref"]: definition for definition in definitions}


def declares(part: Node, name: str, definitions: dict[str, Node]) -> bool:
    """Return whether a part is, or may be, an object with a field of this name.

    Args:
        part: A part of a core schema, as a choice of a union.
        name: The field's name in Python.
        definitions: What references stand for.
    """
    kind = part["type"]
    if kind == "definition-ref":
        return declares(definitions[part["schema_ref"]], name, definitions)
    if kind == "tagged-union":
        return any(declares(choice, name, definitions) for choice in part["choices"].values())
    if has_fields(part):
        return any(name == field for field, _ in fields_of(part))
    return "schema" in part and declares(part["schema"], name, definitions)


def checked_before(part: Node, check: Callable[[Any], Any]) -> Node:
    """Return a part in front of which a function is called with what is given.

    Args:
        part: A part of a core schema; references lead to what is returned instead.
        check: The function; returns what is to be validated.
    """
    function = {"type": "no-info", "function": check}
    checked: Node = {"type": "function-before", "function": function, "schema": part}
    if "ref" in part:
        checked["ref"] = part.pop("ref")
    return checked


def is_plain_union(part: Node) -> bool:
    """Return whether a part tries one choice after the other, as nothing tells which is meant.

    Args:
        part: A part of a core schema.
    """
    return part.get("type") == "union"


def references_within(part: Node, *, through_unions: bool = True) -> set[str]:
    """Return the references to definitions that a part makes.

    Args:
        part: A part of a core schema.
        through_unions: Whether those count that only the choices of plain unions make.
    """
    parts = validating_parts(cast(CoreSchema, part), through_unions=through_unions)
    return {each["schema_ref"] for each in parts if each.get("type") == "definition-ref"}


def stopped_at_first(part: Node) -> Node:
    """Have a part that validates items stop at the first one that is wrong.

    Args:
        part: A part of a core schema, which is changed.
    """
    if part.get("type") in _SEVERAL:
        part["fail_fast"] = True
    return part


def tried_in(check: Callable[[Any], Any], union: Node, label: str) -> Node:
    """Have a plain union try a function first.

    A function in front of the union would turn what it is given from text into objects of Python,
    which are validated by other rules.

    Args:
        check: The function; it has to raise an error of validation.
        union: The union, which is changed.
        label: Stands for the function in the names and errors of the union.
    """
    choice = {"type": "function-plain", "function": {"type": "no-info", "function": check}}
    union["choices"] = [(choice, label), *union["choices"]]
    return union


def tried_before(check: Callable[[Any], Any], part: Node, label: str, own_label: str) -> Node:
    """Return a union that tries a function first, and then is as a part.

    Args:
        check: The function; it has to raise an error of validation.
        part: A part of a core schema; references lead to what is returned instead.
        label: Stands for the function in the names and errors of the union.
        own_label: Stands for the part in these.
    """
    union: Node = {"type": "union", "mode": "left_to_right", "choices": [(part, own_label)]}
    if "ref" in part:
        union["ref"] = part.pop("ref")
    return tried_in(check, union, label)


def with_one_error(schema: CoreSchema) -> CoreSchema:
    """Return a core schema that does not say what is wrong.

    What is wrong with a text comes with the values that are wrong as objects of Python, each made
    for itself: of a frame that nests, all that is within, at each level anew.

    Args:
        schema: The core schema.
    """
    return {
        "type": "custom-error",
        "schema": schema,
        "custom_error_type": "invalid",
        "custom_error_message": "The message does not validate.",
    }


def class_name(part: Node) -> str:
    """Return the name of the class that a part validates; three dots if it is none.

    Args:
        part: A part of a core schema.
    """
    while "cls" not in part and _is_node(part.get("schema")):
        part = part["schema"]
    return part["cls"].__name__ if "cls" in part else "..."


def _is_node(value: object) -> TypeGuard[Node]:
    return isinstance(value, dict)


def _is_sequence(value: object) -> TypeGuard[list[Any] | tuple[Any, ...]]:
    # Not of a class of the user's own, such as a named tuple.
    return type(value) is list or type(value) is tuple


__all__ = [
    "Node",
    "built_schema",
    "built_serializer",
    "built_validator",
    "checked_before",
    "class_name",
    "declares",
    "definitions_of",
    "fields_of",
    "has_fields",
    "is_field",
    "is_plain_union",
    "is_told_of_the_input",
    "mapped",
    "new_serializer",
    "new_validator",
    "parts_of_value",
    "references_within",
    "stopped_at_first",
    "tried_before",
    "tried_in",
    "validating_parts",
    "with_one_error",
    "without_constants",
    "writes_constants",
]
