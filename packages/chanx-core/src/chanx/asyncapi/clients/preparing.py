"""Anybody's document, made ready to be described: patched, of one piece, with a role."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from chanx.asyncapi.reading.files import KEY, ReadFile, join, name_of
from chanx.asyncapi.walk import is_array, is_object, object_of, pointer, resolve

Role: TypeAlias = Literal["server", "client"]
"""Whom a document describes."""

_DATA: Final = frozenset({"const", "default", "enum", "example", "examples"})
"""Keys under which no references stand."""


@dataclass(frozen=True, slots=True)
class Dangling:
    """A reference that leads nowhere.

    Attributes:
        pointer: Where it stands, a JSON pointer.
        reference: As it was written.
        reason: Why.
    """

    pointer: str
    reference: str
    reason: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document that can be described.

    Attributes:
        document: The document, of one piece.
        dangling: What it refers to that is not there, in its order.
    """

    document: dict[str, Any]
    dangling: tuple[Dangling, ...]


def prepare(
    document: Mapping[str, Any],
    *,
    read_file: ReadFile,
    patch: Any = None,
    role: Role | None = None,
) -> Prepared:
    """Return a document of one piece.

    Args:
        document: The document.
        read_file: Returns the contents of another file, by its path relative to the document.
        patch: A JSON merge patch (RFC 7396) that is applied first; None for none. What it has under
            ``x-files``, by their paths, is of other files.
        role: Whom the document describes; None for what ``info.x-perspective`` says.

    Example:
        >>> given = {"info": {"title": "Chat"}, "channels": {"room": {"$ref": "gone.yaml#/room"}}}
        >>> prepare(given, read_file={}.__getitem__).dangling[0].pointer
        '/channels/room'
    """
    patched = document if patch is None else object_of(merge_patch(document, patch))
    joined = join(patched, read_file)
    made = joined.document
    if patch is not None and (of_files := object_of(patch).get(KEY)):
        made = object_of(merge_patch(made, {KEY: of_files}))
    if role is not None:
        info = {**object_of(made.get("info"))}
        info.pop("x-perspective", None)
        made = {**made, "info": info | ({"x-perspective": role} if role == "client" else {})}
    reasons = dict(joined.missing)
    return Prepared(made, tuple(_dangling(made, reasons)))


def merge_patch(target: Any, patch: Any) -> Any:
    """Return what a JSON merge patch makes of a value (RFC 7396, 2).

    Args:
        target: The value.
        patch: The patch; null in an object takes away.

    Example:
        >>> merge_patch({"a": 1, "b": 2}, {"b": None, "c": {"d": None, "e": 3}})
        {'a': 1, 'c': {'e': 3}}
    """
    if not is_object(patch):
        return patch
    merged: dict[str, Any] = {**target} if is_object(target) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = merge_patch(merged.get(key), value)
    return merged


def _dangling(document: dict[str, Any], missing: Mapping[str, str]) -> Iterator[Dangling]:
    known: dict[str, bool] = {}
    waiting: list[tuple[Any, str]] = [(document, "")]
    while waiting:
        value, at = waiting.pop()
        if is_array(value):
            waiting += [(item, f"{at}/{index}") for index, item in enumerate(value)][::-1]
            continue
        if not is_object(value):
            continue
        reference = value.get("$ref")
        if isinstance(reference, str) and not at.endswith("/properties"):
            if reference not in known:
                known[reference] = _leads_somewhere(document, reference)
            if not known[reference]:
                yield Dangling(at, name_of(reference), _reason(reference, missing))
        waiting += [(item, at + pointer(key)) for key, item in value.items() if key not in _DATA][
            ::-1
        ]


def _leads_somewhere(document: dict[str, Any], reference: str) -> bool:
    if reference == "#":
        return True
    try:
        resolve(document, reference)
    except LookupError:
        return False
    return True


def _reason(reference: str, missing: Mapping[str, str]) -> str:
    if "://" in reference.partition("#")[0]:
        return "references to other hosts are not followed: keep a copy, and refer to that"
    file = name_of(reference).partition("#")[0]
    return missing.get(file, "it leads nowhere")


__all__ = ["Dangling", "Prepared", "Role", "merge_patch", "prepare"]
