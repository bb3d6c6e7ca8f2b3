"""Validation whose work a client cannot multiply.

pydantic collects every error of a frame, and tries every choice of a union. Both multiply: a list
of 20,000 empty objects has 20,000 times the errors of one, and where the choices of a union hold
the same union again, each level of a frame doubles the work (two models within each other, 22
levels, 700 bytes: a minute). So a message class has a second validator, for frames of some length
and for such unions. It takes and refuses the same, but

- it stops at the first wrong item of an array, and of an object with any keys;
- it watches its own time wherever a value may be validated again, and after each of those that take
  long to validate, and gives up.
"""

import re
import threading
import time
from collections.abc import Callable
from typing import Any, Final, cast

from pydantic_core import CoreSchema, PydanticCustomError, ValidationError

from chanx.core.core_schemas import (
    Node,
    checked_after,
    class_name,
    definitions_of,
    has_items,
    is_node,
    is_plain_union,
    is_reference,
    mapped,
    new_validator,
    parts_of_value,
    references_within,
    stopped_at_first,
    tried_before,
    tried_in,
    validating_parts,
    with_one_error,
)
from chanx.core.errors import ChanxError

SECONDS_A_BYTE: Final = 2e-7
"""Of the thread's own time: 13 ms for a frame of 64 KiB, of which one of an ordinary message takes
a sixth, and after which pydantic may need as much again to give up. Longer frames, where a project
allows them, may take longer."""

FEWEST_BYTES: Final = 16 * 1024
"""What a shorter frame is counted as."""

SHORT: Final = 1024
"""Bytes of a frame that cannot take long to validate, unless its message's unions multiply."""

MANY: Final = 8
"""Choices of a union; where there are more, the last of them is found late."""

WATCH: Final = "chanx_watch"
"""What the choice is called that looks at the clock; nobody is told that it fits nothing."""

_thread_time: Final[Callable[[], float]] = getattr(time, "thread_time", time.perf_counter)
"""The time that this thread has worked; Pyodide, which has one, tells only what has passed."""

_WATCHED: Final = re.compile(rf"union\[{WATCH},{WATCH}:(.*?)\]|{WATCH},")


def unwatched(place: tuple[str | int, ...]) -> list[str | int]:
    """Return the place of an error as it is where no time is watched.

    Args:
        place: The place; choices of unions are named there.
    """
    return [
        _WATCHED.sub(r"\1", part) if isinstance(part, str) else part
        for part in place
        if not (isinstance(part, str) and part.startswith(WATCH))
    ]


class TooMuchWork(ChanxError):
    """A frame took longer to validate than one of its length may."""


class _Stopwatch(threading.local):
    """Ends a validation in the thread that runs it; threads may share a validator."""

    passed_at = 0.0
    spent_at = 0.0

    def start(self, size: int) -> None:
        patience = SECONDS_A_BYTE * max(size, FEWEST_BYTES)
        self.passed_at = time.perf_counter() + patience
        # By the thread's own time, as a process that waits for its turn on a busy machine has done
        # no work: the same frame is to be taken or refused whatever else runs there.
        self.spent_at = _thread_time() + patience

    def check(self, value: Any) -> None:
        """Be a choice that fits nothing, as which pydantic calls this where a value is visited."""
        self.look(value)
        # How pydantic takes a choice for one that does not fit, whatever the value.
        raise PydanticCustomError(WATCH, "")

    def look(self, value: Any) -> Any:
        """Return a value, as what pydantic calls after it was validated."""
        # Asking for the thread's own time is slow, and never needed before that time has passed.
        if time.perf_counter() > self.passed_at and _thread_time() > self.spent_at:
            # No ValueError and no AssertionError: those pydantic would collect, and go on to the
            # next choice. Anything else ends the validation at once.
            raise TooMuchWork
        return value


