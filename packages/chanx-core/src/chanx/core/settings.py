"""What a consumer may be told by its class, and otherwise by its project."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields, replace
from operator import attrgetter
from typing import Any, Final

from chanx.core.kinds import ACTIONS, FLAG, HEADER, KEY, LIMITS, NOTHING, OBSERVERS, ORIGINS, Kind
from chanx.core.limits import Limits
from chanx.core.observer import ObserverFactory


def _about(kind: Kind, text: str) -> Mapping[str, Any]:
    return {"kind": kind, "text": text}


# Frozen, and lists within are frozen too: settings are part of a runtime's key, and a change makes
# another runtime.
@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of a consumer.

    Each is declared here and nowhere else, with the values that it takes and what it does
    (:data:`SETTING_KINDS`, :data:`SETTING_TEXTS`; ``docs/settings.md`` is made of them). A class
    attribute of the same name overrides the project's.

    Lists are kept as tuples and sets, so that settings can be compared and hashed.

    Raises:
        ConfigurationError: If a value is of another kind.

    Example:
        >>> Settings(send_completion=True, allowed_origins=["https://example.com"]).allowed_origins
        ('https://example.com',)
    """

    discriminator_field: str = field(
        default="action",
        metadata=_about(KEY, "The key on the wire that carries a message's action."),
    )
    camelize: bool = field(
        default=False,
        metadata=_about(
            FLAG,
            "Spell declared field names in camelCase on the wire; needs the extra `[camel-case]`. "
            "Keys of dictionaries, and what a `@model_serializer` returns, stay as they are.",
        ),
    )
    send_completion: bool = field(
        default=False,
        metadata=_about(
            FLAG,
            "Send `complete`, `group_complete` and `event_complete` messages. Tests turn it on.",
        ),
    )
    # True, so that a stream's client sees each part when it is yielded; held replies come at the
    # end, all or, where the handler is cut off, none.
    send_message_immediately: bool = field(
        default=True,
        metadata=_about(
            FLAG,
            "Send what a handler sends at once; otherwise hold it until the handler is done and "
            "send it together.",
        ),
    )
    send_authentication_message: bool = field(
        default=True,
        metadata=_about(FLAG, "Tell the client the outcome of its authentication."),
    )
    # False, since every client has the close reason, and one more message is one more that it has
    # to know.
    send_reconnect_message: bool = field(
        default=False,
        metadata=_about(
            FLAG,
            "Tell a client that is closed in a `reconnect` message, too, when to come back; the "
            "close reason has it in words.",
        ),
    )
    # True: left to the servers, handlers are cut off, and members stay in groups at a layer with a
    # server.
    drain_on_signals: bool = field(
        default=True,
        metadata=_about(
            FLAG,
            "When SIGTERM or SIGINT tells the server to stop, end the connections of the process "
            "first (`chanx.core.drain`), and let the server hear of it then. It is the process's: "
            "the first connection of a consumer with it turns it on.",
        ),
    )
    log_websocket_message: bool = field(
        default=True,
        metadata=_about(
            FLAG,
            "Log messages received and sent, to `chanx.websocket` at INFO, where that logger takes "
            "INFO when the connection opens.",
        ),
    )
    log_ignored_actions: Collection[str] = field(
        default=frozenset(), metadata=_about(ACTIONS, "Actions that are not logged.")
    )
    observers: Collection[ObserverFactory] = field(
        default=(),
        metadata=_about(
            OBSERVERS,
            "Who is told what becomes of each connection and its messages, such as metrics: each "
            "makes a `chanx.core.observer.Observer` for every connection.",
        ),
    )
    limits: Limits = field(
        default=Limits(),
        metadata=_about(LIMITS, "The bounds within which a connection is served."),
    )
    allowed_origins: Collection[str] | None = field(
        default=None,
        metadata=_about(
            ORIGINS | NOTHING,
            "Origins from which pages may connect: `https://example.com`, `https://*.example.com` "
            "for any host below, or `*`; clients without an Origin header may always. Django adds "
            "those of `ALLOWED_HOSTS` and `CSRF_TRUSTED_ORIGINS`. None admits every page; with "
            "Django and FastAPI only where no cookie, and nothing else that browsers send "
            "unasked, authenticates: else those of the server's own hosts.",
        ),
    )
    # False, as browsers show their page nothing of a handshake that is refused with HTTP but the
    # code 1006.
    deny_with_http: bool = field(
        default=False,
        metadata=_about(
            FLAG,
            "Refuse with an HTTP response where the server can, so that clients other than "
            "browsers see the status; otherwise accept, tell and close, which browsers can read.",
        ),
    )

    # None, as any client may write such a header where no proxy writes over it.
    client_address_header: str | None = field(
        default=None,
        metadata=_about(
            HEADER | NOTHING,
            "The header in which a proxy that is trusted tells the client's address, for limits "
            "that count by it, such as `x-forwarded-for`: its last address counts, which the "
            "proxy has seen itself. None for the address from which connections come.",
        ),
    )
    disconnect_users: bool = field(
        default=True,
        metadata=_about(
            FLAG,
            "Let `disconnect_user` reach the connections of a user, in every process, which costs "
            "a group for each user on the channel layer. `DISCONNECT_ON` of Django calls it.",
        ),
    )

    def __post_init__(self) -> None:
        # Read at the call: the table below is made of the class itself.
        for name, kind in SETTING_KINDS.items():
            value = getattr(self, name)
            kind.check(f"Settings.{name}", value)
            if kind.freeze is not None and value is not None:
                # A list that changes in place would change a runtime that is made already.
                object.__setattr__(self, name, kind.freeze(value))


SETTING_KINDS: Final[Mapping[str, Kind]] = {
    each.name: each.metadata["kind"] for each in fields(Settings)
}
"""The values that each setting takes."""

SETTING_TEXTS: Final[Mapping[str, str]] = {
    each.name: each.metadata["text"] for each in fields(Settings)
}
"""What each setting does, in Markdown."""

SETTING_NAMES: Final = tuple(SETTING_KINDS)
"""The settings, in their order."""

# One C call for all of them, for each connection (AsyncJsonWebsocketConsumer.current_runtime).
_attributes = attrgetter(*SETTING_NAMES)
_FREEZING: Final = [
    (index, kind.freeze)
    for index, kind in enumerate(SETTING_KINDS.values())
    if kind.freeze is not None
]


def declared_settings(consumer: type) -> tuple[Any, ...]:
    """Return what a consumer's class says of each setting, in their order.

    Args:
        consumer: The consumer's class.

    Returns:
        Copies of lists, which may change in place; None for each of which the class says nothing.
    """
    values = list(_attributes(consumer))
    # Copied each time, since a list of the class may change in place, and would be equal to itself.
    for index, freeze in _FREEZING:
        if values[index] is not None:
            values[index] = freeze(values[index])
    return tuple(values)


def settled(project: Settings, declared: tuple[Any, ...]) -> Settings:
    """Return the settings that count for a consumer.

    Args:
        project: The project's.
        declared: What the consumer's class says, as :func:`declared_settings` returns it.

    Raises:
        ConfigurationError: If a value is of another kind.
    """
    named = zip(SETTING_NAMES, declared, strict=True)
    said = {name: value for name, value in named if value is not None}
    # It checks each value again (__post_init__).
    return replace(project, **said)


__all__ = [
    "SETTING_KINDS",
    "SETTING_NAMES",
    "SETTING_TEXTS",
    "Settings",
    "declared_settings",
    "settled",
]
