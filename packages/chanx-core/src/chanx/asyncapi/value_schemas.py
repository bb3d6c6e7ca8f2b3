"""What pydantic says of values in JSON Schema, made true to what crosses the wire.

pydantic describes types, a document describes frames. Each method here stands for a place where
the two differ: what the document calls valid is accepted, and what is sent is valid.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, cast

from pydantic import ConfigDict
from pydantic.json_schema import GenerateJsonSchema, JsonRef
from pydantic_core import core_schema

from chanx.asyncapi.entry_names import schema_of_names
from chanx.asyncapi.flags import flag_schema, is_flag
from chanx.asyncapi.numbers import is_finite, number_schema
from chanx.asyncapi.walk import Schema

_DATE: Final = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIME: Final = r"[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?"
_OFFSET: Final = "(Z|[+-][0-9]{2}:[0-9]{2})?"
_NUMBER: Final = r"([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?"
_DECIMAL: Final = f"^[+-]?{_NUMBER}$"
_PART: Final = f"({_NUMBER}|nan|NaN|inf)"  # pydantic sends NaN, as Python reads and does not write
_COMPLEX: Final = rf"^[+-]?{_PART}j?$|^[+-]?{_PART}[+-]{_PART}j$"
_NOT_FINITE: Final = "|^(NaN|-?Infinity)$"

STRIPPED: Final = "White space around it is stripped."

_LENGTHS: Final = ("maxLength", "minLength", "pattern")
_SECRET: Final = {"type": "string", "format": "password", "writeOnly": True}

Path = list[str | int]


class ValueSchemas(GenerateJsonSchema):
    """Pydantic's generator, where it says of values what frames hold."""

    _is_finite = True  # unless the default of the field that is being described is not

    @property
    def _sends(self) -> bool:
        return self.mode == "serialization"

    def generate_inner(self, schema: Any) -> dict[str, Any]:
        """Describe anything; of a secret, the stars that are sent have no bounds of its own."""
        described = super().generate_inner(schema)
        if self._sends and _SECRET.items() <= described.items():
            return {key: value for key, value in described.items() if key not in _LENGTHS}
        return described

    def enum_schema(self, schema: core_schema.EnumSchema) -> dict[str, Any]:
        """Describe an enumeration; flags combine."""
        described = super().enum_schema(schema)
        kind = schema["cls"]
        if not is_flag(kind):
            return described
        del described["enum"]
        return described | flag_schema(kind)

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> dict[str, Any]:
        """Describe a field with a default; JSON has none that is not finite."""
        self._is_finite = is_finite(schema.get("default"))
        described = super().default_schema(schema)
        if not self._is_finite:
            described.pop("default", None)
        self._is_finite = True
        return described

    def float_schema(self, schema: core_schema.FloatSchema) -> dict[str, Any]:
        """Describe a number, and what is sent for one that JSON does not have."""
        described = super().float_schema(schema)
        config = self._config
        return number_schema(
            described,
            may_be_infinite=not self._is_finite
            or schema.get("allow_inf_nan", config.allow_inf_nan) is not False,
            spells_in_words=config.ser_json_inf_nan == "strings",
            is_sent=self._sends,
        )

    def decimal_schema(self, schema: core_schema.DecimalSchema) -> dict[str, Any]:
        """Describe a decimal number, whose text is that of a number."""
        described = super().decimal_schema(schema)
        for part in (described, *described.get("anyOf", ())):
            if part.get("type") == "string":
                words = "" if schema.get("allow_inf_nan") is not True else _NOT_FINITE
                part["pattern"] = (_DECIMAL if self._sends else _digits(schema)) + words
            elif part.get("type") == "number":
                for key, bound in _bounds_of_digits(schema).items():
                    part.setdefault(key, bound)
        return described

    def datetime_schema(self, schema: core_schema.DatetimeSchema) -> dict[str, Any]:
        """Describe a moment; ``date-time`` (RFC 3339, 5.6) has an offset, and others may not."""
        described = super().datetime_schema(schema)
        constraint = schema.get("tz_constraint")
        if "format" not in described or constraint == "aware" or isinstance(constraint, int):
            return described
        offset = "" if constraint == "naive" else _OFFSET
        described["x-format"] = described.pop("format")
        return described | {"pattern": f"^{_DATE}T{_TIME}{offset}$"}

    def time_schema(self, schema: core_schema.TimeSchema) -> dict[str, Any]:
        """Describe a time of day, with or without an offset."""
        described = super().time_schema(schema)
        constraint = schema.get("tz_constraint")
        if "format" not in described or constraint == "aware" or isinstance(constraint, int):
            return described
        return described | {"pattern": f"^{_TIME}{'' if constraint == 'naive' else _OFFSET}$"}

    def complex_schema(self, schema: core_schema.ComplexSchema) -> dict[str, Any]:
        """Describe a complex number, which JSON spells as a text."""
        return super().complex_schema(schema) | {"pattern": _COMPLEX}

    def url_schema(self, schema: core_schema.UrlSchema) -> dict[str, Any]:
        """Describe a URL of certain schemes."""
        return _of_schemes(super().url_schema(schema), schema)

    def multi_host_url_schema(self, schema: core_schema.MultiHostUrlSchema) -> dict[str, Any]:
        """Describe a URL of certain schemes."""
        return _of_schemes(super().multi_host_url_schema(schema), schema)

    def str_schema(self, schema: core_schema.StringSchema) -> dict[str, Any]:
        """Describe a text; one that is stripped is as short as what then is left."""
        described = super().str_schema(schema)
        # pydantic 2.13 does not tell what a model's configuration says of all of its texts.
        for key, bound in (
            ("minLength", self._config.str_min_length),
            ("maxLength", self._config.str_max_length),
        ):
            if bound:
                described.setdefault(key, bound)
        if not schema.get("strip_whitespace", self._config.str_strip_whitespace):
            return described
        described["description"] = STRIPPED
        if least := described.get("minLength"):
            pattern = r"\S" if least == 1 else rf"\S[\s\S]{{{least - 2},}}\S"
            if "pattern" in described:
                described["allOf"] = [{"pattern": pattern}]
            described.setdefault("pattern", pattern)
        return described

    def dict_schema(self, schema: core_schema.DictSchema) -> dict[str, Any]:
        """Describe a dictionary, whose names are texts whatever its keys are."""
        return self._with_names(super().dict_schema(schema), schema)

    def frozendict_schema(self, schema: Any) -> dict[str, Any]:
        """Describe a dictionary, as :meth:`dict_schema`."""
        return self._with_names(super().frozendict_schema(schema), schema)

    def ordered_dict_schema(self, schema: Any) -> dict[str, Any]:
        """Describe a dictionary, as :meth:`dict_schema`."""
        return self._with_names(super().ordered_dict_schema(schema), schema)

    def counter_schema(self, schema: Any) -> dict[str, Any]:
        """Describe a dictionary, as :meth:`dict_schema`."""
        return self._with_names(super().counter_schema(schema), schema)

    def _with_names(self, described: dict[str, Any], schema: Any) -> dict[str, Any]:
        described.pop("propertyNames", None)
        for values in described.pop("patternProperties", {}).values():
            described["additionalProperties"] = values
        keys = schema.get("keys_schema", {"type": "any"})
        if keys["type"] == "literal" and not self._sends:  # a name is a text, and is not a number
            keys = {**keys, "expected": [key for key in keys["expected"] if isinstance(key, str)]}
        names = schema_of_names(self.generate_inner(keys), self._referred, is_sent=self._sends)
        return {**described, "propertyNames": names} if names else described

    def _referred(self, reference: str) -> dict[str, Any]:
        return self.get_schema_from_definitions(JsonRef(reference)) or {}

    def tagged_union_schema(self, schema: core_schema.TaggedUnionSchema) -> dict[str, Any]:
        """Describe a union that a property tells apart; it is needed for that, default or not."""
        described = super().tagged_union_schema(schema)
        if "discriminator" in described:
            tag = described["discriminator"]["propertyName"]
            # Declared here as well, as AsyncAPI wants it (3.0, Schema Object, discriminator).
            described |= {"type": "object", "properties": {tag: {}}, "required": [tag]}
        return described

    def ser_schema(self, schema: Any) -> dict[str, Any] | None:
        """Describe what a function of the user's returns: anything, if it does not say."""
        if schema["type"] in ("function-plain", "function-wrap") and not schema.get(
            "return_schema"
        ):
            module = getattr(schema["function"], "__module__", None) or ""
            if not re.match(r"pydantic\b", module):
                return {}
            if schema["function"].__name__ == "_serialize_secret":
                return dict(_SECRET)
        return super().ser_schema(schema)

    def model_fields_schema(self, schema: core_schema.ModelFieldsSchema) -> dict[str, Any]:
        """Describe the fields of a model by where the server looks for them."""
        fields, nested = self._found(schema["fields"].items(), self._config.validate_by_alias)
        return self._with_nested(super().model_fields_schema({**schema, "fields": fields}), nested)

    def dataclass_args_schema(self, schema: core_schema.DataclassArgsSchema) -> dict[str, Any]:
        """Describe the fields of a dataclass by where the server looks for them."""
        named = ((field["name"], field) for field in schema["fields"])
        fields, nested = self._found(named, self._config.validate_by_alias)
        part: Any = {**schema, "fields": list(fields.values())}
        return self._with_nested(super().dataclass_args_schema(part), nested)

    def typed_dict_schema(self, schema: core_schema.TypedDictSchema) -> dict[str, Any]:
        """Describe the fields of a typed dictionary by where the server looks for them."""
        config = cast(ConfigDict, getattr(schema.get("cls"), "__pydantic_config__", {}))
        by_alias = config.get("validate_by_alias", True)
        fields, nested = self._found(schema["fields"].items(), by_alias)
        return self._with_nested(super().typed_dict_schema({**schema, "fields": fields}), nested)

    def _found(
        self, fields: Iterable[tuple[str, Any]], by_alias: bool | None
    ) -> tuple[dict[str, Any], list[tuple[Path, Any]]]:
        """Return fields with the aliases that count, and apart those that stand deeper."""
        near: dict[str, Any] = {}
        nested: list[tuple[Path, Any]] = []
        for name, field in fields:
            alias = field.get("validation_alias")
            if self._sends or alias is None:
                near[name] = field
            elif by_alias is False:
                near[name] = {key: part for key, part in field.items() if key != "validation_alias"}
            elif not isinstance(alias, list) or any(len(path) == 1 for path in _paths(alias)):
                near[name] = field
            else:
                nested.append((_paths(alias)[0], field))
        return near, nested

    def _with_nested(
        self, described: dict[str, Any], nested: Iterable[tuple[Path, Any]]
    ) -> dict[str, Any]:
        properties = described.setdefault("properties", {})
        for (root, *keys), field in nested:
            needed = self.field_is_required(field, total=True)
            part = self.generate_inner(field)
            for key in reversed(keys):
                part = _around(part, key, needed)
            other = properties.get(root)
            properties[root] = part if other is None else {"allOf": [other, part]}
            if needed and root not in described.setdefault("required", []):
                described["required"].append(root)
        return described


