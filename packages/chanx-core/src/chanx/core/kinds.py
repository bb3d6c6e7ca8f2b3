"""The kinds of values that settings and the attributes of classes take."""

import inspect
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from typing import Any, Final

from chanx.core.errors import ConfigurationError
from chanx.core.limits import Limits
from chanx.core.shown import shown
from chanx.messages import RESERVED_KEYS, BaseMessage, actions_of


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of value.

    Attributes:
        words: The kind, as it completes "it takes ...".
        accepts: Whether a value is of this kind.
        freeze: Returns a value in a form that nobody can change; None where all are in one.
        may_be_empty: Whether an empty text and None stand for a setting's default, as where an
            environment variable is not set.
    """

    words: str
    accepts: Callable[[Any], bool]
    freeze: Callable[[Any], Any] | None = None
    may_be_empty: bool = False

    def check(self, where: str, value: object) -> None:
        """Refuse a value of another kind.

        Args:
            where: Where it stands, for the text.
            value: The value.

        Raises:
            ConfigurationError: If it is of another kind; the text says which it has to be.
        """
        if not self.accepts(value):
            raise ConfigurationError(f"{where} is {shown(value)}: it takes {self.words}.")

    def is_empty(self, value: object) -> bool:
        """Return whether a value stands for the setting's default.

        Args:
            value: The setting's value.
        """
        return self.may_be_empty and (value is None or value == "")

    def __or__(self, other: "Kind") -> "Kind":
        """Return the kind of what is of either kind."""
        return Kind(
            f"{self.words} or {other.words}",
            lambda value: self.accepts(value) or other.accepts(value),
            # Of two kinds one has values that can change at most, as a list or None.
            self.freeze or other.freeze,
            self.may_be_empty or other.may_be_empty,
        )


def is_a(kind: type) -> Callable[[object], bool]:
    """Return a check for instances of a class.

    Args:
        kind: The class.
    """
    return lambda value: isinstance(value, kind)


def is_subclass(base: type) -> Callable[[object], bool]:
    """Return a check for subclasses of a class.

    Args:
        base: The class.
    """
    return lambda value: inspect.isclass(value) and issubclass(value, base)


def is_list(is_item: Callable[[Any], bool]) -> Callable[[object], bool]:
    """Return a check for lists, tuples and sets.

    Args:
        is_item: The check for what they hold.
    """
    # A string is a sequence of strings, and never what is meant; nor is what only acts like one.
    return lambda value: (
        isinstance(value, Sequence | Set)
        and not isinstance(value, str)
        and all(map(is_item, value))  # pyright: ignore[reportUnknownArgumentType]
    )


def is_concrete(value: object) -> bool:
    """Return whether a value is a message class that has an action.

    Args:
        value: The value.
    """
    # Asked of a class first, since issubclass() raises for what is none.
    return inspect.isclass(value) and issubclass(value, BaseMessage) and bool(actions_of(value))


def _is_key(value: object) -> bool:
    return isinstance(value, str) and bool(value) and value not in RESERVED_KEYS


def _is_origin(value: object) -> bool:
    # An origin has a scheme (RFC 6454, 4); a host alone would match no Origin header.
    return isinstance(value, str) and (value == "*" or "://" in value)


NOTHING: Final = Kind("None", lambda value: value is None)
# 1 and 0 are no flags: what is meant by "0" of an environment variable nobody should have to guess.
FLAG: Final = Kind("True or False", is_a(bool))
KEY: Final = Kind(
    f"a key that the protocol does not reserve ({', '.join(sorted(RESERVED_KEYS))})", _is_key
)
HEADER: Final = Kind(
    "the name of a header such as 'x-forwarded-for'",
    lambda value: isinstance(value, str) and bool(value.strip()) and ":" not in value,
)
NAMES: Final = Kind("a list of strings", is_list(is_a(str)), tuple)
ACTIONS: Final = Kind(NAMES.words, NAMES.accepts, frozenset)
"""Strings of which each is looked up for every message, so that they are kept as a set."""
ORIGINS: Final = Kind("a list of origins such as 'https://example.com'", is_list(_is_origin), tuple)
MESSAGES: Final = Kind("a list of message classes", is_list(is_subclass(BaseMessage)), tuple)
OBSERVERS: Final = Kind(
    "a list of functions that make an Observer of ConnectionFacts", is_list(callable), tuple
)
MESSAGE: Final = Kind("a message class with an action", is_concrete)
LIMITS: Final = Kind("Limits(...)", is_a(Limits))


__all__ = [
    "ACTIONS",
    "FLAG",
    "HEADER",
    "KEY",
    "LIMITS",
    "MESSAGE",
    "MESSAGES",
    "NAMES",
    "NOTHING",
    "OBSERVERS",
    "ORIGINS",
    "Kind",
    "is_a",
    "is_concrete",
    "is_list",
    "is_subclass",
]
