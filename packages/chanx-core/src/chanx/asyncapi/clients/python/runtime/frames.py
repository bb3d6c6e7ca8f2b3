# SPDX-License-Identifier: 0BSD
"""Looking into frames, and putting something in."""

from collections.abc import Sequence
from typing import Any, TypeGuard


def is_object(value: object) -> TypeGuard[dict[str, Any]]:
    """Return whether a value of JSON is an object."""
    return isinstance(value, dict)


def at(frame: Any, path: Sequence[str]) -> Any:
    """Return what stands at a place of a frame; None for nothing.

    Args:
        frame: The frame.
        path: The place, key by key.
    """
    for key in path:
        frame = frame.get(key) if is_object(frame) else None
    return frame


def put(frame: Any, path: Sequence[str], value: Any) -> Any:
    """Return a copy of a frame with a value at a place.

    Args:
        frame: The frame.
        path: The place, key by key.
        value: The value.
    """
    if not path:
        return value
    inner = frame if is_object(frame) else {}
    return {**inner, path[0]: put(inner.get(path[0]), path[1:], value)}


def is_refusal(frame: Any) -> bool:
    """Return whether a ready message says that the client is not let in (R3).

    Args:
        frame: The message.
    """
    status = at(frame, ["payload", "status_code"])
    return isinstance(status, int | float) and status >= 400


__all__ = ["at", "is_object", "is_refusal", "put"]
