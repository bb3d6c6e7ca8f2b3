"""Drive a consumer from a test, and see what it broadcasts."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chanx.testing.capture import BroadcastCapture, CapturedEvents, capture_broadcast_events
    from chanx.testing.clock import FrozenClock
    from chanx.testing.communicator import WebsocketCommunicator
    from chanx.testing.driver import Close, DenialResponse
    from chanx.testing.errors import (
        ApplicationStillRunning,
        ExpectationFailed,
        LayerNotEmpty,
        TasksLeft,
        UnexpectedClose,
        UnexpectedFrame,
    )
    from chanx.testing.faults import Fault, FaultyLayer
    from chanx.testing.frames import FrameClient
    from chanx.testing.layers import default_layer
    from chanx.testing.leaks import LeakCheck
    from chanx.testing.restart import restart_server

_MODULES = {
    "ApplicationStillRunning": "errors",
    "BroadcastCapture": "capture",
    "CapturedEvents": "capture",
    "Close": "driver",
    "DenialResponse": "driver",
    "ExpectationFailed": "errors",
    "Fault": "faults",
    "FaultyLayer": "faults",
    "FrameClient": "frames",
    "FrozenClock": "clock",
    "LayerNotEmpty": "errors",
    "LeakCheck": "leaks",
    "TasksLeft": "errors",
    "UnexpectedClose": "errors",
    "UnexpectedFrame": "errors",
    "WebsocketCommunicator": "communicator",
    "capture_broadcast_events": "capture",
    "default_layer": "layers",
    "restart_server": "restart",
}


def __getattr__(name: str) -> Any:
    """Import on first use (PEP 562).

    pytest imports this package for the plugin in every run, before coverage is measured: it must
    bring neither the engine nor its start-up time into runs that do not use it.
    """
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)


__all__ = [
    "ApplicationStillRunning",
    "BroadcastCapture",
    "CapturedEvents",
    "Close",
    "DenialResponse",
    "ExpectationFailed",
    "Fault",
    "FaultyLayer",
    "FrameClient",
    "FrozenClock",
    "LayerNotEmpty",
    "LeakCheck",
    "TasksLeft",
    "UnexpectedClose",
    "UnexpectedFrame",
    "WebsocketCommunicator",
    "capture_broadcast_events",
    "default_layer",
    "restart_server",
]
