"""Errors that are expected: which exceptions they are, and what clients and documents are told."""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final, TypeAlias, TypeGuard, TypeVar

from chanx.core.errors import ConfigurationError, MessageError, misnamed
from chanx.core.handler import Handler
from chanx.core.kinds import is_subclass
from chanx.core.shown import shown
from chanx.core.watch import HandlerTimeout

ExceptionT = TypeVar("ExceptionT", bound=Exception)

Mapped: TypeAlias = MessageError | Awaitable[MessageError | None] | None
MappedT = TypeVar("MappedT", bound=Mapped)
MapperT = TypeVar("MapperT", bound=Callable[..., Mapped])
ExceptionHandler: TypeAlias = Callable[[Any, Any], Mapped]
"""Takes the consumer and an exception; returns what the client is told, None for a failure."""

HANDLER_ERRORS: Final = "handler_errors"
_HANDLERS: Final = "_exception_handlers"


class ExceptionHandlers:
    """The exceptions that one class of consumers expects, beside those of its bases."""

    __slots__ = ("by_class", "errors")

    def __init__(self) -> None:
        self.by_class: dict[type[Exception], ExceptionHandler] = {}
        self.errors: dict[str, str] = {}
        """The codes with which they answer, each with when."""


def expect(
    consumer: type,
    kinds: tuple[type[Exception], ...],
    function: ExceptionHandler,
    errors: Mapping[str, str],
) -> None:
    """Note what a consumer's clients are told of exceptions.

    Args:
        consumer: The consumer's class.
        kinds: The exceptions' classes.
        function: Returns what they are told.
        errors: The codes with which that may be, each with when.

    Raises:
        ConfigurationError: If something else than exceptions is named, the function cannot be
            called, or a code may not be used.
    """
    where = f"{consumer.__qualname__}.exception_handler"
    # Not BaseException: CancelledError and KeyboardInterrupt are no answers.
    if not kinds or not all(map(is_subclass(Exception), kinds)):
        raise ConfigurationError(f"{where} takes subclasses of Exception: name those to expect.")
    try:
        # By its form, when the class is made: a function that cannot be called would hide the
        # exception that it is for.
        inspect.signature(function).bind(None, None)
    except (TypeError, ValueError) as error:
        raise ConfigurationError(
            f"{where}: {getattr(function, '__qualname__', function)!r} is not called with what it "
            f"takes: declare it as `def name(consumer, error)`."
        ) from error
    check_errors(where, errors)
    # Of the class itself: what a subclass expects must not count for its base and siblings.
    own = vars(consumer).get(_HANDLERS)
    if own is None:
        own = ExceptionHandlers()
        setattr(consumer, _HANDLERS, own)
    # The later one counts, as with methods of the same name.
    own.by_class |= dict.fromkeys(kinds, function)
    own.errors.update(errors)


async def expected(consumer: object, error: BaseException) -> MessageError | None:
    """Return what the client is told of an exception; None if that is a failure of the server.

    The nearest class in the exception's MRO counts for which a class of the consumer's MRO has a
    handler, and of these classes the most derived.

    Args:
        consumer: The consumer.
        error: What was raised.

    Raises:
        ConfigurationError: If the handler returned something else.
        Exception: What the handler raises.
    """
    # A handler's time that is over is a failure of the server, also where a project expects every
    # Exception.
    if not isinstance(error, Exception) or isinstance(error, HandlerTimeout):
        return None
    function = _handler_of(type(consumer), type(error))
    if function is None:
        return error if isinstance(error, MessageError) else None
    told: Any = function(consumer, error)
    if inspect.isawaitable(told):
        told = await told
    # What a handler returned by mistake, as a message, would be told to nobody.
    if told is not None and not isinstance(told, MessageError):
        raise ConfigurationError(
            f"{getattr(function, '__qualname__', function)} returned "
            f"{type(told).__qualname__}: return a MessageError, or None for a failure."
        )
    return told


def _handler_of(consumer: type, kind: type[Exception]) -> ExceptionHandler | None:
    # The exception's MRO outermost: the nearest exception counts, whichever class expects it, as
    # except clauses have it.
    for exception in kind.__mro__:
        for base in consumer.__mro__:
            own: ExceptionHandlers | None = vars(base).get(_HANDLERS)
            if own is not None and exception in own.by_class:
                return own.by_class[exception]
    return None


def _is_mapping(value: object) -> TypeGuard[Mapping[Any, Any]]:
    return isinstance(value, Mapping)


def check_errors(where: str, errors: object) -> None:
    """Refuse what does not declare codes of a project's own.

    Args:
        where: Where it stands, for the text.
        errors: What was declared.

    Raises:
        ConfigurationError: If it is not a mapping of codes to texts, or a code is chanx's own.
    """
    if not _is_mapping(errors):
        raise ConfigurationError(
            f"{where}: errors={shown(errors)}: write {{'busy': 'When that is.'}}."
        )
    for code, text in errors.items():
        # As MessageError itself refuses it, but when the class is made.
        if (trouble := misnamed(code)) is not None:
            raise ConfigurationError(f"{where}: {trouble}")
        if not isinstance(text, str) or not text.strip():
            raise ConfigurationError(f"{where}: say when the error {code!r} comes, in a text.")


def common_errors(consumer: type) -> dict[str, str]:
    """Return the codes that any handler of a consumer may answer with, each with when.

    They are those of ``handler_errors`` and of exception handlers, along the MRO.

    Args:
        consumer: The consumer's class.
    """
    found: dict[str, str] = {}
    # Bases first, so that a class may give a code of its base other words.
    for base in reversed(consumer.__mro__):
        found |= vars(base).get(HANDLER_ERRORS) or {}
        own: ExceptionHandlers | None = vars(base).get(_HANDLERS)
        if own is not None:
            found |= own.errors
    return found


def declared_errors(consumer: type, handler: Handler) -> Mapping[str, str]:
    """Return the codes that a handler may answer with, each with when.

    Args:
        consumer: The consumer's class.
        handler: Its handler.
    """
    found = common_errors(consumer)
    # From the general to the particular, of which the last words count.
    for option in handler.options:
        found |= option.errors
    return MappingProxyType(found | dict(handler.errors))


_BY_STATUS: Final[Mapping[int, str]] = {
    400: "bad_request",
    401: "not_authenticated",
    403: "permission_denied",
    404: "not_found",
    413: "content_too_large",  # 413, 414 and 416 have another name in each release of Python
    414: "uri_too_long",
    416: "range_not_satisfiable",
    422: "invalid",
    429: "throttled",
}


def code_of_status(status_code: int) -> str:
    """Return the error code for what a framework says by an HTTP status.

    Args:
        status_code: The status, 400 to 599.

    Example:
        >>> code_of_status(404), code_of_status(429), code_of_status(409)
        ('not_found', 'throttled', 'conflict')
    """
    if status_code in _BY_STATUS:
        return _BY_STATUS[status_code]
    try:
        phrase = HTTPStatus(status_code).phrase
    except ValueError:
        # A status that nobody has registered, as 499 or 530: frameworks take any.
        return "refused_by_handler"
    return "".join(letter if letter.isalnum() else "_" for letter in phrase.lower())


__all__ = [
    "HANDLER_ERRORS",
    "ExceptionHandler",
    "ExceptionHandlers",
    "ExceptionT",
    "Mapped",
    "MappedT",
    "MapperT",
    "check_errors",
    "code_of_status",
    "common_errors",
    "declared_errors",
    "expect",
    "expected",
]
