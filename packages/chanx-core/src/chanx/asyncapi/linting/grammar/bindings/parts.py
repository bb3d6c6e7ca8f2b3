"""What bindings of several kinds are made of."""

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from chanx.asyncapi.linting.grammar.look import Look, Place, Shape
from chanx.asyncapi.linting.grammar.schemas import inline_schema
from chanx.asyncapi.linting.grammar.shapes import integer, list_of, record, text
from chanx.asyncapi.walk import is_object

Versions: TypeAlias = Mapping[str, Shape]
"""The versions of a binding, the latest first: that is meant where none is given."""

Bindings: TypeAlias = Mapping[str, Versions]
"""The bindings of an object by protocol."""

natural: Final = integer(0)
positive_integer: Final = integer(1)
texts: Final = list_of(text)
UNSIGNED: Final = 2**32 - 1
"""The largest number of four bytes."""


def number_or_schema(least: int, most: int | None = None) -> Shape:
    """Return the shape of a whole number, or of a schema of one.

    Args:
        least: The smallest.
        most: The largest; None for any.
    """
    whole = integer(least, most)

    def check(value: Any, place: Place, look: Look) -> None:
        (inline_schema if is_object(value) or isinstance(value, bool) else whole)(
            value, place, look
        )

    return check


def chosen(shape: Shape, key: str, branches: Mapping[str, tuple[str, str]]) -> Shape:
    """Return a shape in which a value of one key says which others there are.

    Args:
        shape: The shape beside that.
        key: The key.
        branches: The key that each value needs and the one that it forbids, "" for none; as in the
            official schema, exactly one branch has to hold.
    """

    def check(value: Any, place: Place, look: Look) -> None:
        shape(value, place, look)
        if not is_object(value):
            return
        held = [
            chosen
            for chosen, (needed, forbidden) in branches.items()
            if value.get(key, chosen) == chosen
            and (not needed or needed in value)
            and (not forbidden or forbidden not in value)
        ]
        if len(held) != 1 and (key not in value or value[key] in [*branches]):
            told = "; ".join(
                f"{chosen!r} {f'with {needed}' if needed else ''}{f'without {ban}' if ban else ''}"
                for chosen, (needed, ban) in branches.items()
            )
            look.find(
                "wrong-value", place, f"{key!r} does not go with the other keys.", f"Write {told}."
            )

    return check


def binding(
    required: str = "",
    /,
    *,
    is_extensible: bool = True,
    more: Mapping[str, Shape] | None = None,
    **fields: Shape,
) -> Shape:
    """Return the shape of a binding.

    Args:
        required: The keys that it always has, with spaces between.
        is_extensible: Whether it may have ``x-`` keys.
        more: Fields whose keys are not names of Python.
        fields: The shapes of its values.
    """
    known = {"bindingVersion": text, **fields, **(more or {})}
    return record(required, is_extensible=is_extensible, more=known)


__all__ = [
    "UNSIGNED",
    "Bindings",
    "Versions",
    "binding",
    "chosen",
    "natural",
    "number_or_schema",
    "positive_integer",
    "texts",
]
