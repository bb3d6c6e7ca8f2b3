"""What of a text that a client chose is told again: in a log line, an error, a reason."""

from typing import Final

MOST: Final = 200
"""Characters."""

# The end is kept as well: with what JSON parsers and validators say, the place stands there.
_END: Final = 50


def excerpt(text: str) -> str:
    """Return a text, without its middle if it is long.

    Args:
        text: Any text.

    Example:
        >>> excerpt("short"), len(excerpt("long" * 10_000))
        ('short', 200)
    """
    if len(text) <= MOST:
        return text
    mark = " ... "
    return text[: MOST - _END - len(mark)] + mark + text[-_END:]


__all__ = ["excerpt"]
