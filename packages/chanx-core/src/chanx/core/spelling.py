"""Attributes of a class that were meant to have another name."""

from collections.abc import Iterable
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
    if not ours:
        return  # that it is not a class of ours is said elsewhere
    theirs = [
        (base, *each) for base in kind.__mro__ if base not in ours for each in vars(base).items()
    ]
    for base, name, value in theirs:
        if not _is_set(name, value) or hasattr(ours[0], name):
            continue
        meant = get_close_matches(name, _names(ours), 1, _LIKENESS)
        # A project may have a `group` or a `limit` of its own: its code reads that then.
        if meant and not is_mentioned(kind, ours[0], name):
            raise ConfigurationError(
                f"{base.__qualname__}.{name} does nothing, and no code of the class reads it: did "
                f"you mean {meant[0]!r}? One of the project's own, for code elsewhere, has another "
                f"name."
            )


def _names(bases: Iterable[type]) -> set[str]:
    return {name for base in bases for name, value in vars(base).items() if _is_set(name, value)}


def _is_set(name: str, value: object) -> bool:
    """Whether it is something public that a class sets, and not a method or a property."""
    return not name.startswith("_") and not hasattr(type(value), "__get__")


__all__ = ["check_spelling"]
