"""A look at a document: what it finds, and what it learns of references."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from chanx.asyncapi.linting.finding import Finding, finding
from chanx.asyncapi.walk import JsonObject, is_array, is_object, pointer

Place: TypeAlias = tuple[Any, ...]
"""Where something stands: the place of what it is in, and its key there; ``()`` is the document."""


@dataclass(slots=True)
class Look:
    """One look at a document.

    Attributes:
        version: The document's version of AsyncAPI.
        findings: What is wrong.
        kinds: What the things that were seen are, by their ``id``.
        references: Each object with a ``$ref``, its place, and what it has to lead to.
        broken: What references that are wrong should lead to, such as ``message``.
    """

    version: object = "3.0.0"
    findings: list[Finding] = field(default_factory=list[Finding])
    kinds: dict[int, set[str]] = field(default_factory=dict[int, set[str]])
    references: list[tuple[JsonObject, Place, "Thing"]] = field(
        default_factory=list[tuple[JsonObject, Place, "Thing"]]
    )
    broken: set[str] = field(default_factory=set[str])

    def find(self, code: str, place: Place, message: str, hint: str) -> None:
        """Report something that is wrong.

        Args:
            code: Its code.
            place: Where it is.
            message: What is wrong.
            hint: How to repair it.
        """
        self.findings.append(finding(code, pointer_of(place), message, hint))

    def wrong_type(self, place: Place, value: object, wanted: str) -> None:
        """Report a value of a wrong type.

        Args:
            place: Where it is.
            value: The value.
            wanted: What it should be, with an article.
        """
        self.find("wrong-type", place, f"This is {_kind(value)}, not {wanted}.", f"Write {wanted}.")


Shape: TypeAlias = Callable[[Any, Place, Look], None]
"""Looks at a value at a place, and reports what is wrong with it."""


def pointer_of(place: Place) -> str:
    """Return the JSON pointer (RFC 6901) of a place.

    Args:
        place: The place.
    """
    keys: list[object] = []
    while place:
        place, key = place
        keys.append(key)
    return pointer(*reversed(keys))


def _kind(value: object) -> str:
    if is_object(value):
        return "an object"
    return "an array" if is_array(value) else repr(value)


class Thing:
    """Something that references may lead to.

    Args:
        name: What it is, such as ``message``.
        shape: What it looks like.
        is_reference_too: Whether what stands beside a ``$ref`` has to be right, too.
    """

    def __init__(self, name: str, shape: Shape, *, is_reference_too: bool = False) -> None:
        self.name = name
        self.shape = shape
        self.is_reference_too = is_reference_too

    def __call__(self, value: Any, place: Place, look: Look) -> None:
        """Look at such a thing, or at a reference to one."""
        if is_object(value) and "$ref" in value:
            self.reference(value, place, look)
            if not self.is_reference_too:
                return
        look.kinds.setdefault(id(value), set()).add(self.name)
        self.shape(value, place, look)

    def reference(self, value: Any, place: Place, look: Look) -> None:
        """Look at what has to be a reference to such a thing."""
        if not is_object(value):
            look.wrong_type(place, value, "an object with $ref")
        elif "$ref" not in value:
            look.broken.add(self.name)
            look.find("missing-key", place, "'$ref' is missing.", f"Refer to a {self.name}.")
        elif not isinstance(value["$ref"], str):
            look.wrong_type((place, "$ref"), value["$ref"], "a string")
        else:
            look.references.append((value, place, self))


__all__ = ["Look", "Place", "Shape", "Thing", "pointer_of"]
