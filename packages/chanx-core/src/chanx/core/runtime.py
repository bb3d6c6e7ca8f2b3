"""What all connections of a consumer under the same settings share."""

import random
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from chanx.core.asks import Asks
from chanx.core.authenticator import BaseAuthenticator
from chanx.core.closing import CloseMeaning, retry_of
from chanx.core.codec import Codec
from chanx.core.errors import ConfigurationError
from chanx.core.events import read_event
from chanx.core.frame_limits import check_frame_limit
from chanx.core.handlers import HandlerTable
from chanx.core.limits import Limits
from chanx.core.literals import check_literals
from chanx.core.settings import Settings, settled
from chanx.core.wire import WireFormat
from chanx.messages import BaseMessage, actions_of


class Overrides(NamedTuple):
    """Which hooks a consumer has of its own. The others do nothing, and are never entered.

    Attributes:
        connect: Whether it has this.
        post_authentication: Whether it has this.
        disconnect: Whether it has this.
        admits_origin: Whether it has this, beside the setting ``allowed_origins``.
        unit_of_work: Whether it has this.
    """

    connect: bool
    post_authentication: bool
    disconnect: bool
    admits_origin: bool
    unit_of_work: bool


# A tuple, for it is compared for each connection, element by element and by identity first.
class Basis(NamedTuple):
    """All that may change of what a runtime is made of; nobody can change it in place.

    Attributes:
        project: The project's settings.
        declared: What the consumer's class says of each setting.
        groups: The groups that every connection joins.
        passthrough_events: Events that go to the client as they are.
        authenticator_class: What decides who is let in; None for nothing.
        hooks: The consumer's hooks that :class:`Overrides` names, in that order.
    """

    project: Settings
    declared: tuple[Any, ...]
    groups: tuple[str, ...]
    passthrough_events: tuple[type[BaseMessage], ...]
    authenticator_class: type[BaseAuthenticator] | None
    hooks: tuple[Callable[..., Any], ...]


