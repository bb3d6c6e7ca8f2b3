"""The runtime's files, as text: who writes a client need not have what it is used with."""

import ast
from functools import cache
from importlib.resources import files
from typing import Any, Final

_FOLDER: Final = "runtime"


@cache
def runtime_files() -> dict[str, str]:
    """Return the runtime's modules by the names of their files."""
    folder = files("chanx.asyncapi.clients.python") / _FOLDER
    found = [item for item in folder.iterdir() if item.name.endswith(".py")]
    return {
        item.name: item.read_text("utf-8") for item in sorted(found, key=lambda item: item.name)
    }


@cache
def shared_names() -> tuple[str, ...]:
    """Return what the runtime exports to those who use a client."""
    for node in ast.parse(runtime_files()["__init__.py"]).body:
        match node:
            case ast.Assign(targets=[ast.Name(id="__all__")], value=value):
                names: list[Any] = ast.literal_eval(value)
                return tuple(map(str, names))
            case _:
                pass
    raise LookupError("__all__")


@cache
def option_names() -> tuple[str, ...]:
    """Return the names of the options that every client has."""
    for node in ast.parse(runtime_files()["options.py"]).body:
        if isinstance(node, ast.ClassDef) and node.name == "Options":
            return tuple(
                item.target.id
                for item in node.body
                if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name)
            )
    raise LookupError("Options")


__all__ = ["option_names", "runtime_files", "shared_names"]
