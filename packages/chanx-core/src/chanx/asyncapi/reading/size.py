"""How large a document is where parts of it stand in many places, as YAML's aliases make them."""

from typing import Any, Final

from chanx.asyncapi.walk import JsonArray, is_array, is_object

_MOST: Final = 200_000
"""Values. A document of a thousand handlers has a tenth of them."""


def too_many(document: object) -> int:
    """Return how many values a document has with each part in all its places, if it is too many.

    Aliases of aliases multiply: a kilobyte of them is more than anything could walk through.

    Args:
        document: The document, or a part of one.

    Returns:
        How many; 0 if it is not too many.
    """
    written_out = _size(document, {})
    written = sum(1 + len(part) for part in _parts(document))
    return written_out if written_out > max(_MOST, 2 * written) else 0


def _size(value: object, sizes: dict[int, int]) -> int:
    """Return how many values a value is, itself and those within; each part is counted once."""
    if id(value) not in sizes:
        sizes[id(value)] = 1 + sum(_size(item, sizes) for item in _items(value))
    return sizes[id(value)]


def _parts(document: object) -> JsonArray:
    """Return each object and array of a document once."""
    found: dict[int, Any] = {id(document): document}
    waiting: JsonArray = [document]
    while waiting:
        for item in _items(waiting.pop()):
            if (is_object(item) or is_array(item)) and id(item) not in found:
                found[id(item)] = item
                waiting.append(item)
    return [part for part in found.values() if is_object(part) or is_array(part)]


def _items(value: object) -> JsonArray:
    if is_object(value):
        return list(value.values())
    return value if is_array(value) else []


__all__ = ["too_many"]
