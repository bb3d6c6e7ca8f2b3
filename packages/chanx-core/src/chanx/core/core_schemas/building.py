"""The core schemas of classes, and validators and serializers of changed ones.

The one module that reads what pydantic keeps in a class, and names ``_use_prebuilt``.
"""

from typing import cast

from pydantic.errors import PydanticUndefinedAnnotation, PydanticUserError
from pydantic_core import CoreSchema, SchemaSerializer, SchemaValidator

from chanx.core.errors import ConfigurationError
from chanx.messages import BaseMessage


def built_schema(message: type[BaseMessage]) -> CoreSchema:
    """Return a message class's own schema, which is built unless it is already.

    Args:
        message: The message class.

    Raises:
        ConfigurationError: If pydantic cannot build it.
    """
    try:
        # Message classes defer their build until they are mounted; of one that is built, this does
        # nothing.
        message.model_rebuild()
    except PydanticUndefinedAnnotation as error:
        raise ConfigurationError(
            f"{message.__qualname__} names {error.name!r}, which is not known where it is "
            f"mounted: import or define it before that, outside TYPE_CHECKING."
        ) from error
    # pydantic builds schemas by recursion, and gives up at Python's own limit.
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


__all__ = [
    "built_schema",
    "built_serializer",
    "built_validator",
    "new_serializer",
    "new_validator",
]
