"""The types of a document before they have names."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from chanx.asyncapi.clients.shapes import ANYTHING, OneOf, Record, Reference, Shape, within


@dataclass(slots=True)
class Declared:
    """A type that will have a name. References in its shape have pointers as names.

    Attributes:
        wanted: The name that it would have if no other wanted it.
        surroundings: What stands around it, the nearest first; empty if it is a component.
        shape: What it is.
        description: "" for none.
    """

    wanted: str
    surroundings: tuple[str, ...]
    shape: Shape | Record = ANYTHING
    description: str = ""


def reached(declared: Mapping[str, Declared], shapes: Iterable[Shape]) -> set[str]:
    """Return the pointers of all types that shapes consist of.

    Args:
        declared: The types by their pointers.
        shapes: The shapes.
    """
    found, waiting = set[str](), list[Shape | Record](shapes)
    while waiting:
        shape = waiting.pop()
        if not isinstance(shape, Reference):
            waiting += within(shape)
        elif shape.name not in found:
            found.add(shape.name)
            waiting.append(declared[shape.name].shape)
    return found


def names_of(
    declared: Mapping[str, Declared], shape: Shape, seen: frozenset[str] = frozenset()
) -> frozenset[str]:
    """Return the properties of an object, whichever of several it is; none if it may be no object.

    Args:
        declared: The types by their pointers.
        shape: The shape.
        seen: The pointers that led to it.
    """
    if record := record_of(declared, shape):
        return frozenset(field.name for field in record.fields)
    found: Shape | Record = shape
    while isinstance(found, Reference) and found.name not in seen:
        seen |= {found.name}
        found = declared[found.name].shape
    if not isinstance(found, OneOf):
        return frozenset()
    first, *others = (names_of(declared, part, seen) for part in found.parts)
    return first.intersection(*others)


def record_of(declared: Mapping[str, Declared], shape: Shape) -> Record | None:
    """Return what an object of a shape has; None if it is not an object with known names.

    Args:
        declared: The types by their pointers.
        shape: The shape.
    """
    found: Shape | Record = shape
    seen = set[str]()
    while isinstance(found, Reference) and found.name not in seen:
        seen.add(found.name)
        found = declared[found.name].shape
    return found if isinstance(found, Record) else None


__all__ = ["Declared", "names_of", "reached", "record_of"]
