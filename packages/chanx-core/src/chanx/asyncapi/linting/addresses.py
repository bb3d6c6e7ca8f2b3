"""Checks of addresses, parameters and servers."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from chanx.asyncapi.linting.finding import Finding, finding
from chanx.asyncapi.reading import Channel, Contents
from chanx.asyncapi.walk import object_of, pointer, resolve

_WEB: Final = frozenset({"ws", "wss", "http", "https"})
_NO_HOST: Final = re.compile(r"[\s/?#]")
_NO_PATH: Final = re.compile(r"[^/{]|.*[?#]", re.S)
_VARIABLE: Final = re.compile(r"\{([^{}]*)\}")


def check_parameters(contents: Contents) -> Iterator[Finding]:
    """The variables of an address are the channel's parameters."""
    for channel in contents.channels:
        used = _VARIABLE.findall(channel.address or "")
        at = f"{channel.pointer}/parameters"
        yield from _compared(used, channel.parameters, at, "parameter")


def check_servers(contents: Contents) -> Iterator[Finding]:
    """The variables of a server's host and pathname are declared, and a host has no scheme."""
    for server in contents.servers:
        if "host" not in object_of(resolve(contents.document, server.pointer)):
            continue  # the grammar's
        used = _VARIABLE.findall(f"{server.host}{server.pathname}")
        yield from _compared(used, server.variables, f"{server.pointer}/variables", "variable")
        if not server.host or _NO_HOST.search(server.host):
            yield finding(
                "server-host",
                f"{server.pointer}/host",
                f"{server.host!r} is not a host.",
                "Give the scheme as protocol and the path as pathname.",
            )
        if server.protocol in _WEB and _NO_PATH.match(server.pathname):
            yield finding(
                "address",
                f"{server.pointer}/pathname",
                f"{server.pathname!r} is not a path.",
                "Begin it with /, and end it before a query.",
            )


def _compared(
    used: Iterable[str], declared: Mapping[str, object], at: str, kind: str
) -> Iterator[Finding]:
    for name in dict.fromkeys(used):
        if name not in declared:
            yield finding(
                f"undeclared-{kind}",
                at,
                f"The {kind} {name!r} is used and not declared.",
                f"Declare the {kind}.",
            )
    for name in declared.keys() - set(used):
        yield finding(
            f"unused-{kind}",
            at + pointer(name),
            f"The {kind} {name!r} is declared and not used.",
            f"Use {{{name}}}, or remove the {kind}.",
        )


def check_addresses(contents: Contents) -> Iterator[Finding]:
    """Addresses begin with ``/``, without a query, and their variables do not hide each other.

    Several channels may have one address: they are one connection, told apart by its messages.
    """
    seen: dict[str, Channel] = {}
    for channel in contents.channels:
        address, at = channel.address, f"{channel.pointer}/address"
        if address is None:
            continue
        is_path = address.startswith("/") or not _is_for_the_web(channel)
        if not is_path or "?" in address or "#" in address:
            yield finding(
                "address",
                at,
                f"{address!r} is not a path.",
                "Begin it with /, and declare the query in bindings.ws.query.",
            )
        other = seen.setdefault(_VARIABLE.sub("{}", address), channel)
        if other.address != address and other.servers == channel.servers:
            yield finding(
                "duplicate-address",
                at,
                f"It differs from that of {other.pointer} by the names of variables only.",
                "A client cannot choose between them: give one another address.",
            )


def _is_for_the_web(channel: Channel) -> bool:
    """Return whether a channel's address is a path: elsewhere it is a topic, a queue, a key."""
    protocols = {server.protocol for server in channel.servers}
    return protocols <= _WEB if protocols else "ws" in channel.protocols


CHECKS: Final = (check_parameters, check_servers, check_addresses)

__all__ = ["CHECKS", "check_addresses", "check_parameters", "check_servers"]
