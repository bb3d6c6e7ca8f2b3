"""Where classes stand, spelled the same on every run."""

import re
import types
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel


def path_of(kind: Any) -> str:
    """Return where a class stands, with its type arguments: ``app.Page[app.models.User]``.

    Args:
        kind: A class, or a type argument of one.
    """
    generic = getattr(kind, "__pydantic_generic_metadata__", None)
    if generic and generic["origin"]:
        return _with_arguments(generic["origin"], generic["args"])
    if isinstance(kind, types.UnionType):
        return f"Union[{', '.join(map(path_of, get_args(kind)))}]"
    origin = get_origin(kind)
    if origin is Annotated:  # constraints are not part of a name
        return path_of(kind.__origin__)
    if origin:
        return _with_arguments(origin, get_args(kind))
    if isinstance(kind, type):
        return f"{kind.__module__}.{kind.__qualname__}"
    return re.sub(r" at 0x[0-9a-f]+", "", repr(kind))


def _with_arguments(origin: Any, arguments: tuple[Any, ...]) -> str:
    return f"{path_of(origin)}[{', '.join(map(path_of, arguments))}]"


def written_class(model: type[BaseModel]) -> type[BaseModel]:
    """Return the class that a person wrote: of ``Envelope[int]``, ``Envelope``.

    Args:
        model: A model.
    """
    return model.__pydantic_generic_metadata__["origin"] or model


def without_id(reference: str) -> str:
    """Return pydantic's reference to a class without the numbers that differ from run to run.

    Args:
        reference: As in a core schema, ``app.Page:140272286109584``.
    """
    return re.sub(r":\d+", "", reference)


__all__ = ["path_of", "without_id", "written_class"]
