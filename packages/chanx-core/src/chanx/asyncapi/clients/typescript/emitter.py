"""Clients in TypeScript: the files of a folder."""

import json
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Final

from chanx.asyncapi.clients import typescript
from chanx.asyncapi.clients.description import Description
from chanx.asyncapi.clients.emitting import LICENSE, EmitOptions, header
from chanx.asyncapi.clients.typescript.client import ClientWriter, prefixes
from chanx.asyncapi.clients.typescript.types import types_text

_RELATIVE: Final = re.compile(r'(from|import\() ?"(\.[^"]*)\.(?:ts|js)"')


def emit(description: Description, options: EmitOptions) -> dict[str, str]:
    """Return the files of a client, by their paths in its folder.

    Args:
        description: What the client does.
        options: How they are to look.

    Example:
        >>> from chanx.asyncapi.clients import describe
        >>> document = {"asyncapi": "3.0.0", "info": {"title": "Chat", "version": "1"}}
        >>> options = EmitOptions(name="chat", version="1", runtime="@chat/runtime")
        >>> sorted(emit(describe(document), options))
        ['client.ts', 'index.ts', 'types.ts']
    """
    written = _written_javascript if options.javascript else _written_typescript
    texts = dict(written(description, options))
    head = "".join(f"// {line}\n" for line in header(description, options))
    result = {path: f"{head}\n{text}" for path, text in texts.items()}
    if options.runtime is None:
        result |= {f"runtime/{name}": text for name, text in _runtime(options)}
    if options.package:
        result["package.json"] = _package(description, options)
    return dict(sorted(result.items()))


def _extension(options: EmitOptions) -> str:
    if options.javascript:
        return ".js"
    return "" if options.import_extension == "none" else f".{options.import_extension}"


def _runtime_import(options: EmitOptions) -> str:
    if options.runtime is None:
        return f"./runtime/index{_extension(options)}"
    if options.runtime.startswith("."):
        return f"{options.runtime.rstrip('/')}/index{_extension(options)}"
    return options.runtime


def _writer(description: Description, options: EmitOptions) -> ClientWriter:
    return ClientWriter(
        description, runtime=_runtime_import(options), types=f"./types{_extension(options)}"
    )


def _written_typescript(
    description: Description, options: EmitOptions
) -> Iterator[tuple[str, str]]:
    extension = _extension(options)
    yield "types.ts", types_text(description, prefixes(description))
    yield "client.ts", _writer(description, options).source()
    yield (
        "index.ts",
        f'export * from "./client{extension}";\n'
        f'export type * from "./types{extension}";\n'
        f'export * from "{_runtime_import(options)}";\n',
    )


def _written_javascript(
    description: Description, options: EmitOptions
) -> Iterator[tuple[str, str]]:
    writer = _writer(description, options)
    runtime = f'export * from "{_runtime_import(options)}";\n'
    client = 'export * from "./client.js";\n'
    yield "types.d.ts", types_text(description, prefixes(description))
    yield "client.js", writer.javascript()
    yield "client.d.ts", writer.declarations()
    yield "index.js", client + runtime
    yield "index.d.ts", f'{client}export type * from "./types.js";\n{runtime}'


def _runtime(options: EmitOptions) -> Iterator[tuple[str, str]]:
    link = rf'\1 "\2{_extension(options)}"'
    for name, text in runtime_files("compiled" if options.javascript else "runtime").items():
        linked = _RELATIVE.sub(link, text)
        yield name, f"// The runtime of chanx's clients. {LICENSE}\n\n{linked}"


@cache
def runtime_files(folder: str) -> dict[str, str]:
    """Return the files of the runtime, by name.

    Args:
        folder: ``runtime`` for TypeScript, ``compiled`` for JavaScript and declarations.
    """
    found = files(typescript).joinpath(folder)
    return {
        item.name: item.read_text(encoding="utf-8")
        for item in sorted(found.iterdir(), key=lambda item: item.name)
        if item.name.endswith((".ts", ".js"))
    }


def _package(description: Description, options: EmitOptions) -> str:
    words = re.sub(r"[^a-z0-9]+", "-", description.title.lower()).strip("-") or "api"
    version = description.version
    source = "./index.js" if options.javascript else "./index.ts"
    entry: dict[str, object] = {"types": "./index.d.ts"} if options.javascript else {}
    content = {
        "name": f"{words}-client",
        "version": version if re.fullmatch(r"\d+\.\d+\.\d+", version) else "0.0.0",
        "license": "0BSD",
        "type": "module",
        "sideEffects": False,
        "exports": {".": {**entry, "default": source}},
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


__all__ = ["emit", "runtime_files"]
