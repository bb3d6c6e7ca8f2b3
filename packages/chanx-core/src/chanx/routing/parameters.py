"""What a handshake's parameters look like, as JSON Schema, whatever framework reads them."""

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel, JsonValue
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import PydanticOmit

Schema = dict[str, Any]


class _ParameterSchemas(GenerateJsonSchema):
    """Leaves out titles, which say nothing that names do not, and types that have no schema."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def handle_invalid_for_json_schema(self, schema: Any, error_info: str) -> JsonSchemaValue:
        # pydantic leaves out a property or a choice whose schema raises this, where its own
        # generator would end the whole document for one parameter that is, say, a callable.
        raise PydanticOmit


def object_schema(model: type[BaseModel], rename: Callable[[str], str] = str) -> Schema:
    """Return the schema of an object that has a model's fields as its properties.

    Definitions stand where they are referred to, and types that JSON Schema has no words for are
    left out.

    Args:
        model: The model.
        rename: Makes a property's name of a field's alias, or of its name if it has none.

    Example:
        >>> class Page(BaseModel):
        ...     number: int = 1
        >>> object_schema(Page)
        {'type': 'object', 'properties': {'number': {'default': 1, 'type': 'integer'}}}
    """
    # In mode "validation": what clients write, not what is made of it.
    schema = model.model_json_schema(schema_generator=_ParameterSchemas)
    # Put in place, since the result becomes part of documents that have other definitions by these
    # names.
    definitions: Mapping[str, JsonValue] = schema.get("$defs", {})
    result: Schema = {
        "type": "object",
        "properties": {
            rename(name): _without_references(value, definitions)
            for name, value in schema.get("properties", {}).items()
        },
    }
    if required := [rename(name) for name in schema.get("required", ())]:
        result["required"] = required
    return result


def _without_references(value: JsonValue, definitions: Mapping[str, JsonValue]) -> JsonValue:
    """Put definitions where they are referred to; one that refers to itself becomes anything."""
    if isinstance(value, list):
        return [_without_references(item, definitions) for item in value]
    if not isinstance(value, dict):
        return value
    schema = {key: _without_references(item, definitions) for key, item in value.items()}
    reference = schema.pop("$ref", None)
    if not isinstance(reference, str):
        return schema
    name = reference.rsplit("/", 1)[-1]
    # Without the one that is being put in place: what refers to itself has no finite form. It
    # becomes {}, by which everything is valid, so that a document never forbids what is served.
    others = {key: item for key, item in definitions.items() if key != name}
    definition = _without_references(definitions.get(name, {}), others)
    # What stands beside $ref counts besides (JSON Schema draft 2020-12, 8.2.3.1), as a default or a
    # description of this use does, and is nearer.
    return {**definition, **schema} if isinstance(definition, dict) else definition


__all__ = ["Schema", "object_schema"]
