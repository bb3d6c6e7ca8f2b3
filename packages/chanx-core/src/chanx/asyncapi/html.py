"""HTML in which every text is escaped."""

import re
from html import escape
from typing import Final

_UNPRINTABLE: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
"""What HTML does not allow in a document (WHATWG HTML, 13.2.3.5)."""


class Html(str):
    """Text that is HTML already; any other text is escaped where it is put into HTML."""

    __slots__ = ()


def text(value: str) -> Html:
    """Return a text as HTML that shows it.

    Args:
        value: The text; HTML stays as it is.
    """
    if isinstance(value, Html):
        return value
    return Html(escape(_UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", value)))


def element(name: str, /, *content: str | None, **attributes: str | bool | None) -> Html:
    """Return an element.

    Args:
        name: Its tag's name.
        content: What is in it, escaped unless it is HTML; None is left out.
        attributes: Its attributes, ``class_`` for ``class``; None and False are left out.
    """
    written = "".join(
        f" {key.rstrip('_')}" + ("" if value is True else f'="{text(str(value))}"')
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    return Html(f"<{name}{written}>{joined(*content)}</{name}>")


def joined(*content: str | None) -> Html:
    """Return several pieces of content after each other, escaped unless they are HTML."""
    return Html("".join(text(item) for item in content if item is not None))


__all__ = ["Html", "element", "joined", "text"]
