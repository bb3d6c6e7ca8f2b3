"""The names of what is generated: one table for all languages.

A language spells them its own way, and adds what only it reserves.
"""

import keyword
import re
from collections.abc import Hashable, Iterable, Mapping
from itertools import count
from typing import Final, TypeVar

from chanx.asyncapi.names import distinguish, pascal_case, snake_case

Key = TypeVar("Key", bound=Hashable)

RESERVED_METHODS: Final = frozenset(
    {
        *("close", "connect", "constructor", "messages", "on", "on_error", "on_state"),
        *("on_unknown", "opened", "ready", "refresh_token", "result", "state", "states", "then"),
        *("unknown", "wake"),
    }
)
"""What clients have besides the operations of their channel."""

RESERVED_TYPES: Final = frozenset(
    {
        *("annotated", "any", "array", "asynciterable", "asynciterator", "awaitable", "basemodel"),
        *("bigint", "boolean", "callable", "cancelled", "channel", "clienterror", "close"),
        *("closed", "closeinfo", "configdict", "connecting", "connection", "connectionlost"),
        *("date", "datetime", "error", "exception", "expired", "field", "float", "frametoolarge"),
        *("function", "generic", "idle", "int", "invalidreply", "iterable", "json", "list"),
        *("literal", "map", "mapping", "message", "model", "never", "none", "notconnected"),
        *("notrequired", "number", "object", "open", "options", "overflow", "promise"),
        *("queuefull", "readonly", "record", "reference", "refused", "request", "result"),
        *("rootmodel", "self", "set", "state", "str", "stream", "string", "symbol", "timedout"),
        *("timedelta", "tokenrequest", "tuple", "type", "typealias", "typealiastype"),
        *("typevar", "unauthorized", "undefined", "union", "unknown", "uuid", "verdict"),
        *("waiting", "wrapped"),
    }
)
"""What the files of one language or another import or have already, in small letters."""


def type_name(text: str) -> str:
    """Return a text as the name of a type.

    Args:
        text: A key, a title or a name.

    Example:
        >>> type_name("chat.message"), type_name("404"), type_name("error")
        ('ChatMessage', 'N404', 'ErrorType')
    """
    name = pascal_case(text)
    if not name[:1].isalpha():
        name = f"N{name.lstrip('_')}"
    return f"{name}Type" if name.lower() in RESERVED_TYPES else name


def method_name(text: str) -> str:
    """Return a text as the name of an operation.

    Args:
        text: A key or a name.

    Example:
        >>> method_name("sendText"), method_name("close"), method_name("import")
        ('send_text', 'send_close', 'import_')
    """
    name = plain_name(text)
    if name in RESERVED_METHODS:
        return f"send_{name}"
    return f"{name}_" if keyword.iskeyword(name) else name


def plain_name(text: str) -> str:
    """Return a text in snake_case, with letters, digits and underscores only.

    Args:
        text: Any text.

    Example:
        >>> plain_name("chatRoom-2.x")
        'chat_room_2_x'
    """
    name = re.sub(r"[._-]+", "_", snake_case(text)).strip("_")
    return name if name[:1].isalpha() else f"n{name}"


def unique_names(
    wanted: Mapping[Key, str], surroundings: Mapping[Key, tuple[str, ...]], taken: Iterable[str]
) -> dict[Key, str]:
    """Return a name for each thing; those that want the same get what tells them apart.

    Args:
        wanted: The names, in PascalCase.
        surroundings: What stands around each, the nearest first; nothing for what has the first
            right to its name.
        taken: Names that nothing may have, whatever their case.
    """
    groups: dict[str, list[Key]] = {}
    for key in wanted:
        groups.setdefault(wanted[key].lower(), []).append(key)
    used = {name.lower() for name in taken}
    names: dict[Key, str] = {}
    for group in groups.values():
        first = [key for key in group if not surroundings[key]]
        owner = first[0] if first else group[0] if len(group) == 1 else None
        if owner is not None and wanted[owner].lower() not in used:
            names[owner] = wanted[owner]
            used.add(wanted[owner].lower())
    for group in groups.values():
        others = [key for key in group if key not in names]
        suffixes = distinguish(surroundings[key] for key in others) if others else []
        for key, suffix in zip(others, suffixes, strict=True):
            name = wanted[key] + pascal_case(suffix or "other")
            free = (name if number == 1 else f"{name}{number}" for number in count(1))
            names[key] = next(found for found in free if found.lower() not in used)
            used.add(names[key].lower())
    return names


__all__ = [
    "RESERVED_METHODS",
    "RESERVED_TYPES",
    "method_name",
    "plain_name",
    "type_name",
    "unique_names",
]
