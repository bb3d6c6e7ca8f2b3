"""The official parser of AsyncAPI documents, which runs under Node.js."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chanx.asyncapi.walk import is_array, is_object
from tests.nodejs import node_to

Document = Mapping[str, Any]
NODE = Path(__file__).resolve().parents[1] / "node"
ADVERTISEMENT = "asyncapi-latest-version"
"""The parser's note about documents of 3.0.0 that there is a later version."""


def diagnostics(documents: Mapping[str, Document]) -> list[str]:
    """What the parser says of documents, by name, besides that there is a later version."""
    done = node_to("run the official AsyncAPI parser with")(
        [str(NODE / "parse.mjs")],
        return_completed_process=True,
        input=json.dumps(documents).encode(),
        capture_output=True,
        timeout=280,
    )
    assert done.returncode == 0, done.stderr
    return [
        f"{name}: {item['path']}: {item['code']}: {item['message']}"
        for name, items in json.loads(done.stdout).items()
        for item in items
        if item["code"] != ADVERTISEMENT
    ]


def merged(documents: Mapping[str, Document]) -> dict[str, Any]:
    """One document of all channels, operations and components, their keys behind a name each.

    The parser compiles the official schema for each document anew, which takes longer than all
    the rest together.
    """
    result: dict[str, Any] = {
        "asyncapi": "3.0.0",
        "info": {"title": "All", "version": "1"},
        "channels": {},
        "operations": {},
        "components": {},
    }
    for name, document in documents.items():
        for part in ("channels", "operations"):
            result[part] |= _named(document.get(part, {}), name)
        for kind, things in document.get("components", {}).items():
            result["components"].setdefault(kind, {}).update(_named(things, name))
    return result


def _named(things: Document, name: str) -> dict[str, Any]:
    return {f"{name}.{key}": _redirected(thing, name) for key, thing in things.items()}


def _redirected(value: Any, name: str) -> Any:
    if is_array(value):
        return [_redirected(item, name) for item in value]
    if not is_object(value):
        return value
    result = {key: _redirected(item, name) for key, item in value.items()}
    if isinstance(reference := result.get("$ref"), str):
        tokens = reference.split("/")
        at = 3 if tokens[1] == "components" else 2
        tokens[at] = f"{name}.{tokens[at]}"
        result["$ref"] = "/".join(tokens)
    return result
