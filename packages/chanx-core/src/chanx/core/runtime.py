"""What all connections of a consumer under the same settings share."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from chanx.core.codec import Codec
from chanx.core.core_schemas import built_schema
from chanx.core.events import read_event
from chanx.core.handlers import HandlerTable
from chanx.core.limits import Limits
from chanx.core.wire import WireFormat
from chanx.messages import BaseMessage, actions_of


class Runtime:
    """A consumer's declarations and settings, in the form in which connections use them.

    Args:
        table: The consumer's handlers.
        values: The consumer's settings by name.
        passthrough: Events that go to the client as they are.
        groups: The groups that every connection joins.
        decides: Whether anything decides if a connection is let in.
        notes_end: Whether ``disconnect`` does anything.
        has_units: Whether handlers may run in a unit of work.
        connects_with_channel: Whether ``connect`` reads the name of the connection's channel.
        reads_channel: Whether anything of the consumer does.
    """

    __slots__ = (
        "_passed",
        "allowed_origins",
        "codec",
        "connects_with_channel",
        "decides",
        "deny_with_http",
        "groups",
        "has_units",
        "ignored_actions",
        "is_immediate",
        "limits",
        "logs_messages",
        "needs_channel",
        "notes_end",
        "passthrough",
        "sends_authentication",
        "sends_completion",
        "table",
    )

    def __init__(
        self,
        table: HandlerTable,
        values: Mapping[str, Any],
        *,
        passthrough: Iterable[type[BaseMessage]],
        groups: Sequence[str],
        decides: bool,
        notes_end: bool,
        has_units: bool,
        connects_with_channel: bool,
        reads_channel: bool,
    ) -> None:
        self.table = table
        self.passthrough = {
            action: message for message in passthrough for action in actions_of(message)
        }
        self._passed: tuple[Mapping[str, Any], str] | None = None
        self.groups = groups
        self.decides = decides
        self.notes_end = notes_end
        self.has_units = has_units
        self.connects_with_channel = connects_with_channel
        self.needs_channel = reads_channel or self.takes_events
        self.limits: Limits = values["limits"]
        wire = WireFormat(values["discriminator_field"], values["camelize"])
        self.codec = Codec(table.messages, wire, self.limits)
        self.sends_completion: bool = values["send_completion"]
        self.is_immediate: bool = values["send_message_immediately"]
        self.sends_authentication: bool = values["send_authentication_message"]
        self.logs_messages: bool = values["log_websocket_message"]
        self.ignored_actions = frozenset[str](values["log_ignored_actions"])
        self.allowed_origins: Iterable[str] | None = values["allowed_origins"]
        self.deny_with_http: bool = values["deny_with_http"]

    def build(self, emits: Iterable[type[BaseMessage]]) -> None:
        """Build the schemas of all messages now, so that one that cannot be is reported now.

        Args:
            emits: Messages that the consumer sends outside its handlers.

        Raises:
            ConfigurationError: If a message's schema cannot be built.
        """
        sent = [*emits, *self.passthrough.values()]
        for handler in self.table.handlers:
            sent += handler.outputs or ()
        for handler in self.table.events.values():
            for message in handler.inputs:
                built_schema(message)
        self.codec.build(sent)

    def passed_through(self, action: str, envelope: Mapping[str, Any]) -> str:
        """Return the frame of an event that goes to clients as it is, encoded once for them all.

        Args:
            action: The event's action, one of :attr:`passthrough`.
            envelope: The layer message, which members of a group may share.
        """
        last = self._passed
        if last is None or last[0] is not envelope:
            event = read_event(self.passthrough[action], envelope)
            last = self._passed = envelope, self.codec.encode(event)
        return last[1]

    @property
    def takes_events(self) -> bool:
        """Whether the consumer does anything with layer events."""
        return bool(self.table.events or self.passthrough)


__all__ = ["Runtime"]
