"""JSON Schema of a serializer's fields, as clients write them and as they read them."""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias, get_type_hints

from pydantic import PydanticSchemaGenerationError, TypeAdapter
from pydantic.errors import PydanticInvalidForJsonSchema
from rest_framework import fields, relations, serializers
from rest_framework.settings import api_settings

Schema: TypeAlias = dict[str, Any]

# The plain forms of what Django's parse_time and parse_duration take, which REST framework's fields
# ask: JSON Schema's formats "time" and "duration" (RFC 3339, ISO 8601) are others.
_TIME: Final = r"^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?$"
_DURATION: Final = r"^(-?\d{1,6} )?([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?$"
_SLUG: Final = "^[-a-zA-Z0-9_]+$"
_SLUG_OR_BLANK: Final = "^[-a-zA-Z0-9_]*$"
_TEXT: Final = r"^[^\x00]*$"
_NOT_BLANK: Final = r"^[^\x00]*[^\s\x00\x1c-\x1f\x85][^\x00]*$"
"""DRF refuses NUL, and strips what Python calls white space, some more than ``\\s``."""
_BLANK: Final = r"^[\s\x1c-\x1f\x85]*$"

_NOT_NULL: Final = ("object", "array", "string", "number", "boolean")


def is_received(field: Any) -> bool:
    """Return whether clients write a field.

    Args:
        field: The field.
    """
    return not field.read_only and not isinstance(field, fields.HiddenField)


def described(field: Any, *, is_sent: bool) -> Schema:
    """Return the JSON Schema of a field or serializer.

    Args:
        field: The field.
        is_sent: Whether the server sends it; False describes what clients do.
    """
    # By the MRO, so that a project's own class is described as what it derives from.
    found = next(_KINDS[kind] for kind in type(field).__mro__ if kind in _KINDS)
    schema: Schema = found(field, is_sent)
    if is_sent:
        # Of a related object that is not there, DRF makes null whatever the field says.
        is_nullable = field.allow_null or "." in (getattr(field, "source", None) or "")
    else:
        is_nullable = field.allow_null
        if _has_plain_default(field):
            schema["default"] = field.default
    # An empty schema takes null already.
    if is_nullable and schema:
        schema = Schema(anyOf=[schema, {"type": "null"}])
    if field.help_text:
        schema["description"] = str(field.help_text)
    return schema


def _has_plain_default(field: Any) -> bool:
    return isinstance(field.default, bool | int | float | str)


def _serializer(field: Any, is_sent: bool) -> Schema:
    properties: Schema = {}
    required: list[str] = []
    for name, each in field.fields.items():
        if each.write_only if is_sent else not is_received(each):
            continue
        properties[name] = described(each, is_sent=is_sent)
        # Sent fields are all there, whatever `required` says, which is of input.
        if is_sent or (each.required and not field.root.partial):
            required.append(name)
    schema: Schema = {"type": "object", "properties": properties}
    if required:
        schema["required"] = required
    if field.parent is None or getattr(field.root, "child", None) is field:
        schema["title"] = type(field).__name__.removesuffix("Serializer") or "Payload"
    return schema


def _items(field: Any, is_sent: bool) -> Schema:
    schema = {"type": "array", "items": described(field.child, is_sent=is_sent)}
    return schema if is_sent else schema | _bounds(field, "Items")


def _mapping(field: Any, is_sent: bool) -> Schema:
    schema: Schema = {"type": "object", "additionalProperties": _child(field, is_sent)}
    return schema if is_sent or field.allow_empty else schema | {"minProperties": 1}


def _child(field: Any, is_sent: bool) -> Schema | bool:
    return described(field.child, is_sent=is_sent) or True


def _bounds(field: Any, of: str) -> Schema:
    """Return the bounds of a length."""
    least = getattr(field, "min_length", None)
    most = getattr(field, "max_length", None)
    # allow_empty=False is a least length of 1 by another name.
    if not getattr(field, "allow_empty", True):
        least = max(least or 0, 1)
    bounds = {f"min{of}": least, f"max{of}": most}
    return {key: bound for key, bound in bounds.items() if bound is not None}


