"""The contract of the engine, met behind a router of FastAPI and mounted in Starlette."""

from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute

from chanx.core.asgi import ASGIApplication
from chanx.ext.fast_channels.routing import ConsumerRouter
from chanx.ext.fast_channels.websocket import AsyncJsonWebsocketConsumer
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
    adapted,
)
from tests.eager import HAS_EAGER_TASKS, Eagerly


class FastAPIContract(Contract):
    def application(self, consumer: type[Consumer]) -> ASGIApplication:
        router = ConsumerRouter()
        router.add_consumer(self.path, adapted(consumer, AsyncJsonWebsocketConsumer))
        app = FastAPI()
        app.include_router(router)
        return app


class StarletteContract(Contract):
    def application(self, consumer: type[Consumer]) -> ASGIApplication:
        endpoint = adapted(consumer, AsyncJsonWebsocketConsumer).as_asgi()
        return Starlette(routes=[WebSocketRoute(self.path, endpoint)])


class TestHandshake(FastAPIContract, HandshakeContract):
    pass


class TestFrames(FastAPIContract, FramesContract):
    pass


class TestEvents(FastAPIContract, EventsContract):
    pass


class TestBounds(FastAPIContract, BoundsContract):
    pass


class TestAuthentication(FastAPIContract, AuthenticationContract):
    pass


class TestCaps(FastAPIContract, CapsContract):
    pass


class TestEndings(FastAPIContract, EndingsContract):
    pass


class TestLayers(FastAPIContract, LayersContract):
    pass


class TestLogs(FastAPIContract, LogsContract):
    pass


class TestObservers(FastAPIContract, ObserversContract):
    pass


class TestTimes(FastAPIContract, TimesContract):
    pass


class TestStarletteHandshake(StarletteContract, HandshakeContract):
    pass


class TestStarletteFrames(StarletteContract, FramesContract):
    pass


class TestStarletteEvents(StarletteContract, EventsContract):
    pass


class TestStarletteBounds(StarletteContract, BoundsContract):
    pass


class TestStarletteAuthentication(StarletteContract, AuthenticationContract):
    pass


class TestStarletteCaps(StarletteContract, CapsContract):
    pass


class TestStarletteEndings(StarletteContract, EndingsContract):
    pass


class TestStarletteLayers(StarletteContract, LayersContract):
    pass


class TestStarletteLogs(StarletteContract, LogsContract):
    pass


class TestStarletteObservers(StarletteContract, ObserversContract):
    pass


class TestStarletteTimes(StarletteContract, TimesContract):
    pass


class TestAround(FastAPIContract, AroundContract):
    pass


class TestStarletteAround(StarletteContract, AroundContract):
    pass


class TestExpectedErrors(FastAPIContract, ExpectedErrorsContract):
    pass


class TestStarletteExpectedErrors(StarletteContract, ExpectedErrorsContract):
    pass


class TestBackground(FastAPIContract, BackgroundContract):
    pass


class TestStarletteBackground(StarletteContract, BackgroundContract):
    pass


class TestRequests(FastAPIContract, RequestsContract):
    pass


class TestStarletteRequests(StarletteContract, RequestsContract):
    pass


class TestBinary(FastAPIContract, BinaryContract):
    pass


class TestStarletteBinary(StarletteContract, BinaryContract):
    pass


if HAS_EAGER_TASKS:

    class TestEagerHandshake(Eagerly, FastAPIContract, HandshakeContract):
        pass

    class TestEagerFrames(Eagerly, FastAPIContract, FramesContract):
        pass

    class TestEagerEvents(Eagerly, FastAPIContract, EventsContract):
        pass

    class TestEagerBounds(Eagerly, FastAPIContract, BoundsContract):
        pass

    class TestEagerAuthentication(Eagerly, FastAPIContract, AuthenticationContract):
        pass

    class TestEagerCaps(Eagerly, FastAPIContract, CapsContract):
        pass

    class TestEagerEndings(Eagerly, FastAPIContract, EndingsContract):
        pass

    class TestEagerLayers(Eagerly, FastAPIContract, LayersContract):
        pass

    class TestEagerLogs(Eagerly, FastAPIContract, LogsContract):
        pass

    class TestEagerObservers(Eagerly, FastAPIContract, ObserversContract):
        pass

    class TestEagerTimes(Eagerly, FastAPIContract, TimesContract):
        pass

    class TestStarletteEagerHandshake(Eagerly, StarletteContract, HandshakeContract):
        pass

    class TestStarletteEagerFrames(Eagerly, StarletteContract, FramesContract):
        pass

    class TestStarletteEagerEvents(Eagerly, StarletteContract, EventsContract):
        pass

    class TestStarletteEagerBounds(Eagerly, StarletteContract, BoundsContract):
        pass

    class TestStarletteEagerAuthentication(Eagerly, StarletteContract, AuthenticationContract):
        pass

    class TestStarletteEagerCaps(Eagerly, StarletteContract, CapsContract):
        pass

    class TestStarletteEagerEndings(Eagerly, StarletteContract, EndingsContract):
        pass

    class TestStarletteEagerLayers(Eagerly, StarletteContract, LayersContract):
        pass

    class TestStarletteEagerLogs(Eagerly, StarletteContract, LogsContract):
        pass

    class TestStarletteEagerObservers(Eagerly, StarletteContract, ObserversContract):
        pass

    class TestStarletteEagerTimes(Eagerly, StarletteContract, TimesContract):
        pass

    class TestEagerAround(Eagerly, FastAPIContract, AroundContract):
        pass

    class TestStarletteEagerAround(Eagerly, StarletteContract, AroundContract):
        pass

    class TestEagerExpectedErrors(Eagerly, FastAPIContract, ExpectedErrorsContract):
        pass

    class TestStarletteEagerExpectedErrors(Eagerly, StarletteContract, ExpectedErrorsContract):
        pass

    class TestEagerBackground(Eagerly, FastAPIContract, BackgroundContract):
        pass

    class TestStarletteEagerBackground(Eagerly, StarletteContract, BackgroundContract):
        pass

    class TestEagerRequests(Eagerly, FastAPIContract, RequestsContract):
        pass

    class TestStarletteEagerRequests(Eagerly, StarletteContract, RequestsContract):
        pass

    class TestEagerBinary(Eagerly, FastAPIContract, BinaryContract):
        pass

    class TestStarletteEagerBinary(Eagerly, StarletteContract, BinaryContract):
        pass
