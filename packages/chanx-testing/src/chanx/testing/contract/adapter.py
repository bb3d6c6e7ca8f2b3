"""What the contract needs to know of an adapter."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from types import new_class
from typing import Any, ClassVar, TypeVar, cast

import pytest

from chanx.core.asgi import ASGIApplication
from chanx.core.clock import CLOCK
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.layers import MemoryLayer
from chanx.testing.clock import FrozenClock
from chanx.testing.contract.client import Client
from chanx.testing.layers import default_layer
from chanx.testing.leaks import LeakCheck

Consumer = AsyncJsonWebsocketConsumer[Any]
ConsumerT = TypeVar("ConsumerT", bound=Consumer)


class WatchedLayer(MemoryLayer):
    """A memory layer that tells what is left in it."""

    def left(self) -> set[str]:
        """Return the channels, and the groups with members, that are left."""
        return {*self.channels(), *self.groups()}


def adapted(consumer: type[Consumer], base: type[ConsumerT]) -> type[ConsumerT]:
    """Return a consumer of the contract as one of an adapter's.

    Args:
        consumer: The consumer's class.
        base: The adapter's class of consumers.
    """
    return cast("type[ConsumerT]", new_class(consumer.__name__, (consumer, base)))


class Contract:
    """The base of the contract's classes; an adapter's tests override :meth:`application`.

    The consumers of the contract are written against the core. An adapter's tests make theirs of
    them with :func:`adapted`, and mount it as its users do. They need a plugin for asynchronous
    tests: pytest-asyncio in its mode "auto", or a mark on the classes.

    Attributes:
        path: Where a consumer is mounted.
        layer_class: The class of the channel layer of each test.

    Example:
        >>> from chanx.testing.contract import HandshakeContract
        >>> class MyFramework(Contract):
        ...     def application(self, consumer: type[Consumer]) -> ASGIApplication:
        ...         return adapted(consumer, AsyncJsonWebsocketConsumer).as_asgi()
        >>> class TestHandshake(MyFramework, HandshakeContract):
        ...     pass
    """

    path = "/ws"
    layer_class: ClassVar[type[WatchedLayer]] = WatchedLayer

    def application(self, consumer: type[Consumer]) -> ASGIApplication:
        """Mount a consumer at :attr:`path`.

        Args:
            consumer: The consumer's class.
        """
        return consumer.as_asgi()

    def use_layer(self, layer: WatchedLayer) -> AbstractContextManager[object]:
        """Make a channel layer that of the adapter's consumers, if they ask elsewhere for it.

        Args:
            layer: The layer, which is the default one of :func:`chanx.layers.get_layer` anyway.

        Returns:
            A context for as long as a test runs.
        """
        return nullcontext()

    def client(self, consumer: type[Consumer], **options: Any) -> Client:
        """Return a client of a consumer's application.

        Args:
            consumer: The consumer's class.
            options: Arguments for the client.
        """
        return Client(self.application(consumer), self.path, **options)

    def timed(self, consumer: type[Consumer], **options: Any) -> tuple[Client, FrozenClock]:
        """Return a client whose connection counts by a clock of the test.

        Args:
            consumer: The consumer's class.
            options: Arguments for the client.
        """
        clock = FrozenClock()
        return self.client(consumer, scope={"extensions": {CLOCK: clock}}, **options), clock

    @pytest.fixture(autouse=True)
    def readable_logs(self, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
        """Whatever a test has logged can be written, also what clients and projects put into it."""
        yield
        for record in caplog.get_records("call"):
            record.getMessage().encode()

    @pytest.fixture(autouse=True)
    def layer(self, chanx_leak_check: LeakCheck) -> Iterator[WatchedLayer]:
        """The default channel layer, in which the test must leave nothing."""
        layer = self.layer_class()
        chanx_leak_check.watch(layer)
        with default_layer(layer), self.use_layer(layer):
            yield layer


__all__ = ["Consumer", "Contract", "WatchedLayer", "adapted"]