def _text(field: Any, is_sent: bool) -> Schema:
    if is_sent:
        return {"type": "string"}
    schema: Schema = {"type": "string"} | _bounds(field, "Length")
    if field.allow_blank:
        schema["pattern"] = _TEXT
        # DRF takes a blank before it asks its validators, that of a least length among them.
        if (least := schema.pop("minLength", None)) is not None:
            blank = _BLANK if field.trim_whitespace else "^$"
            schema["anyOf"] = [{"minLength": least}, {"pattern": blank}]
        return schema
    schema["minLength"] = max(schema.get("minLength", 0), 1)
    return schema | {"pattern": _NOT_BLANK if field.trim_whitespace else _TEXT}


def _may_be_blank(field: Any, is_sent: bool) -> bool:
    # Of what is only read, a serializer of a model does not say whether the model allows it.
    return bool(field.allow_blank or (is_sent and field.read_only))


def _formatted(form: str) -> "Describer":
    def describe(field: Any, is_sent: bool) -> Schema:
        text, form_of = _text(field, is_sent), {"format": form}
        if not _may_be_blank(field, is_sent):
            return text | form_of
        # What holds of a text that is not blank is of that choice alone (_text).
        filled, *_ = text.get("anyOf", [{}])
        return text | {"anyOf": [filled | form_of, {"const": ""}]}

    return describe


def _slug(field: Any, is_sent: bool) -> Schema:
    if is_sent or field.allow_unicode:
        return _text(field, is_sent)
    return _text(field, is_sent) | {"pattern": _SLUG_OR_BLANK if field.allow_blank else _SLUG}


def _address(field: Any, is_sent: bool) -> Schema:
    versions = {"ipv4": ["ipv4"], "ipv6": ["ipv6"]}.get(field.protocol, ["ipv4", "ipv6"])
    forms: list[Schema] = [{"format": version} for version in versions]
    if _may_be_blank(field, is_sent):
        forms.append({"const": ""})
    return {"type": "string", "anyOf": forms}


_BIG: Any = getattr(fields, "BigIntegerField", ())
"""Integers that may be sent as text, which newer releases of REST framework have."""


def _number(kind: str) -> "Describer":
    def describe(field: Any, is_sent: bool) -> Schema:
        if is_sent:
            # Read when it is described: settings differ between tests, and releases.
            by_setting = isinstance(field, _BIG) and api_settings.COERCE_BIGINT_TO_STRING
            return {"type": "string" if getattr(field, "coerce_to_string", by_setting) else kind}
        bounds = {"minimum": field.min_value, "maximum": field.max_value}
        known = {key: bound for key, bound in bounds.items() if bound is not None}
        return {"type": kind, **known}

    return describe


def _decimal(field: Any, is_sent: bool) -> Schema:
    by_setting = api_settings.COERCE_DECIMAL_TO_STRING
    if is_sent and not getattr(field, "coerce_to_string", by_setting):
        return {"type": "number"}
    if field.localize:  # with the point and the groups of a language
        return {"type": "string"}
    places = field.decimal_places
    whole = None if field.max_digits is None or places is None else field.max_digits - places
    if whole == 0:  # a zero before the point is no digit, alone it is one
        return {"type": "string", "pattern": rf"^-?0?\.\d{{1,{places}}}$"}
    digits = r"\d+" if whole is None else rf"\d{{1,{whole}}}"
    fraction = r"(\.\d+)?" if places is None else rf"(\.\d{{1,{places}}})?" if places else ""
    # Sent as text by default, since a float of JavaScript's would not keep the digits.
    return {"type": "string", "pattern": f"^-?{digits}{fraction}$"}


def _moment(form: str | None, pattern: str | None, setting: str) -> "Describer":
    """Describe a date or time, whose ISO form may have been replaced by one of the project's."""

    def describe(field: Any, is_sent: bool) -> Schema:
        if is_sent:
            own = getattr(field, "format", getattr(api_settings, f"{setting}_FORMAT", "iso-8601"))
            is_iso = own is None or str(own).lower() == "iso-8601"
        else:
            name = f"{setting}_INPUT_FORMATS"
            forms = getattr(field, "input_formats", getattr(api_settings, name, ["iso-8601"]))
            is_iso = any(str(each).lower() == "iso-8601" for each in forms or ["iso-8601"])
        schema: Schema = {"type": "string"}
        if is_iso and form:
            schema["format"] = form
        if is_iso and pattern:
            schema["pattern"] = pattern
        return schema

    return describe


