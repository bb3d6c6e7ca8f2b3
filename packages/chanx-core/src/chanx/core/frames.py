"""What is wrong with a client's frame; none of it runs for a frame that is right."""

import json
from collections.abc import Iterable
from typing import Any, Final, TypeAlias, TypeGuard

from jiter import from_json
from pydantic import ValidationError

from chanx.core.errors import FrameError
from chanx.core.excerpt import excerpt
from chanx.core.limits import PARSER_DEPTH
from chanx.messages import FieldError

Ref: TypeAlias = str | int
"""A request's correlation id, chosen by the client."""

_MOST_MENDED: Final = 64 * 1024
"""Characters of a faulty frame whose ref is looked for by a parser that minds less. It is slow, and
whoever sends such frames on purpose shall not have it busy."""

_DIGITS: Final = 4300
"""The most digits of an integer that is read, as by default in Python."""


def not_json(text: str, reason: str) -> FrameError:
    """Return the error for a frame that the parser refuses.

    Args:
        text: The frame.
        reason: What the parser says.
    """
    if reason.startswith("recursion limit"):
        return too_deep(PARSER_DEPTH, read_ref(text))
    if reason.startswith("number out of range"):
        detail = f"A number has at most {_DIGITS} digits."
        return _invalid([], detail, "int_parsing_size", read_ref(text))
    if not text.strip():
        return FrameError("invalid_json", "The frame is empty.")
    detail = f"The frame is not valid JSON: {excerpt(reason)}."
    return FrameError("invalid_json", detail, ref=read_ref(text))


def too_deep(most: int, ref: Ref | None) -> FrameError:
    """Return the error for a frame that nests too deep."""
    return FrameError("too_deep", f"A frame nests at most {most} levels.", ref=ref)


def misrouted(frame: object, key: str) -> FrameError:
    """Return the error for a frame that leads to no handler.

    Args:
        frame: The parsed frame.
        key: The key that carries the action.
    """
    if not _is_object(frame):
        return _invalid([], "A message is a JSON object.", "dict_type")
    ref = readable_ref(frame)
    action = frame.get(key)
    if isinstance(action, str):
        detail = "No handler takes this action."
        return FrameError("unknown_action", detail, ref=ref, action=excerpt(action))
    detail = f"A message names its action, a string, as {key!r}."
    return FrameError("unknown_action", detail, ref=ref)


def checked_ref(ref: object) -> Ref:
    """Return a frame's ref as it is sent back.

    An integer may be written as ``7.0``, which JSON Schema takes for one (draft-07, 6.1.1).

    Args:
        ref: What stands there.

    Raises:
        FrameError: Unless it is a string or an integer.
    """
    if type(ref) is str or type(ref) is int:
        return ref
    if type(ref) is float and ref.is_integer():
        return int(ref)
    raise _invalid(["ref"], "A ref is a string or an integer.", "ref_type")


def invalid(error: ValidationError, ref: Ref | None, action: str) -> FrameError:
    """Return the error for a message that does not validate, in the client's own spelling."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    errors = [
        # Keys and messages may repeat what the client wrote.
        FieldError(
            loc=[excerpt(part) if isinstance(part, str) else part for part in item["loc"]],
            msg=excerpt(item["msg"]),
            type=item["type"],
        )
        for item in found
    ]
    detail = "The message does not validate."
    return FrameError("validation_error", detail, errors=errors, ref=ref, action=action)


def read_ref(text: str) -> Ref | None:
    """Return the ref of a frame that is not decoded; None where there is none to read."""
    try:
        return readable_ref(from_json(text.encode()))
    except ValueError:
        return _read_over_faults(text) if len(text) <= _MOST_MENDED else None


def _read_over_faults(text: str) -> Ref | None:
    """Return the ref beside half a surrogate pair, a control character or a huge integer."""
    try:
        ref = readable_ref(json.loads(text, strict=False, parse_int=_integer))
        if isinstance(ref, str):
            ref.encode()  # Half a surrogate pair cannot be sent back.
    except (ValueError, RecursionError):
        return None
    return ref


def _integer(digits: str) -> int | None:
    return int(digits) if len(digits) <= _DIGITS else None


def readable_ref(frame: object) -> Ref | None:
    """Return the ref of a parsed frame; None where there is none, or it is no ref."""
    ref = frame.get("ref") if _is_object(frame) else None
    if isinstance(ref, float) and ref.is_integer():
        return int(ref)
    return ref if isinstance(ref, str | int) and not isinstance(ref, bool) else None


def is_deeper(frame: Any, most: int) -> bool:
    """Return whether a parsed frame nests deeper than so many levels."""
    level = [frame] if _is_container(frame) else []
    for _ in range(most):
        level = [item for container in level for item in _items(container) if _is_container(item)]
        if not level:
            return False
    return True


def _invalid(loc: list[str | int], detail: str, kind: str, ref: Ref | None = None) -> FrameError:
    errors = [FieldError(loc=loc, msg=detail, type=kind)]
    return FrameError("validation_error", detail, errors=errors, ref=ref)


def _is_object(value: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)


def _is_container(value: Any) -> bool:
    return type(value) is dict or type(value) is list


def _items(container: Any) -> Iterable[Any]:
    return container.values() if _is_object(container) else container


__all__ = [
    "Ref",
    "checked_ref",
    "invalid",
    "is_deeper",
    "misrouted",
    "not_json",
    "read_ref",
    "readable_ref",
    "too_deep",
]
