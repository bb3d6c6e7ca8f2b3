"""Channel addresses and their parameters."""

import re
from collections.abc import Mapping
from typing import Any, Final

from chanx.asyncapi.draft07 import to_draft07
from chanx.asyncapi.names import key_of
from chanx.asyncapi.walk import Schema, is_array
from chanx.routing import PathParameter, RouteInfo

_VARIABLE: Final = re.compile(r"\{([^{}]*)\}")

_INT: Final = "^[0-9]+$"
_FLOAT: Final = r"^[0-9]+(\.[0-9]+)?$"

_SCHEMAS: Final[Mapping[str, Mapping[str, Any]]] = {
    "float": {"type": "number", "minimum": 0, "x-pattern": _FLOAT},
    "int": {"type": "integer", "minimum": 0, "x-pattern": _INT},
    "path": {"type": "string", "pattern": "^.+$"},
    "slug": {"type": "string", "pattern": "^[-a-zA-Z0-9_]+$"},
    "str": {"type": "string"},
    "uuid": {"type": "string", "format": "uuid"},
}
"""What the converters of Django and Starlette let through. Numbers have neither signs nor
exponents; of their text, that is said by ``x-pattern``."""

_TEXTS: Final = ("default", "description")
_LISTS: Final = ("enum", "examples")


def address_of(route: RouteInfo) -> str:
    """Return a route's address: it starts with ``/`` and holds only ``{name}``.

    Args:
        route: The route.
    """
    path = re.sub(r"//+", "/", "/" + route.path)
    return _VARIABLE.sub(lambda found: f"{{{_name(found.group(1))}}}", path)


def parameter_objects(route: RouteInfo) -> dict[str, dict[str, Any]]:
    """Return the Parameter Object of each variable of a route's address.

    AsyncAPI's parameters are texts, so what is known beyond that stands in ``x-schema``.

    Args:
        route: The route.
    """
    known = {_name(parameter.name): parameter for parameter in route.parameters}
    return {
        name: _parameter(known.get(name, PathParameter(name=name)))
        for name in _VARIABLE.findall(address_of(route))
    }


def _name(variable: str) -> str:
    return key_of(variable.partition(":")[0]).replace(".", "_")


def _parameter(parameter: PathParameter) -> dict[str, Any]:
    schema = _schema(parameter)
    described: dict[str, Any] = {}
    if parameter.description:
        described["description"] = parameter.description
    for key in _TEXTS:
        if schema.get(key) is not None:
            described.setdefault(key, _text(schema[key]))
    for key in _LISTS:
        if is_array(schema.get(key)):
            described[key] = [_text(item) for item in schema[key]]
    constraints = {
        key: value for key, value in schema.items() if key not in (*_TEXTS, "examples", "title")
    }
    if constraints and constraints != {"type": "string"}:
        described["x-schema"] = constraints
    return described


def _schema(parameter: PathParameter) -> dict[str, Any]:
    schema = dict(_SCHEMAS.get(parameter.converter or "str", _SCHEMAS["str"]))
    if parameter.schema is not None:
        return _both(schema, to_draft07(parameter.schema))
    if parameter.pattern is not None and schema == _SCHEMAS["str"]:
        schema["pattern"] = f"^(?:{parameter.pattern})$"
    return to_draft07(schema)


def _both(let_through: Schema, taken: Schema) -> dict[str, Any]:
    """Return what a converter lets through and the framework then takes."""
    if "x-pattern" not in let_through:
        return dict(taken)
    if taken.get("type") == "string":
        return {"pattern": let_through["x-pattern"], **taken}
    return {**let_through, **taken, "minimum": max(0, taken.get("minimum", 0))}


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


__all__ = ["address_of", "parameter_objects"]
