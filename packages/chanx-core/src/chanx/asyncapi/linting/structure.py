"""Checks of versions, keys and what nothing refers to."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from chanx.asyncapi.linting.finding import Finding, finding
from chanx.asyncapi.reading import Contents, Document
from chanx.asyncapi.walk import (
    SCHEMA_KEYWORDS,
    JsonObject,
    escaped,
    is_array,
    is_object,
    object_of,
    pointer,
    tokens_of,
)

_KEY: Final = re.compile(r"[A-Za-z0-9._-]+")

_VERSIONS: Final = ("3.0.0", "3.1.0")

_NAMED: Final = frozenset(
    {
        "channels",
        "definitions",
        "dependencies",
        "correlationIds",
        "messages",
        "messageTraits",
        "operations",
        "operationTraits",
        "parameters",
        "patternProperties",
        "properties",
        "replies",
        "schemas",
        "securitySchemes",
        "servers",
        "variables",
    }
)
"""Keys below which the keys are names."""

_Component: TypeAlias = tuple[str, str]
"""The kind and the name of a component."""

_SCHEMAS: Final = SCHEMA_KEYWORDS | {"x-cookies", "x-schema"}
"""Keys below which schemas stand."""

_DATA: Final = frozenset({"const", "default", "enum", "examples"})


def check_version(contents: Contents) -> Iterator[Finding]:
    """The version of AsyncAPI is one that there is."""
    version = contents.document.get("asyncapi", "3.0.0")  # where it is missing, that is found
    if version not in _VERSIONS:
        yield finding(
            "version",
            "/asyncapi",
            f"The version is {version!r}.",
            f"These checks are for {' and '.join(_VERSIONS)}; convert older documents first.",
        )


def check_keys(contents: Contents) -> Iterator[Finding]:
    """Keys are ``[A-Za-z0-9._-]`` (AsyncAPI 3.0, Components Object)."""
    parts = {key: contents.document.get(key, {}) for key in ("channels", "operations", "servers")}
    places: list[tuple[tuple[str, ...], Any]] = [((key,), part) for key, part in parts.items()]
    places += [(("components", key), part) for key, part in _components(contents.document).items()]
    for keys, part in places:
        for name in part:
            if not _KEY.fullmatch(str(name)):
                yield finding(
                    "key-pattern",
                    pointer(*keys, name),
                    f"The key {name!r} has other characters than A-Z a-z 0-9 . _ -.",
                    "Rename it.",
                )


def check_unused(contents: Contents) -> Iterator[Finding]:
    """Everything in components is referred to from outside of components, directly or not."""
    inside = _components(contents.document)
    outside = {key: value for key, value in contents.document.items() if key != "components"}
    referred = {
        (kind, name): _references(item)
        for kind, things in inside.items()
        for name, item in things.items()
    }
    used = _reached(_references(outside), referred)
    unused = [one for one in referred if one not in used]
    within = {other for one in unused for other in referred[one] if other != one}
    # What only something unused refers to is told with that.
    for one in sorted(unused, key=within.__contains__):
        if one not in used:
            used |= _reached([one], referred)
            yield finding(
                "unused-component",
                pointer("components", *one),
                "Nothing refers to it." if one not in within else "Nothing that is used does.",
                "Remove it, or refer to it.",
            )


def _reached(
    waiting: Iterable[_Component], referred: Mapping[_Component, list[_Component]]
) -> set[_Component]:
    """Return the components that others lead to, these among them."""
    reached: set[_Component] = set()
    left = [*waiting]
    while left:
        if (one := left.pop()) not in reached:
            reached.add(one)
            left += referred.get(one, [])
    return reached


def _references(value: object) -> list[_Component]:
    """Return the components that a part of a document refers to."""
    found = (node.get("$ref") for _, node in _nodes(value))
    tokens = (tokens_of(item) for item in found if isinstance(item, str))
    return [(item[1], item[2]) for item in tokens if item[:1] == ["components"] and len(item) > 2]


def _nodes(value: object, at: str = "", is_named: bool = False) -> Iterator[tuple[str, JsonObject]]:
    """Yield every object of a document that is not data, with its JSON pointer.

    Args:
        value: The document, or a part of it.
        at: The pointer of the part.
        is_named: Whether the keys of the part are names.
    """
    if is_array(value):
        for index, item in enumerate(value):
            yield from _nodes(item, f"{at}/{index}")
    elif is_object(value):
        if not is_named:
            yield at, value
        for key, item in value.items():
            if is_named or key in _SCHEMAS or not (key in _DATA or key.startswith("x-")):
                below = not is_named and key in _NAMED
                yield from _nodes(item, f"{at}/{escaped(key)}", below)


def _components(document: Document) -> dict[str, JsonObject]:
    """Return the components of a document by kind, without extensions."""
    found = object_of(document.get("components"))
    return {
        kind: things
        for kind, things in found.items()
        if not kind.startswith("x-") and is_object(things)
    }


CHECKS: Final = (check_version, check_keys, check_unused)

__all__ = ["CHECKS", "check_keys", "check_unused", "check_version"]
