"""Where Redis is: addresses, and the clients of redis-py for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, cast
from urllib.parse import parse_qsl, unquote, urlsplit, urlunsplit

import redis
import redis.asyncio
from redis.asyncio.retry import Retry as AsyncRetry
from redis.asyncio.sentinel import Sentinel as AsyncSentinel
from redis.backoff import NoBackoff
from redis.retry import Retry
from redis.sentinel import Sentinel

from chanx.core.errors import ConfigurationError

FAILURES: Final = (redis.RedisError, OSError, TimeoutError)
"""What redis-py raises where a server cannot be reached, or cannot answer now."""

SENTINEL_PORT: Final = 26379
Host = str | tuple[str, int] | Mapping[str, Any]
"""An address as channels_redis takes it too: a URL, a host with its port, or a mapping with the
``address`` and further options of redis-py."""

_SCHEMES: Final = (
    *("redis", "rediss", "unix"),
    *("redis+sentinel", "rediss+sentinel", "redis+cluster", "rediss+cluster"),
)


# redis-py's own types are not complete.
_redis: Any = redis
_redis_asyncio: Any = redis.asyncio


class Client(Protocol):
    """What is used of redis-py's asynchronous client."""

    connection_pool: Any

    async def execute_command(self, *words: str | bytes) -> Any:
        """Return Redis's answer to a command."""
        ...

    async def aclose(self) -> None:
        """Close the connections."""
        ...


class SyncClient(Protocol):
    """What is used of redis-py's client for threads."""

    connection_pool: Any

    def publish(self, channel: str, message: bytes) -> Any:
        """Publish a message."""
        ...

    def execute_command(self, *words: str | bytes) -> Any:
        """Return Redis's answer to a command."""
        ...


