"""The layers of chanx keep the contract of layers."""

import itertools

import pytest

from chanx.layers import ChannelLayer, MemoryLayer, RedisLayer
from chanx.testing import FaultyLayer
from chanx.testing.contract import ChannelLayerContract
from tests.redis_server import RedisServer

PREFIXES = map("test{}".format, itertools.count())


class TestMemoryLayer(ChannelLayerContract):
    def make_layer(self) -> ChannelLayer:
        return MemoryLayer()


class TestFaultyLayer(ChannelLayerContract):
    def make_layer(self) -> ChannelLayer:
        return FaultyLayer(MemoryLayer())


class TestRedisLayer(ChannelLayerContract):
    @pytest.fixture(autouse=True)
    def server(self, shared_redis: RedisServer) -> None:
        self.url = shared_redis.url

    def make_layer(self) -> ChannelLayer:
        return RedisLayer(self.url, prefix=next(PREFIXES))


class TestRedisLayerOverTwoDatabases(TestRedisLayer):
    def make_layer(self) -> ChannelLayer:
        urls = [f"{self.url}?db={number}" for number in range(2)]
        return RedisLayer(urls, prefix=next(PREFIXES))
