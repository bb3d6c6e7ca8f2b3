"""The names that the code of a class mentions."""

from collections.abc import Callable, Coroutine
from functools import cached_property, partialmethod, wraps
from typing import Any

import pytest

from chanx.core.mentions import mentioned_names


def logged(method: Callable[[Any], Coroutine[Any, Any, None]]) -> Any:
    @wraps(method)
    async def log(self: Any) -> None:
        await method(self)

    return log


def silently(method: Callable[[Any], Coroutine[Any, Any, None]]) -> Any:
    async def call(self: Any) -> None:
        await method(self)

    return call


class Base:
    name: str

    async def connect(self) -> None:
        self.inherited()

    def inherited(self) -> str:
        return self.name


class Derived(Base):
    async def connect(self) -> None:
        await super().connect()


class Through(Base):
    own: Any

    async def connect(self) -> None:
        print(self.own)


class ByProperty(Through):
    @property
    def own(self) -> str:
        return self.name


class ByCachedProperty(Through):
    @cached_property
    def own(self) -> str:
        return self.name


class ByStaticMethod(Through):
    @staticmethod
    def own(consumer: Base) -> str:
        return consumer.name


class ByClosure(Through):
    async def connect(self) -> None:
        print([lambda: self.name])


class ByText(Through):
    async def connect(self) -> None:
        print(getattr(self, "name"))  # noqa: B009


class Wrapped(Through):
    @logged
    async def connect(self) -> None:
        print(self.name)


class WrappedSilently(Through):
    @silently
    @logged
    async def connect(self) -> None:
        print(self.name)


class ByPartialMethod(Through):
    def _named(self, suffix: str) -> str:
        return self.name + suffix

    own = partialmethod(_named, "!")


class Unread:
    """What would fail if anything of it were read, as a lazy object of Django may."""

    def __getattribute__(self, name: str) -> Any:
        raise LookupError(name)


@pytest.mark.parametrize(
    "kind",
    [
        *(Base, Derived, ByProperty, ByCachedProperty, ByStaticMethod, ByPartialMethod),
        *(ByClosure, ByText, Wrapped, WrappedSilently),
    ],
)
def test_a_name_is_found_however_a_method_comes_to_it(kind: type) -> None:
    assert "name" in mentioned_names(kind, ["connect"])


def test_what_a_method_does_not_come_to_does_not_count() -> None:
    class Elsewhere:
        name: str

        async def connect(self) -> None:
            """Keep the name."""

        async def disconnect(self) -> None:
            """Forget the name."""
            print(self.name)

    assert "name" not in mentioned_names(Elsewhere, ["connect"])
    assert "name" in mentioned_names(Elsewhere, dir(Elsewhere))


def test_what_a_method_closes_over_is_not_woken_up() -> None:
    unread = Unread()

    class ClosingOver(Base):
        async def connect(self) -> None:
            print(unread, self.name)

    assert "name" in mentioned_names(ClosingOver, ["connect"])
