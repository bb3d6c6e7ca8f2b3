"""The formats that AsyncAPI's official schemas ask for."""

import re
from typing import Final

from chanx.asyncapi.ecma_patterns import PatternError, read_pattern
from chanx.asyncapi.linting.grammar.look import Look, Place, Shape
from chanx.asyncapi.linting.grammar.shapes import (
    matching,
)

_CHARACTERS: Final = r"(?:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*"
_URI: Final = re.compile(rf"[A-Za-z][A-Za-z0-9+.-]*:{_CHARACTERS}")
_REFERENCE: Final = re.compile(_CHARACTERS)
_ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_EMAIL: Final = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*")
_TEMPLATE: Final = re.compile(r"""(?:[^{}\s"'<>\\^`|%]|%[0-9A-Fa-f]{2}|\{[^{}\s]+\})+""")
_LOCATION: Final = re.compile(r"\$message\.(header|payload)#(?:/(?:[^/~]|~[01])*)*", re.S)
_LINKEDIN: Final = re.compile(r"https?://(?:www\.)?linkedin\.com.*")


def _format(wanted: str, pattern: re.Pattern[str]) -> Shape:
    return matching("format", wanted, lambda value: pattern.fullmatch(value) is not None)


uri: Final = _format("a URI with a scheme (RFC 3986)", _URI)
uri_reference: Final = _format(
    "a URI reference (RFC 3986), with other characters as %xx", _REFERENCE
)
email: Final = _format("an e-mail address (RFC 5322)", _EMAIL)
uri_template: Final = _format("a URI template (RFC 6570)", _TEMPLATE)
location: Final = matching(
    "format",
    "a runtime expression, such as $message.payload#/id",
    lambda value: _LOCATION.match(value) is not None,
)
linkedin: Final = _format("an address of LinkedIn", _LINKEDIN)


def regex(value: object, place: Place, look: Look) -> None:
    """Take a regular expression that JavaScript can read."""
    if not isinstance(value, str):
        look.wrong_type(place, value, "a string")
        return
    try:
        read_pattern(value)
    except PatternError as error:
        look.find(
            "pattern", place, f"JavaScript cannot read {value!r}: {error}.", "Correct the pattern."
        )


__all__ = ["email", "linkedin", "location", "regex", "uri", "uri_reference", "uri_template"]
