"""What a check reports."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from chanx.asyncapi.linting.rules import RULES, Severity
from chanx.asyncapi.reading import Contents


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong with a document.

    Attributes:
        code: What kind of thing, stable over releases.
        pointer: Where, a JSON pointer (RFC 6901).
        severity: ``"error"`` if tools or clients will stumble, ``"warning"`` if something is
            probably not what was meant, ``"info"`` for advice.
        message: What is wrong.
        hint: How to repair it.
        file: The file that the pointer is for, relative to the document; "" for the document.
    """

    code: str
    pointer: str
    severity: Severity
    message: str
    hint: str
    file: str = ""

    def __str__(self) -> str:
        place = f"{self.file}#{self.pointer}" if self.file else self.pointer or "/"
        return f"{place}: {self.severity} {self.code}: {self.message} {self.hint}"


def finding(code: str, pointer: str, message: str, hint: str) -> Finding:
    """Return a finding, as severe as its rule says.

    Args:
        code: The rule's code.
        pointer: Where, a JSON pointer (RFC 6901).
        message: What is wrong.
        hint: How to repair it.
    """
    return Finding(code, pointer, RULES[code].severity, message, hint)


Check: TypeAlias = Callable[[Contents], Iterator[Finding]]

__all__ = ["Check", "Finding", "finding"]
