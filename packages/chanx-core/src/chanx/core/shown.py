"""Values in the words of errors."""

from collections.abc import Callable
from reprlib import Repr
from typing import Any, Final


class _Repr(Repr):
    """Shows objects by their class: what they hold may be long, fail, or query a database."""

    def __init__(self) -> None:
        super().__init__()
        # As much as excerpt() leaves, where reprlib has 30 by default.
        self.maxother = self.maxstring = 200

    def repr_instance(self, x: Any, level: int) -> str:
        if type(x).__module__ == "builtins" or isinstance(x, type):
            return super().repr_instance(x, level)
        return f"<{type(x).__qualname__}>"


shown: Final[Callable[[object], str]] = _Repr().repr
"""Return a value as text that is short and costs nothing, whatever the value is."""


__all__ = ["shown"]
