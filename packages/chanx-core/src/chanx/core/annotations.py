"""Which messages a handler takes and gives, read from its annotations."""

import inspect
import types
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Mapping
from typing import Any, Final, TypeVar, Union, get_args, get_origin

from typing_extensions import NoDefault, TypeAliasType

from chanx.core.errors import ConfigurationError
from chanx.core.hints import signature_of
from chanx.messages import BaseMessage

MessageTypes = tuple[type[BaseMessage], ...]

_STREAMS = (AsyncIterator, AsyncGenerator, AsyncIterable)
_UNIONS = (Union, types.UnionType)

MESSAGE_PARAMETER: Final = (
    "declare it as `async def method(self, message: SomeMessage)`, "
    "with one argument for the message"
)
"""What is said of a handler that cannot be called with a message."""


class NotMessages(ConfigurationError):
    """An annotation or argument names something that is not a message; the text says what."""


class UnboundVariable(Exception):
    """An annotation names a type variable that nothing stands for yet."""


def flatten(declared: Any) -> MessageTypes:
    """Return the message classes in a declaration, in its order and each once.

    Args:
        declared: A message class, a union, optional or ``Annotated`` of some, a type alias, a list
            or tuple of message classes, or None for no message.

    Raises:
        NotMessages: If anything in it is not a message class.
        UnboundVariable: If anything in it is a type variable.

    Example:
        >>> from chanx.messages import PingMessage, PongMessage
        >>> [message.__name__ for message in flatten(PingMessage | PongMessage | None)]
        ['PingMessage', 'PongMessage']
    """
    # For its order, with each class once: the document lists them so.
    found: dict[type[BaseMessage], None] = {}
    for part in _parts(declared):
        # An exception of its own: a generic class leaves the handler to those below, where anything
        # else is an error.
        if isinstance(part, TypeVar):
            raise UnboundVariable(part)
        if not (inspect.isclass(part) and issubclass(part, BaseMessage)):
            raise NotMessages(f"{getattr(part, '__qualname__', repr(part))} is not a BaseMessage")
        found[part] = None
    return tuple(found)


def _parts(declared: Any) -> list[Any]:
    # "Reply | None" says that there may be no answer, which is no message.
    if declared is None or declared is types.NoneType:
        return []
    if _is_alias(get_origin(declared) or declared):
        return _parts(unalias(declared))
    inner: list[Any]
    # By the very class: a generic alias such as list[int] is neither, and is refused as a whole.
    if type(declared) in (list, tuple):
        inner = list(declared)
    elif get_origin(declared) in _UNIONS:
        inner = list(get_args(declared))
    # Annotated: what stands beside the class is for others.
    elif hasattr(declared, "__metadata__"):
        inner = [declared.__origin__]
    else:
        return [declared]
    return [part for item in inner for part in _parts(item)]


def may_be_none(declared: Any) -> bool:
    """Return whether a declaration of what is returned has None in it, or anything.

    Args:
        declared: As for :func:`flatten`.
    """
    if declared is None or declared is types.NoneType or declared is Any:
        return True
    if _is_alias(get_origin(declared) or declared):
        return may_be_none(unalias(declared))
    if get_origin(declared) in _UNIONS:
        return any(map(may_be_none, get_args(declared)))
    return hasattr(declared, "__metadata__") and may_be_none(declared.__origin__)


def unalias(declared: Any) -> Any:
    """Return what a type alias stands for, with its arguments; anything else as it is.

    Args:
        declared: The annotation.

    Raises:
        NotMessages: If the alias needs type arguments that it is not given, or cannot be read.
    """
    alias = get_origin(declared) or declared
    if not _is_alias(alias):
        return declared
    variables: tuple[Any, ...] = alias.__type_params__
    # Fewer arguments than variables where the last have defaults (PEP 696).
    arguments = dict(zip(variables, get_args(declared), strict=False))
    for variable in variables[len(arguments) :]:
        default = default_of(variable)
        if default is NoDefault:
            raise NotMessages(
                f"{alias.__name__} says nothing of {variable}: write {alias.__name__}[SomeMessage]"
            )
        arguments[variable] = substitute(default, arguments)
    try:
        value = alias.__value__
    except NameError as error:  # Python's own aliases are evaluated when they are asked
        raise NotMessages(
            f"{alias.__name__} names {error.name!r}, which is not known there: import it outside "
            f"TYPE_CHECKING and above the consumer"
        ) from error
    return unalias(substitute(value, arguments))


def _is_alias(kind: Any) -> bool:
    # Python's own class, as of 3.12, and that of typing_extensions are two on some releases.
    return isinstance(kind, TypeAliasType) or type(kind).__name__ == "TypeAliasType"


def default_of(variable: Any) -> Any:
    """Return what stands for a type variable that nothing is given for (PEP 696), or NoDefault."""
    return getattr(variable, "__default__", NoDefault)


def type_variables(declared: Any) -> tuple[Any, ...]:
    """Return the type variables in an annotation that stand for something else."""
    if isinstance(declared, TypeVar):
        return (declared,)
    if get_origin(declared) in _UNIONS:
        return tuple(found for part in get_args(declared) for found in type_variables(part))
    # pydantic keeps a model's variables there; of other generics typing does in __parameters__.
    metadata: Any = getattr(declared, "__pydantic_generic_metadata__", None)
    return tuple(metadata["parameters"] if metadata else getattr(declared, "__parameters__", ()))


def substitute(declared: Any, arguments: Mapping[Any, Any]) -> Any:
    """Replace type variables in an annotation by what a consumer's bases bind them to.

    Args:
        declared: The annotation.
        arguments: Type variables and what stands for them.
    """
    if isinstance(declared, TypeVar):
        return arguments.get(declared, declared)
    if get_origin(declared) in _UNIONS:
        union, *rest = [substitute(part, arguments) for part in get_args(declared)]
        for part in rest:
            union |= part
        return union
    variables = type_variables(declared)
    # As it is: pydantic makes a class for each subscription.
    if arguments.keys().isdisjoint(variables):
        return declared
    return declared[tuple(arguments.get(variable, variable) for variable in variables)]


def unwrap_stream(returned: Any) -> tuple[Any, bool]:
    """Return what a return annotation yields, and whether it is an asynchronous iterator's."""
    returned = unalias(returned)
    if get_origin(returned) in _STREAMS:
        # An iterator without arguments yields anything.
        return (get_args(returned) or (Any,))[0], True
    return returned, False


def message_parameter(function: Callable[..., Any]) -> inspect.Parameter:
    """Return the parameter that receives the message: the first after ``self``.

    Raises:
        ConfigurationError: If the method takes none by position.
    """
    # Behind self, whatever that is called.
    parameters = list(signature_of(function).parameters.values())[1:]
    by_position = inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD
    if not parameters or parameters[0].kind not in by_position:
        raise ConfigurationError(MESSAGE_PARAMETER)
    return parameters[0]


__all__ = [
    "MESSAGE_PARAMETER",
    "MessageTypes",
    "NotMessages",
    "UnboundVariable",
    "default_of",
    "flatten",
    "may_be_none",
    "message_parameter",
    "substitute",
    "type_variables",
    "unalias",
    "unwrap_stream",
]
