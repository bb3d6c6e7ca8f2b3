"""The contract of the engine, met by the bare core."""

from chanx.testing.contract import (
    EndingsContract,
    EventsContract,
    FramesContract,
    HandshakeContract,
    LayersContract,
    LogsContract,
)


class TestHandshake(HandshakeContract):
    pass


class TestFrames(FramesContract):
    pass


class TestEvents(EventsContract):
    pass


class TestEndings(EndingsContract):
    pass


class TestLayers(LayersContract):
    pass


class TestLogs(LogsContract):
    pass
