"""A token of the handshake as a dependency, wherever a browser can put it."""

from typing import Final

from fastapi.openapi.models import APIKey, APIKeyIn, HTTPBase, HTTPBearer
from fastapi.openapi.models import SecurityBase as SecurityBaseModel
from fastapi.requests import HTTPConnection
from fastapi.security.base import SecurityBase
from starlette.exceptions import HTTPException

from chanx.core.authenticator import Credential
from chanx.core.errors import ConfigurationError
from chanx.core.tokens import token_at

AUTHORIZATION: Final = Credential("Authorization", "header")

_IN: Final = {"query": APIKeyIn.query, "cookie": APIKeyIn.cookie, "header": APIKeyIn.header}


class TokenCredential(SecurityBase):
    """Takes a token from the handshake: a dependency of consumers, as FastAPI's ``HTTPBearer``.

    Browsers cannot set headers of a WebSocket's handshake. So a token may stand in a cookie, in a
    subprotocol (``new WebSocket(url, ["token", token])``) or in the query, which servers write into
    their access logs. The first location that has one counts. A plain subprotocol is negotiated
    where one carries a token, which is never sent back, and all locations are security schemes of
    the AsyncAPI document and its page. Where one is a cookie, pages of other hosts may not connect
    unless ``allowed_origins`` names them, since browsers send cookies whatever page asks.

    It takes the token, and nothing more: what the token says, the dependency that it is given to
    finds out. Endpoints of HTTP may depend on it, too.

    Args:
        locations: Where clients may present the token; none for the header ``Authorization``.
        auto_error: Whether a handshake without a token is refused with 401. Otherwise the
            dependency is None.
        scheme_name: The name of the scheme in the OpenAPI document; None for the class's.
        description: For that document; None for the first location's.

    Raises:
        ConfigurationError: If a location is not a :class:`~chanx.core.authenticator.Credential`.

    Example:
        >>> from typing import Annotated
        >>> from fastapi import Depends, HTTPException
        >>> from chanx.ext.fast_channels import AsyncJsonWebsocketConsumer, ConsumerRouter
        >>> token = TokenCredential(Credential("token", "subprotocol"), Credential("sid", "cookie"))
        >>> async def current_user(token: Annotated[str, Depends(token)]) -> str:
        ...     if token != "open sesame":
        ...         raise HTTPException(401)
        ...     return "ali"
        >>> router = ConsumerRouter()
        >>> @router.consumer("/ws")
        ... class Room(AsyncJsonWebsocketConsumer):
        ...     async def connect(self, user: Annotated[str, Depends(current_user)]) -> None:
        ...         self.user = user
    """

    def __init__(
        self,
        *locations: Credential,
        auto_error: bool = True,
        scheme_name: str | None = None,
        description: str | None = None,
    ) -> None:
        for location in locations:
            if not isinstance(location, Credential):  # pyright: ignore[reportUnnecessaryIsInstance]
                raise ConfigurationError(
                    f"TokenCredential takes {location!r} for a location: give it "
                    f"Credential(name, location)."
                )
        self.locations: tuple[Credential, ...] = locations or (AUTHORIZATION,)
        self.auto_error = auto_error
        self.scheme_name: str = scheme_name or type(self).__name__
        # OpenAPI has no word for subprotocols.
        first = next(
            (each for each in self.locations if each.location != "subprotocol"), AUTHORIZATION
        )
        self.model: SecurityBaseModel = _model(first, description or first.description)

    async def __call__(self, connection: HTTPConnection) -> str | None:
        """Return the token; None where there is none, and that is not refused.

        Args:
            connection: The WebSocket, or the HTTP request.

        Raises:
            HTTPException: 401 if there is no token.
        """
        for location in self.locations:
            token = token_at(location, connection.scope)
            if token:
                return token
        if not self.auto_error:
            return None
        # RFC 9110, 11.6.1: a 401 says how to authenticate.
        scheme = next((each.scheme for each in self.locations if each.scheme), "bearer")
        challenge = {"WWW-Authenticate": scheme.capitalize()}
        raise HTTPException(401, "Not authenticated", headers=challenge)


def _model(location: Credential, description: str | None) -> HTTPBase | APIKey:
    """Return OpenAPI's Security Scheme Object of a location."""
    if location.location == "header" and location.name.lower() == "authorization":
        if (location.scheme or "bearer").lower() == "bearer":
            return HTTPBearer(description=description)
        return HTTPBase(scheme=location.scheme or "bearer", description=description)
    options = {"in": _IN[location.location], "name": location.name, "description": description}
    return APIKey.model_validate(options)


__all__ = ["TokenCredential"]
