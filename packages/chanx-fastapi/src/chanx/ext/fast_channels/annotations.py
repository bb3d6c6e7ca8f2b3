"""Annotations of a consumer's ``connect``, whose names need not all be known at run time."""

import builtins
import inspect
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ForwardRef, TypeAlias, get_args, get_origin

from fastapi.params import Depends

Namespace: TypeAlias = Mapping[str, Any]


class UnknownName(Exception):
    """An annotation names something that is not known, and its parameter needs to know it."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def evaluated(parameter: inspect.Parameter, module: Namespace, owner: Namespace) -> Any:
    """Return a parameter's annotation, evaluated if it is a string.

    As in FastAPI's own endpoints, a type that only type checkers know, such as one that is imported
    under ``TYPE_CHECKING``, will do where ``Depends(...)`` says what makes the value.

    Args:
        parameter: The parameter.
        module: The names of the module that defines the function.
        owner: The names of the class that does.

    Raises:
        UnknownName: If the parameter needs a name that is not known.
    """
    names = _Names(module, owner)
    annotation = parameter.annotation
    if isinstance(annotation, str):
        # The class's names as locals, as they are where the annotation stands; a copy, since eval()
        # adds __builtins__.
        annotation = eval(annotation, dict(module), names)
    elif isinstance(annotation, ForwardRef):
        names.unknown.append(annotation.__forward_arg__)
    if names.unknown and not any(marker.dependency for marker in _markers(parameter, annotation)):
        raise UnknownName(names.unknown[0])
    return annotation


class _Type(type):
    """The class of what stands for unknown types, so that annotations made of them have values."""

    def __getattr__(cls, name: str) -> "_Type":
        # Python and typing ask types for protocols by such names, and go by their absence.
        if name.startswith("__"):
            raise AttributeError(name)
        return cls

    def __getitem__(cls, item: Any) -> "_Type":
        return cls


class _Unknown(metaclass=_Type):
    """Stands for a type that is not known."""


class _Names(dict[str, Any]):
    """The names that an annotation may use; one that nobody knows is noted."""

    def __init__(self, module: Namespace, owner: Namespace) -> None:
        super().__init__(owner)
        self._module = module
        self.unknown: list[str] = []

    def __missing__(self, name: str) -> Any:
        if name in self._module or hasattr(builtins, name):
            # From a mapping of locals, eval() goes on to globals and builtins.
            raise KeyError(name)  # looked up there next
        self.unknown.append(name)
        return _Unknown


def _markers(parameter: inspect.Parameter, annotation: Any) -> Iterator[Depends]:
    metadata = get_args(annotation)[1:] if get_origin(annotation) is Annotated else ()
    for marker in (parameter.default, *metadata):
        if isinstance(marker, Depends):
            yield marker


__all__ = ["Namespace", "UnknownName", "evaluated"]
