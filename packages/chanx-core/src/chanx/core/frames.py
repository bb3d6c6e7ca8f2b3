"""What is wrong with a client's frame; none of it runs for a frame that is right."""

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeGuard

from jiter import from_json
from pydantic import ValidationError

from chanx.core.careful import WATCH, unwatched
from chanx.core.errors import FrameError
from chanx.core.excerpt import excerpt
from chanx.core.limits import PARSER_DEPTH
from chanx.messages import FieldError

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

Ref: TypeAlias = str | int
"""A request's correlation id, chosen by the client."""

_MOST_MENDED: Final = 64 * 1024
"""Characters of a faulty frame whose ref is looked for by a parser that minds less. It is slow, and
whoever sends such frames on purpose shall not have it busy."""

_DIGITS: Final = 4300
"""The most digits of an integer that is read, as by default in Python."""


MOST_TOLD: Final = 20
"""Errors of a message that its client is told; of the others it learns how many they are."""

_MOST_MADE: Final = 1000
"""Errors of which those to tell are made; making one takes pydantic as long as a small message."""

_OBJECT: Final = "Input should be an object"
_AS_OF_TEXT: Final = {
    "dataclass_type": ("Input should be a dictionary or", "dataclass_type", _OBJECT),
    "dict_type": ("Input should be a valid dictionary", "dict_type", _OBJECT),
    "list_type": ("Input should be a valid list", "list_type", "Input should be a valid array"),
    "model_attributes_type": ("Input should be a valid dictionary", "dict_type", _OBJECT),
    "model_type": ("Input should be a valid dictionary", "model_type", _OBJECT),
    "none_required": ("Input should be None", "none_required", "Input should be null"),
}
"""Where pydantic speaks of a parsed value as of Python's: how it begins, and the error that it
has for text instead."""


def not_json(text: str, reason: str) -> FrameError:
    """Return the error for a frame that the parser refuses.

    Args:
        text: The frame.
        reason: What the parser says.
    """
    # By the parser's words, as jiter has one class for all that it refuses, ValueError. The tests
    # of the codec hold these words.
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


def unroutable(frame: object, key: str) -> FrameError:
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
    # Not isinstance(): True is an int to Python, and no integer to JSON Schema.
    if type(ref) is str or type(ref) is int:
        return ref
    # Sent back as 7, which is equal in JSON: what is asked for is the value, and not its spelling.
    if type(ref) is float and ref.is_integer():
        return int(ref)
    raise _invalid(["ref"], "A ref is a string or an integer.", "ref_type")


def invalid(error: ValidationError, ref: Ref | None, action: str) -> FrameError:
    """Return the error for a message that does not validate, in the client's own spelling.

    Args:
        error: What pydantic found, of which a client is told :data:`MOST_TOLD` errors.
        ref: The message's correlation id; None for none.
        action: Its action.
    """
    # Counting them is cheap, making them is not.
    count = error.error_count()
    found: Sequence[ErrorDetails] = ()
    if count <= _MOST_MADE:
        # Nothing of the input, which may hold what a log or another client must not see; nor
        # contexts, which hold exceptions of a project's validators.
        made = error.errors(include_url=False, include_context=False, include_input=False)
        # What watches the time is a choice of unions that never fits: its errors are none of the
        # message's.
        found = [item for item in made if item["loc"][-1:] != (WATCH,)]
        count = len(found)
    errors = [_field_error(item) for item in found[:MOST_TOLD]]
    detail = "The message does not validate."
    if count > len(errors):
        detail = f"The message does not validate; {count - len(errors)} more errors are not told."
    return FrameError("validation_error", detail, errors=errors, ref=ref, action=action)


def too_complex(ref: Ref | None, action: str) -> FrameError:
    """Return the error for a message that would take too long to validate.

    Args:
        ref: The message's correlation id; None for none.
        action: Its action.
    """
    detail = "The message nests so that it would take too long to validate."
    error = _invalid([], detail, "too_complex", ref)
    error.action = action
    return error


def unreadable(ref: Ref | None, action: str) -> FrameError:
    """Return the error for a message that pydantic cannot read, and does not say why.

    Args:
        ref: The message's correlation id; None for none.
        action: Its action.
    """
    detail = "The message does not validate."
    return FrameError("validation_error", detail, errors=[], ref=ref, action=action)


def _field_error(item: "ErrorDetails") -> FieldError:
    kind, text = item["type"], item["msg"]
    if kind in _AS_OF_TEXT and text.startswith(_AS_OF_TEXT[kind][0]):
        _, kind, text = _AS_OF_TEXT[kind]
    # Keys and messages may repeat what the client wrote.
    place = [excerpt(part) if isinstance(part, str) else part for part in unwatched(item["loc"])]
    return FieldError(loc=place, msg=excerpt(text), type=kind)


def read_ref(text: str) -> Ref | None:
    """Return the ref of a frame that is not decoded; None where there is none to read."""
    try:
        # Half a surrogate pair has no encoding: UnicodeEncodeError is a ValueError, too.
        return readable_ref(from_json(text.encode()))
    except ValueError:
        return _read_over_faults(text) if len(text) <= _MOST_MENDED else None


def _read_over_faults(text: str) -> Ref | None:
    """Return the ref beside half a surrogate pair, a control character or a huge integer."""
    try:
        # Python's own parser, which takes all of these. parse_int, since int() refuses more digits
        # than _DIGITS by default, and is quadratic where a process has lifted that.
        ref = readable_ref(json.loads(text, strict=False, parse_int=_integer))
        if isinstance(ref, str):
            ref.encode()  # Half a surrogate pair cannot be sent back.
    except (ValueError, RecursionError):
        return None
    return ref


def _integer(digits: str) -> int | None:
    # None only where such a number stands: a frame with one beside its ref has a ref all the same.
    return int(digits) if len(digits) <= _DIGITS else None


def readable_ref(frame: object) -> Ref | None:
    """Return the ref of a parsed frame; None where there is none, or it is not a ref."""
    ref = frame.get("ref") if _is_object(frame) else None
    if isinstance(ref, float) and ref.is_integer():
        return int(ref)
    return ref if isinstance(ref, str | int) and not isinstance(ref, bool) else None


def is_deeper(frame: Any, most: int) -> bool:
    """Return whether a parsed frame nests deeper than so many levels."""
    # Level by level and not by recursion: how deep a frame is, its client decides.
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
    # type() and not isinstance(): the parser makes no others, and each value of a frame is asked.
    return type(value) is dict or type(value) is list


def _items(container: Any) -> Iterable[Any]:
    return container.values() if _is_object(container) else container


__all__ = [
    "MOST_TOLD",
    "Ref",
    "checked_ref",
    "invalid",
    "is_deeper",
    "not_json",
    "read_ref",
    "readable_ref",
    "too_complex",
    "too_deep",
    "unreadable",
    "unroutable",
]
