"""The names of fields and arguments in Python."""

import keyword
from collections.abc import Iterable
from typing import Final

from pydantic import BaseModel

from chanx.asyncapi.clients.naming import plain_name

_ANNOTATIONS: Final = frozenset({"bool", "dict", "float", "int", "list", "str", "tuple"})
"""Names that annotations of a class use, and that no field may hide from them."""

_OF_MODELS: Final = frozenset(dir(BaseModel)) | {"always"}


def field_names(names: Iterable[str]) -> dict[str, str]:
    """Return the names of a model's fields, by those on the wire.

    Args:
        names: Those on the wire.

    Example:
        >>> field_names(["userId", "user_id", "from", "json"])
        {'userId': 'user_id', 'user_id': 'user_id_2', 'from': 'from_', 'json': 'json_'}
    """
    found: dict[str, str] = {}
    taken = set[str]()
    for name in names:
        plain = plain_name(name)
        if plain in _OF_MODELS or plain in _ANNOTATIONS or keyword.iskeyword(plain):
            plain += "_"
        number, free = 1, plain
        while free in taken:
            number += 1
            free = f"{plain}_{number}"
        taken.add(free)
        found[name] = free
    return found


def argument_names(names: Iterable[str], taken: Iterable[str]) -> dict[str, str]:
    """Return the names of a function's arguments, by those on the wire.

    Args:
        names: Those on the wire.
        taken: Names of other arguments.
    """
    used = set(taken)
    found: dict[str, str] = {}
    for name in names:
        plain = plain_name(name)
        if keyword.iskeyword(plain) or plain in used:
            plain += "_"
        while plain in used:
            plain += "_"
        used.add(plain)
        found[name] = plain
    return found


__all__ = ["argument_names", "field_names"]
