"""Attributes of a class that were meant to have another name."""

from difflib import get_close_matches
from typing import Final

from chanx.core.errors import ConfigurationError
from chanx.core.mentions import is_mentioned

_LIKENESS: Final = 0.85
"""From where on two names are taken for one, as difflib counts: `limit` and `limits` are 0.91."""


def check_spelling(kind: type) -> None:
    """Refuse an attribute that nobody reads, and whose name is nearly one that is read.

    An authenticator with `permission_class = [IsAuthenticated]` would let everyone in.

    Args:
        kind: The class of a consumer or an authenticator.

    Raises:
        ConfigurationError: If it has such an attribute; the text names the one that may be meant.
    """
    ours = [base for base in kind.__mro__ if base.__module__.startswith("chanx.")]
    known = {name for base in ours for name, value in vars(base).items() if _is_public(name, value)}
    for base in kind.__mro__:
        if base in ours:
            continue
        for name, value in vars(base).items():
            if not _is_public(name, value) or name in known:
                continue
            meant = get_close_matches(name, known, 1, _LIKENESS)
            # A project may have a `group` or a `limit` of its own: its code reads that then.
            if meant and not is_mentioned(kind, ours[0], name):
                raise ConfigurationError(
                    f"{base.__qualname__}.{name} does nothing, and no code of the class reads it: "
                    f"did you mean {meant[0]!r}? One of the project's own, for code elsewhere, has "
                    f"another name."
                )


def _is_public(name: str, value: object) -> bool:
    """Whether it is something that a class sets, and not a method or a property."""
    return not name.startswith("_") and not hasattr(type(value), "__get__")


__all__ = ["check_spelling"]
