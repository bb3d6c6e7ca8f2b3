"""Serializers of REST framework as payloads of messages."""

import inspect
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final, TypeAlias

from django.core.exceptions import SynchronousOnlyOperation
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import (
    CoreSchema,
    InitErrorDetails,
    PydanticCustomError,
    ValidationError,
    core_schema,
)
from rest_framework.exceptions import ErrorDetail
from rest_framework.fields import SkipField
from rest_framework.serializers import BaseSerializer, ListSerializer, Serializer
from rest_framework.settings import api_settings

from chanx.core.errors import ConfigurationError
from chanx.core.shown import shown
from chanx.ext.channels.serializer_bounds import MOST_WRONG, TooManyWrong, bound, lists_of
from chanx.ext.channels.serializer_fields import described, is_received
from chanx.ext.channels.serializer_needs import needs_of

Place: TypeAlias = tuple[str | int, ...]


class _SerializerPayload:
    """A serializer as what pydantic finds in ``Annotated[...]``."""

    __slots__ = ("_class", "_options")

    _is_sent = False

    def __init__(self, serializer_class: type[BaseSerializer[Any]], **options: Any) -> None:
        if not inspect.isclass(serializer_class) or BaseSerializer not in serializer_class.__mro__:
            found = shown(serializer_class)
            raise ConfigurationError(
                f"{type(self).__name__} takes a serializer class, not {found}: give it the class, "
                f"and the serializer's arguments beside it, such as many=True."
            )
        self._class = serializer_class
        self._options = options

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._class.__name__})"

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return described(self._made(), is_sent=self._is_sent)

    def _made(self, **values: Any) -> Any:
        """Return a serializer: of something that is received, something that is sent, or none."""
        kind: Any = self._class
        return kind(**values, **self._options)

    def _noting(self, error: SynchronousOnlyOperation) -> SynchronousOnlyOperation:
        error.add_note(f"{self!r}: {self._class.__qualname__} uses the database. {_FIX}")
        return error


class SerializerInput(_SerializerPayload):
    """Has a serializer of REST framework validate a payload that clients send.

    The payload is the serializer's ``validated_data``. What it refuses, the client is told as for
    every message: each error with its place in the frame and DRF's code as its ``type``. The
    document has the fields that are written: not those with ``read_only``.

    A message is validated in the event loop, before its handler is chosen. So a serializer whose
    fields or validators look into the database (related fields, unique ones), or need a request, is
    refused when its consumer is mounted. ``validate=False`` documents such a one, and leaves the
    payload as the client sent it: a handler declared with ``def`` validates it as a view does, with
    ``is_valid(raise_exception=True)``, whose error the client is told with the code ``invalid``.

    Args:
        serializer_class: The serializer's class.
        many: Whether the payload is a list of what the serializer takes.
        validate: Whether the payload is validated before the handler is called.
        options: Further arguments for the serializer, such as ``max_length`` with ``many``, or
            ``partial``.

    Raises:
        ConfigurationError: If it is not a class of serializers; when a consumer that takes such a
            message is mounted, if the serializer cannot validate in the event loop.

    Example:
        >>> from typing import Annotated, Any, Literal
        >>> from rest_framework import serializers
        >>> from chanx.ext.channels import BaseMessage
        >>> class TicketSerializer(serializers.Serializer):
        ...     title = serializers.CharField(max_length=80)
        ...     urgent = serializers.BooleanField(default=False)
        >>> class OpenTicket(BaseMessage):
        ...     action: Literal["open_ticket"] = "open_ticket"
        ...     payload: Annotated[dict[str, Any], SerializerInput(TicketSerializer)]
        >>> OpenTicket(payload={"title": "It hums."}).payload
        {'title': 'It hums.', 'urgent': False}
    """

    __slots__ = ("_has_lists", "_validates")

    def __init__(
        self,
        serializer_class: type[BaseSerializer[Any]],
        *,
        many: bool = False,
        validate: bool = True,
        **options: Any,
    ) -> None:
        super().__init__(serializer_class, many=many, **options)
        self._validates = validate
        self._has_lists = True

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        if not self._validates:
            return handler(source)
        # Made once for the look, when the consumer is mounted, and anew for each message below: a
        # serializer validates once.
        serializer = self._made()
        for path, need in needs_of(serializer):
            where = ".".join((self._class.__qualname__, *path))
            raise ConfigurationError(f"{self!r}: {where} {need}. {_FIX}")
        # Noted here, so that serializers without lists are wrapped in nothing for each message.
        self._has_lists = any(True for _ in lists_of(serializer))
        return core_schema.no_info_plain_validator_function(
            self._validate,
            serialization=core_schema.plain_serializer_function_ser_schema(self._written),
        )

    def _validate(self, value: object) -> Any:
        serializer = self._made(data=value)
        if self._has_lists:
            bound(serializer)
        try:
            if serializer.is_valid():
                return serializer.validated_data
            errors = [*_errors(serializer.errors, (), value)]
        except TooManyWrong:
            errors = [
                _error(f"More than {MOST_WRONG} items are wrong.", "too_many_errors", (), value)
            ]
        # Of a validator of the project's own, which cannot be known before it is called. It is a
        # failure of the server, so the client is not told what it is.
        except SynchronousOnlyOperation as error:
            raise self._noting(error) from None
        raise ValidationError.from_exception_data(self._class.__name__, errors)

    def _written(self, value: Any) -> Any:
        return _as_written(self._made(), value)


