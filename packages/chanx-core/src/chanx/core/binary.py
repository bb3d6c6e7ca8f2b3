"""What the handler of binary frames takes and gives, read from its annotations."""

import types
from collections.abc import Mapping
from typing import Any, NamedTuple, Union, get_args, get_origin

from chanx.core.annotations import MessageTypes, NotMessages, flatten, substitute
from chanx.core.errors import ConfigurationError
from chanx.core.hints import MISSING

_UNIONS = (Union, types.UnionType)


class BinaryOutputs(NamedTuple):
    """What such a handler may return.

    Attributes:
        messages: The message classes; None if it does not say.
        has_bytes: Whether bytes are among it.
    """

    messages: MessageTypes | None
    has_bytes: bool


def check_input(declared: Any, name: str) -> None:
    """Refuse a handler of binary frames that does not take bytes.

    Args:
        declared: The annotation of its parameter.
        name: The parameter.

    Raises:
        ConfigurationError: If that is anything else.
    """
    # `is`, as bytearray and memoryview are never given: ASGI has bytes.
    if declared is not bytes and declared is not MISSING:
        raise ConfigurationError(f"a binary frame is bytes: declare it as `{name}: bytes`")


def outputs_of(declared: Any, arguments: Mapping[Any, Any]) -> BinaryOutputs:
    """Return what a handler of binary frames may return.

    Args:
        declared: Its return annotation.
        arguments: What type variables stand for.

    Raises:
        ConfigurationError: If it is neither messages nor bytes.
    """
    if declared is MISSING:
        return BinaryOutputs(None, True)
    # Split here, since flatten() takes messages alone, and bytes are none.
    parts = get_args(declared) if get_origin(declared) in _UNIONS else (declared,)
    try:
        messages = flatten([substitute(part, arguments) for part in parts if part is not bytes])
    except NotMessages as error:
        raise ConfigurationError(f"it cannot return what it declares: {error}") from error
    return BinaryOutputs(messages, bytes in parts)


__all__ = ["BinaryOutputs", "check_input", "outputs_of"]
