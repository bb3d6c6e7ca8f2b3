"""What the tests of the FastAPI adapter share."""

from collections.abc import Iterator

import pytest

from chanx.layers import MemoryLayer, get_layer, register_layer


@pytest.fixture(autouse=True)
def layer() -> Iterator[MemoryLayer]:
    """The default channel layer, for this test alone."""
    before = get_layer()
    fresh = MemoryLayer()
    register_layer("default", fresh)
    yield fresh
    register_layer("default", before)
