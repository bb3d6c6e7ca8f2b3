"""The channel layers of a process, by alias."""

from collections.abc import Iterator

import pytest

from chanx.core.errors import ChanxError, UnknownLayerError
from chanx.layers import DEFAULT_ALIAS, MemoryLayer, get_layer, register_layer


@pytest.fixture(autouse=True)
def default_layer() -> Iterator[None]:
    yield
    register_layer(DEFAULT_ALIAS, MemoryLayer())


def test_the_default_is_one_memory_layer_until_another_is_registered() -> None:
    assert isinstance(get_layer(), MemoryLayer)
    assert get_layer() is get_layer("default")
    layer = MemoryLayer()
    register_layer("default", layer)
    assert get_layer() is layer


def test_an_unknown_alias_is_an_error_that_lists_the_known_ones_and_the_fix() -> None:
    register_layer("notifications", MemoryLayer())
    with pytest.raises(UnknownLayerError) as caught:
        get_layer("notification")
    assert isinstance(caught.value, ChanxError)
    assert isinstance(caught.value, LookupError)
    for text in ("'notification'", "default", "notifications", "register_layer('notification', "):
        assert text in str(caught.value)
