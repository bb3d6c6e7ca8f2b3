"""What is changed in copies of core schemas."""

from collections.abc import Callable
from typing import Any

from pydantic_core import CoreSchema

from chanx.core.core_schemas.parts import Node, has_items, is_node
from chanx.core.core_schemas.walking import mapped, validating_parts


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
            # A configuration is the class's own, which the copy of its schema shares: replaced,
            # never changed.
            part["config"] = {**part["config"], "ser_json_inf_nan": "null"}
        return part

    return mapped(schema, change)


def _constants(part: Node) -> bool:
    config = part.get("config")
    return is_node(config) and config.get("ser_json_inf_nan") == "constants"


def checked_before(part: Node, check: Callable[[Any], Any]) -> Node:
    """Return a part in front of which a function is called with what is given.

    Args:
        part: A part of a core schema; references lead to what is returned instead.
        check: The function; returns what is to be validated.
    """
    return _checked(part, check, "function-before")


def checked_after(part: Node, check: Callable[[Any], Any]) -> Node:
    """Return a part after which a function is called with what came of it.

    Args:
        part: A part of a core schema; references lead to what is returned instead.
        check: The function; returns what is to come of it.
    """
    return _checked(part, check, "function-after")


def _checked(part: Node, check: Callable[[Any], Any], kind: str) -> Node:
    function = {"type": "no-info", "function": check}
    checked: Node = {"type": kind, "function": function, "schema": part}
    # Moved to the outermost, for references are to lead to what is checked, and not behind it.
    if "ref" in part:
        checked["ref"] = part.pop("ref")
    return checked


def stopped_at_first(part: Node) -> Node:
    """Have a part that validates items stop at the first one that is wrong.

    Args:
        part: A part of a core schema, which is changed.
    """
    if has_items(part):
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
    # Plain, so that it is called with the value as it came; as the first of the choices it is
    # called for each value.
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
    # Not in smart mode, which ranks what fits: of these, one alone can.
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


__all__ = [
    "checked_after",
    "checked_before",
    "stopped_at_first",
    "tried_before",
    "tried_in",
    "with_one_error",
    "without_constants",
    "writes_constants",
]
