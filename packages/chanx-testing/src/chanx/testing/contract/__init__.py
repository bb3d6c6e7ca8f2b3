"""What every adapter has to do, as classes of tests: subclass them where pytest collects."""

import pytest

pytest.register_assert_rewrite(
    *(
        f"{__name__}.{name}"
        for name in (
            "around",
            "authentication",
            "background",
            "binary",
            "bounds",
            "caps",
            "channel_layer",
            "closes",
            "endings",
            "events",
            "expected_errors",
            "frames",
            "handshake",
            "layers",
            "logs",
            "memberships",
            "observers",
            "receiving",
            "refusals",
            "returns",
            "server_layer",
            "slow_handshakes",
            "stubborn",
            "requests",
            "times",
        )
    )
)

from chanx.testing.contract.adapter import (  # noqa: E402
    Consumer,
    Contract,
    WatchedLayer,
    adapted,
)
from chanx.testing.contract.around import AroundContract  # noqa: E402
from chanx.testing.contract.authentication import AuthenticationContract  # noqa: E402
from chanx.testing.contract.background import BackgroundContract  # noqa: E402
from chanx.testing.contract.binary import BinaryContract  # noqa: E402
from chanx.testing.contract.bounds import BoundsContract  # noqa: E402
from chanx.testing.contract.caps import CapsContract  # noqa: E402
from chanx.testing.contract.channel_layer import ChannelLayerContract  # noqa: E402
from chanx.testing.contract.endings import EndingsContract  # noqa: E402
from chanx.testing.contract.events import EventsContract  # noqa: E402
from chanx.testing.contract.expected_errors import ExpectedErrorsContract  # noqa: E402
from chanx.testing.contract.frames import FramesContract  # noqa: E402
from chanx.testing.contract.handshake import HandshakeContract  # noqa: E402
from chanx.testing.contract.layers import LayersContract  # noqa: E402
from chanx.testing.contract.logs import LogsContract  # noqa: E402
from chanx.testing.contract.observers import ObserversContract  # noqa: E402
from chanx.testing.contract.requests import RequestsContract  # noqa: E402
from chanx.testing.contract.times import TimesContract  # noqa: E402

__all__ = [
    "AroundContract",
    "AuthenticationContract",
    "BackgroundContract",
    "BinaryContract",
    "BoundsContract",
    "CapsContract",
    "ChannelLayerContract",
    "Consumer",
    "Contract",
    "EndingsContract",
    "EventsContract",
    "ExpectedErrorsContract",
    "FramesContract",
    "HandshakeContract",
    "LayersContract",
    "LogsContract",
    "ObserversContract",
    "RequestsContract",
    "TimesContract",
    "WatchedLayer",
    "adapted",
]
