"""Makes what fails smaller, as long as it fails in the same way."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from typing import Any, Final

from chanx.asyncapi.diffing.samples import size
from chanx.asyncapi.walk import is_array, is_object
from chanx.testing.conformance.scripts import Raw, Script, Seen

_MOST: Final = 200
"""Attempts; the smallest that was found by then is good enough."""

Fails = Callable[[Script], Awaitable[bool]]
"""Whether a script fails as before."""


async def shrunk(script: Script, fails: Fails, seconds: float) -> Script:
    """Return a script of fewer and smaller frames that fails as well.

    Args:
        script: What fails: the last step is the one after which it was seen.
        fails: Whether a script fails as before.
        seconds: How long it may take.
    """
    time = asyncio.get_running_loop().time
    end = time() + seconds
    budget = _MOST
    is_smaller = True
    while is_smaller and budget and time() < end:
        is_smaller = False
        for smaller in _smaller(script):
            budget -= 1
            if await fails(smaller):
                script, is_smaller = smaller, True
                break
            if not budget or time() > end:
                return script
    return script


def _smaller(script: Script) -> Iterator[Script]:
    if len(script) > 2:
        yield script[-1:]
    for index in range(len(script) - 1):
        yield (*script[:index], *script[index + 1 :])
    for index, step in enumerate(script):
        for frame in smaller_values(step.frame):
            yield (*script[:index], replace(step, frame=frame), *script[index + 1 :])


def smaller_values(value: Any) -> Iterator[Any]:
    """Yield values that are a little smaller than a value, the boldest first.

    Args:
        value: A JSON value.

    Example:
        >>> list(smaller_values([7]))
        [[], [0], [1], [3]]
    """
    least = _size(value)
    seen = set[tuple[int, str]]()
    for made in _proposed(value):
        if (found := _size(made)) < least and found not in seen:
            seen.add(found)
            yield made


def _proposed(value: Any) -> Iterator[Any]:
    if isinstance(value, str):
        yield from ("", "a", value[: len(value) // 2], value[len(value) // 2 :])
        if len(value) <= 24:
            for index in range(len(value)):
                yield value[:index] + value[index + 1 :]
                yield value[:index] + "a" + value[index + 1 :]
    elif isinstance(value, bool) or value is None:
        return
    elif isinstance(value, int | float):
        yield from (0, 1, int(value / 2) if abs(value) < 2**60 else 2**20)
    elif is_array(value):
        yield []
        yield from (value[:index] + value[index + 1 :] for index in range(len(value)))
        for index, item in enumerate(value):
            yield from ([*value[:index], made, *value[index + 1 :]] for made in _proposed(item))
    elif is_object(value):
        for key in value:
            yield {name: item for name, item in value.items() if name != key}
        for key, item in value.items():
            yield from ({**value, key: made} for made in _proposed(item))


def _size(value: Any) -> tuple[int, str]:
    return size(_plain(value))


def _plain(value: Any) -> Any:
    if isinstance(value, Seen):
        return ["seen", value.message]
    if isinstance(value, Raw):
        return ""
    if is_object(value):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if is_array(value) else value


__all__ = ["Fails", "shrunk", "smaller_values"]
