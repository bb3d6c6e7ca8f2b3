"""The names that the code of a class mentions."""

import inspect
from collections.abc import Iterable, Iterator
from types import CodeType
from typing import Any, Final

_HOLDERS: Final = ("fget", "fset", "func", "__func__", "__wrapped__")
"""Where properties, class and static methods, and wrappers keep the function they stand for."""


def mentioned_names(kind: type, methods: Iterable[str]) -> frozenset[str]:
    """Return the names that methods mention, and those that the methods mention that they name.

    A name counts as an attribute, a global or a text of its own, such as that of ``getattr``.

    Args:
        kind: The class.
        methods: The methods to begin with; what their overridden namesakes mention counts as well.

    Example:
        >>> class Greeter:
        ...     def greet(self):
        ...         return self.word()
        ...     def word(self):
        ...         return self.hello
        >>> sorted(mentioned_names(Greeter, ["greet"]))
        ['hello', 'word']
    """
    found: set[str] = set()
    waiting = list(methods)
    while waiting:
        name = waiting.pop()
        for base in kind.__mro__:
            for code in _codes_of(vars(base).get(name)):
                new = _names_in(code) - found
                found |= new
                waiting += new
    return frozenset(found)


def _codes_of(attribute: Any) -> Iterator[CodeType]:
    for function in (attribute, *(getattr(attribute, name, None) for name in _HOLDERS)):
        # Wrappers are looked into as well: they may be what reads the name.
        while isinstance(code := getattr(function, "__code__", None), CodeType):
            yield code
            function = getattr(function, "__wrapped__", None)


def _names_in(code: CodeType) -> set[str]:
    names = {*code.co_names, *(each for each in code.co_consts if isinstance(each, str))}
    for inner in code.co_consts:
        if inspect.iscode(inner):
            names |= _names_in(inner)
    return names


__all__ = ["mentioned_names"]
