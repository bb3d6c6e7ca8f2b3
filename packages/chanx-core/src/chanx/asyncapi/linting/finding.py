"""What a check reports."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from chanx.asyncapi.reading import Contents

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


Check: TypeAlias = Callable[[Contents], Iterator[Finding]]

__all__ = ["Check", "Finding", "Severity"]
