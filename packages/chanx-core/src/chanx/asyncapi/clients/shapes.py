"""The types of values, as Python and TypeScript both have them.

What a JSON Schema says beyond, such as patterns and bounds, is the server's to check.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Kind: TypeAlias = Literal["string", "integer", "number", "boolean", "null"]
Plain: TypeAlias = str | int | float | bool | None
"""A value of JSON that is neither an array nor an object."""


@dataclass(frozen=True, slots=True)
class Anything:
    """Any value; also what cannot be said more exactly."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """No value is one."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """A value of one of JSON's types.

    Attributes:
        kind: The type.
        format: JSON Schema's ``format``, an annotation; "" for none.
    """

    kind: Kind
    format: str = ""


@dataclass(frozen=True, slots=True)
class Literals:
    """One of some values.

    Attributes:
        values: The values, in the order of the document, each once.
    """

    values: tuple[Plain, ...]


@dataclass(frozen=True, slots=True)
class ListOf:
    """An array.

    Attributes:
        items: What each of its items is.
    """

    items: "Shape"


@dataclass(frozen=True, slots=True)
class TupleOf:
    """An array whose first items are each of a type of its own.

    Attributes:
        items: What the first are. All of them are taken to be there.
        rest: What further ones are; None if there are none.
    """

    items: tuple["Shape", ...]
    rest: "Shape | None"


@dataclass(frozen=True, slots=True)
class MapOf:
    """An object with any names.

    Attributes:
        values: What each of its values is.
    """

    values: "Shape"


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of several.

    Attributes:
        parts: Two or more, none of which is a :class:`OneOf`.
    """

    parts: tuple["Shape", ...]


@dataclass(frozen=True, slots=True)
class Reference:
    """What a :class:`Declaration` says.

    Attributes:
        name: The declaration's.
    """

    name: str


@dataclass(frozen=True, slots=True)
class Default:
    """What the server takes a field to be that is not there.

    Attributes:
        value: The value, of JSON.
    """

    value: object


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A property of an object; also a parameter of the handshake.

    Attributes:
        name: As it is on the wire.
        shape: What it is, if it is there.
        is_required: Whether it is there always.
        default: What the document says of its absence; None for nothing.
        description: "" for none.
    """

    name: str
    shape: "Shape"
    is_required: bool
    default: Default | None = None
    description: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """An object with known names. Only a :class:`Declaration` has one.

    Attributes:
        fields: The known ones, in the order of the document.
        rest: What all others are; None if nothing is said of them.
    """

    fields: tuple[Field, ...]
    rest: "Shape | None" = None


Shape: TypeAlias = (
    Anything | Nothing | Scalar | Literals | ListOf | TupleOf | MapOf | OneOf | Reference
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """A type with a name.

    Attributes:
        name: In PascalCase; unique in the description, whatever the case.
        shape: What it is.
        description: "" for none.
        is_sent: Whether it is part of what a client sends.
        is_received: Whether it is part of what a client receives.
        pointer: Where the document describes it, a JSON pointer.
    """

    name: str
    shape: "Shape | Record"
    description: str
    is_sent: bool
    is_received: bool
    pointer: str


ANYTHING: Final = Anything()
NULL: Final = Scalar("null")


def one_of(*shapes: Shape) -> Shape:
    """Return what is one of several shapes, as simple as it can be said.

    Args:
        shapes: The shapes.

    Example:
        >>> one_of(Literals((1,)), Literals((2,)), Nothing())
        Literals(values=(1, 2))
    """
    parts: list[Shape] = []
    values: list[Plain] = []
    for shape in shapes:
        for part in shape.parts if isinstance(shape, OneOf) else (shape,):
            if isinstance(part, Anything):
                return ANYTHING
            if isinstance(part, Literals):
                if not values:
                    parts.append(part)  # where the values will stand
                values += [value for value in part.values if not _holds(values, value)]
            elif not isinstance(part, Nothing) and part not in parts:
                parts.append(part)
    parts = [Literals(tuple(values)) if isinstance(part, Literals) else part for part in parts]
    if not parts:
        return Nothing()
    return parts[0] if len(parts) == 1 else OneOf(tuple(parts))


def _holds(values: list[Plain], value: Plain) -> bool:
    """Return whether a value is among others. To Python, True is 1."""
    return any(value == other and type(value) is type(other) for other in values)


def within(shape: "Shape | Record") -> Iterator[Shape]:
    """Yield the shapes directly below one.

    Args:
        shape: The shape.
    """
    match shape:
        case ListOf(items):
            yield items
        case TupleOf(items, rest):
            yield from items
            if rest is not None:
                yield rest
        case MapOf(values):
            yield values
        case OneOf(parts):
            yield from parts
        case Record(fields, rest):
            yield from (field.shape for field in fields)
            if rest is not None:
                yield rest
        case _:
            pass


__all__ = [
    "ANYTHING",
    "NULL",
    "Anything",
    "Declaration",
    "Default",
    "Field",
    "Kind",
    "ListOf",
    "Literals",
    "MapOf",
    "Nothing",
    "OneOf",
    "Plain",
    "Record",
    "Reference",
    "Scalar",
    "Shape",
    "TupleOf",
    "one_of",
    "within",
]
