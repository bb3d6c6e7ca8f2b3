"""Which of the subprotocols that a client offers it is answered (RFC 6455, 4.2.2)."""

from chanx.core.asgi import Scope
from chanx.core.authenticator import BaseAuthenticator


def subprotocol_credentials(
    scope: Scope, authenticator: type[BaseAuthenticator] | None
) -> tuple[str, ...]:
    """Return what begins the subprotocols that carry credentials, where any are offered.

    Args:
        scope: The ASGI connection scope.
        authenticator: What looks at them; None for nothing.
    """
    if authenticator is None or not scope.get("subprotocols"):
        return ()
    credentials = authenticator.credentials
    return tuple(each.name for each in credentials if each.location == "subprotocol")


def plain_subprotocol(scope: Scope, names: tuple[str, ...]) -> str | None:
    """Return an offered subprotocol to answer: a browser that offered some fails without one.

    One that may be a credential, or follows the name of one, is never sent back; a name by itself
    is not a secret, and is the answer where nothing else is offered.

    Args:
        scope: The ASGI connection scope.
        names: What begins those that carry credentials (:func:`subprotocol_credentials`).
    """
    offers: list[str] = list(scope.get("subprotocols") or ())
    previous = ""
    for offered in offers:
        # RFC 6455, 4.1: a subprotocol is ASCII; another one cannot be an answer.
        is_secret = offered.startswith(names) or previous in names
        if not is_secret and offered.isascii():
            return offered
        previous = offered
    return next((offered for offered in offers if offered in names), None)


__all__ = ["plain_subprotocol", "subprotocol_credentials"]
