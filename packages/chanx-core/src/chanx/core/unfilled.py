"""Parameters of handlers and hooks that ask for what nobody gives: a framework's markers."""

import inspect
from collections.abc import Callable
from typing import Any

from pydantic.fields import FieldInfo

from chanx.core.errors import ConfigurationError
from chanx.core.hints import hint_of, signature_of


def refuse_markers(where: str, method: Callable[..., Any]) -> None:
    """Refuse parameters that a framework would fill, such as ``Depends(...)``, where none does.

    Without it, a default that is a marker arrives as the marker.

    Args:
        where: Consumer and method, for the text.
        method: The method.

    Raises:
        ConfigurationError: If a parameter's default or annotation is such a marker.
    """
    function = inspect.unwrap(method)
    for name, parameter in signature_of(function).parameters.items():
        for marker in (parameter.default, *_metadata(function, name)):
            if isinstance(marker, FieldInfo) or hasattr(marker, "dependency"):
                raise ConfigurationError(
                    f"{where}: nobody resolves {type(marker).__qualname__}(...) of its parameter "
                    f"{name!r}: with chanx-fastapi, declare it on connect() and keep the "
                    f"value in self; otherwise get the value within the method."
                )


def refuse_markers_of_hooks(consumer: type, root: type) -> None:
    """Refuse markers on what a consumer overrides, but for ``connect``, which adapters may fill.

    Args:
        consumer: The consumer's class.
        root: The class of all consumers.

    Raises:
        ConfigurationError: If a parameter's default or annotation is a marker.
    """
    for name, method in vars(consumer).items():
        if name != "connect" and inspect.isfunction(method) and hasattr(root, name):
            refuse_markers(f"{consumer.__qualname__}.{name}", method)


def _metadata(function: Callable[..., Any], name: str) -> tuple[Any, ...]:
    try:
        hint = hint_of(function, name, {})
    except ConfigurationError:
        return ()  # whoever needs this annotation is told
    return getattr(hint, "__metadata__", ())


__all__ = ["refuse_markers", "refuse_markers_of_hooks"]
