"""The names that the code of a class mentions."""

from collections.abc import Callable, Coroutine
from functools import cached_property, wraps
from typing import Any

import pytest

from chanx.core.mentions import mentioned_names


def logged(method: Callable[[Any], Coroutine[Any, Any, None]]) -> Any:
    @wraps(method)
    async def log(self: Any) -> None:
        await method(self)

    return log


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


@pytest.mark.parametrize(
    "kind",
    [Base, Derived, ByProperty, ByCachedProperty, ByStaticMethod, ByClosure, ByText, Wrapped],
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
