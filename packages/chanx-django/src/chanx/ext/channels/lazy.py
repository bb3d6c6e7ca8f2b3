"""Texts that are translated when they are sent, as a type that messages declare."""

from typing import Annotated, Any, Final, TypeAlias

from django.utils.functional import Promise
from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema


class _Lazy:
    """Takes a text, or one that is made later, and keeps it as it is."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        text = core_schema.str_schema()
        lazy = core_schema.is_instance_schema(Promise)
        # From a client only text comes: isinstance would be asked of JSON's values for nothing, and
        # have no schema.
        return core_schema.json_or_python_schema(
            json_schema=text,
            python_schema=core_schema.union_schema([text, lazy]),
            # In JSON alone: model_dump() for Python gives back what was put in.
            serialization=core_schema.plain_serializer_function_ser_schema(
                str, return_schema=text, when_used="json"
            ),
        )


_LAZY: Final = _Lazy()

LazyStr: TypeAlias = Annotated[str | Promise, _LAZY]
"""A text of a message that may be a lazy translation (``gettext_lazy``), and stays one until it is
sent: in the language of the connection then. For clients it is text.

    >>> from typing import Literal
    >>> from django.utils.translation import gettext_lazy
    >>> from chanx.messages import BaseMessage
    >>> class Told(BaseMessage):
    ...     action: Literal["told"] = "told"
    ...     payload: LazyStr
    >>> Told(payload=gettext_lazy("Yes")).model_dump_json()
    '{"action":"told","payload":"Yes"}'

What is broadcast is encoded once, in the language of whoever broadcasts: broadcast an event, and
have its handler make the text.
"""


__all__ = ["LazyStr"]
