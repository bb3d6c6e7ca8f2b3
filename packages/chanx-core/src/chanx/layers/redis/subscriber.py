"""The connections of one event loop to one Redis: one to hear by, and some to publish over."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from itertools import islice
from typing import Any, Final, cast

import redis

from chanx.core.errors import LayerUnavailable
from chanx.layers import outages
from chanx.layers.redis.backoff import delays
from chanx.layers.redis.commands import Commands
from chanx.layers.redis.servers import FAILURES, Server, close
from chanx.layers.redis.topic import Topic

logger: Final = logging.getLogger("chanx.layers")

BATCH: Final = 500
"""Topics of one command, so that no command keeps Redis busy for long."""

ASK_AFTER: Final = 1.0
"""Seconds between two questions at least while messages come. A gap reaches back by so much more
than it has to, at most."""

TURN: Final = 64
"""Messages after which others run: redis-py does not suspend while it has read ahead."""


class Subscriber:
    """Keeps subscriptions on one Redis, and keeps them through its absences.

    ============ ======================================= ==========================================
    state        what it does                            what ends it
    ============ ======================================= ==========================================
    connecting   waits for a connection                  it is there: catching up; an error: away
    catching up  has told Redis every wanted topic       all are confirmed: live; an error: away
    live         reads, tells changes, asks              an error, or no answer: away
    away         waits, longer each time                 time is up: connecting
    ============ ======================================= ==========================================

    It asks after quiet whether Redis is there, and after messages how far it has come: an answer
    says that all has come that was published before the question. When something was heard says
    less: a process that is slow reads what Redis sent long ago, and loses what is behind it.

    Becoming live after away reports the gap: from the last question that was answered to now,
    messages may have been published that did not come. One line is logged on the way out and one on
    the way back.

    Args:
        server: The Redis.
        on_message: Called with a topic's name and what was published; returns whether so much
            waits for handling that others should run. It never raises.
        on_gap: Called with the seconds of a gap.
        ping_interval: Seconds without a word after which Redis is asked whether it is there.
        on_move: For a node of a cluster, whose topics are those of sharded pub/sub (Redis 7):
            called with a topic that another node has from now on, and with None where the
            connection is lost, since other nodes may have its topics then. None for a single Redis.
    """

    def __init__(
        self,
        server: Server,
        on_message: Callable[[str, bytes], bool],
        on_gap: Callable[[float], None],
        *,
        ping_interval: float,
        on_move: Callable[[str | None], None] | None = None,
    ) -> None:
        self._server = server
        # A command of sharded pub/sub takes topics of one slot only.
        self._sharded, self._batch = ("", BATCH) if on_move is None else ("S", 1)
        self._on_move = on_move
        # Two clients, as a connection that is subscribed takes no other commands in RESP2 (Redis
        # documentation, "Pub/Sub"), and the one to hear by never connects again by itself, as those
        # of a pool do.
        self._client = server.listening()
        self._commands = Commands(server)
        self._is_unreachable = False
        self._on_message = on_message
        self._on_gap = on_gap
        self._ping_interval = ping_interval
        self._now = asyncio.get_running_loop().time
        # What is wanted, and of what Redis was told to the end; whoever subscribes or ends that
        # only changes this, and _tell_changes brings Redis to it. So both work while Redis is away.
        self._topics: dict[str, Topic] = {}
        self._changed: dict[str, None] = {}
        self._has_changed = asyncio.Event()
        self._missing: set[str] = set()
        self._heard = self._now()
        self._complete = self._heard
        self._asked = self._heard - ASK_AFTER
        self._has_message = asyncio.Event()
        self._is_answered = asyncio.Event()
        self._is_away = False
        self._away_since = self._heard
        self._delays = delays()

    @property
    def complete(self) -> float:
        """Until when all has come that was published, by the event loop's clock."""
        return self._away_since if self._is_away else self._complete

    async def subscribe(self, name: str) -> None:
        """Want a topic, and wait until Redis has confirmed that, or it is wanted no more.

        Args:
            name: The topic, a channel of Redis.

        Raises:
            LayerUnavailable: If that takes longer than the server's time-out. It is wanted on.
        """
        topic = self._topics.get(name)
        if topic is None:
            topic = self._topics[name] = Topic()
        topic.is_wanted = True
        if topic.is_live:
            return
        self._note_change(name)
        # Not shared: a caller that is cancelled or late cancels its own, and the others wait on.
        confirmed = asyncio.get_running_loop().create_future()
        topic.waiters.append(confirmed)
        try:
            # It is wanted on after the time-out: the caller says whether it still wants it
            # (Endpoint.join ends it), and the next confirmation may be another's.
            async with asyncio.timeout(self._server.timeout):
                await confirmed
        except TimeoutError as error:
            raise LayerUnavailable(
                f"Redis at {self._server} did not confirm a subscription within "
                f"{self._server.timeout:g} seconds."
            ) from error

    def unsubscribe(self, name: str) -> None:
        """Want a topic no more.

        Args:
            name: The topic.
        """
        topic = self._topics.get(name)
        if topic is None:
            return
        topic.is_wanted = False
        # Whoever still waits for it is let go, and finds that it is wanted no more.
        topic.confirm()
        # Redis knows it, or will, and has to be told; only its answer ends what is known here.
        if topic.is_sent or topic.unconfirmed:
            self._note_change(name)
        else:
            # Redis was never told, so it will answer nothing. What waits for it before being live
            # must not wait for ever: reported as missing it would hold back the gap of all others.
            del self._topics[name]
            self._found(name)

    async def publish(self, name: str, data: bytes) -> None:
        """Publish on a topic.

        Args:
            name: The topic.
            data: What is published.

        Raises:
            Exception: What redis-py raises, at once where the last try to connect failed.
        """
        # At once, where each sender would else wait for its own failing connection, up to the
        # time-out.
        if self._is_unreachable:
            raise redis.ConnectionError("the last try to connect failed")
        await self._commands.ask(f"{self._sharded}PUBLISH", name, data)

    async def ask(self, name: str, *words: str | bytes) -> Any:
        """Return Redis's answer to a command.

        Args:
            name: The key that it is about, by which a cluster finds the node.
            words: The command.

        Raises:
            Exception: What redis-py raises, at once where the last try to connect failed.
        """
        if self._is_unreachable:
            raise redis.ConnectionError("the last try to connect failed")
        return await self._commands.ask(*words)

    async def run(self) -> None:
        """Keep the connection until cancelled."""
        task = asyncio.current_task()
        assert task is not None
        try:
            # Asked for besides: a TaskGroup that is failing already, and redis-py on Python 3.11,
            # may swallow a cancellation, which cancelling() counts all the same.
            while not task.cancelling():
                await self._connect_and_listen()
                if not task.cancelling():
                    # Begun anew by _back() only: a Redis that lets one connect and then fails is
                    # not asked without pause.
                    await asyncio.sleep(next(self._delays))
            raise asyncio.CancelledError
        finally:
            await self._commands.close()
            await close(self._client)

    async def _connect_and_listen(self) -> None:
        # Not redis-py's PubSub: its methods connect again where they fail, also if the one that
        # reads does at the same time, and then one of the two connections stays for ever. Nor has
        # it anything to add to what is read.
        pool, connection = self._client.connection_pool, None
        try:
            try:
                # A connection to hear by has no time-out for reading (Server.listening), and so
                # none for the answers to AUTH or HELLO with which it begins.
                async with asyncio.timeout(self._server.timeout):
                    connection = await pool.get_connection()
            # Whatever it was, time-outs included: those who send learn by it.
            except BaseException:
                self._is_unreachable = True
                raise
            self._is_unreachable = False
            await self._commands.refresh()
            await self._listen(connection)
        # Groups, as the tasks of _listen end in one; what get_connection() raises counts as a group
        # of one.
        except* FAILURES as failures:
            self._lost(failures.exceptions[0], trace=False)
        except* Exception as failures:  # noqa: BLE001 - the last resort of what nobody else would restart
            # The last resort of what nobody else would restart.
            self._lost(failures.exceptions[0], trace=True)
        finally:
            if connection is not None:
                with suppress(*FAILURES):
                    await connection.disconnect()
                    await pool.release(connection)

    async def _listen(self, connection: Any) -> None:
        # A connection that has just been made is not a quiet one.
        self._heard_something()
        self._complete = self._heard
        self._has_message.clear()
        self._catch_up()
        async with asyncio.TaskGroup() as tasks:
            # In a group: whichever fails first ends all that the connection is used for.
            tasks.create_task(self._tell_changes(connection))
            tasks.create_task(self._ask(connection))
            await self._read(connection)

    # Telling Redis what is wanted

    def _note_change(self, name: str) -> None:
        self._changed[name] = None
        self._has_changed.set()

    def _catch_up(self) -> None:
        """Begin with a connection that knows nothing of any topic."""
        # Ended while the connection was lost: the new one was never told of them, and answers
        # nothing.
        for name in [name for name, topic in self._topics.items() if not topic.is_wanted]:
            del self._topics[name]
        # All of them, or a gap would be reported that still goes on for some.
        self._missing = set(self._topics)
        self._changed = dict.fromkeys(self._topics)
        self._has_changed.set()
        if not self._topics:
            self._back()

    async def _tell_changes(self, connection: Any) -> None:
        while True:
            await self._has_changed.wait()
            # Cleared before the changes are taken: one that comes while these are told sets it
            # again.
            self._has_changed.clear()
            changed, self._changed = self._changed, {}
            for names in _batches(changed, self._batch):
                # Looked up for each batch, since the batch before it has suspended: a topic may be
                # gone, or wanted again, by now.
                known = [(name, self._topics[name]) for name in names if name in self._topics]
                wanted = [(n, topic) for n, topic in known if topic.is_wanted and not topic.is_sent]
                ended = [(n, topic) for n, topic in known if topic.is_sent and not topic.is_wanted]
                for _, topic in (*wanted, *ended):
                    # Noted before it is sent, which may suspend: the answer, or a further change,
                    # may come first.
                    topic.is_sent = topic.is_wanted
                    topic.unconfirmed += 1
                if wanted:
                    await self._tell(connection, "SUBSCRIBE", *[name for name, _ in wanted])
                if ended:
                    await self._tell(connection, "UNSUBSCRIBE", *[name for name, _ in ended])

    async def _tell(self, connection: Any, command: str, *names: str) -> None:
        await connection.send_command(self._sharded + command, *names)

    def _confirmed(self, name: str) -> None:
        topic = self._topics.get(name)
        if topic is None:
            return
        # Redis answers a command about several topics with one confirmation for each (SUBSCRIBE's
        # documentation), in the order of the commands.
        topic.unconfirmed -= 1
        if topic.is_live:
            topic.confirm()
        # Kept until the last answer: a new row for the same name would take the answers that are
        # still on their way for its own.
        elif topic.unconfirmed == 0 and not topic.is_wanted:
            del self._topics[name]
        self._found(name)

    def _found(self, name: str) -> None:
        """Wait for a topic no longer before the connection passes for live."""
        if self._missing:
            self._missing.discard(name)
            if not self._missing:
                self._back()

    # Hearing

    async def _read(self, connection: Any) -> None:
        heard = 0
        while True:
            # As long as it takes: the connection has no time-out of its own. Messages are pushes
            # where the protocol is RESP3, and answers like others in RESP2.
            answer: Any = await connection.read_response(push_request=True)
            # Any word, also the answer to a PING: that is what _quiet counts from.
            self._heard_something()
            heard += 1
            if self._took(answer) or heard % TURN == 0:
                await asyncio.sleep(0)

    def _took(self, answer: Any) -> bool:
        """Take what Redis says; return whether so much waits that others should run."""
        # redis-py has taken a push of its own, as those that tell of a server's maintenance.
        if answer is None:
            return False
        # The answer to a PING is a text by itself, or where the connection is subscribed in RESP2 a
        # list of "pong" and the text (Redis documentation, PING).
        words = cast("list[bytes]", answer) if isinstance(answer, list) else [b"pong"]
        # smessage, ssubscribe, sunsubscribe. Only where it is sharded: "subscribe" itself begins
        # with an s.
        kind = words[0].decode().removeprefix("s" if self._sharded else "")
        if kind == "pong":
            self._is_answered.set()
            return False
        _, about, value = words
        if kind == "message":
            self._has_message.set()
            return self._on_message(about.decode(), value)
        # A node whose slot goes to another one ends its subscriptions by itself (Redis Cluster,
        # sharded pub/sub). Asked first, as a confirmation of nothing would count for one that is
        # still to come.
        if kind == "unsubscribe" and self._is_unasked(name := about.decode()):
            self._moved(name)
        elif kind in ("subscribe", "unsubscribe"):
            self._confirmed(about.decode())
        return False

    async def _ask(self, connection: Any) -> None:
        while True:
            while not self._has_message.is_set() and (quiet := self._quiet(self._ping_interval)):
                await _set_within(self._has_message, quiet)
            # Also after quiet: a message may come right behind the question.
            await asyncio.sleep(self._asked + min(ASK_AFTER, self._ping_interval) - self._now())
            self._has_message.clear()
            self._is_answered.clear()
            asked = self._asked = self._now()
            # A PING, that a subscribed connection may send in RESP2 as well.
            await connection.send_command("PING")
            while not self._is_answered.is_set():
                if not (quiet := self._quiet(self._server.timeout, asked)):
                    # In the group with the reader, which waits for a word without bound and is
                    # cancelled by this.
                    raise TimeoutError("it does not answer")
                await _set_within(self._is_answered, quiet)
            self._complete = asked

    def _quiet(self, seconds: float, since: float = 0.0) -> float:
        """Return how much is left of so many seconds without a word; zero if they have passed."""
        return max(max(self._heard, since) + seconds - self._now(), 0.0)

    def _heard_something(self) -> None:
        self._heard = self._now()

    # Moves within a cluster

    def _is_unasked(self, name: str) -> bool:
        """Whether Redis ends a subscription that nobody asked it to end."""
        topic = self._topics.get(name)
        # One that this process has ended is not live; its row says so before the command leaves.
        return topic is not None and topic.is_live

    def _moved(self, name: str) -> None:
        self._topics[name].is_sent = False
        if self._on_move is not None:
            self._on_move(name)

    # Absences

    def _lost(self, error: BaseException, *, trace: bool) -> None:
        # The answers to what was sent will not come; the next connection begins with nothing.
        for topic in self._topics.values():
            topic.is_sent = False
            topic.unconfirmed = 0
        # Or a topic that ends while nothing is connected would find the set empty, and report a
        # Redis that is back.
        self._missing.clear()
        if not self._is_away:
            # From the first loss: a connection that only began to catch up has been heard too, but
            # brought nothing of what was published meanwhile.
            self._away_since = self._complete
        if not self._is_away or trace:
            self._is_away = True
            logger.warning(
                "Redis at %s is away (%s): messages do not come until it is back.",
                self._server,
                str(error) or type(error).__name__,
                exc_info=error if trace else None,
                extra={"server": str(self._server)},
            )
        if self._on_move is not None:
            self._on_move(None)

    def _back(self) -> None:
        # Only now, and not once connected: what fails while it catches up waits longer each time.
        self._delays = delays()
        if not self._is_away:
            return
        self._is_away = False
        seconds = self._now() - self._away_since
        logger.warning(
            "Redis at %s is back: messages of %.1f seconds may be missing.",
            self._server,
            seconds,
            extra={"server": str(self._server), "seconds": seconds},
        )
        outages.tell(str(self._server), seconds)
        self._on_gap(seconds)


async def _set_within(event: asyncio.Event, seconds: float) -> None:
    """Wait until an event is set, or so many seconds have passed."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


def _batches(names: Iterable[str], size: int) -> Iterable[list[str]]:
    rest = iter(names)
    while batch := list(islice(rest, size)):
        yield batch


__all__ = ["Subscriber"]
