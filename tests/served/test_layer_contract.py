"""The layers of others keep the contract of layers, as far as consumers rely on it."""

from importlib import import_module
from itertools import count
from typing import Any

import pytest

from chanx.layers import ChannelLayer
from chanx.testing.contract import ChannelLayerContract
from tests.redis_server import RedisServer

# They have no types.
InMemoryChannelLayer: Any = import_module("channels.layers").InMemoryChannelLayer
RedisChannelLayer: Any = import_module("channels_redis.core").RedisChannelLayer
RedisPubSubChannelLayer: Any = import_module("channels_redis.pubsub").RedisPubSubChannelLayer
FAST: Any = import_module("fast_channels.layers")
FastRedisLayer: Any = import_module("fast_channels.layers.redis").RedisChannelLayer
FastPubSubLayer: Any = import_module("fast_channels.layers.redis").RedisPubSubChannelLayer

PREFIXES = map("contract{}".format, count())


class TestInMemoryLayer(ChannelLayerContract):
    def make_layer(self) -> ChannelLayer:
        layer: ChannelLayer = InMemoryChannelLayer()
        return layer


class OnRedis(ChannelLayerContract):
    @pytest.fixture(autouse=True)
    def server(self, shared_redis: RedisServer) -> None:
        self.url = shared_redis.url


class TestRedisLists(OnRedis):
    def make_layer(self) -> ChannelLayer:
        hosts = [{"address": self.url, "socket_timeout": None}]
        layer: ChannelLayer = RedisChannelLayer(hosts=hosts, prefix=next(PREFIXES))
        return layer


class TestRedisPubSub(OnRedis):
    def make_layer(self) -> ChannelLayer:
        layer: ChannelLayer = RedisPubSubChannelLayer(hosts=[self.url], prefix=next(PREFIXES))
        return layer


class TestFastChannelsInMemory(ChannelLayerContract):
    def make_layer(self) -> ChannelLayer:
        layer: ChannelLayer = FAST.InMemoryChannelLayer()
        return layer


class TestFastChannelsRedisLists(OnRedis):
    def make_layer(self) -> ChannelLayer:
        hosts = [{"address": self.url, "socket_timeout": None}]
        layer: ChannelLayer = FastRedisLayer(hosts=hosts, prefix=next(PREFIXES))
        return layer


class TestFastChannelsRedisPubSub(OnRedis):
    def make_layer(self) -> ChannelLayer:
        layer: ChannelLayer = FastPubSubLayer(hosts=[self.url], prefix=next(PREFIXES))
        return layer
