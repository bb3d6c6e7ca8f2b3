"""Patience that the toolkit has by itself in the project's own tests."""

from collections.abc import Iterator, Mapping
from types import FunctionType
from typing import Any, Final

import pytest

from chanx.testing.connection import ClientConnection

OWN: Final[Mapping[str, float]] = {"timeout": 1, "max_auth_time": 0.5}
"""Seconds for which its calls wait where a test says nothing, which suit the tests of a project."""

SECONDS: Final = 30.0
"""Seconds for which they wait here: thousands of tests run under coverage on a machine that has
more to do, and a handshake goes through threads and databases."""


def be_patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the calls of communicators wait for longer where a test says nothing.

    Args:
        monkeypatch: Ends it.
    """
    for function in {*_calls(ClientConnection)}:
        if keywords := function.__kwdefaults__:
            kept = {name: _longer(name, value) for name, value in keywords.items()}
            monkeypatch.setattr(function, "__kwdefaults__", kept)
        if values := function.__defaults__:
            code = function.__code__
            names = code.co_varnames[code.co_argcount - len(values) : code.co_argcount]
            monkeypatch.setattr(function, "__defaults__", tuple(map(_longer, names, values)))


def _longer(name: str, value: Any) -> Any:
    return SECONDS if name in OWN and value == OWN[name] else value


def _calls(kind: type) -> Iterator[FunctionType]:
    for each in kind.__mro__:
        if each.__module__.startswith("chanx."):
            yield from (value for value in vars(each).values() if isinstance(value, FunctionType))
    heirs: list[type] = kind.__subclasses__()
    for heir in heirs:
        yield from _calls(heir)
