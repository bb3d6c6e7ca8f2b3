"""What the attributes of a consumer's class may be."""

import inspect
from collections.abc import Callable, Mapping, Sequence, Set
from typing import Any, Final, TypeAlias

from chanx.core.errors import ConfigurationError
from chanx.core.hints import signature_of
from chanx.core.limits import Limits
from chanx.core.shown import shown
from chanx.messages import RESERVED_KEYS, BaseMessage

Check: TypeAlias = Callable[[Any], bool]


def check_settings(owner: str, values: Mapping[str, Any]) -> None:
    """Refuse settings that cannot work.

    Args:
        owner: Who declares them, for the text.
        values: The settings by name; None is let pass where it falls back to another.

    Raises:
        ConfigurationError: If a value is of another kind; the text says which kind it has to be.
    """
    for name, value in values.items():
        is_right, kind = _KINDS[name]
        if not is_right(value) and (value is not None or name in _NEVER_NONE):
            raise ConfigurationError(f"{owner}.{name} is {shown(value)}: it takes {kind}.")


def check_attributes(consumer: type) -> None:
    """Refuse a consumer whose attributes cannot work.

    Args:
        consumer: The consumer's class.

    Raises:
        ConfigurationError: If an attribute is of another kind.
    """
    names = _KINDS.keys() & set(dir(consumer))
    check_settings(consumer.__qualname__, {name: getattr(consumer, name) for name in names})


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
                    f"{base.__qualname__}.{name} is {listed!r}: it takes {_KINDS[name][1]}."
                )
            items += listed
    return tuple(dict.fromkeys(items)) if items else ()


def check_arguments(consumer: type, arguments: Mapping[str, Any]) -> None:
    """Refuse arguments that a consumer's constructor does not take.

    Args:
        consumer: The consumer's class.
        arguments: The arguments, by name.

    Raises:
        ConfigurationError: If one is missing, or is not the constructor's.
    """
    try:
        signature_of(consumer).bind(**arguments)
    except TypeError as error:
        raise ConfigurationError(
            f"{consumer.__qualname__}.as_asgi(): {error}: its arguments are those of "
            f"{consumer.__qualname__}.__init__."
        ) from error


def _is_kind(kind: type) -> Check:
    return lambda value: isinstance(value, kind)


def _is_subclass(base: type) -> Check:
    return lambda value: inspect.isclass(value) and issubclass(value, base)


def _is_list(is_item: Check) -> Check:
    # A string is a sequence of strings, and never what is meant; nor is what only acts like one.
    return lambda value: (
        isinstance(value, Sequence | Set)
        and not isinstance(value, str)
        and all(map(is_item, value))  # pyright: ignore[reportUnknownArgumentType]
    )


def _is_key(value: Any) -> bool:
    return isinstance(value, str) and bool(value) and value not in RESERVED_KEYS


def _is_origin(value: Any) -> bool:
    return isinstance(value, str) and (value == "*" or "://" in value)


def _is_exceptions(value: Any) -> bool:
    return isinstance(value, tuple) and all(map(_is_subclass(BaseException), value))  # pyright: ignore[reportUnknownArgumentType]


_EXCEPTIONS: Final = _is_exceptions, "a tuple of exception classes"
_FLAG: Final = _is_kind(bool), "True or False"
_NAMES: Final = _is_list(_is_kind(str)), "a list of strings"
_MESSAGES: Final = _is_list(_is_subclass(BaseMessage)), "a list of message classes"
_KINDS: Final[Mapping[str, tuple[Check, str]]] = {
    "groups": _NAMES,
    "extra_groups": _NAMES,
    # An adapter may say more of a class that is no authenticator, so that is left to it.
    "authenticator_class": (inspect.isclass, "a subclass of BaseAuthenticator"),
    "channel_layer_alias": (_is_kind(str), "the alias of a channel layer"),
    "discriminator_field": (
        _is_key,
        f"a key that the protocol does not reserve ({', '.join(sorted(RESERVED_KEYS))})",
    ),
    "camelize": _FLAG,
    "send_completion": _FLAG,
    "send_message_immediately": _FLAG,
    "send_authentication_message": _FLAG,
    "log_websocket_message": _FLAG,
    "log_ignored_actions": _NAMES,
    "limits": (_is_kind(Limits), "Limits(...)"),
    "allowed_origins": (_is_list(_is_origin), "a list of origins such as 'https://example.com'"),
    "deny_with_http": _FLAG,
    "emits": _MESSAGES,
    "passthrough_events": _MESSAGES,
    "handshake_errors": _EXCEPTIONS,
}
_NEVER_NONE: Final = frozenset(
    {
        "channel_layer_alias",
        "emits",
        "passthrough_events",
        "handshake_errors",
    }
)


__all__ = ["check_arguments", "check_attributes", "check_settings", "merged"]