class CarefulValidator:
    """Validates frames of a message class within bounds of time.

    Args:
        schema: The class's core schema.
    """

    __slots__ = ("_stopwatch", "_validate_json", "_validate_parsed")

    def __init__(self, schema: CoreSchema) -> None:
        # Where a message holds itself, its levels are as many as its client likes; each is looked
        # at.
        own = _recursive(schema)
        has_unions = multiplies(schema)
        is_watched = own or has_unions or any(map(_takes_long, validating_parts(schema)))
        stopwatch = _Stopwatch()
        # None where nothing looks at it.
        self._stopwatch = stopwatch if is_watched else None

        def change(part: Node) -> Node:
            # Every part, also of unions: the errors of each choice are collected.
            part = stopped_at_first(part)
            # Only where they multiply: elsewhere a union tries each choice once for a value, and is
            # looked at behind that, if it is long.
            if has_unions and is_plain_union(part):
                return tried_in(stopwatch.check, part, WATCH)
            # After it and not before: a value is looked at once it has cost something, and its text
            # stays text.
            if _takes_long(part):
                return checked_after(part, stopwatch.look)
            if part.get("ref") not in own:
                return part
            return tried_before(stopwatch.check, part, WATCH, f"{WATCH}:{class_name(part)}")

        # A copy: the class's own schema validates what is not a client's frame.
        careful = mapped(schema, change)
        self._validate_parsed = new_validator(careful).validate_python
        # Two validators: of text, pydantic makes each value that is wrong an object of Python for
        # its error, with all that it holds. So the text is only asked whether it is right, and the
        # parsed frame, whose values are there already, what is wrong.
        self._validate_json = new_validator(with_one_error(careful)).validate_json

    def validate_json(self, data: bytes, frame: Any) -> Any:
        """Validate a frame's text.

        Args:
            data: The text.
            frame: The same, parsed; says what is wrong, if something is.

        Raises:
            pydantic.ValidationError: If it does not validate.
            TooMuchWork: If that takes too long to say.
        """
        if self._stopwatch is not None:
            self._stopwatch.start(len(data))
        try:
            return self._validate_json(data)
        except ValidationError:
            # Raises what is wrong; the stopwatch goes on, so that both together have the time of
            # one.
            self._validate_parsed(frame)
            raise  # what only text is refused for

    def validate_parsed(self, frame: Any, size: int) -> Any:
        """Validate a parsed frame.

        Args:
            frame: The frame.
            size: The bytes of its text.

        Raises:
            pydantic.ValidationError: If it does not validate.
            TooMuchWork: If that takes too long to say.
        """
        if self._stopwatch is not None:
            self._stopwatch.start(size)
        return self._validate_parsed(frame)


def multiplies(schema: CoreSchema) -> bool:
    """Return whether a union is tried for each choice of another one, or of itself.

    Args:
        schema: A core schema.
    """
    within = _references(schema)
    definitions = definitions_of(schema)
    with_union = {
        ref
        for ref in within
        for reached in ({ref} | _reachable(ref, within))
        if reached in definitions and _holds_union(definitions[reached])
    }
    return any(
        _holds_union(choice) or not with_union.isdisjoint(references_within(choice))
        for union in validating_parts(schema)
        if is_plain_union(union)
        for choice in parts_of_value(union)
    )


def longest_of(schema: CoreSchema) -> int:
    """Return the bytes of the longest frame whose validation needs no bounds; -1 if each does.

    Args:
        schema: The core schema of its message.
    """
    # A few hundred bytes of such a union can take a minute: no frame is too short to be watched.
    if multiplies(schema):
        return -1
    # A message of plain fields has as many values in 16 KiB as in 1: validated carefully, 4 KiB of
    # text took 2.0 times bare ASGI, and 1.3 without.
    return SHORT if _grows(schema) else FEWEST_BYTES


def _grows(schema: CoreSchema) -> bool:
    """Return whether more is to be validated, and may be wrong, the longer a value's text is."""
    return any(
        # What a project's own function does with a text, nobody knows.
        has_items(part) or is_reference(part) or "function" in part
        for part in validating_parts(schema)
    )


def _takes_long(part: Node) -> bool:
    """Return whether one value, however short, takes a microsecond or more to validate.

    What a project's own functions take is its own affair.
    """
    if is_plain_union(part):
        return len(part["choices"]) > MANY
    function = part.get("function")
    module = getattr(function["function"], "__module__", "") if is_node(function) else ""
    # What pydantic validates by functions of Python, as networks and addresses: 32,500 of them in a
    # frame took 74 ms.
    return str(module).partition(".")[0] in ("pydantic", "ipaddress")


def _holds_union(part: Node) -> bool:
    return any(is_plain_union(each) for each in validating_parts(cast(CoreSchema, part)))


def _recursive(schema: CoreSchema) -> frozenset[str]:
    """Return the references by which a part holds itself, but for those through a union.

    Unions are watched anyway, and pydantic names their choices in the places of errors.
    """
    within = _references(schema, through_unions=False)
    return frozenset(ref for ref in within if ref in _reachable(ref, within))


def _references(schema: CoreSchema, *, through_unions: bool = True) -> dict[str, set[str]]:
    """Return what each definition of a core schema refers to."""
    return {
        ref: references_within(part, through_unions=through_unions)
        for ref, part in definitions_of(schema).items()
    }


def _reachable(start: str, within: dict[str, set[str]]) -> set[str]:
    found: set[str] = set()
    waiting = [start]
    while waiting:
        new = within.get(waiting.pop(), set()) - found
        found |= new
        waiting.extend(new)
    return found


__all__ = [
    "FEWEST_BYTES",
    "SECONDS_A_BYTE",
    "SHORT",
    "WATCH",
    "CarefulValidator",
    "TooMuchWork",
    "longest_of",
    "multiplies",
    "unwatched",
]
