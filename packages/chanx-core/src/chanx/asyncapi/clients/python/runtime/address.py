# SPDX-License-Identifier: 0BSD
"""Where a client connects, and what the handshake carries."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Final, Literal
from urllib.parse import quote, urlencode, urlsplit

_ENDS: Final = re.compile("[\r\n\0]")


@dataclass(frozen=True, slots=True)
class Credential:
    """A place of a token.

    Attributes:
        location: Where.
        name: Of the header, the query's parameter, the cookie or the subprotocol.
        scheme: What stands before it in a header, such as ``Bearer``; "" for nothing.
        form: Whether a subprotocol carries it as the next one, or as what follows its name.
    """

    location: Literal["header", "query", "cookie", "subprotocol"]
    name: str
    scheme: str = ""
    form: Literal["pair", "suffix"] = "pair"


BEARER = Credential("header", "Authorization", "Bearer")
"""Where a token is if the document does not say."""


@dataclass(frozen=True, slots=True)
class Handshake:
    """What a socket is opened with. Its text has nothing that is secret (R25).

    Attributes:
        url: The URL.
        headers: Names and values.
        subprotocols: Those that are offered.
    """

    url: str = field(repr=False)
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    subprotocols: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a channel is.

    Attributes:
        server: A URL, whose path stands before the channel's.
        path: With ``{name}`` for each parameter.
        parameters: What stands for those.
        query: Names and values; None for nothing, a list for several.
        headers: Likewise.
        cookies: Likewise.
        credentials: The places of a token, any of which will do.
    """

    server: str
    path: str
    parameters: Mapping[str, Any]
    query: Mapping[str, Any] = field(repr=False)
    headers: Mapping[str, Any] = field(repr=False)
    cookies: Mapping[str, Any] = field(repr=False)
    credentials: Sequence[Credential]

    def handshake(
        self,
        token: str | None,
        headers: Mapping[str, str],
        subprotocols: Sequence[str],
    ) -> Handshake:
        """Return what a socket is opened with.

        Args:
            token: The token; None for none.
            headers: Further ones.
            subprotocols: Further ones.

        Raises:
            ValueError: If the server is not a URL of WebSocket or HTTP, or what goes into headers
                has the end of a line in it.
        """
        query = [
            pair for name, value in self.query.items() for pair in _pairs(name, value)
        ]
        sent = [
            pair for name, value in self.headers.items() for pair in _pairs(name, value)
        ]
        cookies = [
            pair for name, value in self.cookies.items() for pair in _pairs(name, value)
        ]
        offered: list[str] = [*subprotocols]
        if token is not None:
            place = (*self.credentials, BEARER)[0]
            if place.location == "header":
                sent.append((place.name, f"{place.scheme} {token}".strip()))
            elif place.location == "query":
                query.append((place.name, token))
            elif place.location == "cookie":
                cookies.append((place.name, token))
            elif place.form == "pair":
                offered = [place.name, token, *offered]
            else:
                offered = [f"{place.name}{token}", *offered]
        if cookies:
            sent.append(
                ("Cookie", "; ".join(f"{name}={value}" for name, value in cookies))
            )
        sent.extend(headers.items())
        # RFC 9110, 5.5: no value has these. `websockets` writes what it is given, so that what
        # stands behind one would be a header of its own. The text has no value: it may be a token.
        if any(_ENDS.search(text) for text in (*chain(*sent), *offered)):
            raise ValueError(
                "A header, cookie, subprotocol or token has the end of a line in it."
            )
        url = self._url() + (f"?{urlencode(query)}" if query else "")
        return Handshake(url, tuple(sent), tuple(offered))

    def _url(self) -> str:
        parts = urlsplit(self.server)
        scheme = {"http": "ws", "https": "wss"}.get(parts.scheme, parts.scheme)
        if (
            scheme not in ("ws", "wss")
            or not parts.hostname
            or parts.query
            or parts.fragment
        ):
            raise ValueError(
                "server is a URL such as wss://example.com, without a query."
            )
        path = self.path
        for name, value in self.parameters.items():
            path = path.replace(f"{{{name}}}", quote(_text(value), safe=""))
        return f"{scheme}://{parts.netloc}{parts.path.rstrip('/')}{path}"

    def __str__(self) -> str:
        """Return the URL without its query, and without a user and a password."""
        scheme, _, rest = self._url().partition("://")
        netloc, slash, path = rest.partition("/")
        return f"{scheme}://{netloc.rpartition('@')[2]}{slash}{path}"


def _pairs(name: str, value: Any) -> list[tuple[str, str]]:
    if value is None:
        return []
    values: list[Any] = [*value] if isinstance(value, list | tuple) else [value]
    return [(name, _text(item)) for item in values]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    isoformat = getattr(value, "isoformat", None)
    return str(isoformat() if isoformat else value)


__all__ = ["BEARER", "Address", "Credential", "Handshake"]
