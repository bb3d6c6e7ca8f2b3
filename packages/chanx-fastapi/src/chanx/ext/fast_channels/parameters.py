"""The parameters of a consumer's methods, as FastAPI can fill them."""

import inspect
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Final, get_args, get_origin

from fastapi import BackgroundTasks, Request, Response

from chanx.core.errors import ConfigurationError
from chanx.ext.fast_channels.annotations import Namespace, UnknownName, evaluated

_FORBIDDEN_KINDS: Final[Mapping[Any, str]] = {
    inspect.Parameter.POSITIONAL_ONLY: "is positional-only, and FastAPI passes by name: "
    "move it behind the slash",
    inspect.Parameter.VAR_POSITIONAL: "cannot be filled: declare each parameter by its name",
    inspect.Parameter.VAR_KEYWORD: "cannot be filled: declare each parameter by its name",
}
_FORBIDDEN_TYPES: Final[Mapping[type, str]] = {
    Request: "is an HTTP request, which a WebSocket has none of: annotate it with WebSocket or "
    "HTTPConnection",
    Response: "is an HTTP response, which a WebSocket has none of: give headers to self.accept()",
    BackgroundTasks: "would never run for a WebSocket: start a task, or use a handler",
}


def fillable(
    where: str, declared: Iterable[inspect.Parameter], module: Namespace, owner: Namespace
) -> dict[str, inspect.Parameter]:
    """Return parameters as FastAPI is to see them: by name, and with what their annotations say.

    Args:
        where: Consumer and method, for texts.
        declared: The parameters.
        module: The names of the module that defines the method.
        owner: Further names that its annotations may use.

    Raises:
        ConfigurationError: If FastAPI cannot fill one of them.
    """
    parameters = [_evaluated(where, each, module, owner) for each in declared]
    for parameter in parameters:
        trouble = _FORBIDDEN_KINDS.get(parameter.kind) or next(
            (text for kind, text in _FORBIDDEN_TYPES.items() if is_a(parameter.annotation, kind)),
            None,
        )
        if trouble is not None:
            raise ConfigurationError(f"The parameter {parameter} of {where} {trouble}.")
    # FastAPI calls by name; and so one with a default may stand before one without.
    return {each.name: each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in parameters}


def _evaluated(
    where: str, parameter: inspect.Parameter, module: Namespace, owner: Namespace
) -> inspect.Parameter:
    try:
        return parameter.replace(annotation=evaluated(parameter, module, owner))
    except UnknownName as error:
        raise ConfigurationError(
            f"An annotation of {where} names {error.name!r}, which is not known at run time: "
            f"import or define it in the module, outside TYPE_CHECKING, or say in Depends(...) "
            f"what makes the value."
        ) from error


def is_a(annotation: Any, kind: type) -> bool:
    """Return whether an annotation names a class, or one of its subclasses.

    Args:
        annotation: The annotation.
        kind: The class.
    """
    if get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    return isinstance(annotation, type) and issubclass(annotation, kind)


__all__ = ["fillable", "is_a"]
