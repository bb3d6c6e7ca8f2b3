"""A function's annotations, evaluated as late and as far as somebody reads them.

They may be text (PEP 563), name what is imported for type checkers only, or, from Python 3.14 on,
be evaluated when they are asked for (PEP 649). Nothing here asks for more than is needed.
"""

import inspect
import sys
from collections.abc import Callable, Iterator, Mapping
from types import SimpleNamespace
from typing import Annotated, Any, Final, ForwardRef, Literal, get_args, get_origin

from typing_extensions import Format, get_annotations, get_type_hints

from chanx.core.errors import ConfigurationError

MISSING: Final = inspect.Parameter.empty
"""Stands for an annotation that is not there."""


def signature_of(function: Callable[..., Any]) -> inspect.Signature:
    """Return a function's signature, without evaluating its annotations.

    Args:
        function: The function.
    """
    # PEP 649: inspect.signature() evaluates annotations there unless it is told not to, and a name
    # that is imported for type checkers alone would be a NameError.
    if sys.version_info >= (3, 14):
        return inspect.signature(function, annotation_format=Format.FORWARDREF)
    return inspect.signature(function)


def postponed_names(function: Callable[..., Any]) -> set[str]:
    """Return the names in those of a function's annotations that are text, in full or in part.

    Args:
        function: The function.
    """
    names: set[str] = set()
    for hint in get_annotations(function, format=Format.FORWARDREF).values():
        for text in _texts(hint):
            try:
                names.update(compile(text, "<annotation>", "eval").co_names)
            except SyntaxError:
                continue  # whoever needs this annotation is told
    return names


def _texts(hint: Any) -> Iterator[str]:
    if isinstance(hint, str):
        yield hint
    elif isinstance(hint, ForwardRef):
        yield hint.__forward_arg__
    # Its metadata is not looked at: what stands there as text is text, and no annotation.
    elif get_origin(hint) is Annotated:
        yield from _texts(hint.__origin__)
    # The strings of a Literal are its values.
    elif get_origin(hint) is not Literal:
        for part in get_args(hint):
            yield from _texts(part)


def hint_of(function: Callable[..., Any], name: str, namespace: Mapping[str, Any]) -> Any:
    """Evaluate one of a function's annotations, and what is text within it.

    Args:
        function: The function, undecorated.
        name: The parameter; ``"return"`` for what it returns.
        namespace: Names that are visible where the function was defined, besides its module's.

    Returns:
        What the annotation says; :data:`MISSING` if there is none.

    Raises:
        ConfigurationError: If a name in it cannot be found, or it cannot be evaluated.
    """
    hint = get_annotations(function, format=Format.FORWARDREF).get(name, MISSING)
    module = sys.modules.get(function.__module__)
    known: dict[str, Any] = function.__globals__
    # functools.wraps gives a wrapper the module of what it wraps.
    if module is not None and vars(module) is not known:
        # Only then: a copy of a module's names for each annotation made the time of a module of
        # 1,000 handlers grow with their square.
        known = {**vars(module), **known}
    what = "its return annotation" if name == "return" else f"its annotation of {name!r}"
    try:
        return get_type_hints(
            # One annotation and not the function, of which all would be evaluated, those included
            # that nobody needs and that may fail.
            SimpleNamespace(__annotations__={name: hint}),
            known,
            dict(namespace),
            # Or Annotated would lose what adapters read: markers, constraints, discriminators.
            include_extras=True,
        )[name]
    except NameError as error:
        raise ConfigurationError(
            f"{what} names {error.name!r}, which is not known there: import it outside "
            f"TYPE_CHECKING and above the consumer, or give input_type= and output_type="
        ) from error
    except Exception as error:  # it is an expression of the user's
        raise ConfigurationError(
            f"{what} cannot be evaluated ({type(error).__name__}: {error}): mend it, or give "
            f"input_type= and output_type="
        ) from error


__all__ = ["MISSING", "hint_of", "postponed_names", "signature_of"]
