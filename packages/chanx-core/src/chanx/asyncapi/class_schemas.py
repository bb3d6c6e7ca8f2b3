"""What pydantic says of classes, in JSON Schema."""

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from pydantic.json_schema import (
    DefsRef,
    JsonRef,
    JsonSchemaMode,
    JsonSchemaWarningKind,
)
from pydantic_core import core_schema

from chanx.asyncapi.class_paths import path_of, without_id
from chanx.asyncapi.value_schemas import ValueSchemas
from chanx.core.wire import WireFormat
from chanx.messages import BaseMessage

Direction: TypeAlias = Literal["received", "sent"]
Token: TypeAlias = str
"""Stands for a definition's name, in ``$ref`` too, until names are given."""

_MODES: Mapping[Direction, JsonSchemaMode] = {"received": "validation", "sent": "serialization"}


class ClassSchemas(ValueSchemas):
    """Pydantic's generator, which keeps every class and direction apart under a token.

    Args:
        wire: How keys are spelled; messages keep ``action`` for their action.
        titles: Takes the titles that classes were given, by where these stand.
    """

    ignored_warning_kinds: set[JsonSchemaWarningKind] = {  # noqa: RUF012 - as pydantic declares it
        "non-serializable-default",
        "skipped-choice",
        "skipped-discriminator",
    }

    def __init__(self, wire: WireFormat, titles: dict[str, str]) -> None:
        self._prefix = "camel" if wire.camelize else "plain"
        super().__init__(by_alias=True, ref_template="{model}")
        self._wire = wire
        self._titles = titles
        self._paths: dict[str, str] = {}

    def describe(self, model: type[BaseMessage], direction: Direction) -> dict[str, Any]:
        """Return a message's schema, or the reference to its definition.

        Args:
            model: The message class.
            direction: Whether the server receives or sends it.

        Raises:
            PydanticUserError: If it cannot be described.
        """
        schema = self._wire.core_schema(model)
        self._mode: JsonSchemaMode = _MODES[direction]
        return self.generate_inner(schema)

    def definition(self, token: Token) -> dict[str, Any]:
        """Return a definition.

        Raises:
            PydanticInvalidForJsonSchema: If it cannot be described.
        """
        definition = self.get_schema_from_definitions(JsonRef(token))
        if definition is None:
            raise LookupError(f"{token} is not defined")
        return definition

    def is_own(self, token: Token) -> bool:
        """Whether a reference is a token and not a user's own."""
        return token.startswith(f"{self._prefix} ")

    def path(self, token: Token) -> str:
        """Return where a definition's class stands."""
        reference = token.split(" ", 2)[2]
        return self._paths.get(reference) or without_id(reference)

    def get_defs_ref(self, core_mode_ref: Any) -> DefsRef:
        """Return the token of a class and mode."""
        source, mode = core_mode_ref
        return DefsRef(f"{self._prefix} {mode} {source}")

    def field_title_should_be_set(self, schema: Any) -> bool:
        """Say no: a title that repeats the property's name tells nothing."""
        return False

    def model_schema(self, schema: core_schema.ModelSchema) -> dict[str, Any]:
        """Describe a model, noting where its class stands and what title it was given."""
        model: Any = schema["cls"]
        if "ref" in schema:
            self._paths[schema["ref"]] = path_of(model)
        title = model.model_config.get("title")
        inherited = {getattr(base, "model_config", {}).get("title") for base in model.__bases__}
        if title and title not in inherited:
            self._titles[path_of(model)] = title
        return super().model_schema(schema)


__all__ = ["ClassSchemas", "Direction", "Token"]
