"""What a check reports."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from chanx.asyncapi.walk import escaped

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong with a document.

    Attributes:
        code: What kind of thing, stable over releases.
        pointer: Where, a JSON pointer (RFC 6901).
        severity: ``"error"`` if tools or clients will stumble, ``"warning"`` otherwise.
        message: What is wrong.
        hint: How to repair it.
    """

    code: str
    pointer: str
    severity: Severity
    message: str
    hint: str

    def __str__(self) -> str:
        return f"{self.pointer or '/'}: {self.severity} {self.code}: {self.message} {self.hint}"


Document: TypeAlias = Mapping[str, Any]
Check: TypeAlias = Callable[[Document], Iterator[Finding]]


def pointer(*tokens: object) -> str:
    """Return the JSON pointer of keys, one within the other."""
    return "".join(f"/{escaped(str(token))}" for token in tokens)


__all__ = ["Check", "Document", "Finding", "Severity", "pointer"]
