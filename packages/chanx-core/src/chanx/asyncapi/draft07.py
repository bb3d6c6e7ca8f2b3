"""From pydantic's JSON Schema (2020-12) to AsyncAPI's Schema Object, a superset of draft-07."""

import json
import math
from typing import Any, Final

from chanx.asyncapi.patterns import portable_pattern
from chanx.asyncapi.texts import without_roles
from chanx.asyncapi.walk import SCHEMA_KEYWORDS, Schema, is_array, is_object, map_subschemas

_UNKNOWN: Final = frozenset(
    {
        *("contentSchema", "dependentRequired", "dependentSchemas", "maxContains", "minContains"),
        *("unevaluatedItems", "unevaluatedProperties"),
    }
)
"""Keywords that came after draft-07 and that no schema is wrong without."""

_DEPENDENCIES: Final = ("dependentRequired", "dependentSchemas")
"""What draft-07 calls ``dependencies``, either of them."""


def to_draft07(schema: Schema) -> dict[str, Any]:
    """Return a schema of pydantic's as AsyncAPI understands it.

    Tuples are spelled with ``items`` and ``additionalItems``, a discriminator is the name of its
    property, docstrings lose their markup's roles, what stands beside a ``$ref`` is not ignored,
    and values that JSON has none of, such as NaN, are left out. A pattern that ECMA-262 cannot
    read becomes ``x-pattern``; ``time``, which draft-07 takes to have an offset (RFC 3339) and
    pydantic does not, becomes ``x-format``.

    Args:
        schema: The schema.
    """
    result = map_subschemas(schema, to_draft07)
    for key, value in schema.items():
        if key in _UNKNOWN or (key not in SCHEMA_KEYWORDS and not _is_json(value)):
            del result[key]
    if isinstance(description := result.get("description"), str):
        result["description"] = without_roles(description)
    if is_array(values := result.get("enum")):
        result["enum"] = list({json.dumps(value): value for value in values}.values())
    if is_object(discriminator := result.get("discriminator")):
        result["discriminator"] = discriminator["propertyName"]
    for key in _DEPENDENCIES:
        if is_object(dependent := schema.get(key)):
            known = {**result.get("dependencies", {}), **dependent}
            result["dependencies"] = map_subschemas({"dependencies": known}, to_draft07)[
                "dependencies"
            ]
    if schema.get("minContains") == 0:
        result.pop("contains", None)
    if is_object(content := schema.get("contentSchema")):
        result["x-content-schema"] = to_draft07(content)
    if result.get("format") == "time":
        result["x-format"] = result.pop("format")
    if isinstance(pattern := result.get("pattern"), str):
        result.pop("pattern")
        portable = portable_pattern(pattern)
        result["x-pattern" if portable is None else "pattern"] = portable or pattern
    if "prefixItems" in result:
        more = result.pop("items", None)
        result["items"] = result.pop("prefixItems")
        if more is not None:
            result["additionalItems"] = more
    if "$ref" in result and len(result) > 1:
        return {"allOf": [{"$ref": result.pop("$ref")}, *result.pop("allOf", ())], **result}
    return result


def _is_json(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    if is_object(value):
        return all(map(_is_json, value.values()))
    if is_array(value):
        return all(_is_json(item) for item in value)
    return value is None or isinstance(value, str | int)


__all__ = ["to_draft07"]
