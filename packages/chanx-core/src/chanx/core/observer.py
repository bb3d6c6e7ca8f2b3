"""Who is told what becomes of each connection, to count, time, trace or log it."""

import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Literal, Protocol, TypeAlias

from chanx.core.asgi import Scope
from chanx.core.connection import Connection
from chanx.core.decorators import HandlerKind
from chanx.core.frames import Ref

logger: Final = logging.getLogger("chanx.websocket")

# A text and not a Literal, since codes of a project's own are among them; a bounded set all the
# same, for labels.
Outcome: TypeAlias = str
"""How handling ended: ``done``; the code of the error that the client was told, one of
:data:`~chanx.messages.ErrorCode` or of a ``MessageError``, of which ``handler_error`` stands for an
event's handler that failed, too; or ``cancelled``, since the connection ended, which handlers that
did not heed it and were left behind count as, too."""

DropReason = Literal[
    "slow_client", "oldest", "coalesced", "connection_ended", "no_handler", "late_answer"
]
"""Why messages are lost: the client did not read what it was sent, so that its connection closes
with 4509, or the oldest that waited makes room, or a later one with the same key stands in its
place; frames of the client were read and not yet handled when the connection ended; an event has
no handler; a client answered a request of the server when that waited no more."""


class ConnectionFacts:
    """What may be known of a connection; it can be asked as long as the connection lives.

    Args:
        consumer: The name of its consumer's class.
        connection: The connection.
    """

    __slots__ = ("_connection", "consumer")

    def __init__(self, consumer: str, connection: Connection) -> None:
        self.consumer: str = consumer
        self._connection = connection

    @property
    def scope(self) -> Scope:
        """The ASGI connection scope."""
        # Read when it is asked for: middleware and authenticators change the scope in place.
        return self._connection.scope

    @property
    def path(self) -> str:
        """The path of the handshake, as the client wrote it: unbounded, as it may hold anything."""
        return str(self._connection.scope.get("path", ""))

    @property
    def channel(self) -> str:
        """The connection's name on its channel layer; empty as long as it has none."""
        return self._connection.channel

    @property
    def user(self) -> Any:
        """Who is connected: ``scope["user"]`` at the moment, or None.

        In Django it may be a lazy object, which asks the database when something looks at it.
        """
        return self._connection.scope.get("user")


# A protocol that is a base as well: its methods do nothing, and one overrides what one wants to
# know.
class Observer(Protocol):
    """Is told what becomes of one connection.

    Subclass it, override what you want to know, and name a factory in the setting ``observers``:
    a function that is given :class:`ConnectionFacts` when a connection begins, and returns the
    observer, or None for a connection that is of no interest. The class itself will do.

    All methods are called in the connection's event loop, between two of its steps, so they return
    at once: they count, and leave it to others to send. One that raises is logged, once for each
    connection, and told the next thing all the same. Nothing is measured where nobody observes.

    Example:
        >>> from collections import Counter
        >>> from chanx.core.websocket import AsyncJsonWebsocketConsumer
        >>> outcomes: Counter[tuple[str | None, Outcome]] = Counter()
        >>> class Counting(Observer):
        ...     def __init__(self, facts: ConnectionFacts) -> None:
        ...         self.consumer = facts.consumer
        ...
        ...     def handled(self, action, seconds, outcome, kind) -> None:
        ...         outcomes[action, outcome] += 1
        >>> class Room(AsyncJsonWebsocketConsumer):
        ...     observers = [Counting]
    """

    def connected(self) -> None:
        """The connection is accepted and served; before that come messages of its handshake."""
        return

    def refused(self, status: int) -> None:
        """The connection is refused, by whatever it was.

        Args:
            status: The HTTP status that says why, 400 to 599.
        """
        return

    def received(self, action: str | None, size: int, ref: Ref | None) -> None:
        """A frame came from the client.

        Args:
            action: The action, one of the consumer's; None if the frame is not a message that it
                takes, since a client may write anything.
            size: Its bytes.
            ref: The request's correlation id; None if it has none.
        """
        return

    def handling(
        self, action: str | None, kind: HandlerKind, trace: Mapping[str, str] | None
    ) -> None:
        """A message of the client, or a typed event, is about to be handled.

        It is called in the context (:mod:`contextvars`) in which the handler runs, and
        :meth:`handled` in the same when that has ended. Handlers may run beside each other, each
        in a context of its own.

        Args:
            action: The action; None if the frame is not a message that leads to a handler.
            kind: ``"message"`` or ``"event"``.
            trace: What a :class:`~chanx.core.tracing.Tracer` said where the event was sent; None
                if nothing came with it.
        """
        return

    def handled(
        self, action: str | None, seconds: float, outcome: Outcome, kind: HandlerKind
    ) -> None:
        """A message of the client, or a typed event, has been handled.

        Args:
            action: The action; None if the frame was not a message that leads to a handler.
            seconds: From the beginning of its handler to the last reply, of which the client may
                make a slow one.
            outcome: How it ended.
            kind: ``"message"`` or ``"event"``.
        """
        return

    def forwarding(self, action: object, trace: Mapping[str, str] | None) -> None:
        """A broadcast, or an event that is passed through, is about to be sent to the client.

        Args:
            action: Its action; None if it has none.
            trace: What a :class:`~chanx.core.tracing.Tracer` said where it was sent; None if
                nothing came with it.
        """
        return

    def sent(self, action: object, size: int, ref: Ref | None) -> None:
        """A frame was handed to the server.

        Args:
            action: The message's action; None if it has none.
            size: Its bytes.
            ref: The correlation id that it carries; None for none.
        """
        return

    def dropped(self, reason: DropReason, count: int) -> None:
        """Messages are lost.

        Args:
            reason: Why.
            count: How many.
        """
        return

    def layer_gap(self, seconds: float) -> None:
        """The channel layer was away, so that broadcasts and events may be missing.

        Args:
            seconds: For how long.
        """
        return

    def closed(self, code: int) -> None:
        """The connection has ended, and everything of it: the last call, for every connection.

        Args:
            code: The close code, as the consumer's ``disconnect`` is told; also of a connection
                that was refused, or that its client left while it was connecting.
        """
        return