def _bounds_of_digits(schema: core_schema.DecimalSchema) -> dict[str, float]:
    """Return the bounds of a number that has so many digits at most."""
    digits, places = schema.get("max_digits"), schema.get("decimal_places")
    bounds: dict[str, float] = {}
    if digits is not None:
        most = 10 ** (digits - (places or 0))
        bounds |= {"exclusiveMinimum": -most, "exclusiveMaximum": most}
    return bounds if places is None else {**bounds, "multipleOf": 10**-places}


def _digits(schema: core_schema.DecimalSchema) -> str:
    """Return the pattern of the text of a number that has so many digits at most."""
    digits, places = schema.get("max_digits"), schema.get("decimal_places")
    if digits is None and places is None:
        return _DECIMAL
    whole = None if digits is None else digits - (places or 0)
    before = "[0-9]+" if whole is None else f"[0-9]{{1,{whole}}}" if whole > 0 else "0?"
    after = rf"(\.[0-9]{{1,{places}}})?" if places else ""
    return f"^[+-]?{before}{after}$"


def _of_schemes(described: dict[str, Any], schema: Any) -> dict[str, Any]:
    schemes: list[str] | None = schema.get("allowed_schemes")
    if not schemes:
        return described
    return described | {"pattern": f"^({'|'.join(map(re.escape, schemes))}):"}


def _paths(alias: Any) -> list[Path]:
    """Return the paths by which a field is found; pydantic writes one alone without a list."""
    return alias if isinstance(alias[0], list) else [alias]


def _around(part: Mapping[str, Any], key: str | int, needed: bool) -> dict[str, Any]:
    """Return what holds a part under a key, or at a place of a list."""
    if isinstance(key, str):
        held: dict[str, Any] = {"type": "object", "properties": {key: part}}
        return {**held, "required": [key]} if needed else held
    # Which one is the last but so many no schema can say: all of them are right then.
    items: Schema = (
        {"prefixItems": [*({} for _ in range(key)), part]} if key >= 0 else {"items": part}
    )
    least = {"minItems": key + 1 if key >= 0 else -key} if needed else {}
    return {"type": "array", **items, **least}


__all__ = ["STRIPPED", "ValueSchemas"]
