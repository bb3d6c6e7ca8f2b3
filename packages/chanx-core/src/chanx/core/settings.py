"""What a consumer may be told by its class, and otherwise by its project."""

from collections.abc import Iterable
from dataclasses import dataclass, fields

from chanx.core.declarations import check_settings
from chanx.core.limits import Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of a consumer; each may be overridden by a class attribute of the same name.

    Attributes:
        discriminator_field: The key on the wire that carries a message's action.
        camelize: Spell declared field names in camelCase on the wire. Needs pyhumps.
        send_completion: Send ``complete``, ``group_complete`` and ``event_complete`` messages.
        send_message_immediately: Send what a handler sends at once; otherwise hold it until the
            handler is done and send it together.
        send_authentication_message: Tell the client the outcome of its authentication.
        log_websocket_message: Log messages received and sent, to ``chanx.websocket`` at INFO,
            where that logger takes INFO when the connection opens.
        log_ignored_actions: Actions that are not logged.
        limits: The bounds within which a connection is served.
        allowed_origins: Origins (``https://example.com``, or ``https://*.example.com`` for any
            host below) from which browsers may connect; clients without an Origin header may
            always. None admits every origin.
        deny_with_http: Refuse with an HTTP response where the server can, so that clients other
            than browsers see the status; otherwise accept, tell and close, which browsers can
            read.

    Raises:
        ConfigurationError: If a value is of another kind.
    """

    discriminator_field: str = "action"
    camelize: bool = False
    send_completion: bool = False
    send_message_immediately: bool = True
    send_authentication_message: bool = True
    log_websocket_message: bool = True
    log_ignored_actions: Iterable[str] = ()
    limits: Limits = Limits()
    allowed_origins: Iterable[str] | None = None
    deny_with_http: bool = False

    def __post_init__(self) -> None:
        check_settings("Settings", {name: getattr(self, name) for name in SETTING_NAMES})


SETTING_NAMES = tuple(field.name for field in fields(Settings))


__all__ = ["SETTING_NAMES", "Settings"]
