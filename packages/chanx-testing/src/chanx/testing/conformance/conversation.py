"""A conversation with a server: frames go out, and what comes is kept, until nothing more does."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from chanx.asyncapi.walk import is_array, is_object
from chanx.core.close_codes import close_code_for
from chanx.core.errors import ConfigurationError
from chanx.testing.conformance.hooks import Hooks
from chanx.testing.conformance.hosts import Connection, Host
from chanx.testing.conformance.opening import Opening, opening_of, places_of
from chanx.testing.conformance.scripts import (
    Exchange,
    Frame,
    Raw,
    Received,
    Seen,
    Step,
    filled,
    read_frame,
    written,
)
from chanx.testing.conformance.subject import Subject, is_refusal, ref_of, ref_path
from chanx.testing.driver import Close


@dataclass(slots=True)
class Arrival:
    """What came of a handshake.

    Attributes:
        opening: What it said.
        received: What came before anything was sent.
        errors: What failed meanwhile.
        connection: The connection.
        closed: How it was refused; None for one that was let in.
        is_judged: Whether somebody has looked at what came.
    """

    opening: Opening
    received: list[Received]
    errors: list[str]
    connection: Connection
    closed: Close | None
    is_judged: bool = False

    @property
    def is_open(self) -> bool:
        """Whether the connection is open, still."""
        return self.connection.closed is None

    @property
    def code(self) -> int:
        """The code of a refusal; that which mirrors its status for one by HTTP; 0 for none."""
        code = 0 if self.closed is None else self.closed.code
        return close_code_for(code) if self.connection.is_denied else code


@dataclass(slots=True)
class _Member:
    arrival: Arrival
    sent: int = 0


class Conversation:
    """One or two connections of members, which are opened when they are needed.

    Args:
        host: The server.
        subject: What the document says of the connection.
        hooks: What the project adds.

    Attributes:
        host: The server.
        subject: What the document says of the connection.
        hooks: What the project adds.
        exchanges: What was said since the connections were opened, latest last.
        arrivals: What came of the handshakes since, latest last.
    """

    def __init__(self, host: Host, subject: Subject, hooks: Hooks) -> None:
        self.host = host
        self.subject = subject
        self.hooks = hooks
        self.exchanges: list[Exchange] = []
        self.arrivals: list[Arrival] = []
        self._members: dict[int, _Member] = {}
        self._is_alone = hooks.members < 2

    # Connections

    async def opening(self, member: int) -> Opening:
        """Return what a member says to be let in: document, credentials and hooks together."""
        opening = opening_of(self.subject, member)
        for place in places_of(self.subject):
            if secret := await self.hooks.credentials(place, member):
                opening.put(place, secret)
                break
        await self.hooks.prepare(opening)
        return opening

    async def arrive(self, opening: Opening) -> Arrival:
        """Connect, and wait until nothing more comes."""
        self.host.errors()
        connection = await self.host.connect(opening, self.hooks.timeout)
        frames, _ = await connection.rest(self.hooks.timeout)
        received = [read_frame(frame) for frame in frames]
        return Arrival(opening, received, self.host.errors(), connection, connection.closed)

    async def member(self, number: int) -> Arrival:
        """Return a member's connection, a new one if there is none that is open.

        Raises:
            ConfigurationError: If the server lets nobody in.
        """
        known = self._members.get(number)
        if known is not None and known.arrival.is_open:
            return known.arrival
        if number == 0:
            await self.end()
        arrival = await self.arrive(await self.opening(number))
        self.arrivals.append(arrival)
        self._members[number] = _Member(arrival)
        if not arrival.is_open and not arrival.errors:
            if number == 0:
                raise ConfigurationError(self._not_let_in(arrival))
            self._is_alone = True  # as where a place is for one
        return arrival

    def _not_let_in(self, arrival: Arrival) -> str:
        closed = arrival.closed
        path = arrival.opening.path
        if any(name in path for name in arrival.opening.query):
            path = path.partition("?")[0] + "?..."
        places = ", ".join(map(str, places_of(self.subject)))
        needs = f"It declares credentials in {places}: return one from `credentials`. " * bool(
            places
        )
        said = "".join(f"\n  {frame.text}" for frame in arrival.received)
        return (
            f"{self.subject.name}: {path} is refused with {closed.code if closed else '?'}. {needs}"
            f"Hooks say what the document does not, such as which room there is: `prepare`. See "
            f"docs/conformance.md.{said}"
        )

    async def end(self) -> None:
        """Close all connections, and forget what was said."""
        members, self._members = self._members, {}
        for member in members.values():
            await member.arrival.connection.close()
        self.exchanges.clear()
        self.arrivals.clear()

    # Frames

    async def say(self, step: Step) -> Exchange:
        """Send a frame, and whatever it asks for behind it; return what comes of all."""
        number = 0 if self._is_alone else step.member
        await self._make_room(number)
        arrival = await self.member(number)
        pushes = list[tuple[int, Received]]()
        if not self._is_alone:
            pushes = [(1 - number, item) for item in await self._drained(1 - number)]
            number = 0 if self._is_alone else number
            arrival = await self.member(number)
        exchange = self._begun(step, number)
        exchange.pushes = pushes
        connection = arrival.connection
        self.host.errors()
        if connection.closed is None:
            exchange.before = await self._drained(number)
            await self._speak(connection, exchange)
        self._gather(exchange, connection)
        self.exchanges.append(exchange)
        return exchange

    async def _speak(self, connection: Connection, exchange: Exchange) -> None:
        timeout = self.hooks.timeout
        frames = list[Any]()
        await connection.send(exchange.sent)
        if exchange.step.cancel is not None:
            first = await connection.first(timeout)
            frames += [first] if first is not None else []
            exchange.cancelled_after = len(frames)
            if connection.closed is None:
                await connection.send(written(exchange.step.cancel))
        rest, exchange.is_quiet = await connection.rest(timeout, self._end_of(exchange))
        exchange.answers = [read_frame(frame) for frame in (*frames, *rest)]
        if exchange.kind in ("invalid", "broken") and connection.closed is None:
            await self._ping(connection, exchange)

    def _end_of(self, exchange: Exchange) -> Callable[[list[Frame]], bool] | None:
        """Return what tells that a stream has come to its end; None for what is not a stream."""
        operation = exchange.operation
        if exchange.kind != "valid" or operation is None or not operation.ends:
            return None

        def has_ended(frames: list[Frame]) -> bool:
            return any(
                message.name in operation.ends or is_refusal(message)
                for frame in frames
                for message in self.subject.matching("server", read_frame(frame).value)
            )

        return has_ended

    async def _ping(self, connection: Connection, exchange: Exchange) -> None:
        """See whether the connection still does what it did, behind a frame that was not valid."""
        heartbeat = self.subject.heartbeat
        if heartbeat is None or heartbeat.messages[0].payload is None:
            return
        frame = self.subject.schemas.one(heartbeat.messages[0].payload.pointer)
        exchange.ping = written(frame)
        await connection.send(exchange.ping)
        rest, _ = await connection.rest(self.hooks.timeout)
        found = [read_frame(frame) for frame in rest]
        names = {message.name for message in heartbeat.replies}
        exchange.is_alive = any(
            message.name in names
            for item in found
            for message in self.subject.matching("server", item.value)
        )
        # What else has come belongs to the frame, except one answer.
        exchange.closed = connection.closed

    def _gather(self, exchange: Exchange, connection: Connection) -> None:
        for number, member in self._members.items():
            if member.arrival.connection is not connection:
                frames = member.arrival.connection.taken()
                exchange.pushes += [(number, read_frame(frame)) for frame in frames]
        exchange.closed = connection.closed
        exchange.errors = self.host.errors()

    async def _drained(self, number: int) -> list[Received]:
        """Return what came by itself: a push of what another member did on arriving, for one."""
        arrival = await self.member(number)
        return [read_frame(frame) for frame in arrival.connection.taken()]

    async def _make_room(self, number: int) -> None:
        """Begin anew where the limits of frames at once are reached, or each frame is alone."""
        member = self._members.get(number)
        if member is None:
            return
        is_used_up = member.sent + self.host.frames_for_step >= self.subject.burst
        if is_used_up or (self.hooks.isolation == "connection" and member.sent):
            await self.end()

    def _begun(self, step: Step, number: int) -> Exchange:
        self._members[number].sent += self.host.frames_for_step
        if isinstance(step.frame, Raw):
            value = read_frame(step.frame.data).value
            operation = None if step.frame.kind == "broken" else self.subject.operation_of(value)
            return Exchange(step, step.frame.data, value, step.frame.kind, operation)
        sources = dict[tuple[str, ...], str]()
        seen = dict[Seen, Any]()
        for path, place in _places(step.frame, ()):
            if (found := self._latest(place)) is not None:
                seen[place], sources[path] = found
        value = filled(step.frame, seen)
        operation = self.subject.operation_of(value)
        ref = None
        for message in operation.messages if operation else ():
            ref = ref_of(message, value) if ref_path(message) else None
        kind = self.subject.verdict(value)
        return Exchange(step, written(value), value, kind, operation, ref, sources=sources)

    def _latest(self, place: Seen) -> tuple[Any, str] | None:
        """Return what stands at a place of the latest message of a name, and how to say that."""
        for number in range(len(self.exchanges) - 1, -1, -1):
            for index, answer in enumerate(self.exchanges[number].answers):
                names = {item.name for item in self.subject.matching("server", answer.value)}
                value = answer.value
                for key in place.path:
                    value = value.get(key) if is_object(value) else None
                if place.message in names and value is not None:
                    where = "".join(f"[{key!r}]" for key in place.path)
                    return value, f"answers_{number}[{index}]{where}"
        return None


def _places(value: Any, path: tuple[str, ...]) -> "list[tuple[tuple[str, ...], Seen]]":
    if isinstance(value, Seen):
        return [(path, value)]
    below: Mapping[Any, Any] = (
        value if is_object(value) else dict(enumerate(value)) if is_array(value) else {}
    )
    return [found for key, item in below.items() for found in _places(item, (*path, repr(key)))]


__all__ = ["Arrival", "Conversation"]
