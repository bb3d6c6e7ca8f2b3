"""Parameters of handlers and hooks that ask for what nobody gives: a framework's markers."""

import inspect
from collections.abc import Callable, Collection
from typing import Any, Final

from pydantic.fields import FieldInfo

from chanx.core.errors import ConfigurationError
from chanx.core.filling import FILLED_HOOKS
from chanx.core.hints import hint_of, signature_of

_FILLED: Final = ("connect", *FILLED_HOOKS)
_GIVEN: Final = {"disconnect": "close code", "on_layer_gap": "length of the gap"}
"""What the engine gives those hooks whose other parameters adapters may fill."""

_LISTED: Final = " and ".join(
    [", ".join(f"{name}()" for name in FILLED_HOOKS[:-1]), f"{FILLED_HOOKS[-1]}()"]
)


def refuse_markers(
    where: str,
    method: Callable[..., Any],
    names: Collection[str] | None = None,
    given: str | None = None,
) -> None:
    """Refuse parameters that a framework would fill, such as ``Depends(...)``, where none does.

    Without it, a default that is a marker arrives as the marker.

    Args:
        where: Consumer and method, for the text.
        method: The method.
        names: The parameters to look at; None for all.
        given: What the engine gives these parameters, where others may have a marker; None where
            none may.

    Raises:
        ConfigurationError: If a parameter's default or annotation is such a marker.
    """
    function = inspect.unwrap(method)
    for name, parameter in signature_of(function).parameters.items():
        if names is not None and name not in names:
            continue
        # Both forms of FastAPI, with the marker as the default and within Annotated.
        for marker in (parameter.default, *_metadata(function, name)):
            # By what markers are made of, as the core knows no framework: FastAPI's Query and
            # Header are FieldInfo, its Depends has a `dependency`.
            if not (isinstance(marker, FieldInfo) or hasattr(marker, "dependency")):
                continue
            if given is not None:
                raise ConfigurationError(
                    f"{where}: nobody resolves {type(marker).__qualname__}(...) of its parameter "
                    f"{name!r}, which stands where the {given} comes: put it behind that."
                )
            raise ConfigurationError(
                f"{where}: nobody resolves {type(marker).__qualname__}(...) of its parameter "
                f"{name!r}: consumers of chanx.ext.fast_channels have FastAPI resolve what "
                f"connect(), handlers, {_LISTED} take; otherwise get the value within the "
                f"method."
            )


def refuse_markers_of_hooks(consumer: type, root: type) -> None:
    """Refuse markers on what a consumer overrides, but for what adapters may fill.

    Args:
        consumer: The consumer's class.
        root: The class of all consumers.

    Raises:
        ConfigurationError: If a parameter's default or annotation is a marker.
    """
    for name, method in vars(consumer).items():
        # Those that adapters fill are asked with the consumer's resolver (fill_hooks), connect
        # where it is mounted.
        if name not in _FILLED and inspect.isfunction(method) and hasattr(root, name):
            refuse_markers(f"{consumer.__qualname__}.{name}", method)
    for name, given in _GIVEN.items():
        hook = inspect.unwrap(getattr(consumer, name))  # it may be a mixin's
        if inspect.isfunction(hook):
            # Of these hooks one parameter is the engine's, behind self.
            first = list(signature_of(hook).parameters)[1:2]
            refuse_markers(f"{consumer.__qualname__}.{name}", hook, first, given)


def _metadata(function: Callable[..., Any], name: str) -> tuple[Any, ...]:
    try:
        hint = hint_of(function, name, {})
    except ConfigurationError:
        return ()  # whoever needs this annotation is told
    return getattr(hint, "__metadata__", ())


__all__ = ["refuse_markers", "refuse_markers_of_hooks"]
