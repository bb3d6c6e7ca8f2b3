"""What a user names on the command line, imported."""

import importlib
import inspect
import os
import sys
from collections.abc import Generator
from contextlib import contextmanager, redirect_stdout
from types import TracebackType
from typing import Any, Final

from chanx.cli.errors import CommandError
from chanx.core.errors import ChanxError
from chanx.core.hints import signature_of

_PASSED: Final = frozenset({__file__, importlib.__file__})
"""Files that no place of an error is in: they run the user's code."""


def import_target(name: str) -> Any:
    """Import the object that ``module:attribute`` names.

    Args:
        name: The module, a colon, and the attribute, which may be one of another: ``api:main.app``.

    Raises:
        CommandError: If there is no such module or attribute, or importing it fails.
    """
    module, colon, attribute = name.partition(":")
    if not (module and colon and attribute):
        raise CommandError(f"{name!r} names no application: write module:attribute, as in api:app.")
    with running_users_code(f"The module {module!r} cannot be imported"):
        found = _import(module)
    with running_users_code(f"{name!r} cannot be read"):
        return _attribute(found, module, attribute)


def is_factory(target: Any) -> bool:
    """Return whether a target is a function that is called without arguments, as no application is.

    Args:
        target: What was imported.
    """
    if not inspect.isfunction(target) or inspect.iscoroutinefunction(target):
        return False
    required = [
        parameter
        for parameter in signature_of(target).parameters.values()
        if parameter.default is parameter.empty
        and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    ]
    return not required


def call_factory(name: str, factory: Any) -> Any:
    """Return the application that a factory makes.

    Args:
        name: What the user called it.
        factory: The factory.

    Raises:
        CommandError: If it cannot be called without arguments, or fails.
    """
    if inspect.iscoroutinefunction(factory):
        raise CommandError(f"{name} is asynchronous: name a function that returns the application.")
    with running_users_code(f"{name} cannot be called"):
        return factory()


def use_current_directory() -> None:
    """Let modules of the current directory be imported, as ``python -m`` does."""
    if (here := os.getcwd()) not in sys.path:
        sys.path.insert(0, here)


def _import(module: str) -> Any:
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name and f"{module}.".startswith(f"{error.name}."):
            raise CommandError(f"There is no module {error.name!r} to import.") from error
        raise


def _attribute(found: Any, module: str, attribute: str) -> Any:
    for part in attribute.split("."):
        try:
            found = getattr(found, part)
        except AttributeError:
            raise CommandError(f"The module {module!r} has no {attribute!r}.") from None
    return found


@contextmanager
def running_users_code(failure: str) -> Generator[None]:
    """Make one line of whatever a user's modules and settings raise.

    What they print goes to the standard error: the standard output is the document's.

    Args:
        failure: What it means if they raise something.

    Raises:
        CommandError: In place of any exception that is none of chanx's own, nor the user's wish to
            interrupt.
    """
    try:
        with redirect_stdout(sys.stderr):
            yield
    except (ChanxError, KeyboardInterrupt):
        raise
    # It is not our code: it may raise anything, and modules that are scripts call sys.exit().
    except BaseException as error:
        place = _place(error.__traceback__)
        raise CommandError(f"{failure}: {_reason(error)}{place}") from error


def _reason(error: BaseException) -> str:
    kind = type(error).__name__
    try:
        text = str(error)
    except Exception:  # noqa: BLE001 - it is not our code either
        text = ""
    return f"{kind}: {text}" if text else kind


def _place(traceback: TracebackType | None) -> str:
    """Return where an exception was raised, as far as that is not here or in the import system."""
    place = ""
    while traceback is not None:
        name = traceback.tb_frame.f_code.co_filename
        if name not in _PASSED and not name.startswith("<frozen"):
            place = f" ({name}, line {traceback.tb_lineno})"
        traceback = traceback.tb_next
    return place


__all__ = [
    "call_factory",
    "import_target",
    "is_factory",
    "running_users_code",
    "use_current_directory",
]
