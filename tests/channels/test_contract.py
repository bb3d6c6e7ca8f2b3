"""The contract of the engine, met by a project of Django and channels."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from channels.layers import channel_layers
from channels.routing import ProtocolTypeRouter, URLRouter
from django.test import override_settings

from chanx.core.asgi import ASGIApplication
from chanx.ext.channels.routing import path
from chanx.ext.channels.websocket import AsyncJsonWebsocketConsumer
from chanx.testing.contract import (
    AroundContract,
    AuthenticationContract,
    BackgroundContract,
    BinaryContract,
    BoundsContract,
    CapsContract,
    Consumer,
    Contract,
    EndingsContract,
    EventsContract,
    ExpectedErrorsContract,
    FramesContract,
    HandshakeContract,
    LayersContract,
    LogsContract,
    ObserversContract,
    RequestsContract,
    TimesContract,
    WatchedLayer,
    adapted,
)
from tests.eager import HAS_EAGER_TASKS, Eagerly


class DjangoContract(Contract):
    def application(self, consumer: type[Consumer]) -> ASGIApplication:
        application = adapted(consumer, AsyncJsonWebsocketConsumer).as_asgi()
        routes = URLRouter([path(self.path.removeprefix("/"), application)])
        return ProtocolTypeRouter({"websocket": routes})

    @contextmanager
    def use_layer(self, layer: WatchedLayer) -> Generator[None]:
        backend = {"BACKEND": "chanx.layers.MemoryLayer"}
        with override_settings(CHANNEL_LAYERS={"default": backend}):
            configured: Any = channel_layers  # takes any layer, whatever its stubs say
            configured.set("default", layer)
            yield


class TestHandshake(DjangoContract, HandshakeContract):
    pass


class TestFrames(DjangoContract, FramesContract):
    pass


class TestEvents(DjangoContract, EventsContract):
    pass


class TestBounds(DjangoContract, BoundsContract):
    pass


class TestAuthentication(DjangoContract, AuthenticationContract):
    pass


class TestCaps(DjangoContract, CapsContract):
    pass


class TestEndings(DjangoContract, EndingsContract):
    pass


class TestLayers(DjangoContract, LayersContract):
    pass


class TestLogs(DjangoContract, LogsContract):
    pass


class TestObservers(DjangoContract, ObserversContract):
    pass


class TestTimes(DjangoContract, TimesContract):
    pass


class TestAround(DjangoContract, AroundContract):
    pass


class TestExpectedErrors(DjangoContract, ExpectedErrorsContract):
    pass


class TestBackground(DjangoContract, BackgroundContract):
    pass


class TestRequests(DjangoContract, RequestsContract):
    pass


class TestBinary(DjangoContract, BinaryContract):
    pass


if HAS_EAGER_TASKS:

    class TestEagerHandshake(Eagerly, DjangoContract, HandshakeContract):
        pass

    class TestEagerFrames(Eagerly, DjangoContract, FramesContract):
        pass

    class TestEagerEvents(Eagerly, DjangoContract, EventsContract):
        pass

    class TestEagerBounds(Eagerly, DjangoContract, BoundsContract):
        pass

    class TestEagerAuthentication(Eagerly, DjangoContract, AuthenticationContract):
        pass

    class TestEagerCaps(Eagerly, DjangoContract, CapsContract):
        pass

    class TestEagerEndings(Eagerly, DjangoContract, EndingsContract):
        pass

    class TestEagerLayers(Eagerly, DjangoContract, LayersContract):
        pass

    class TestEagerLogs(Eagerly, DjangoContract, LogsContract):
        pass

    class TestEagerObservers(Eagerly, DjangoContract, ObserversContract):
        pass

    class TestEagerTimes(Eagerly, DjangoContract, TimesContract):
        pass

    class TestEagerAround(Eagerly, DjangoContract, AroundContract):
        pass

    class TestEagerExpectedErrors(Eagerly, DjangoContract, ExpectedErrorsContract):
        pass

    class TestEagerBackground(Eagerly, DjangoContract, BackgroundContract):
        pass

    class TestEagerRequests(Eagerly, DjangoContract, RequestsContract):
        pass

    class TestEagerBinary(Eagerly, DjangoContract, BinaryContract):
        pass
