"""Values of JSON as JavaScript is written."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from chanx.asyncapi.clients.typescript.layout import (
    HARD,
    LINE,
    TAB,
    After,
    Group,
    Indent,
    Layout,
    bracketed,
    join,
    width_of,
)
from chanx.asyncapi.walk import array_of, is_array, is_object, object_of

_IDENTIFIER: Final = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*\Z")
_SHORT: Final = TAB + 3
"""Below this many columns, breaking a line after a property's name gains nothing."""


def text_literal(text: str) -> str:
    """Return a text in the quotes that need fewer escapes.

    Args:
        text: The text.

    Example:
        >>> print(text_literal("a"), text_literal('"a"'), text_literal("a\\n'b'"))
        "a" '"a"' "a\\n'b'"
    """
    escaped = json.dumps(text, ensure_ascii=False)[1:-1]
    escaped = escaped.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    escaped = re.sub(r"[\x7f-\x9f\ud800-\udfff\ufeff]", _escape, escaped)
    if text.count('"') > text.count("'"):
        plain = escaped.replace('\\"', '"').replace("'", "\\'")
        return f"'{plain}'"
    return f'"{escaped}"'


def _escape(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"


def property_name(name: str) -> str:
    """Return a property's name, in quotes only where it needs them.

    Args:
        name: The name.
    """
    return name if _IDENTIFIER.match(name) else text_literal(name)


def literal(value: Any) -> str:
    """Return a scalar as JavaScript has it.

    Args:
        value: A text, a number, true, false or None.
    """
    return text_literal(value) if isinstance(value, str) else json.dumps(value)


def value_layout(value: Any) -> Layout:
    """Return a value of JSON as JavaScript has it.

    Args:
        value: The value. The keys of objects may be integers too.
    """
    if is_object(value):
        return object_layout(value) if value else "{}"
    if is_array(value):
        group = bracketed("[", [value_layout(item) for item in value], "]")
        return Group(group.contents, is_broken=_is_table(value))
    return literal(value)


def object_layout(value: Mapping[Any, Any], *, is_broken: bool = False) -> Layout:
    """Return an object.

    Args:
        value: The object, with an entry at least.
        is_broken: Whether each property has a line of its own, even if all fit on one.
    """
    properties = [_property(key, item) for key, item in value.items()]
    if not is_broken:
        return bracketed("{", properties, "}", space=True)
    lines: Layout = [HARD, join([",", HARD], properties), ","]
    return ["{", Indent(lines), HARD, "}"]


def _property(key: Any, value: Any) -> Layout:
    name = str(key) if isinstance(key, int) else property_name(key)
    if isinstance(value, str) and width_of(name) >= _SHORT:
        return Group([name, ":", Indent([LINE, value_layout(value)])])
    after = value_layout(value)
    return [name, ": ", after] if width_of(name) < _SHORT else [name, ":", After(after)]


def _is_table(value: Sequence[Any]) -> bool:
    """Return whether prettier gives each item of an array a line of its own."""
    return len(value) > 1 and len(set(map(type, value))) == 1 and all(map(_is_long, value))


def _is_long(item: Any) -> bool:
    return max(len(object_of(item)), len(array_of(item))) > 1


__all__ = ["literal", "object_layout", "property_name", "text_literal", "value_layout"]
