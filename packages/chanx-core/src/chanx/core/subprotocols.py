"""Which of the subprotocols that a client offers it is answered (RFC 6455, 4.2.2)."""

from collections.abc import Collection, Sequence

from chanx.core.asgi import Scope
from chanx.core.authenticator import BaseAuthenticator, Credential


def subprotocol_credentials(
    scope: Scope,
    authenticator: type[BaseAuthenticator] | None,
    others: Sequence[Credential] = (),
) -> tuple[str, ...]:
    """Return what begins the subprotocols that carry credentials, where any are offered.

    Args:
        scope: The ASGI connection scope.
        authenticator: What looks at them; None for nothing.
        others: What else clients present.
    """
    # Most handshakes offer none: asked first, as everything below is work for nothing then.
    if not scope.get("subprotocols"):
        return ()
    credentials = () if authenticator is None else authenticator.credentials
    return tuple(each.name for each in (*credentials, *others) if each.location == "subprotocol")


def announced(offers: Sequence[str], names: Collection[str]) -> dict[int, str]:
    """Return the credentials among subprotocols, by their place.

    A client offers ``name.credential``, or ``name`` and then ``credential`` (:func:`is_start`).

    Args:
        offers: The subprotocols.
        names: What announces or begins those that carry credentials.
    """
    found: dict[int, str] = {}
    for index, offered in enumerate(offers):
        for name in names:
            if offered == name:
                # A name that announces nothing is offered alone, as by a client that has no token.
                if index + 1 < len(offers):
                    found[index + 1] = offers[index + 1]
            elif offered.startswith(start := name if is_start(name) else f"{name}."):
                # One that another announces is whole: it may begin with anything.
                found.setdefault(index, offered.removeprefix(start))
    return found


def is_start(name: str) -> bool:
    """Return whether a credential is offered behind a name, as ``token.credential``.

    Else the name stands by itself, and the credential is the next subprotocol; ``name.credential``
    is taken as well.

    Args:
        name: The name of the :class:`~chanx.core.authenticator.Credential`.
    """
    return not name[-1:].isalnum()


def plain_subprotocols(offers: Sequence[str], names: Collection[str]) -> list[str]:
    """Return the subprotocols that may be told to anyone.

    One that may be a credential is not among them. A name by itself is not a secret, and is among
    them where nothing else is offered.

    Args:
        offers: The subprotocols that a client offers.
        names: What begins those that carry credentials (:func:`subprotocol_credentials`).

    Example:
        >>> plain_subprotocols(["token", "open sesame", "chat"], ["token"])
        ['chat']
    """
    secret = announced(offers, names)
    # One that is offered twice is as secret where nothing announces it.
    known = set(secret.values()).difference(names)
    left = [
        offered
        for index, offered in enumerate(offers)
        if index not in secret and offered not in known
    ]
    # A real subprotocol is answered rather than the name of a credential. Where there is none, the
    # name is: Chrome fails a handshake that offered subprotocols and got none back.
    return [offered for offered in left if offered not in names] or left


def plain_subprotocol(scope: Scope, names: Collection[str]) -> str | None:
    """Return an offered subprotocol to answer: a browser that offered some fails without one.

    Args:
        scope: The ASGI connection scope.
        names: What begins those that carry credentials (:func:`subprotocol_credentials`).
    """
    # RFC 6455, 4.1: a subprotocol is ASCII; another one cannot be an answer.
    offers = plain_subprotocols(scope.get("subprotocols") or (), names)
    return next(filter(str.isascii, offers), None)


__all__ = [
    "announced",
    "is_start",
    "plain_subprotocol",
    "plain_subprotocols",
    "subprotocol_credentials",
]
