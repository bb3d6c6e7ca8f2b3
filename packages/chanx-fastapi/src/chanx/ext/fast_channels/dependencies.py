"""The dependencies of a consumer's route, as FastAPI reads them."""

import inspect
from collections.abc import Callable, Iterator
from typing import Any

from fastapi.dependencies.models import Dependant

from chanx.core.errors import ConfigurationError


def check_dependencies(method: str, dependant: Dependant) -> None:
    """Refuse what FastAPI takes but would fail on whenever it resolves it.

    Args:
        method: The consumer's name and the method's, for the text.
        dependant: What FastAPI made of the method's parameters.

    Raises:
        ConfigurationError: If a parameter is taken for a body, or a dependency needs a Request or
            BackgroundTasks.
    """
    for part in with_dependencies(dependant):
        where = method
        if part is not dependant:
            where = f"{_name_of(part.call)}, a dependency of {where},"
        # FastAPI takes for a body what is a model or a list and marked with nothing.
        for field in part.body_params:
            raise ConfigurationError(
                f"The parameter {field.name!r} of {where} would be read from a body, which a "
                f"WebSocket has none of: annotate it with Query(), Header(), Cookie() or Depends()."
            )
        # Those of the method itself are refused by their type (parameters.py).
        if part is not dependant and part.background_tasks_param_name is not None:
            raise ConfigurationError(
                f"The parameter {part.background_tasks_param_name!r} of {where} holds tasks that "
                f"would never run for a WebSocket: take them from a dependency of HTTP endpoints."
            )
        if part.request_param_name is not None and _is_required(part.call, part.request_param_name):
            raise ConfigurationError(
                f"The parameter {part.request_param_name!r} of {where} is an HTTP request, which a "
                f"WebSocket has none of: annotate it with HTTPConnection. FastAPI's own security "
                f"schemes do so in its newer releases (about 0.145)."
            )


def ignored_responses(dependant: Dependant) -> Iterator[str]:
    """Yield the names of dependencies that set headers of a response which is never sent.

    Args:
        dependant: What FastAPI made of an endpoint.
    """
    for part in with_dependencies(dependant):
        if part is not dependant and part.response_param_name is not None:
            yield _name_of(part.call)


def with_dependencies(dependant: Dependant) -> Iterator[Dependant]:
    """Yield an endpoint, then all its dependencies, and theirs.

    Args:
        dependant: What FastAPI made of the endpoint.
    """
    yield dependant
    for dependency in dependant.dependencies:
        yield from with_dependencies(dependency)


def _is_required(call: Callable[..., Any] | None, name: str) -> bool:
    # FastAPI leaves it out where there is no Request; with a default that works.
    return call is not None and (
        inspect.signature(call).parameters[name].default is inspect.Parameter.empty
    )


def _name_of(call: Any) -> str:
    return getattr(call, "__qualname__", None) or type(call).__qualname__


__all__ = ["check_dependencies", "ignored_responses", "with_dependencies"]
