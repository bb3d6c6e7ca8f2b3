"""The contract of the engine, met by the bare core."""

from chanx.testing.contract import (
    AroundContract,
    AuthenticationContract,
    BackgroundContract,
    BinaryContract,
    BoundsContract,
    CapsContract,
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
)
from tests.eager import HAS_EAGER_TASKS, Eagerly


class TestHandshake(HandshakeContract):
    pass


class TestFrames(FramesContract):
    pass


class TestEvents(EventsContract):
    pass


class TestBounds(BoundsContract):
    pass


class TestAuthentication(AuthenticationContract):
    pass


class TestCaps(CapsContract):
    pass


class TestEndings(EndingsContract):
    pass


class TestLayers(LayersContract):
    pass


class TestLogs(LogsContract):
    pass


class TestObservers(ObserversContract):
    pass


class TestTimes(TimesContract):
    pass


class TestAround(AroundContract):
    pass


class TestExpectedErrors(ExpectedErrorsContract):
    pass


class TestBackground(BackgroundContract):
    pass


class TestRequests(RequestsContract):
    pass


class TestBinary(BinaryContract):
    pass


if HAS_EAGER_TASKS:

    class TestEagerHandshake(Eagerly, HandshakeContract):
        pass

    class TestEagerFrames(Eagerly, FramesContract):
        pass

    class TestEagerEvents(Eagerly, EventsContract):
        pass

    class TestEagerBounds(Eagerly, BoundsContract):
        pass

    class TestEagerAuthentication(Eagerly, AuthenticationContract):
        pass

    class TestEagerCaps(Eagerly, CapsContract):
        pass

    class TestEagerEndings(Eagerly, EndingsContract):
        pass

    class TestEagerLayers(Eagerly, LayersContract):
        pass

    class TestEagerLogs(Eagerly, LogsContract):
        pass

    class TestEagerObservers(Eagerly, ObserversContract):
        pass

    class TestEagerTimes(Eagerly, TimesContract):
        pass

    class TestEagerAround(Eagerly, AroundContract):
        pass

    class TestEagerExpectedErrors(Eagerly, ExpectedErrorsContract):
        pass

    class TestEagerBackground(Eagerly, BackgroundContract):
        pass

    class TestEagerRequests(Eagerly, RequestsContract):
        pass

    class TestEagerBinary(Eagerly, BinaryContract):
        pass
