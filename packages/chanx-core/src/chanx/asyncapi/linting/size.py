"""The check that a document may be walked through: parts that stand in many places multiply."""

from collections.abc import Iterator
from typing import Any, Final

from chanx.asyncapi.linting.finding import Finding, finding
from chanx.asyncapi.reading import Document
from chanx.asyncapi.walk import JsonArray, is_array, is_object

_MOST: Final = 200_000
"""Values. A document of a thousand handlers has a tenth of them."""


def check_size(document: Document) -> Iterator[Finding]:
    """What aliases of YAML repeat is not too much to be looked at."""
    sizes: dict[int, int] = {}
    written_out = _size(document, sizes)
    written = sum(1 + len(part) for part in _parts(document))
    if written_out > max(_MOST, 2 * written):
        yield finding(
            "repeated-parts",
            "",
            f"Written out without aliases, the document has {written_out:,} values.",
            "Give what is repeated a name in components, and refer to it.",
        )


def _size(value: object, sizes: dict[int, int]) -> int:
    """Return how many values a value is, itself and those within; each part is counted once."""
    if id(value) not in sizes:
        sizes[id(value)] = 1 + sum(_size(item, sizes) for item in _items(value))
    return sizes[id(value)]


def _parts(document: Document) -> JsonArray:
    """Return each object and array of a document once."""
    found: dict[int, Any] = {id(document): document}
    waiting: JsonArray = [document]
    while waiting:
        for item in _items(waiting.pop()):
            if (is_object(item) or is_array(item)) and id(item) not in found:
                found[id(item)] = item
                waiting.append(item)
    return list(found.values())


def _items(value: object) -> JsonArray:
    if is_object(value):
        return list(value.values())
    return value if is_array(value) else []


__all__ = ["check_size"]
