"""The names that the code of a class mentions.

A channel has to be made before it can be named, and awaiting that is not possible where a method
reads ``self.channel_name``. Making one for every connection would cost each a subscription on some
layers, refused ones included; and asking consumers to declare the need would leave channels' own
``group_add(name, self.channel_name)`` without an address. So the need is read from the code: too
often rather than too seldom, and what it cannot see raises an error that says so.
"""

import inspect
from collections.abc import Iterable, Iterator
from contextlib import suppress
from types import (
    BuiltinFunctionType,
    ClassMethodDescriptorType,
    CodeType,
    FunctionType,
    GetSetDescriptorType,
    MemberDescriptorType,
    MethodDescriptorType,
    NoneType,
    WrapperDescriptorType,
)
from typing import Any, Final
from weakref import WeakKeyDictionary

_HOLDERS: Final = ("fget", "fset", "func", "__func__", "__wrapped__")
"""Where properties, class and static methods, and wrappers keep the function they stand for."""

_WITHOUT_CODE: Final = frozenset(
    {
        *(NoneType, bool, bytes, dict, float, frozenset, int, list, set, str, tuple),
        *(BuiltinFunctionType, ClassMethodDescriptorType, GetSetDescriptorType),
        *(MemberDescriptorType, MethodDescriptorType, WrapperDescriptorType),
    }
)


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
    seen = set(methods)
    waiting = [*seen]
    mentioned: set[str] = set()
    # All along the MRO, for an override may call what it overrides.
    declared = [vars(base) for base in kind.__mro__]
    while waiting:
        name = waiting.pop()
        for attributes in declared:
            # Most names that code mentions are of no attribute of the class.
            if name in attributes:
                names = _mentioned_by(attributes[name])
                mentioned |= names
                waiting += names - seen
                # Each name once, so that methods which call each other end this.
                seen |= names
    return frozenset(mentioned)


def is_mentioned(kind: type, beyond: type, name: str) -> bool:
    """Return whether the code of a class mentions a name, that of one of its bases left out.

    Args:
        kind: The class.
        beyond: The base, whose own bases are left out as well.
        name: The name.

    Example:
        >>> class Greeter:
        ...     def greet(self):
        ...         return self.word
        >>> class Loud(Greeter):
        ...     def greet(self):
        ...         return super().greet().upper()
        >>> is_mentioned(Loud, Greeter, "upper"), is_mentioned(Loud, Greeter, "word")
        (True, False)
    """
    bases = beyond.__mro__
    return any(
        name in _mentioned_by(attribute)
        for base in kind.__mro__
        if base not in bases
        for attribute in vars(base).values()
    )


_simple: Final[WeakKeyDictionary[FunctionType, frozenset[str]]] = WeakKeyDictionary()
"""What functions mention that stand for no other; those of the base classes are asked for with each
class."""


def _mentioned_by(attribute: Any) -> frozenset[str]:
    """Return the names that the code behind an attribute of a class mentions."""
    if type(attribute) in _WITHOUT_CODE:
        return frozenset()
    attribute = getattr(attribute, "__func__", attribute)  # of a class or static method
    # A closure may be filled later, and a wrapper changed.
    is_simple = (
        type(attribute) is FunctionType
        and attribute.__closure__ is None
        and not hasattr(attribute, "__wrapped__")
    )
    if is_simple and attribute in _simple:
        return _simple[attribute]
    names = frozenset(name for code in _codes_of(attribute) for name in _names_in(code))
    if is_simple:
        _simple[attribute] = names
    return names


def _codes_of(attribute: Any) -> Iterator[CodeType]:
    """Yield the code of a function, of those it stands for, and of those that it closes over."""
    seen: set[int] = set()
    waiting = [attribute]
    while waiting:
        function = waiting.pop()
        # By id: what holds a function may be of any class, also without a hash.
        if function is None or id(function) in seen:
            continue
        seen.add(id(function))
        waiting += [
            held for name in _HOLDERS if (held := getattr(function, name, None)) is not None
        ]
        if isinstance(code := getattr(function, "__code__", None), CodeType):
            yield code
            waiting += _closed_over(function)


def _closed_over(function: Any) -> Iterator[FunctionType]:
    """Yield the functions that a function closes over, as what a decorator returns the method."""
    for cell in getattr(function, "__closure__", None) or ():
        with suppress(ValueError):  # A cell may be empty yet.
            # Not isinstance, which would wake up a lazy object.
            if type(cell.cell_contents) is FunctionType:
                yield cell.cell_contents


def _names_in(code: CodeType) -> set[str]:
    # Texts as well, for getattr(self, "channel_name").
    names = {*code.co_names, *(each for each in code.co_consts if isinstance(each, str))}
    for inner in code.co_consts:
        # Of lambdas, comprehensions and functions within, which Python keeps as constants.
        if inspect.iscode(inner):
            names |= _names_in(inner)
    return names


__all__ = ["is_mentioned", "mentioned_names"]