def _choice(field: Any, is_sent: bool) -> Schema:
    values = [_plain(each) for each in field.choices]
    if field.allow_blank and "" not in values:
        values.append("")
    return {"enum": values}


def _choices(field: Any, is_sent: bool) -> Schema:
    schema: Schema = {"type": "array", "items": {"enum": [_plain(each) for each in field.choices]}}
    return schema if is_sent or field.allow_empty else schema | {"minItems": 1}


def _plain(value: Any) -> Any:
    # Keys of choices may be any value; on the wire they are their texts
    # (ChoiceField.choice_strings_to_values).
    return value if isinstance(value, bool | int | float | str | None) else str(value)


def _boolean(field: Any, is_sent: bool) -> Schema:
    return {"type": "boolean"}


def _string(field: Any, is_sent: bool) -> Schema:
    return {"type": "string"}


def _anything(field: Any, is_sent: bool) -> Schema:
    return {} if is_sent or field.allow_null else {"type": [*_NOT_NULL]}


def _uuid(field: Any, is_sent: bool) -> Schema:
    is_hyphenated = field.uuid_format == "hex_verbose"
    return {"type": "string"} | ({"format": "uuid"} if is_hyphenated or not is_sent else {})


def _file(field: Any, is_sent: bool) -> Schema:
    return {"anyOf": [{"type": "string"}, {"type": "null"}]}


def _method(field: Any, is_sent: bool) -> Schema:
    """Describe what a serializer's method returns, as far as it is annotated."""
    try:
        hints = get_type_hints(getattr(field.parent, field.method_name))
        schema = TypeAdapter(hints.get("return", Any)).json_schema(mode="serialization")
    except (NameError, PydanticSchemaGenerationError, PydanticInvalidForJsonSchema):
        return {}
    # A part of another document has no place for definitions.
    return {} if "$defs" in schema else schema


def _key(field: Any, is_sent: bool) -> Schema:
    if field.pk_field is not None:
        return described(field.pk_field, is_sent=is_sent)
    return {"type": ["integer", "string"]}


def _related(field: Any, is_sent: bool) -> Schema:
    schema: Schema = {
        "type": "array",
        "items": described(field.child_relation, is_sent=is_sent),
    }
    return schema if is_sent or field.allow_empty else schema | {"minItems": 1}


Describer: TypeAlias = Callable[[Any, bool], Schema]

_KINDS: Final[Mapping[type, Describer]] = {
    fields.Field: _anything,
    fields.BooleanField: _boolean,
    fields.CharField: _text,
    fields.EmailField: _formatted("email"),
    fields.SlugField: _slug,
    fields.URLField: _formatted("uri"),
    fields.UUIDField: _uuid,
    fields.IPAddressField: _address,
    fields.IntegerField: _number("integer"),
    fields.FloatField: _number("number"),
    fields.DecimalField: _decimal,
    fields.DateTimeField: _moment("date-time", None, "DATETIME"),
    fields.DateField: _moment("date", None, "DATE"),
    fields.TimeField: _moment(None, _TIME, "TIME"),
    fields.DurationField: _moment(None, _DURATION, "DURATION"),
    fields.ChoiceField: _choice,
    fields.MultipleChoiceField: _choices,
    fields.FileField: _file,
    fields.ListField: _items,
    fields.DictField: _mapping,
    fields.SerializerMethodField: _method,
    relations.StringRelatedField: _string,
    relations.PrimaryKeyRelatedField: _key,
    relations.HyperlinkedRelatedField: _string,
    relations.ManyRelatedField: _related,
    serializers.Serializer: _serializer,
    serializers.ListSerializer: _items,
}
"""How a field of each class is described; one of another class, as the nearest of its bases."""


__all__ = ["Schema", "described", "is_received"]
