"""Shapes as annotations of Python."""

from collections.abc import Mapping
from typing import Any, Final

from chanx.asyncapi.clients.python.layout import literal, union
from chanx.asyncapi.clients.shapes import (
    Anything,
    Field,
    ListOf,
    Literals,
    MapOf,
    Nothing,
    OneOf,
    Record,
    Reference,
    Scalar,
    Shape,
    TupleOf,
)

_SCALARS: Final[Mapping[str, str]] = {
    "string": "str",
    "integer": "int",
    "number": "float",
    "boolean": "bool",
    "null": "None",
}
_FORMATS: Final[Mapping[str, str]] = {"date-time": "AwareDatetime", "date": "Date"}
_DEFAULTS: Final[Mapping[str, tuple[type, ...]]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}


class Annotations:
    """Spells shapes.

    Args:
        is_uuid_checked: Whether texts of the format ``uuid`` are ``UUID``.
        prefix: What stands before the names of types.
    """

    def __init__(self, *, is_uuid_checked: bool = False, prefix: str = "") -> None:
        self._is_uuid_checked = is_uuid_checked
        self._prefix = prefix

    def of(self, shape: Shape | Record) -> str:
        """Return a shape as an annotation.

        Args:
            shape: The shape.
        """
        match shape:
            case Anything() | Record():
                return "Any"
            case Nothing():
                return "Never"
            case Scalar(kind, form):
                if form == "uuid" and self._is_uuid_checked:
                    return "UUID"
                return _FORMATS.get(form, "str") if kind == "string" else _SCALARS[kind]
            case Literals(values):
                return self._literals(values)
            case ListOf(items):
                return f"list[{self.of(items)}]"
            case TupleOf(items, None):
                return f"tuple[{', '.join(map(self.of, items))}]"
            case TupleOf(items, rest):
                # Pydantic knows no tuple that goes on with others.
                return f"list[{self._union([*items, *([rest] if rest else [])])}]"
            case MapOf(values):
                return f"dict[str, {self.of(values)}]"
            case OneOf(parts):
                return self._union(parts)
            case Reference(name):
                return f"{self._prefix}{name}"

    def optional(self, shape: Shape) -> str:
        """Return the annotation of a value of a shape, or of None.

        Args:
            shape: The shape.
        """
        spelled = self.of(shape)
        if spelled == "Any" or spelled == "None" or spelled.endswith(" | None"):
            return spelled
        return f"{spelled} | None"

    def _union(self, parts: Any) -> str:
        spelled = [self.of(part) for part in parts]
        if "Any" in spelled:
            return "Any"
        flat = [part for item in spelled for part in ([item] if "[" in item else item.split(" | "))]
        return union([*(part for part in flat if part != "None"), *(["None"] * ("None" in flat))])

    def _literals(self, values: tuple[Any, ...]) -> str:
        texts = [value for value in values if isinstance(value, str | int) or value is None]
        spelled = [] if not texts else [f"Literal[{', '.join(map(literal, texts))}]"]
        if len(texts) < len(values):  # there are no literals of floats
            spelled.append("float")
        return "None" if values == (None,) else union(spelled)


def default_of(field: Field) -> str | None:
    """Return the default of a field as Python spells it; None if Python has none of its type.

    Args:
        field: The field.
    """
    if field.default is None:
        return None
    value = field.default.value
    parts = field.shape.parts if isinstance(field.shape, OneOf) else (field.shape,)
    for part in parts:
        match part:
            case Scalar(kind, form) if not form and type(value) in _DEFAULTS[kind]:
                return literal(value)
            case Literals(values) if any(
                value == one and type(value) is type(one) for one in values
            ):
                return literal(value)
            case _:
                pass
    return None


__all__ = ["Annotations", "default_of"]