class Runtime:
    """A consumer's declarations and settings, in the form in which connections use them.

    Args:
        table: The consumer's handlers.
        asks: What it asks its clients.
        basis: What else it is made of; as long as that is the same, so is the runtime.
        meanings: What the consumer declares of close codes.
        overrides: Which hooks the consumer has of its own.
        connects_with_channel: Whether ``connect`` reads the name of the connection's channel.
        reads_channel: Whether anything of the consumer does.

    Attributes:
        settings: The settings that count for the consumer.
        limits: Those of the settings.
        codec: What reads and writes the consumer's frames.
        answers: What reads the answers of clients; None if they are asked nothing.
        passthrough: Events that go to the client as they are, by action.
        asks_before_accept: Whether anything decides if a connection is let in, but for its origin.
        checks_origin: Whether its origin does.
        undeclared: Errors that the log has named as not declared: the handler and the code.
        notes_end: Whether the end of a connection is anything to the consumer.
        needs_channel: Whether every connection needs a channel of its own.
    """

    __slots__ = (
        "_meanings",
        "_passed",
        "answers",
        "asks",
        "asks_before_accept",
        "basis",
        "checks_origin",
        "codec",
        "connects_with_channel",
        "limits",
        "needs_channel",
        "notes_end",
        "overrides",
        "passthrough",
        "settings",
        "table",
        "undeclared",
    )

    def __init__(
        self,
        table: HandlerTable,
        asks: Asks,
        basis: Basis,
        *,
        meanings: Mapping[int, CloseMeaning],
        overrides: Overrides,
        connects_with_channel: bool,
        reads_channel: bool,
    ) -> None:
        self.table: HandlerTable = table
        self.asks: Asks = asks
        self.basis: Basis = basis
        # Made once, and checked by that: a value of a wrong kind is refused here, and not at the
        # first message.
        self.settings: Settings = settled(basis.project, basis.declared)
        self.limits: Limits = self.settings.limits
        # The greatest of all consumers, with which the server's own limit is compared at the first
        # connection.
        check_frame_limit.note(self.limits.max_message_size)
        # Refused here, as the first connection would be refused otherwise, and every one after it.
        if len(basis.groups) > self.limits.max_groups:
            raise ConfigurationError(
                f"The consumer names {len(basis.groups)} groups, and a connection may be in "
                f"{self.limits.max_groups}: name fewer, or set Limits(max_groups=...)."
            )
        self._meanings = meanings
        self.passthrough: dict[str, type[BaseMessage]] = {
            action: message
            for message in basis.passthrough_events
            for action in actions_of(message)
        }
        self.undeclared: set[tuple[str, str]] = set()
        self._passed: tuple[Mapping[str, Any], str] | None = None
        self.overrides: Overrides = overrides
        # Where nothing asks, the handshake accepts at once, without a task or a time limit.
        self.asks_before_accept: bool = (
            overrides.connect
            or basis.authenticator_class is not None
            or self.limits.max_connections_per_user is not None
        )
        allowed = self.settings.allowed_origins
        self.checks_origin: bool = overrides.admits_origin or allowed is not None
        # A unit's clean-up that the end cut off is made up for by that of the hook.
        self.notes_end: bool = overrides.disconnect or overrides.unit_of_work
        self.connects_with_channel: bool = connects_with_channel
        # An event may be sent to a connection alone, by its channel, whether it has groups or not.
        self.needs_channel: bool = reads_channel or self.takes_events
        wire = WireFormat(self.settings.discriminator_field, self.settings.camelize)
        self.codec: Codec = Codec(table.messages, wire, self.limits)
        # A codec of its own: what clients may answer is not what they may send.
        self.answers: Codec | None = Codec(asks.routes, wire, self.limits) if asks.answers else None

    def build(self, emits: Iterable[type[BaseMessage]]) -> None:
        """Build the schemas of all messages now, so that one that cannot be is reported now.

        Args:
            emits: Messages that the consumer sends outside its handlers.

        Raises:
            ConfigurationError: If a message's schema cannot be built, or no frame can be one.
        """
        # Chanx's own messages are not among them: they are right, and built when they are first
        # sent.
        sent = [*emits, *self.passthrough.values(), *self.asks.answers]
        for handler in self.table.handlers:
            sent += handler.outputs or ()
        for handler in (*self.table.messages.values(), *self.table.events.values()):
            for message in handler.inputs:
                # Of events too, which come as JSON from the layer.
                check_literals(message)
        self.codec.build(sent)
        if self.answers is not None:
            self.answers.build(())

    def passed_through(self, action: str, envelope: Mapping[str, Any]) -> str:
        """Return the frame of an event that goes to clients as it is, encoded once for them all.

        Args:
            action: The event's action, one of :attr:`passthrough`.
            envelope: The layer message, which members of a group may share.
        """
        last = self._passed
        # Read once and replaced as a whole, as threads share a runtime. It keeps the envelope
        # alive, so that no other one can be taken for it.
        if last is None or last[0] is not envelope:
            # Read and encoded anew, as events travel by field names, and clients read aliases.
            event = read_event(self.passthrough[action], envelope)
            last = self._passed = envelope, self.codec.encode(event)
        return last[1]

    def retry_after(self, code: int) -> float | None:
        """Return after how many seconds a client is to come back that is closed with a code.

        That is another moment for each, within ``Limits.reconnect_within``, so that those who are
        closed together do not come back together; None where the code does not ask for that, which
        is where its verdict is not ``spread``.

        Args:
            code: The close code.
        """
        if retry_of(code, self._meanings) != "spread":
            return None
        # Rounded as it is told in words (farewell.hint), so that message and reason say the same.
        return round(random.uniform(0, self.limits.reconnect_within), 1)

    @property
    def takes_events(self) -> bool:
        """Whether the consumer does anything with layer events."""
        return bool(self.table.events or self.passthrough)


__all__ = ["Basis", "Overrides", "Runtime"]
