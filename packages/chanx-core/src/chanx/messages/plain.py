"""Values of frameworks that stand for JSON's own, such as texts that are translated late."""

from functools import singledispatch
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError


# By class, and cached for each: a value costs one look-up. A registry rather than a hook of models,
# as messages are declared without their framework (Django's lazy texts are in chanx-django).
@singledispatch
def plain(value: object) -> Any:
    """Return what a value stands for, as JSON and models have it; adapters register kinds.

    Args:
        value: A value that pydantic does not know.

    Raises:
        TypeError: If its kind is not registered.

    Example:
        >>> class Late:
        ...     def __str__(self) -> str:
        ...         return "now"
        >>> plain.register(Late, str)
        <class 'str'>
        >>> plain(Late())
        'now'
    """
    raise TypeError(f"Unable to serialize {type(value).__qualname__}: it has no form in JSON.")


# What dispatch() finds for a class that nobody registered.
_unknown = plain.dispatch(object)


class PlainModel(BaseModel):
    """A model whose constructor takes values that are to be made :func:`plain`."""

    # Or type checkers would take this signature for that of every message, and check no argument.
    if not TYPE_CHECKING:

        def __init__(self, /, **data: Any) -> None:
            # What pytest shows of a message that does not validate is the caller's line.
            __tracebackhide__ = True
            try:
                made = self.__pydantic_validator__.validate_python(data, self_instance=self)
            except ValidationError:
                # Only now: what is right as it is costs nothing.
                made = None
            # Not else: also a validator that returned another instance leaves this one without its
            # fields, and BaseModel's own constructor is what says so.
            if made is not self:
                super().__init__(**{key: _made_plain(value) for key, value in data.items()})

        # Else validation would call it, and take many times as long.
        __init__.__pydantic_base_init__ = True


def _made_plain(value: Any) -> Any:
    # Keys too, as a lazy text may be one. Models have made their own values plain.
    if isinstance(value, dict):
        return {_made_plain(key): _made_plain(item) for key, item in _any(value).items()}
    if isinstance(value, list | tuple):
        return [_made_plain(item) for item in _any(value)]
    return value if plain.dispatch(type(value)) is _unknown else plain(value)


def _any(value: Any) -> Any:
    return value


__all__ = ["PlainModel", "plain"]
