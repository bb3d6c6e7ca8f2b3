"""What values the settings take, for the system check that looks at them."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Final, cast

from django.utils.functional import Promise

from chanx.asyncapi import RENDERERS
from chanx.core.limits import Limits
from chanx.messages import RESERVED_KEYS


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of value.

    Attributes:
        words: The kind, as it completes "use ...".
        accepts: Whether a value is of this kind.
        may_be_empty: Whether an empty text and None stand for the setting's default, as where an
            environment variable is not set.
    """

    words: str
    accepts: Callable[[object], bool]
    may_be_empty: bool = False

    def is_empty(self, value: object) -> bool:
        """Return whether a value stands for the setting's default.

        Args:
            value: The setting's value.
        """
        return self.may_be_empty and (value is None or value == "")

    def __or__(self, other: "Kind") -> "Kind":
        """Return the kind of what is of either kind."""
        words = f"{self.words} or {other.words}"
        return Kind(
            words,
            lambda value: self.accepts(value) or other.accepts(value),
            self.may_be_empty or other.may_be_empty,
        )


def _is_text(value: object) -> bool:
    return isinstance(value, str | Promise)


def _is_key(value: object) -> bool:
    return isinstance(value, str) and bool(value) and value not in RESERVED_KEYS


def _is_texts(value: object) -> bool:
    if not isinstance(value, Collection) or isinstance(value, str | bytes | Mapping):
        return False
    return all(_is_text(item) for item in cast("Collection[object]", value))


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


NOTHING: Final = Kind("None", lambda value: value is None)
FLAG: Final = Kind("True or False", lambda value: isinstance(value, bool))
COUNT: Final = Kind("a whole number above 0", _is_count)
KEY: Final = Kind(f"a text, but none of {', '.join(sorted(RESERVED_KEYS))}", _is_key)
TEXT: Final = Kind("a text", _is_text, may_be_empty=True)
TEXTS: Final = Kind("a list of texts", _is_texts)
LIST: Final = Kind("a list", lambda value: isinstance(value, list | tuple))
DICTIONARY: Final = Kind("a dictionary", lambda value: isinstance(value, Mapping))
PROTOCOL: Final = Kind("'ws' or 'wss'", lambda value: value in ("ws", "wss", ""), may_be_empty=True)
RENDERER: Final = Kind(
    " or ".join(map(repr, RENDERERS)), lambda value: value in (*RENDERERS, ""), may_be_empty=True
)
LIMITS: Final = Kind("a chanx.core.limits.Limits", lambda value: isinstance(value, Limits))


__all__ = [
    "COUNT",
    "DICTIONARY",
    "FLAG",
    "KEY",
    "LIMITS",
    "LIST",
    "NOTHING",
    "PROTOCOL",
    "RENDERER",
    "TEXT",
    "TEXTS",
    "Kind",
]
