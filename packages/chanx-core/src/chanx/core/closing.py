"""What a close code means: what a client does after it, and that some are none."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard, get_args

from chanx.core.close_codes import SUBSTITUTES, Retry, is_sendable, verdict_of
from chanx.core.errors import ConfigurationError
from chanx.core.shown import shown


@dataclass(frozen=True, slots=True)
class CloseMeaning:
    """What a close code of the project's own means.

    Attributes:
        description: What happened, for a person.
        retry: What a client does then; None leaves it to the code, as
            :func:`~chanx.core.close_codes.verdict_of` has it.

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
    return verdict_of(code)


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