class SerializerOutput(_SerializerPayload):
    """Has a serializer of REST framework make a payload that the server sends.

    The payload is what a serializer's ``data`` is, or of what it is made: ``payload=ticket`` makes
    ``TicketSerializer(ticket).data``. It is made where the message is: if it uses the database, in
    a handler declared with ``def``. The document has the fields that are read: not those with
    ``write_only``.

    Events take it as well: what one carries is not validated again where it arrives.

    Args:
        serializer_class: The serializer's class.
        many: Whether the payload is a list of what the serializer makes.
        options: Further arguments for the serializer, such as ``context``.

    Raises:
        ConfigurationError: If it is not a class of serializers.

    Example:
        >>> from typing import Annotated, Any, Literal
        >>> from django.contrib.auth.models import User
        >>> from rest_framework import serializers
        >>> from chanx.ext.channels import BaseMessage
        >>> class UserSerializer(serializers.ModelSerializer):
        ...     class Meta:
        ...         model = User
        ...         fields = ["username", "email"]
        >>> class Joined(BaseMessage):
        ...     action: Literal["joined"] = "joined"
        ...     payload: Annotated[User | dict[str, Any], SerializerOutput(UserSerializer)]
        >>> Joined(payload=User(username="ada", email="ada@example.com")).payload
        {'username': 'ada', 'email': 'ada@example.com'}
    """

    __slots__ = ()

    _is_sent = True

    def __init__(
        self, serializer_class: type[BaseSerializer[Any]], *, many: bool = False, **options: Any
    ) -> None:
        super().__init__(serializer_class, many=many, **options)

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self._represented)

    def _represented(self, value: Any) -> Any:
        # A list, or what is like one; a queryset has no append() and has to be asked by the
        # serializer.
        is_list = self._options["many"] and hasattr(value, "append")
        if all(map(_is_made, value if is_list else [value])):
            return value  # by a serializer, or before it was sent as an event
        try:
            return self._made(instance=value).data
        except SynchronousOnlyOperation as error:
            raise self._noting(error) from None


_FIX: Final = (
    "Messages are validated and made in the event loop: give SerializerInput(..., validate=False), "
    "and validate in a handler declared with `def`, which runs where queries do; make payloads of "
    "SerializerOutput there as well."
)


def _is_made(value: object) -> bool:
    return isinstance(value, dict)


def _errors(found: Any, place: Place, value: object) -> Iterator[InitErrorDetails]:
    """Yield pydantic's form of what a serializer found."""
    # ReturnDict, ReturnList and plain ones alike.
    if hasattr(found, "items"):
        for key, errors in found.items():
            is_own = key == api_settings.NON_FIELD_ERRORS_KEY
            yield from _errors(errors, place if is_own else (*place, key), value)
    elif isinstance(found, ErrorDetail):
        yield _error(str(found), found.code or "invalid", place, value)
    else:
        for index, errors in enumerate(found):
            # DRF has an empty dictionary for each item that is right, which yields nothing.
            is_item = hasattr(errors, "items")
            yield from _errors(errors, (*place, index) if is_item else place, value)


def _error(text: str, code: str, place: Place, value: object) -> InitErrorDetails:
    # PydanticCustomError asks for literal texts. Braces in them would be taken for its placeholders
    # only if a context were given.
    literal: Any = text, code  # which both are, for type checkers
    return InitErrorDetails(
        type=PydanticCustomError(literal[1], literal[0]), loc=place, input=value
    )


def _as_written(field: Any, value: Any) -> Any:
    """Return validated data as a client writes it."""
    kind: type[object] = field.__class__
    if value is None:
        return None
    if issubclass(kind, ListSerializer):
        return [_as_written(field.child, item) for item in value]
    if not issubclass(kind, Serializer):
        return field.to_representation(value)
    written: dict[str, Any] = {}
    for name, each in field.fields.items():
        # Of partial data, or a field that was neither given nor has a default.
        is_left_out = isinstance(value, dict) and not {*each.source_attrs[:1]} <= value.keys()
        if is_received(each) and not is_left_out:
            with suppress(SkipField):
                written[name] = _as_written(each, each.get_attribute(value))
    return written


__all__ = ["SerializerInput", "SerializerOutput"]
