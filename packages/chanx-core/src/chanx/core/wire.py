"""How messages are spelled on one consumer's wire: its action key, and camelCase if it wants it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from pydantic_core import CoreSchema, SchemaSerializer, SchemaValidator

from chanx.core.aliases import rename_fields, rename_own_field, validates_before
from chanx.core.core_schemas import (
    built_schema,
    built_serializer,
    built_validator,
    new_serializer,
    new_validator,
    without_constants,
    writes_constants,
)
from chanx.core.naming import camel_case
from chanx.messages import BaseMessage

DEFAULT_DISCRIMINATOR: Final = "action"


# Without slots, since cached_property keeps its value in the instance's __dict__; frozen allows
# that.
@dataclass(frozen=True)
class WireFormat:
    """The spelling of keys on the wire.

    With the defaults, messages are spelled as their classes declare them. Otherwise a validator
    and a serializer are built from the class's own core schema with other field aliases, once per
    class; nothing is renamed per message, and keys of users' dictionaries are never touched.
    Fields with an alias of their own keep it. So do keys that a ``@model_serializer`` or a
    ``@field_serializer`` writes itself, for every consumer alike; what one of ``mode="wrap"`` has
    from its handler is spelled as on the wire.

    Clients spell fields as the document says. Where a message has before- or wrap-validators, which
    may return fields by their names in Python, these are taken as well; both spellings of a field
    at once are an error.

    Attributes:
        discriminator: The key that carries the action.
        camelize: Whether declared field names are spelled in camelCase.

    Raises:
        MissingPackageError: On first use, if ``camelize`` is on and pyhumps is not installed.
    """

    discriminator: str = DEFAULT_DISCRIMINATOR
    camelize: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether messages are spelled as their classes declare them."""
        return self.discriminator == DEFAULT_DISCRIMINATOR and not self.camelize

    def core_schema(
        self, message: type[BaseMessage], *, renames_tags: bool = True, by_name: bool = False
    ) -> CoreSchema:
        """Return the schema of a message class with this format's aliases.

        Args:
            message: The message class.
            renames_tags: Whether unions look for their tag under its key on the wire, as a
                validator has to; False for a serializer, which finds it in the field.
            by_name: Whether renamed fields are found by their names as well.

        Raises:
            ConfigurationError: If pydantic cannot build it, or two of its keys would be one.
        """
        schema = built_schema(message)
        # Always a copy where something changes: the class's own is what all other consumers use.
        if self.camelize:
            schema = rename_fields(schema, self._rename, renames_tags=renames_tags, by_name=by_name)
        # Second, as it takes the place of the alias that camelCase has given the field. Only of the
        # message itself: one within a payload keeps its `action`.
        if self.discriminator != DEFAULT_DISCRIMINATOR:
            schema = rename_own_field(
                schema, message, DEFAULT_DISCRIMINATOR, self.discriminator, by_name=by_name
            )
        return schema

    def validation_schema(self, message: type[BaseMessage]) -> CoreSchema:
        """Return the schema by which a message class is validated.

        Args:
            message: The message class.

        Raises:
            ConfigurationError: As :meth:`core_schema`.
        """
        return self.core_schema(message, by_name=validates_before(built_schema(message)))

    def validator(self, message: type[BaseMessage]) -> SchemaValidator:
        """Return the validator of a message class."""
        # Also where it is not needed: to ask for it builds the class, or says why that fails.
        schema = self.validation_schema(message)
        # The class's own where nothing is spelled otherwise: it is there already, and a plugin of
        # pydantic may watch it.
        return built_validator(message) if self.is_plain else new_validator(schema)

    def serializer(self, message: type[BaseMessage]) -> SchemaSerializer:
        """Return the serializer of a message class.

        What is sent is JSON (RFC 8259, 6) even where a class has ``ser_json_inf_nan="constants"``:
        NaN and the infinities are null then, as they are by default.
        """
        schema = self.core_schema(message, renames_tags=False)
        if writes_constants(schema):
            return new_serializer(without_constants(schema))
        return built_serializer(message) if self.is_plain else new_serializer(schema)

    def spell(self, name: str) -> str:
        """Return the key of a name on the wire.

        Args:
            name: A name in Python's spelling.
        """
        return self._rename(name) if self.camelize else name

    # When it is first needed: without camelize, nobody has to have pyhumps.
    @cached_property
    def _rename(self) -> Callable[[str], str]:
        return camel_case()


__all__ = ["DEFAULT_DISCRIMINATOR", "WireFormat"]
