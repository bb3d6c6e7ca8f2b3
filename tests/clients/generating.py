"""Clients in Python, made and imported by tests."""

import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from chanx.asyncapi.clients import describe
from chanx.asyncapi.clients.emitting import EmitOptions
from chanx.asyncapi.clients.python.emitter import emit

RUNTIME = "chanx.asyncapi.clients.python.runtime"


def written(document: Mapping[str, Any], folder: Path, runtime: str | None = None) -> None:
    """Write the client of a document into a folder, by default with a copy of the runtime."""
    options = EmitOptions(name=folder.name, version="0.1.0", runtime=runtime)
    for name, text in emit(describe(document), options).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def imported(document: Mapping[str, Any], folder: Path) -> ModuleType:
    """Write the client of a document, and import it; its name is to be its own in the process.

    Its runtime is the one that others have a copy of, so that what tests reach of it counts.
    """
    written(document, folder, RUNTIME)
    sys.path.insert(0, str(folder.parent))
    try:
        return import_module(folder.name)
    finally:
        sys.path.remove(str(folder.parent))
