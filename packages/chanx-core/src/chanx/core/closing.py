"""What a close code means: what a client does after it, and that some are none."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias, TypeGuard, get_args

from chanx.core.close_codes import SUBSTITUTES, is_sendable
from chanx.core.errors import ConfigurationError
from chanx.core.shown import shown

Retry: TypeAlias = Literal["never", "refresh", "backoff", "spread"]
"""``never``: the same would happen again. ``refresh``: connect again with new credentials.
``backoff``: connect again, after waits that grow. ``spread``: the same, and at a moment that chance
decides, since many clients were closed at once."""

# What the ranges below do not say. Clients that chanx writes have the same table (rule R6 of
# docs/client-rules.md), for servers that say nothing of a code in their document.
_RETRIES: Final[Mapping[int, Retry]] = {
    1000: "never",
    1001: "spread",
    1002: "never",
    1003: "never",
    1007: "never",
    1008: "refresh",
    1010: "never",
    1012: "spread",
    1013: "spread",
    4401: "refresh",
    4408: "backoff",
    4413: "backoff",
    4425: "backoff",
    4429: "spread",
}


@dataclass(frozen=True, slots=True)
class CloseMeaning:
    """What a close code of the project's own means.

    Attributes:
        description: What happened, for a person.
        retry: What a client does then; None leaves it to the code: :func:`retry_of`.

    Raises:
        ConfigurationError: If the verdict is not one of :data:`Retry`.

    Example:
        >>> CloseMeaning("Somebody here has that name.", retry="never").retry
        'never'
    """

    description: str
    retry: Retry | None = None

    def __post_init__(self) -> None:
        if self.retry is not None and self.retry not in get_args(Retry):
            known = ", ".join(map(repr, get_args(Retry)))
            raise ConfigurationError(f"retry={self.retry!r}: use one of {known}.")


def retry_of(code: int, meanings: Mapping[int, CloseMeaning] | None = None) -> Retry:
    """Return what a client does after a close code.

    Args:
        code: The code.
        meanings: What a consumer declares of codes, which counts first; None for nothing.

    Example:
        >>> retry_of(4404), retry_of(4503), retry_of(4001)
        ('never', 'spread', 'backoff')
    """
    declared = None if meanings is None else meanings.get(code)
    if declared is not None and declared.retry is not None:
        return declared.retry
    if code in _RETRIES:
        return _RETRIES[code]
    if 4400 <= code <= 4499:
        return "never"
    return "spread" if 4500 <= code <= 4599 else "backoff"


def _is_mapping(value: object) -> TypeGuard[Mapping[Any, Any]]:
    return isinstance(value, Mapping)


def close_meanings(consumer: type) -> dict[int, CloseMeaning]:
    """Return the close codes that a consumer and its bases declare, by ``close_codes``.

    Args:
        consumer: The consumer's class.

    Raises:
        ConfigurationError: If one is not a code that a server may send, or says nothing.
    """
    found: dict[int, CloseMeaning] = {}
    # Bases first, so that a class says otherwise of a code what its base says; by vars(), as an
    # attribute that is inherited would be seen once for each class.
    for base in reversed(consumer.__mro__):
        declared: object = vars(base).get("close_codes")
        if declared is None:
            continue
        where = f"{base.__qualname__}.close_codes"
        if not _is_mapping(declared):
            raise ConfigurationError(f"{where} is {shown(declared)}: it takes {{4409: 'Why.'}}.")
        for code, meaning in declared.items():
            if not is_sendable(code):
                raise ConfigurationError(
                    f"{where} has {code!r}, with which no server closes: codes of one's own are "
                    f"3000 to 4999, and a refusal's is 4000 plus the HTTP status."
                )
            if isinstance(meaning, str) and meaning.strip():
                meaning = CloseMeaning(meaning)
            if not isinstance(meaning, CloseMeaning):
                raise ConfigurationError(
                    f"{where}[{code}] is {shown(meaning)}: say why, in a text or "
                    f"CloseMeaning(text, retry=...)."
                )
            # A plain number, whatever enumeration of the project's it comes from.
            found[int(code)] = meaning
    return found


def unsendable(code: object) -> ConfigurationError:
    """Return the error for a close code that no close frame may carry.

    Args:
        code: What was given as one.
    """
    return ConfigurationError(
        f"close({code!r}) names a code that no close frame may carry (RFC 6455, 7.4): use "
        f"1000, 3000 to 4999, or one of {', '.join(map(str, SUBSTITUTES))}."
    )


__all__ = ["CloseMeaning", "Retry", "close_meanings", "retry_of", "unsendable"]
