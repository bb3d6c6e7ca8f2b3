"""The bounds within which a connection is served."""

import math
from dataclasses import dataclass, fields
from typing import Final, Literal, get_args

from chanx.core.errors import ConfigurationError

PARSER_DEPTH: Final = 200
"""The nesting that the JSON parser takes, whatever stands at its bottom; a lower ``max_depth``
costs a walk over each frame."""

SlowClient = Literal["close", "drop_oldest", "coalesce"]
"""What happens when more waits for a client than may; see :attr:`Limits.slow_client`."""

# Those that may be fractions: seconds and rates. What counts things or bytes is whole.
_FRACTIONS: Final = {
    "handshake_timeout",
    "close_timeout",
    "drain_timeout",
    "layer_timeout",
    "reconnect_within",
    "stall_timeout",
    "max_messages_per_second",
    "max_messages_per_second_per_user",
    "idle_timeout",
    "heartbeat",
    "max_connection_age",
    "handler_timeout",
    "authentication_grace",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one connection may use; crossing a limit has an error code, a close code or both.

    Set it on a consumer (``limits = Limits(...)``) or for the project.

    Attributes:
        max_message_size: Bytes of one client frame. A larger one is answered with ``too_large``
            and close code 4413. It bounds the time for which a frame may keep others waiting as
            well: no frame of 64 KiB validates, or is found wrong, in more than about 50 ms,
            whatever its message declares, but for validators of the project's own. A message
            that would take longer is answered with an error of type ``too_complex``. Of many such
            frames at once the event loop takes one in a turn.
        max_depth: Nesting of arrays and objects in one client frame, 1 to 200. A deeper one is
            answered with ``too_deep``.
        max_incoming_queue: Client frames that wait while a handler runs. When as many wait, or so
            many bytes of them, reading pauses, and the transport's flow control holds the client
            back.
        max_incoming_bytes: Bytes of memory for these; a frame over ``max_message_size`` is dropped
            as it comes.
        stall_timeout: Seconds for which reading pauses. Then it goes on, so that the end of the
            connection is noticed, and the server hears that its client lives; each further frame
            is answered with ``too_many_requests`` and left, as long as there is no room. An answer
            that waits as long behind what the client does not read is left as well.
        max_outgoing_queue: Messages that wait because the client does not read what it is sent:
            replies of concurrent handlers, broadcasts and events.
        max_outgoing_bytes: Bytes of these, beyond the frame that is being written.
        slow_client: What happens when more would wait. ``"close"`` closes the connection with
            4509, so that the client reconnects instead of missing messages without knowing.
            ``"drop_oldest"`` leaves the broadcasts that have waited longest. ``"coalesce"`` puts
            a broadcast in the place of one that waits with the same key
            (``class Moved(BaseMessage, coalesce="payload.id")``). Where that does not help, the
            connection is closed all the same; what is left out, observers are told
            (``dropped``).
        max_concurrent_handlers: Handlers declared ``concurrent=True`` that run at once. Further
            frames wait.
        max_handshake_size: Bytes of path, query and headers of a handshake together; None for what
            the server takes. A larger one is refused with 4431 (RFC 6585, 5: 431), after its origin
            and before anything else is asked about it.
        handshake_timeout: Seconds for authentication and ``connect()`` together; None for no
            bound. A slower handshake is refused with 4408.
        close_timeout: Seconds for which a connection that ends waits: until its client has read
            why, or until what it cancelled has ended, and then until its channel layer has let it
            go. Then the client is given up, and a handler that swallows its cancellation is left
            behind, which is logged.
        drain_timeout: Seconds that handlers get to end when the server stops
            (:func:`chanx.core.drain`); then they are cancelled. The process is to live for two
            more.
        reconnect_within: Seconds over which clients are to spread their return, then and wherever
            they are closed, or find no place, with a code after which many may come back at once
            (1012, 4429, 45xx): each is told another moment, at random.
        layer_timeout: Seconds for which the channel layer may fail while the connection is to
            receive from it. It is tried again until then; longer failures close with 4503.
        max_messages_per_second: Client frames a second over a longer time; None for no bound.
            Frames above it are answered with ``too_many_requests`` and not handled.
        max_burst: Client frames that may arrive at once before that rate counts.
        max_messages_per_second_per_user: Client frames a second of all connections of one user
            together, by ``user_id`` of the consumer when it has accepted, in all processes that
            share a layer which counts, such as ``RedisLayer``; elsewhere in each process for
            itself. Frames above it are answered with ``too_many_requests``. A process takes a tenth
            of the burst at a time, so that as many for each process may be handled too many, or
            too few. Where the layer does not answer, frames are handled, and the log says so once.
            None for no bound.
        max_burst_per_user: Frames of a user that may arrive at once before that rate counts.
        idle_timeout: Seconds without a frame from the client after which the connection is closed
            with 4510; None for no bound. A server's own pings are none of them, the answer to
            :attr:`heartbeat` is one.
        heartbeat: Seconds without a frame from the client after which it is sent
            ``{"action": "ping"}``. A client that sends nothing within as many again, for which
            ``{"action": "pong"}`` does, is closed with 4510. For proxies that close what is silent
            and servers that do not ping, such as hypercorn. None to send none.
        max_connection_age: Seconds after which a connection is closed with 4511, so that its client
            connects again, to another process or with other rights; up to a tenth less, at random,
            so that clients do not come back together. Handlers under way may end, for at most
            ``drain_timeout``. None for any age.
        handler_timeout: Seconds that a handler, an error hook, ``post_authentication()`` or
            ``disconnect()`` may take; a stream to its end. It is cancelled then: a message is
            answered with ``handler_timeout``, a connection whose ``post_authentication()`` took so
            long is closed with 4500. None for no bound.
        authentication_grace: Seconds for which a connection lives on once its authentication has
            expired (``expires_at`` of the consumer), for its client to present new
            credentials. Then it is closed with 4401.
        max_connections: Connections that a process serves, handshakes included; None for any
            number. Further ones are refused with 4503, before anything is asked about them. It
            counts, as the next three do, the connections of all consumers that have the limit.
        max_connections_per_address: Those of one client address; further ones are refused with
            4429. Behind a proxy the setting ``client_address_header`` says where the address
            stands. Of IPv6 a network of 64 bits is an address.
        max_connections_per_user: Those of one user, by ``user_id`` of the consumer; further ones
            are refused with 4429, once it is known whose they are.
        max_handshakes_per_address: Handshakes of one client address that are under way at once;
            further ones are refused with 4429, so that expensive authentication of one client
            leaves time for others.
        max_groups: Groups that a connection is in; joining more raises ``TooManyGroups``.
        max_tasks: Tasks that a connection runs by ``start_task``; more raise ``TooManyTasks``.

    Raises:
        ConfigurationError: If a value is outside what its description says, or could never count:
            a burst without its rate, a heartbeat that silence ends before.

    Example:
        >>> Limits(max_message_size=1024 * 1024, max_messages_per_second=20).max_burst
        100
    """

    # Of which no frame takes 50 ms (tests/core/test_careful.py). Servers take 16 MiB by default,
    # daphne 1.
    max_message_size: int = 64 * 1024
    # The parser's own: a lower one is a walk over each frame (frames.is_deeper).
    max_depth: int = PARSER_DEPTH
    max_incoming_queue: int = 1024
    max_incoming_bytes: int = 1024 * 1024
    stall_timeout: float = 5.0
    max_outgoing_queue: int = 1024
    max_outgoing_bytes: int = 1024 * 1024
    slow_client: SlowClient = "close"
    max_concurrent_handlers: int = 16
    max_handshake_size: int | None = None
    # The one time that is on by default and may be off: what hangs in a handshake, nobody else
    # would end, as heartbeats and silence count from the accept.
    handshake_timeout: float | None = 10.0
    close_timeout: float = 5.0
    # With the two seconds that follow, within the 30 that Kubernetes gives a process by default.
    drain_timeout: float = 10.0
    reconnect_within: float = 10.0
    layer_timeout: float = 60.0
    # Off, as the times and caps below are: which rate, silence or age is right, only the project
    # knows.
    max_messages_per_second: float | None = None
    max_burst: int = 100
    max_messages_per_second_per_user: float | None = None
    max_burst_per_user: int = 100
    idle_timeout: float | None = None
    heartbeat: float | None = None
    max_connection_age: float | None = None
    handler_timeout: float | None = None
    authentication_grace: float = 30.0
    max_connections: int | None = None
    max_connections_per_address: int | None = None
    max_connections_per_user: int | None = None
    max_handshakes_per_address: int | None = None
    max_groups: int = 100
    max_tasks: int = 100

    def __post_init__(self) -> None:
        if self.slow_client not in get_args(SlowClient):
            raise ConfigurationError(
                f"Limits.slow_client is {self.slow_client!r}: use one of "
                f"{', '.join(get_args(SlowClient))}."
            )
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name == "slow_client":
                continue
            if value is None and field.name in _UNBOUNDED:
                continue
            kinds = int | float if field.name in _FRACTIONS else int
            # Neither NaN nor infinity is within: None says that there is no bound.
            is_within = isinstance(value, kinds) and 0 < value < math.inf
            # A bool is an int to Python: max_groups=True would be one group.
            if isinstance(value, bool) or not is_within:
                expected = "a number" if field.name in _FRACTIONS else "a whole number"
                without = ", or None for no bound" if field.name in _UNBOUNDED else ""
                raise ConfigurationError(
                    f"Limits.{field.name} is {value!r}: use {expected} above zero{without}."
                )
        if self.max_depth > PARSER_DEPTH:
            raise ConfigurationError(
                f"Limits.max_depth is {self.max_depth}: the JSON parser takes {PARSER_DEPTH}."
            )
        self._check_together()

    def _check_together(self) -> None:
        """Refuse what could never count, beside what else is set or is not.

        Raises:
            ConfigurationError: If there is something.
        """
        for burst, rate in _RATES.items():
            # Beside its default only, since a dataclass does not know what was given.
            if getattr(self, rate) is None and getattr(self, burst) != _DEFAULTS[burst]:
                raise ConfigurationError(
                    f"Limits.{burst} is {getattr(self, burst)}, and counts with {rate} only: set "
                    f"that as well, in frames a second."
                )
        silence, beat = self.idle_timeout, self.heartbeat
        if silence is not None and beat is not None and beat >= silence:
            raise ConfigurationError(
                f"Limits.heartbeat is {beat:g}, and would never be sent: idle_timeout closes after "
                f"{silence:g} seconds of silence. Use a shorter heartbeat, such as {silence / 2:g}."
            )


_DEFAULTS: Final = {each.name: each.default for each in fields(Limits)}

_RATES: Final = {
    "max_burst": "max_messages_per_second",
    "max_burst_per_user": "max_messages_per_second_per_user",
}
"""What may come at once, and the rate that counts then."""

_UNBOUNDED: Final = {"handshake_timeout"} | {
    each.name for each in fields(Limits) if each.default is None
}


__all__ = ["PARSER_DEPTH", "Limits", "SlowClient"]
