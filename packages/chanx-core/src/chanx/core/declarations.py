"""What the attributes of a consumer's class may be."""

import inspect
from collections.abc import Mapping
from typing import Any, Final

from chanx.core.closing import close_meanings
from chanx.core.errors import ConfigurationError
from chanx.core.hints import signature_of
from chanx.core.kinds import MESSAGE, MESSAGES, NAMES, Kind, is_a, is_subclass
from chanx.core.settings import SETTING_KINDS
from chanx.messages import BaseMessage


def check_attributes(consumer: type) -> None:
    """Refuse a consumer whose attributes cannot work.

    Args:
        consumer: The consumer's class.

    Raises:
        ConfigurationError: If an attribute is of another kind.
    """
    for name in _KINDS.keys() & set(dir(consumer)):
        value = getattr(consumer, name)
        # None is "nothing", or "as the project says"; of these few it would be neither.
        if value is not None or name in _NEVER_NONE:
            _KINDS[name].check(f"{consumer.__qualname__}.{name}", value)
    # For what it raises: the value is made again with the runtime.
    close_meanings(consumer)


def merged(consumer: type, name: str) -> tuple[Any, ...]:
    """Return what a class and its bases list under one name, bases first, each item once.

    Args:
        consumer: The consumer's class.
        name: The attribute.

    Raises:
        ConfigurationError: If one of them is a string, which is a list of its letters.
    """
    items: list[Any] = []
    for base in reversed(consumer.__mro__):
        listed = base.__dict__.get(name)
        if listed:
            if isinstance(listed, str):
                raise ConfigurationError(
                    f"{base.__qualname__}.{name} is {listed!r}: it takes {_KINDS[name].words}."
                )
            # Each class's own, as a subclass adds to what its bases list.
            items += listed
    return tuple(dict.fromkeys(items)) if items else ()


def emitted(consumer: Any) -> tuple[type[BaseMessage], ...]:
    """Return the messages that a consumer sends outside its handlers.

    Args:
        consumer: The consumer's class.

    Raises:
        ConfigurationError: If ``emits`` of one of its bases is a string.
    """
    ready: type[BaseMessage] | None = consumer.ready_message
    return tuple(dict.fromkeys((*merged(consumer, "emits"), *([ready] if ready else ()))))


def check_arguments(consumer: type, arguments: Mapping[str, Any]) -> None:
    """Refuse arguments that a consumer's constructor does not take.

    Args:
        consumer: The consumer's class.
        arguments: The arguments, by name.

    Raises:
        ConfigurationError: If one is missing, or is not the constructor's.
    """
    try:
        # Of the class, which leaves self out.
        signature_of(consumer).bind(**arguments)
    except TypeError as error:
        raise ConfigurationError(
            f"{consumer.__qualname__}.as_asgi(): {error}: its arguments are those of "
            f"{consumer.__qualname__}.__init__."
        ) from error


def _is_exceptions(value: Any) -> bool:
    return isinstance(value, tuple) and all(map(is_subclass(BaseException), value))  # pyright: ignore[reportUnknownArgumentType]


_KINDS: Final[Mapping[str, Kind]] = {
    **SETTING_KINDS,
    "groups": NAMES,
    "extra_groups": NAMES,
    # An adapter may say more of a class that is not an authenticator, so that is left to it.
    "authenticator_class": Kind("a subclass of BaseAuthenticator", inspect.isclass),
    "channel_layer_alias": Kind("the alias of a channel layer", is_a(str)),
    "emits": MESSAGES,
    "ready_message": MESSAGE,
    "passthrough_events": MESSAGES,
    "handshake_errors": Kind("a tuple of exception classes", _is_exceptions),
}
_NEVER_NONE: Final = frozenset(
    {
        "channel_layer_alias",
        "emits",
        "passthrough_events",
        "handshake_errors",
    }
)


__all__ = ["check_arguments", "check_attributes", "emitted", "merged"]
