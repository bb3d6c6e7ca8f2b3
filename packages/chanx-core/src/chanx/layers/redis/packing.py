"""Layer messages as bytes, by msgpack."""

from typing import Any

import msgpack  # type: ignore[import-untyped]  # It has no types of its own.

from chanx.core.errors import ConfigurationError

_msgpack: Any = msgpack


def pack(value: object) -> bytes:
    """Return what is published for a value.

    Args:
        value: A layer message, or a list that holds one.

    Raises:
        ConfigurationError: If msgpack cannot hold it.
    """
    try:
        data: bytes = _msgpack.packb(value)
    # What packb raises of foreign types, of nesting and of integers over 64 bits.
    except (TypeError, ValueError, OverflowError) as error:
        raise ConfigurationError(
            f"This message cannot travel through Redis: {error}. "
            f"Layer messages are dictionaries of text, numbers, bytes, lists and dictionaries."
        ) from error
    return data


def unpack(data: bytes) -> Any:
    """Return the value that was packed.

    Raises:
        Exception: If it was none; msgpack has many classes for that.
    """
    # Text as str and bytes as bytes: msgpack's defaults since 1.0. Not strict_map_key, which is one
    # as well: packb() has no such rule, so that a sender would be told that a message with numbers
    # for keys was sent, and every receiver would skip it.
    return _msgpack.unpackb(data, strict_map_key=False)


__all__ = ["pack", "unpack"]
