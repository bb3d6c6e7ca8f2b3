"""What the tests of metrics and traces share."""

from collections.abc import Iterator

import pytest

from chanx.layers import get_layer, register_layer
from tests.observing.rooms import GapLayer


@pytest.fixture(autouse=True)
def layer() -> Iterator[GapLayer]:
    """The default layer."""
    before, layer = get_layer(), GapLayer()
    register_layer("default", layer)
    yield layer
    register_layer("default", before)
