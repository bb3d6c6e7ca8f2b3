"""What ``connect`` takes from a handshake: values of its route, and of its query."""

import inspect
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final
from weakref import WeakKeyDictionary

from django.core.exceptions import SuspiciousOperation
from django.http import QueryDict
from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model
from pydantic.errors import PydanticUserError
from pydantic.fields import FieldInfo

from chanx.core import websocket
from chanx.core.asgi import Scope
from chanx.core.errors import ConfigurationError, RefuseConnection
from chanx.core.excerpt import excerpt
from chanx.core.hints import MISSING, hint_of, signature_of
from chanx.messages import FieldError
from chanx.routing.parameters import Schema, object_schema

# Its own connect() takes nothing.
_ROOT: Final = websocket.AsyncJsonWebsocketConsumer

_NOT_FOUND: Final = "What the address names does not exist."
_BAD_REQUEST: Final = "The query does not validate."
_UNREADABLE: Final = "The query cannot be read."

_VARIABLE: Final = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


class ConnectParameters:
    """The parameters of a consumer's ``connect``, and where their values come from.

    What the route captures, or is given beside its path, fills the parameter of its name; the
    query fills the others. A parameter of a list takes each value of its key, any other the last.

    Args:
        consumer: The consumer's class.

    Raises:
        ConfigurationError: If no value can be made for a parameter.
    """

    def __init__(self, consumer: type) -> None:
        self._model, self._keys = _model_of(consumer)
        self._schema = object_schema(self._model)
        properties: Mapping[str, Schema] = self._schema["properties"]
        # Decided once, by the schema: what a query gives once or several times looks the same to
        # it.
        self._lists = {key for key, schema in properties.items() if _is_list(schema)}

    def __bool__(self) -> bool:
        """Return whether there are any."""
        return bool(self._keys)

    async def read(self, scope: Scope) -> Mapping[str, Any]:
        """Return the arguments for ``connect``.

        Args:
            scope: The ASGI connection scope.

        Raises:
            RefuseConnection: If they do not validate: with 404 where what the route says does not,
                since nothing has such an address, and with 400 where the query does not.
        """
        places: Mapping[str, Any] = scope.get("url_route") or {}
        route: Mapping[str, Any] = places.get("kwargs", {})
        try:
            # Django's, so that its settings hold: DATA_UPLOAD_MAX_NUMBER_FIELDS, DEFAULT_CHARSET.
            query = QueryDict(scope.get("query_string", b""))
        except SuspiciousOperation as error:  # more fields than settings let it have
            raise RefuseConnection(400, _UNREADABLE) from error
        given: dict[str, Any] = {}
        for name, key in self._keys.items():
            # The route before the query, or a client could say by the query what the address does
            # not.
            if name in route:
                given[key] = route[name]
            # The route goes by names of Python's, a query by aliases, which may be no identifiers.
            elif key in query:
                given[key] = query.getlist(key) if key in self._lists else query[key]
        try:
            made = self._model.model_validate(given, by_alias=True)
        except ValidationError as error:
            captured = {key for name, key in self._keys.items() if name in route}
            raise _refusal(error, captured) from error
        # Fields stand in the order of the parameters, and pydantic keeps it in the instance.
        return dict(zip(self._keys, vars(made).values(), strict=True))

    def path_schema(self, name: str) -> Schema | None:
        """Return the JSON Schema of what the route captures for a parameter.

        Args:
            name: The parameter.

        Returns:
            The schema; None if there is no such parameter, or it takes anything.
        """
        schema = self._schema["properties"].get(self._keys.get(name, ""))
        if not schema:
            return None
        return {key: value for key, value in schema.items() if key != "default"}

    def query_schema(self, captured: Collection[str]) -> Schema | None:
        """Return the JSON Schema of the query, an object; None if no parameter is read from it.

        Args:
            captured: The names that the route fills.
        """
        keys = {key for name, key in self._keys.items() if name not in captured}
        properties = {
            key: schema for key, schema in self._schema["properties"].items() if key in keys
        }
        if not properties:
            return None
        schema: Schema = {"type": "object", "properties": properties}
        if required := [key for key in self._schema.get("required", ()) if key in properties]:
            schema["required"] = required
        return schema

    def unfilled(self, captured: Collection[str]) -> Iterator[str]:
        """Yield the parameters that nothing fills: those of which no text of a query is a value.

        Args:
            captured: The names that the route fills.
        """
        properties: Mapping[str, Schema] = self._schema["properties"]
        for name, key in self._keys.items():
            if name not in captured and _is_object(properties.get(key, {"type": "object"})):
                yield name

    def unfit(self, samples: Mapping[str, object]) -> Iterator[tuple[str, str]]:
        """Yield the parameters that take nothing of what the route gives them, and why.

        Args:
            samples: A value for each name, as the route gives it.
        """
        given = {self._keys[name]: value for name, value in samples.items() if name in self._keys}
        try:
            self._model.model_validate(given, by_alias=True)
        except ValidationError as error:
            names = {key: name for name, key in self._keys.items()}
            for item in error.errors(include_url=False, include_input=False):
                key = str(item["loc"][0])
                # Of its type, and not of its constraints, every value is wrong.
                # By pydantic's names of errors. Samples are not what clients send, so their
                # constraints say nothing.
                if key in given and item["type"].endswith(("_type", "is_instance_of")):
                    yield names[key], item["msg"]


# By class, and weakly: consumers of tests go when their test is over.
_made: Final[WeakKeyDictionary[type, ConnectParameters]] = WeakKeyDictionary()


