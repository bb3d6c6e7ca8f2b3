"""Checks of versions, keys, references and what nothing refers to."""

import re
from collections.abc import Iterator
from typing import Any, Final

from chanx.asyncapi.linting.finding import Document, Finding, pointer
from chanx.asyncapi.linting.places import components, nodes
from chanx.asyncapi.walk import resolve, tokens_of

_KEY: Final = re.compile(r"[A-Za-z0-9._-]+")


def check_version(document: Document) -> Iterator[Finding]:
    """The document is one of AsyncAPI 3."""
    version = str(document.get("asyncapi", ""))
    if not version.startswith("3."):
        yield Finding(
            "version",
            "/asyncapi",
            "error",
            f"The version is {version!r}.",
            "These checks are for AsyncAPI 3; convert older documents first.",
        )


def check_keys(document: Document) -> Iterator[Finding]:
    """Keys are ``[A-Za-z0-9._-]`` (AsyncAPI 3.0, Components Object)."""
    parts = {key: document.get(key, {}) for key in ("channels", "operations", "servers")}
    places: list[tuple[tuple[str, ...], Any]] = [((key,), part) for key, part in parts.items()]
    places += [(("components", key), part) for key, part in components(document).items()]
    for keys, part in places:
        for name in part:
            if not _KEY.fullmatch(str(name)):
                yield Finding(
                    "key-pattern",
                    pointer(*keys, name),
                    "error",
                    f"The key {name!r} has other characters than A-Z a-z 0-9 . _ -.",
                    "Rename it.",
                )


def check_references(document: Document) -> Iterator[Finding]:
    """References within the document lead somewhere, and nothing stands beside them."""
    for at, node in nodes(document):
        reference = node.get("$ref")
        if not isinstance(reference, str):
            continue
        if len(node) > 1:
            beside = ", ".join(sorted(node.keys() - {"$ref"}))
            yield Finding(
                "reference-siblings",
                at,
                "warning",
                f"Beside $ref stand {beside}, which tools ignore.",
                "Wrap the reference: allOf: [{$ref: ...}] in schemas.",
            )
        if reference.startswith("#") and not _leads_somewhere(document, reference):
            yield Finding(
                "dangling-reference",
                f"{at}/$ref",
                "error",
                f"{reference} leads nowhere.",
                "Correct the reference, or add what it means.",
            )


def _leads_somewhere(document: Document, reference: str) -> bool:
    try:
        resolve(document, reference)
    except LookupError:
        return False
    return True


def check_unused(document: Document) -> Iterator[Finding]:
    """Everything in components is referred to from outside of components, directly or not."""
    inside = components(document)
    outside = {key: value for key, value in document.items() if key != "components"}
    used: set[tuple[str, str]] = set()
    waiting = _references(outside)
    while waiting:
        _, kind, name, *_ = [*tokens_of(waiting.pop()), "", ""]
        if (kind, name) not in used:
            used.add((kind, name))
            waiting += _references(inside.get(kind, {}).get(name))
    for kind, part in inside.items():
        for name in part:
            if (kind, name) not in used:
                yield Finding(
                    "unused-component",
                    pointer("components", kind, name),
                    "warning",
                    "Nothing refers to it.",
                    "Remove it, or refer to it.",
                )


def _references(value: Any) -> list[str]:
    found = (node.get("$ref") for _, node in nodes(value))
    return [item for item in found if isinstance(item, str) and item.startswith("#/components/")]


CHECKS: Final = (check_version, check_keys, check_references, check_unused)

__all__ = ["CHECKS"]