@dataclass(frozen=True, slots=True)
class Server:
    """One Redis, or what stands for the present one behind Sentinels.

    Attributes:
        url: Its address: ``redis://``, ``rediss://``, ``unix://`` as redis-py has them, or
            ``redis+sentinel://[user:password@]host[:port][,host[:port]...]/service[/database]``, or
            ``redis+cluster://[user:password@]host[:port][,host[:port]...]``.
        options: Further arguments of redis-py's connections.
        timeout: Seconds for connecting, and for the answer to one command.
    """

    url: str
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    timeout: float = 5.0

    @classmethod
    def of(cls, host: Host, timeout: float) -> "Server":
        """Return the server of an address.

        Args:
            host: The address.
            timeout: Seconds for connecting, and for the answer to one command.

        Raises:
            ConfigurationError: If it is not one.
        """
        options: dict[str, Any] = {}
        if isinstance(host, Mapping):
            # A copy: the mapping is the project's CONFIG, from which several layers may be made.
            options = dict(host)
            host = options.pop("address", None) or (
                options.pop("host", "localhost"),
                options.pop("port", 6379),
            )
        if not isinstance(host, str):
            name, port = cast("Sequence[Any]", host)
            host = f"redis://{name}:{port}"
        scheme = urlsplit(host).scheme
        if scheme not in _SCHEMES:
            known = ", ".join(f"{each}://" for each in _SCHEMES)
            raise ConfigurationError(
                f"RedisLayer does not know the scheme of {_masked(host)!r}: use one of {known}."
            )
        server = cls(host, options, timeout)
        if server.is_cluster and urlsplit(host).path.strip("/"):
            raise ConfigurationError(
                f"A Redis Cluster has no databases: leave out what follows the hosts of {server}."
            )
        # Now, so that an address which cannot be read fails where the layer is made, and not at its
        # first connection in whichever task.
        try:
            _ = [each.database for each in (server.nodes if server.is_cluster else [server])]
        except ValueError as error:
            raise ConfigurationError(f"RedisLayer cannot read {server}: {error}.") from error
        return server

    def __str__(self) -> str:
        return _masked(self.url)

    @property
    def is_cluster(self) -> bool:
        """Whether it is a cluster of several servers."""
        return urlsplit(self.url).scheme.endswith("+cluster")

    @property
    def host(self) -> str:
        """The name of its machine."""
        return urlsplit(self.url).hostname or "localhost"

    @property
    def nodes(self) -> "list[Server]":
        """The nodes of a cluster that its address names."""
        hosts = urlsplit(self.url).netloc.rpartition("@")[2]
        return [self.node(each) for each in hosts.split(",")]

    def node(self, host: str) -> "Server":
        """Return a node of a cluster, by its host and port."""
        parts = urlsplit(self.url)
        credentials, at, _ = parts.netloc.rpartition("@")
        scheme = parts.scheme.removesuffix("+cluster")
        # With the cluster's credentials and options: CLUSTER SLOTS gives only hosts and ports. It
        # has no path, since a cluster has only database 0 (Redis Cluster specification).
        url = urlunsplit((scheme, f"{credentials}{at}{host}", "", parts.query, ""))
        return Server(url, self.options, self.timeout)

    @property
    def database(self) -> int:
        """The database's number. Redis's pub/sub knows no databases, so names have to."""
        if self.is_cluster:
            return 0  # There is no other.
        if self._is_sentinel:
            _, _, database = self._sentinel_path
            return database
        # Read by redis-py itself, which takes it from path, query or options. It does not connect
        # for that.
        client = _redis.Redis.from_url(self.url, **self.options)
        return int(client.connection_pool.connection_kwargs.get("db") or 0)

    def listening(self) -> Client:
        """Return a client for one connection that waits for messages as long as it takes.

        It never connects again by itself: then nobody would know what was missed.
        """
        client = self._asynchronous(retry=AsyncRetry(NoBackoff(), 0))
        # A URL's own options would win over arguments.
        client.connection_pool.connection_kwargs |= {
            # Asked for by Subscriber instead: redis-py's own check only runs before a read, and
            # that of a quiet connection has begun long ago.
            "health_check_interval": 0,
            # Since redis-py 8 the default is 5 seconds, after which a read that merely has nothing
            # to read fails.
            "socket_timeout": None,
        }
        return client

    def sending(self) -> Client:
        """Return a client for commands, of the event loop that runs."""
        # Without redis-py's retries, here and below: a message whose answer was lost may have been
        # published, and only `wait` says whether it may be twice.
        return self._asynchronous(socket_timeout=self.timeout, retry=AsyncRetry(NoBackoff(), 0))

    def sending_sync(self) -> SyncClient:
        """Return a client for commands, safe between threads and forks."""
        options = self._with_defaults(
            {"socket_timeout": self.timeout, "retry": Retry(NoBackoff(), 0)}
        )
        if self._is_sentinel:
            return cast("SyncClient", _as_bytes(self._behind(Sentinel, options)))
        # As many connections as threads send at once.
        pool = _redis.ConnectionPool.from_url(self.url, **options)
        return cast("SyncClient", _as_bytes(_redis.Redis(connection_pool=pool)))

    def _asynchronous(self, **options: Any) -> Client:
        options = self._with_defaults(options)
        if self._is_sentinel:
            client = self._behind(AsyncSentinel, options)
        else:
            client = _redis_asyncio.Redis.from_url(self.url, **options)
        return cast("Client", _as_bytes(client))

    def _with_defaults(self, options: Mapping[str, Any]) -> dict[str, Any]:
        defaults: dict[str, Any] = {}
        # Of TCP: a connection by a socket file knows no keep-alive, and refuses the argument.
        if urlsplit(self.url).scheme != "unix":
            defaults = {"socket_connect_timeout": self.timeout, "socket_keepalive": True}
        # The layer's own last, as it relies on them; what the project gives is above what is only
        # usual.
        return {**defaults, **self.options, **options}

    # Sentinels

    def _behind(self, kind: Any, options: Mapping[str, Any]) -> Any:
        """Return a client of the present master, by redis-py's class of Sentinels."""
        sentinels, service, database = self._sentinel_path
        sentinel = kind(sentinels, **self._credentials, db=database, **options)
        return sentinel.master_for(service)

    @property
    def _is_sentinel(self) -> bool:
        return urlsplit(self.url).scheme.endswith("+sentinel")

    @property
    def _sentinel_path(self) -> tuple[list[tuple[str, int]], str, int]:
        """The Sentinels, the service's name and the database."""
        parts = urlsplit(self.url)
        # Not parts.hostname, which takes all hosts for one. From the right, as a password may hold
        # an "@".
        hosts = parts.netloc.rpartition("@")[2]
        sentinels: list[tuple[str, int]] = []
        for each in hosts.split(","):
            name, _, port = each.rpartition(":") if ":" in each else (each, "", "")
            sentinels.append((name, int(port or SENTINEL_PORT)))
        service, _, database = parts.path.lstrip("/").partition("/")
        if not service:
            raise ConfigurationError(
                f"{self} names no service: write redis+sentinel://host:26379/SERVICE."
            )
        return sentinels, unquote(service), int(database or 0)

    @property
    def _credentials(self) -> dict[str, Any]:
        """What the Redis behind the Sentinels wants, and with ``sentinel_`` they themselves."""
        parts = urlsplit(self.url)
        options: dict[str, Any] = {}
        if parts.username:
            options["username"] = unquote(parts.username)
        if parts.password:
            options["password"] = unquote(parts.password)
        # Of the Redis itself; Sentinels have TLS by sentinel_ssl.
        if parts.scheme.startswith("rediss"):
            options["ssl"] = True
        of_sentinels = {
            name.removeprefix("sentinel_"): value for name, value in parse_qsl(parts.query)
        }
        if of_sentinels:
            options["sentinel_kwargs"] = of_sentinels
        return options


def _as_bytes(client: Any) -> Any:
    """Return a client whose answers are bytes, whatever its URL says."""
    # Messages are bytes of msgpack, which no decoding survives, and a cluster's hosts are read as
    # bytes (Nodes.learn). Here, as a URL's own options would win over arguments.
    client.connection_pool.connection_kwargs["decode_responses"] = False
    return client


async def close(client: Client) -> None:
    """Close all connections of a client, those to Sentinels included."""
    await client.aclose()
    # redis-py closes the pool of the master alone.
    for each in _sentinels_of(client):
        await each.aclose()


def close_idle(client: SyncClient) -> None:
    """Close the connections of a client that no thread uses at present."""
    for each in (client, *_sentinels_of(client)):
        each.connection_pool.disconnect(inuse_connections=False)


def _sentinels_of(client: Client | SyncClient) -> list[Any]:
    manager: Any = getattr(client.connection_pool, "sentinel_manager", None)
    return [] if manager is None else manager.sentinels


def _masked(url: str) -> str:
    """Return a URL without its password, for logs and errors."""
    # Without the query: redis-py takes a password from there as well.
    scheme, separator, rest = url.partition("?")[0].partition("://")
    credentials, at, place = rest.rpartition("@")
    user = f"{credentials.partition(':')[0]}:***" if at else ""
    return f"{scheme}{separator}{user}{at}{place}"


__all__ = ["FAILURES", "Client", "Host", "Server", "SyncClient", "close", "close_idle"]
