"""What an operator may see of the live connections of a process, and the end of one of them."""

import secrets
import time
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass

from chanx.core.close_codes import CloseCode
from chanx.core.decorators import HandlerKind
from chanx.core.frames import Ref
from chanx.core.journal import described
from chanx.core.live_sessions import LiveSession, all_live_sessions
from chanx.core.observer import ConnectionFacts, Observer, Outcome
from chanx.observing.metrics import KNOWN_CODES


@dataclass(frozen=True, slots=True)
class LiveConnection:
    """A connection at the moment.

    Attributes:
        id: By which it is disconnected.
        consumer: The name of its consumer's class.
        path: The path of its handshake.
        user: What the log calls its user; None if nobody is known.
        groups: The groups that it is in.
        seconds: Since it was accepted.
        received: Frames of its client.
        sent: Frames that were sent to it.
        incoming: Frames that wait for the handler before them.
        outgoing: Messages that wait for the client to read.
        is_ending: Whether :meth:`Inspector.disconnect` was asked to end it.
    """

    id: str
    consumer: str
    path: str
    user: str | None
    groups: Sequence[str]
    seconds: float
    received: int
    sent: int
    incoming: int
    outgoing: int
    is_ending: bool

    @property
    def rates(self) -> tuple[float, float]:
        """Frames received and sent in a second, since the connection was accepted."""
        # A connection of some milliseconds has no rate worth showing.
        seconds = max(self.seconds, 1.0)
        return self.received / seconds, self.sent / seconds


@dataclass(frozen=True, slots=True)
class SlowHandling:
    """Something that took long to handle.

    Attributes:
        consumer: The name of the consumer's class.
        action: The action; None if a frame leads to no handler.
        seconds: How long it took.
        outcome: How it ended.
    """

    consumer: str
    action: str | None
    seconds: float
    outcome: Outcome


class Inspector:
    """Watches the connections of a process for its operators; goes into the setting ``observers``.

    It knows those of its own process, and of consumers that name it.

    Args:
        slow: Seconds from which a handler is slow.
        kept: How many of the last slow handlers are kept.
        close_code: With what it disconnects: 4403 asks clients not to come back as they are.

    Attributes:
        slow_handlers: The last ones, the newest first.
        close_codes: How many connections ended with each code; "other" for codes of clients.

    Example:
        >>> from chanx.core.websocket import AsyncJsonWebsocketConsumer
        >>> inspector = Inspector()
        >>> class Room(AsyncJsonWebsocketConsumer):
        ...     observers = [inspector]
        >>> inspector.connections()
        []
    """

    def __init__(
        self, *, slow: float = 1.0, kept: int = 50, close_code: int = CloseCode.FORBIDDEN
    ) -> None:
        self.slow: float = slow
        self.close_code: int = close_code
        # Bounded, and appended to by whichever event loop it was in: one step of CPython's, as is a
        # copy.
        self.slow_handlers: deque[SlowHandling] = deque(maxlen=kept)
        self.close_codes: Counter[str] = Counter()
        self._watched: dict[str, _Watched] = {}

    def __call__(self, facts: ConnectionFacts) -> Observer:
        """Return the observer of a connection.

        Args:
            facts: The connection.
        """
        return _Watched(self, facts, self._watched)

    def connections(self) -> list[LiveConnection]:
        """Return the connections that there are now, the oldest first. Any thread may ask."""
        # By the scope, the one thing that an observer and a session both know of a connection. Its
        # id is of no other scope, as the sessions in this list keep it.
        sessions = {id(each.connection.scope): each for each in _sessions()}
        found: list[LiveConnection] = []
        # A copy: connections begin and end in other threads meanwhile.
        for watched in [*self._watched.values()]:
            session = sessions.get(id(watched.facts.scope))
            if session is not None and (live := watched.with_(session)) is not None:
                found.append(live)
        return found

    def disconnect(self, connection_id: str) -> bool:
        """End a connection, from any thread; its client is told.

        Args:
            connection_id: The ``id`` of the connection.

        Returns:
            Whether there is such a connection.
        """
        # By an id of its own and not by the channel, which not every connection has; a page that is
        # minutes old may still name it, and must not meet another.
        watched = self._watched.get(connection_id)
        if watched is None:
            return False
        # Before it is asked for: it may have ended by the time that this returns.
        watched.is_ending = True
        scope = watched.facts.scope
        # Of all event loops, since nothing says in which it is; each ends its own, from within.
        for sessions in all_live_sessions():
            sessions.end(self.close_code, where=lambda session: session.connection.scope is scope)
        return True


class _Watched(Observer):
    """What is known of one connection."""

    def __init__(
        self, inspector: Inspector, facts: ConnectionFacts, live: "dict[str, _Watched]"
    ) -> None:
        self.facts = facts
        # Not a counter: pages of two processes behind one address would name different connections
        # alike.
        self._id = secrets.token_hex(8)
        self._inspector = inspector
        self._live = live
        self.is_ending = False
        self._began = 0.0
        self._received = self._sent = 0

    def with_(self, session: LiveSession) -> LiveConnection | None:
        """Return it with what its session knows; None if that came to its end meanwhile."""
        # Asked in the operator's thread. At its end a session lets go of what it refers to (Session
        # and Subscriber.release), attribute by attribute, at any moment of this.
        try:
            consumer, waiting = session.consumer, session.waiting
            return LiveConnection(
                self._id,
                self.facts.consumer,
                self.facts.path,
                None if session.user is None else described(consumer.describe_user, session.user),
                [*consumer.groups],
                time.monotonic() - self._began,
                self._received,
                self._sent,
                waiting.incoming,
                waiting.outgoing,
                self.is_ending,
            )
        except AttributeError:
            return None

    def connected(self) -> None:
        self._began = time.monotonic()
        # Only now: a handshake that is under way, or refused, is no connection to list.
        self._live[self._id] = self

    def received(self, action: str | None, size: int, ref: Ref | None) -> None:
        self._received += 1

    def handled(
        self, action: str | None, seconds: float, outcome: Outcome, kind: HandlerKind
    ) -> None:
        if seconds >= self._inspector.slow:
            slow = SlowHandling(self.facts.consumer, action, seconds, outcome)
            self._inspector.slow_handlers.appendleft(slow)

    def sent(self, action: object, size: int, ref: Ref | None) -> None:
        self._sent += 1

    def closed(self, code: int) -> None:
        self._live.pop(self._id, None)
        self._inspector.close_codes[str(int(code)) if code in KNOWN_CODES else "other"] += 1


def _sessions() -> list[LiveSession]:
    return [session for sessions in all_live_sessions() for session in sessions]


__all__ = ["Inspector", "LiveConnection", "SlowHandling"]