ObserverFactory: TypeAlias = Callable[[ConnectionFacts], Observer | None]
"""Makes the observer of a connection; None if it is of no interest."""


def observer_of(
    facts: ConnectionFacts, factories: Iterable[ObserverFactory], log: Observer | None = None
) -> Observer | None:
    """Return all who observe a connection as one observer; None if nobody does.

    Args:
        facts: The connection.
        factories: What the setting ``observers`` holds.
        log: What logs the connection's messages; None if they are not logged.
    """
    # The log alone is our own, and needs nobody between that catches what it raises.
    if not factories:
        return log
    observers: list[Observer] = [] if log is None else [log]
    for factory in factories:
        try:
            observer = factory(facts)
        except Exception as error:  # noqa: BLE001 - a project's own code raises what it likes
            _log_failure(facts, getattr(factory, "__qualname__", repr(factory)), error)
        else:
            if observer is not None:
                observers.append(observer)
    # None, and not an empty one: whoever would tell it asks once, and does nothing for it then.
    return _Observers(facts, observers) if observers else None


class _Observers(Observer):
    """Several observers as one. What one raises harms neither the connection nor the others."""

    __slots__ = ("_facts", "_failed", "_observers")

    def __init__(self, facts: ConnectionFacts, observers: list[Observer]) -> None:
        self._facts = facts
        self._observers = observers
        # By position, as two observers may be equal, or without a hash.
        self._failed: set[int] = set()

    def _tell(self, what: str, *args: Any) -> None:
        for position, observer in enumerate(self._observers):
            try:
                getattr(observer, what)(*args)
            except Exception as error:  # noqa: BLE001 - a project's own code raises what it likes
                # Once for each connection: one that fails fails for every message.
                if position not in self._failed:
                    self._failed.add(position)
                    name = f"{type(observer).__qualname__}.{what}"
                    _log_failure(self._facts, name, error)

    def connected(self) -> None:
        self._tell("connected")

    def refused(self, status: int) -> None:
        self._tell("refused", status)

    def received(self, action: str | None, size: int, ref: Ref | None) -> None:
        self._tell("received", action, size, ref)

    def handling(
        self, action: str | None, kind: HandlerKind, trace: Mapping[str, str] | None
    ) -> None:
        self._tell("handling", action, kind, trace)

    def handled(
        self, action: str | None, seconds: float, outcome: Outcome, kind: HandlerKind
    ) -> None:
        self._tell("handled", action, seconds, outcome, kind)

    def forwarding(self, action: object, trace: Mapping[str, str] | None) -> None:
        self._tell("forwarding", action, trace)

    def sent(self, action: object, size: int, ref: Ref | None) -> None:
        self._tell("sent", action, size, ref)

    def dropped(self, reason: DropReason, count: int) -> None:
        self._tell("dropped", reason, count)

    def layer_gap(self, seconds: float) -> None:
        self._tell("layer_gap", seconds)

    def closed(self, code: int) -> None:
        self._tell("closed", code)


def _log_failure(facts: ConnectionFacts, name: str, error: Exception) -> None:
    known = {"channel": facts.channel, "consumer": facts.consumer, "path": facts.path}
    logger.error("The observer %s failed", name, exc_info=error, extra=known)


__all__ = [
    "ConnectionFacts",
    "DropReason",
    "Observer",
    "ObserverFactory",
    "Outcome",
    "observer_of",
]