def connect_parameters(consumer: type) -> ConnectParameters:
    """Return the parameters of a consumer's ``connect``, made once.

    Args:
        consumer: The consumer's class.

    Raises:
        ConfigurationError: If no value can be made for one of them.
    """
    made = _made.get(consumer)
    if made is None:
        made = _made[consumer] = ConnectParameters(consumer)
    return made


def check_connect_parameters(consumer: type) -> None:
    """Refuse what no argument can be given for, as far as names tell it.

    Args:
        consumer: The consumer's class.

    Raises:
        ConfigurationError: If a parameter of ``connect`` is positional-only.
    """
    for _, parameter in _parameters(consumer):
        if parameter.kind is parameter.POSITIONAL_ONLY:
            raise ConfigurationError(
                f"The parameter {parameter.name!r} of {consumer.__qualname__}.connect is "
                f"positional-only, and the values of a route have names: move it behind the slash."
            )


def _parameters(consumer: type) -> Iterable[tuple[Any, inspect.Parameter]]:
    """Return what ``connect`` takes, each with the function that declares it.

    One that takes ``**kwargs`` hands them on, so that those of the next class count as well.
    """
    found: dict[str, tuple[Any, inspect.Parameter]] = {}
    for base in consumer.__mro__:
        connect = vars(base).get("connect")
        if connect is None:
            continue
        # Nothing above it is a consumer's.
        if base is _ROOT:
            break
        # Behind decorators that use functools.wraps, as class and static methods are.
        function = inspect.unwrap(getattr(connect, "__func__", connect))
        if not inspect.isfunction(function):
            break
        own = [*signature_of(function).parameters.values()][not isinstance(connect, staticmethod) :]
        for parameter in own:
            if parameter.kind not in _VARIABLE:
                found.setdefault(parameter.name, (function, parameter))
        # What it does not take, super().connect(...) cannot be given by the framework either.
        if all(parameter.kind is not parameter.VAR_KEYWORD for parameter in own):
            break
    return found.values()


def _model_of(consumer: type) -> tuple[type[BaseModel], Mapping[str, str]]:
    """Return a model whose fields are the parameters, and by each one's name its key in a query."""
    fields: dict[str, Any] = {}
    keys: dict[str, str] = {}
    for number, (function, parameter) in enumerate(_parameters(consumer)):
        default = ... if parameter.default is parameter.empty else parameter.default
        given = default if isinstance(default, FieldInfo) else Field(default=default)
        hint = _hint(consumer, function, parameter)
        info = FieldInfo.from_annotated_attribute(hint, given)
        name = info.validation_alias if isinstance(info.validation_alias, str) else info.alias
        # Not as their own names: a model takes none that begins with an underscore.
        key = keys[parameter.name] = name or parameter.name
        info.alias = info.validation_alias = info.serialization_alias = key
        fields[f"field_{number}"] = info.annotation, info
    # Types without a schema are filled by values of converters, which are instances already.
    config = ConfigDict(arbitrary_types_allowed=True, validate_by_alias=True)
    try:
        return create_model("Parameters", __config__=config, **fields), keys
    except PydanticUserError as error:
        raise ConfigurationError(
            f"{consumer.__qualname__}.connect has a parameter of which no value can be made: "
            f"{error.message}."
        ) from error


def _hint(consumer: type, function: Any, parameter: inspect.Parameter) -> Any:
    name = parameter.name
    try:
        hint = hint_of(function, name, {})
    except ConfigurationError as error:
        raise ConfigurationError(
            f"{consumer.__qualname__}.connect: {str(error).partition(':')[0]}: define it in the "
            f"module, or import it there outside TYPE_CHECKING."
        ) from error
    for marker in (parameter.default, *getattr(hint, "__metadata__", ())):
        # As FastAPI's Depends and its kin have it: such a consumer was written for the other
        # adapter.
        if hasattr(marker, "dependency"):
            raise ConfigurationError(
                f"{consumer.__qualname__}.connect: nobody resolves {type(marker).__qualname__}(...)"
                f" of its parameter {name!r}: get the value within the method."
            )
    return Any if hint is MISSING else hint


def _is_list(schema: Schema) -> bool:
    return any(each.get("type") == "array" for each in _alternatives(schema))


def _is_object(schema: Schema) -> bool:
    """Return whether a schema takes objects alone, but for null."""
    kinds = {each.get("type") for each in _alternatives(schema)} - {"null"}
    return kinds == {"object"}


def _alternatives(schema: Schema) -> Iterator[Schema]:
    parts = schema.get("anyOf")
    if parts is None:
        yield schema
    else:
        for part in parts:
            yield from _alternatives(part)


def _refusal(error: ValidationError, captured: Collection[str]) -> RefuseConnection:
    errors: list[FieldError] = []
    is_route = False
    for item in error.errors(include_url=False, include_context=False, include_input=False):
        key, *rest = item["loc"]
        # One wrong value of the route makes the address one that does not exist, whatever the query
        # says.
        is_of_route = key in captured
        is_route |= is_of_route
        place = ["path" if is_of_route else "query", key, *rest]
        # Texts may repeat what the client wrote.
        errors.append(FieldError(loc=place, msg=excerpt(item["msg"]), type=item["type"]))
    return RefuseConnection(
        404 if is_route else 400, _NOT_FOUND if is_route else _BAD_REQUEST, errors=errors
    )


__all__ = ["ConnectParameters", "check_connect_parameters", "connect_parameters"]
