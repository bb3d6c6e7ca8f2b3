"""The kinds of shape of which the grammar of AsyncAPI is made."""

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from chanx.asyncapi.linting.grammar.look import Look, Place, Shape
from chanx.asyncapi.validation import equality_key
from chanx.asyncapi.walk import is_array, is_object

_EXTENSION: Final = re.compile(r"x-[A-Za-z0-9_.-]+")


def anything(value: Any, place: Place, look: Look) -> None:
    """Take any value."""


def leaf(wanted: str, is_right: Callable[[Any], bool]) -> Shape:
    """Return the shape of a value by a test.

    Args:
        wanted: What it is, with an article.
        is_right: The test.
    """

    def check(value: Any, place: Place, look: Look) -> None:
        if not is_right(value):
            look.wrong_type(place, value, wanted)

    return check


def _is_integer(value: object) -> bool:
    if isinstance(value, float):
        return value.is_integer()
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


text: Final = leaf("a string", lambda value: isinstance(value, str))
boolean: Final = leaf("true or false", lambda value: isinstance(value, bool))
number: Final = leaf("a number", _is_number)
any_object: Final = leaf("an object", is_object)
any_array: Final = leaf("an array", is_array)


def matching(code: str, wanted: str, is_right: Callable[[str], bool]) -> Shape:
    """Return the shape of a text by a test.

    Args:
        code: The code of what is found.
        wanted: What it is, with an article.
        is_right: The test.
    """

    def check(value: Any, place: Place, look: Look) -> None:
        if not isinstance(value, str):
            look.wrong_type(place, value, "a string")
        elif not is_right(value):
            look.find(code, place, f"{value!r} is not {wanted}.", "Correct it.")

    return check


def positive(value: Any, place: Place, look: Look) -> None:
    """Take a number above 0."""
    number(value, place, look)
    if isinstance(value, int | float) and value <= 0:
        look.find("wrong-value", place, f"{value} is too small.", "It has to be above 0.")


def integer(least: int | None = None, most: int | None = None) -> Shape:
    """Return the shape of a whole number.

    Args:
        least: The smallest; None for any.
        most: The largest; None for any.
    """

    def check(value: Any, place: Place, look: Look) -> None:
        if not _is_integer(value):
            look.wrong_type(place, value, "a whole number")
        elif least is not None and value < least:
            look.find("wrong-value", place, f"{value} is too small.", f"The least is {least}.")
        elif most is not None and value > most:
            look.find("wrong-value", place, f"{value} is too large.", f"The most is {most}.")

    return check


def sized(least: int, most: int) -> Shape:
    """Return the shape of a text of some length.

    Args:
        least: The shortest, in characters.
        most: The longest.
    """
    return matching(
        "wrong-value",
        f"of {least} to {most} characters",
        lambda value: least <= len(value) <= most,
    )


def one_of(*values: str | int) -> Shape:
    """Return the shape of a value out of several.

    Args:
        values: The values, all of one type.
    """
    kind = type(values[0])
    wanted = "a string" if kind is str else "a whole number"

    def check(value: Any, place: Place, look: Look) -> None:
        if not isinstance(value, kind) or isinstance(value, bool):
            look.wrong_type(place, value, wanted)
        elif value not in values:
            known = ", ".join(map(str, values))
            hint = nearest(str(value), map(str, values)) or f"Write one of {known}."
            look.find("wrong-value", place, f"{value!r} is not known here.", hint)

    return check


def nearest(name: str, known: Iterable[str]) -> str:
    """Return "Did you mean ...?" for a misspelt name; "" if it is not near to any.

    Args:
        name: What is written.
        known: What may be.
    """
    found = nearest_of(name, known)
    return f"Did you mean {found}?" if found else ""


def nearest_of(name: str, known: Iterable[str]) -> str:
    """Return what a misspelt name may mean; "" if it is not near to any.

    Args:
        name: What is written.
        known: What may be.
    """
    return next(iter(difflib.get_close_matches(name, [*known], 1, 0.75)), "")


def list_of(item: Shape, *, least: int = 0, is_set: bool = False) -> Shape:
    """Return the shape of an array.

    Args:
        item: The shape of its items.
        least: How many there are at least.
        is_set: Whether none stands twice.
    """

    def check(value: Any, place: Place, look: Look) -> None:
        if not is_array(value):
            look.wrong_type(place, value, "an array")
            return
        for index, part in enumerate(value):
            item(part, (place, index), look)
        if len(value) < least:
            look.find("wrong-value", place, "The array is empty.", "Fill it, or remove it.")
        if is_set and len(set(map(equality_key, value))) < len(value):
            look.find("wrong-value", place, "An item stands twice.", "Remove one of the two.")

    return check


def map_of(item: Shape) -> Shape:
    """Return the shape of an object whose keys are names.

    Args:
        item: The shape of its values.
    """

    def check(value: Any, place: Place, look: Look) -> None:
        if not is_object(value):
            look.wrong_type(place, value, "an object")
            return
        for name, part in value.items():
            item(part, (place, name), look)

    return check


@dataclass(frozen=True, slots=True)
class Record:
    """The shape of an object whose keys are known.

    Attributes:
        fields: The shapes of its values, by key.
        required: The keys that it always has.
        is_open: Whether it may have others.
        is_extensible: Whether it may have ``x-`` keys.
        former: What keys of AsyncAPI 2 are called now, by their old names.
    """

    fields: Mapping[str, Shape]
    required: tuple[str, ...] = ()
    is_open: bool = False
    is_extensible: bool = True
    former: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])

    def __call__(self, value: Any, place: Place, look: Look) -> None:
        """Look at a value."""
        if not is_object(value):
            look.wrong_type(place, value, "an object")
            return
        meant: set[str] = set()
        for name, part in value.items():
            shape = self.fields.get(name)
            if shape is not None:
                shape(part, (place, name), look)
            elif not self.is_open and not self._is_extension(name):
                meant.update(self.former.get(name) or [nearest_of(name, self.fields)])
                look.find(
                    "unknown-key", (place, name), f"{name!r} is not known here.", self._hint(name)
                )
        for name in self.required:
            if name not in value and name not in meant:
                look.find("missing-key", place, f"{name!r} is missing.", "Add it.")

    def _hint(self, name: str) -> str:
        if name in self.former:
            return f"Write {' and '.join(self.former[name])}: {name} is AsyncAPI 2's."
        return nearest(name, self.fields) or "Remove it, or begin it with x-."

    def _is_extension(self, name: str) -> bool:
        return self.is_extensible and _EXTENSION.fullmatch(name) is not None


def record(
    required: str = "",
    /,
    *,
    is_open: bool = False,
    is_extensible: bool = True,
    more: Mapping[str, Shape] | None = None,
    former: Mapping[str, tuple[str, ...]] | None = None,
    **fields: Shape,
) -> Record:
    """Return the shape of an object whose keys are known.

    Args:
        required: The keys that it always has, with spaces between.
        is_open: Whether it may have others.
        is_extensible: Whether it may have ``x-`` keys.
        more: Fields whose keys are not names of Python.
        former: What keys of AsyncAPI 2 are called now, by their old names.
        fields: The shapes of its values.
    """
    known = {**fields, **(more or {})}
    return Record(known, tuple(required.split()), is_open, is_extensible, former or {})


__all__ = [
    "Record",
    "any_array",
    "any_object",
    "anything",
    "boolean",
    "integer",
    "leaf",
    "list_of",
    "map_of",
    "matching",
    "nearest",
    "nearest_of",
    "number",
    "one_of",
    "positive",
    "record",
    "sized",
    "text",
]
