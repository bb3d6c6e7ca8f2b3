"""Which messages may be validated from a parsed frame instead of from its text.

Every frame is parsed once, to find repeated keys, its action and its ref. pydantic takes the
result as it takes the text, unless the schema tells the two apart; then the text is validated,
which parses it again.
"""

from typing import Final

from pydantic_core import CoreSchema

from chanx.core.core_schemas import Node, is_told_of_the_input, validating_parts

# An allow list: what a later pydantic adds is validated as text, which is slower and never wrong.
_ALIKE: Final = frozenset(
    {
        "any",
        "bool",
        "dataclass",
        "dataclass-args",
        "dataclass-field",
        "date",
        "datetime",
        "default",
        "definition-ref",
        "definitions",
        "dict",
        "enum",
        "float",
        "function-after",
        "function-before",
        "function-wrap",
        "int",
        "list",
        "literal",
        "model",
        "model-field",
        "model-fields",
        "none",
        "nullable",
        "str",
        "tagged-union",
        "time",
        "typed-dict",
        "typed-dict-field",
        "url",
        "uuid",
    }
)
"""Core schemas that take a parsed value as they take JSON text.

Not among them: ``decimal`` (text keeps the digits that a float loses), ``bytes`` (may be base64 in
text), ``timedelta`` (takes true and false only when parsed), plain unions (they rank by other
rules), ``json-or-python`` and what looks at a value's class.
"""

_OPTIONS: Final = ("strict", "coerce_numbers_to_str")
"""What makes the two differ: strict is stricter on parsed values, and 1.0 is "1" in text."""


def treats_parsed_as_text(schema: CoreSchema) -> bool:
    """Return whether a core schema takes a parsed value exactly as it takes JSON text.

    Args:
        schema: A core schema.
    """
    # All of it or nothing: one part that tells the two apart has the whole frame parsed again.
    return all(_is_alike(part) for part in validating_parts(schema))


def _is_alike(part: Node) -> bool:
    kind = part.get("type")
    if isinstance(kind, str) and kind not in _ALIKE:
        return False
    # An option stands with a part, or in the configuration of the model that holds it.
    every: tuple[Node, ...] = (part, part.get("config") or {})
    if any(options.get(option) for options in every for option in _OPTIONS):
        return False
    # A function that is told may look at the mode, or at the input itself.
    return not is_told_of_the_input(part)


__all__ = ["treats_parsed_as_text"]
