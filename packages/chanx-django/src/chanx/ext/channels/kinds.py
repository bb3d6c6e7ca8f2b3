"""The kinds of values that settings of a Django project take, beside the core's."""

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise

from chanx.asyncapi import RENDERERS
from chanx.core.kinds import Kind, is_list


# Lazy translations count as texts (Promise); Setting makes a text of them when it is read.
def _is_text(value: object) -> bool:
    return isinstance(value, str | Promise)


def _is_count(value: object) -> bool:
    # bool is a kind of int in Python; True threads are a mistake.
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _is_source(value: object) -> bool:
    """Return whether something names where a client's own language or time zone stands."""
    if not isinstance(value, str):
        return False
    kind, _, name = value.partition(".")
    return kind in ("user", "session", "cookie") and bool(name)


COUNT: Final = Kind("a whole number above 0", _is_count)
TEXT: Final = Kind("a text", _is_text, may_be_empty=True)
LIST: Final = Kind("a list", lambda value: isinstance(value, list | tuple))
DICTIONARY: Final = Kind("a dictionary", lambda value: isinstance(value, Mapping))
CHANGES: Final = Kind(
    "a list of 'logout', 'password', 'inactive', 'permissions'",
    is_list(lambda value: value in ("logout", "password", "inactive", "permissions")),
)
LANGUAGE_SOURCES: Final = Kind(
    "a list of 'user.<attribute>', 'session.<key>', 'cookie', 'cookie.<name>', 'header'",
    is_list(lambda value: value in ("cookie", "header") or _is_source(value)),
)
TIME_ZONE_SOURCES: Final = Kind(
    "a list of 'user.<attribute>', 'session.<key>', 'cookie.<name>'", is_list(_is_source)
)
# Empty stands for the default, as a setting that is read from an environment often is.
PROTOCOL: Final = Kind("'ws' or 'wss'", lambda value: value in ("ws", "wss", ""), may_be_empty=True)
RENDERER: Final = Kind(
    " or ".join(map(repr, RENDERERS)), lambda value: value in (*RENDERERS, ""), may_be_empty=True
)


__all__ = [
    "CHANGES",
    "COUNT",
    "DICTIONARY",
    "LANGUAGE_SOURCES",
    "LIST",
    "PROTOCOL",
    "RENDERER",
    "TEXT",
    "TIME_ZONE_SOURCES",
]
