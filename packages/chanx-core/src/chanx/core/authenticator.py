"""Who may connect: the interface of authenticators, and the credentials they look at."""

import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any, ClassVar, Final, Literal, cast, get_args

from chanx.core.errors import ConfigurationError
from chanx.core.overrides import check_hooks
from chanx.core.shown import shown
from chanx.messages import AuthenticationMessage, AuthenticationPayload, BaseMessage

_HOOKS: Final = ("__init__", "authenticate", "outcome", "authentication_message")

CredentialLocation = Literal["query", "header", "cookie", "subprotocol"]


@dataclass(frozen=True, slots=True)
class Credential:
    """Something a client presents in its handshake; documented as a security scheme.

    Attributes:
        name: The query parameter, header or cookie. Of subprotocols, the one that is offered
            before the credential (``token``), or what one begins with (``token.``).
        location: Where it stands. Servers write queries into their access logs.
        description: What it is and where to get it; None for nothing to say.
        scheme: For the header ``Authorization``, the scheme that its value begins with, one of
            IANA's HTTP Authentication Schemes or one's own; None for ``bearer``.

    Raises:
        ConfigurationError: If it has no name, or the location is none of these.
    """

    name: str
    location: CredentialLocation
    description: str | None = None
    scheme: str | None = None

    def __post_init__(self) -> None:
        if not self.name:
            raise ConfigurationError(f"{self} needs a name: what clients present it by.")
        if self.location not in get_args(CredentialLocation):
            known = ", ".join(map(repr, get_args(CredentialLocation)))
            raise ConfigurationError(f"{self} stands nowhere: its location is one of {known}.")


class BaseAuthenticator:
    """Decides before a connection is accepted whether it is let in.

    A consumer names one as its ``authenticator_class``; an instance serves one connection and is
    the consumer's ``authenticator`` afterwards. Once :meth:`authenticate` has returned, the client
    receives ``{"action": "authentication", "payload": {"status_code", "status_text", "data"}}``,
    unless ``send_authentication_message`` is off. A connection that is not let in closes with
    code 4000 plus the status; an authenticator that raises lets nobody in (4500). A
    ``UnicodeError`` stands for a credential that cannot be read, which is a wrong one (401).

    Args:
        send_message: Sends a message to the client; what is sent before the connection is accepted
            is held until it is.

    Attributes:
        credentials: What clients present, for the document.
        status_code: The HTTP status of the outcome: None stands for 200 or, on failure, 401.
        data: Further data for the authentication message, anything JSON can hold.
        denial_headers: Headers of the HTTP response that refuses, where consumers deny with HTTP,
            such as the ``WWW-Authenticate`` of a 401 (RFC 9110, 15.5.2).
        spell: Spells a name as the consumer's wire does: in camelCase where it has that.

    Raises:
        ConfigurationError: When a subclass is created whose methods cannot be called as these are,
            or whose ``credentials`` are not a list of them.

    Example:
        >>> from urllib.parse import parse_qs
        >>> class KeyAuthenticator(BaseAuthenticator):
        ...     credentials = [Credential("key", "query", "The key from your account page.")]
        ...
        ...     async def authenticate(self, scope):
        ...         query = parse_qs(scope["query_string"].decode())
        ...         return query.get("key") == ["open sesame"]
    """

    credentials: ClassVar[Sequence[Credential]] = ()
    on_expiry: Callable[[], object] | None = None
    """Called when :attr:`expires_at` is set anew, from any thread; the engine's own."""
    # Of the class, as on_expiry: a subclass whose __init__ calls no super() has both all the same.
    _expires_at: float | None = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        check_hooks(cls, BaseAuthenticator, _HOOKS)
        credentials = vars(cls).get("credentials", ())
        # A property or another descriptor answers for itself: it may read settings that are not
        # there yet.
        if not hasattr(credentials, "__get__") and not _are_credentials(credentials):
            raise ConfigurationError(
                f"{cls.__qualname__}.credentials is {shown(credentials)}: it takes a list of "
                f"Credential(name, location)."
            )

    def __init__(self, send_message: Callable[[BaseMessage], Awaitable[Any]]) -> None:
        self.send_message = send_message
        self.status_code: int | None = None
        self.data: Any = None
        self.denial_headers: Mapping[str, str] = {}
        # Until the engine gives it the consumer's: an authenticator that a test makes by itself
        # works too.
        self.spell: Callable[[str], str] = str

    @property
    def expires_at(self) -> float | None:
        """Until when what the client presented is good, in seconds of Unix time; None for ever.

        ``Limits.authentication_grace`` after that the connection is closed with 4401. A handler
        that takes new credentials (``@ws_handler(refresh=True)``) sets it anew. It may be set as a
        ``datetime`` with a time zone, too.

        Raises:
            ConfigurationError: If it is set to anything else.
        """
        return self._expires_at

    @expires_at.setter
    def expires_at(self, value: float | datetime | None) -> None:
        self._expires_at = unix_time(value, type(self))
        if self.on_expiry is not None:
            self.on_expiry()

    async def authenticate(self, scope: Any) -> bool:
        """Decide whether a connection is let in.

        Args:
            scope: The ASGI connection scope. What handlers need to know of the client may be left
                in it, by convention ``scope["user"]``.

        Returns:
            True to let the connection in, False to refuse it; anything else is taken for a mistake
            and refuses it with 4500.
        """
        raise TypeError(f"{type(self).__qualname__} must define `async def authenticate(scope)`.")

    def outcome(self, is_authenticated: bool) -> int:
        """Return the HTTP status of the outcome.

        Args:
            is_authenticated: What :meth:`authenticate` returned.
        """
        if is_authenticated:
            return self.status_code or HTTPStatus.OK
        # Who is refused is not told 200, whatever the authenticator had set before it said no.
        if self.status_code is None or self.status_code < 400:
            return HTTPStatus.UNAUTHORIZED
        return self.status_code

    def authentication_message(self, is_authenticated: bool) -> AuthenticationMessage:
        """Return the message that tells the client.

        Args:
            is_authenticated: What :meth:`authenticate` returned.
        """
        status = self.outcome(is_authenticated)
        return AuthenticationMessage(
            payload=AuthenticationPayload(
                status_code=status, status_text=_phrase(status), data=self.data
            )
        )


def unix_time(value: float | datetime | None, owner: type) -> float | None:
    """Return the seconds of Unix time for what something is set to as its ``expires_at``.

    Args:
        value: The value.
        owner: Whose it is, for the text.

    Raises:
        ConfigurationError: If it is no moment that everybody knows.
    """
    # A naive one is refused below and not taken for local time, or for UTC: both are guesses, and a
    # wrong one keeps a session alive for hours.
    if isinstance(value, datetime) and value.tzinfo is not None:
        value = value.timestamp()
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if value is not None and not (is_number and math.isfinite(cast("float", value))):
        raise ConfigurationError(
            f"{owner.__qualname__}.expires_at is {shown(value)}: it takes seconds of Unix time, a "
            f"datetime with a time zone, or None."
        )
    return cast("float | None", value)


def _are_credentials(values: object) -> bool:
    if not isinstance(values, list | tuple):
        return False
    return all(isinstance(value, Credential) for value in values)  # pyright: ignore[reportUnknownVariableType]


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return str(status)


__all__ = ["BaseAuthenticator", "Credential", "CredentialLocation", "unix_time"]
