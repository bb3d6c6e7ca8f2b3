"""Checks of addresses, parameters and servers."""

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from chanx.asyncapi.linting.finding import Document, Finding, pointer
from chanx.asyncapi.linting.places import channels, followed, servers
from chanx.asyncapi.walk import is_object

_WEB: Final = frozenset({"ws", "wss", "http", "https"})
_VARIABLE: Final = re.compile(r"\{([^{}]*)\}")


def check_parameters(document: Document) -> Iterator[Finding]:
    """The variables of an address are the channel's parameters."""
    for at, channel in channels(document):
        used = _VARIABLE.findall(channel.get("address") or "")
        yield from _compared(used, channel.get("parameters", {}), f"{at}/parameters", "parameter")


def check_servers(document: Document) -> Iterator[Finding]:
    """The variables of a server's host and pathname are declared, and a host has no scheme."""
    for at, server in servers(document):
        host = str(server.get("host", ""))
        used = _VARIABLE.findall(f"{host}{server.get('pathname', '')}")
        yield from _compared(used, server.get("variables", {}), f"{at}/variables", "variable")
        if "/" in host:
            yield Finding(
                "server-host",
                f"{at}/host",
                "error",
                f"{host!r} is more than a host.",
                "Give the scheme as protocol and the path as pathname.",
            )


def _compared(
    used: Iterable[str], declared: dict[str, Any], at: str, kind: str
) -> Iterator[Finding]:
    for name in dict.fromkeys(used):
        if name not in declared:
            yield Finding(
                f"undeclared-{kind}",
                at,
                "error",
                f"The {kind} {name!r} is used and not declared.",
                f"Declare the {kind}.",
            )
    for name in declared.keys() - set(used):
        yield Finding(
            f"unused-{kind}",
            at + pointer(name),
            "warning",
            f"The {kind} {name!r} is declared and not used.",
            f"Use {{{name}}}, or remove the {kind}.",
        )


def check_addresses(document: Document) -> Iterator[Finding]:
    """Addresses begin with ``/``, without a query, and each belongs to one channel."""
    seen: dict[str, str] = {}
    for at, channel in channels(document):
        address = channel.get("address")
        if address is None:
            continue
        shape = _VARIABLE.sub("{}", address)
        is_path = address.startswith("/") or not _is_for_the_web(document, channel)
        if not is_path or "?" in address or "#" in address:
            yield Finding(
                "address",
                f"{at}/address",
                "warning",
                f"{address!r} is no path.",
                "Begin it with /, and declare the query in bindings.ws.query.",
            )
        if shape in seen:
            yield Finding(
                "duplicate-address",
                f"{at}/address",
                "warning",
                f"{seen[shape]} has the same address.",
                "A client cannot choose between them: give one another address.",
            )
        seen.setdefault(shape, at)


def _is_for_the_web(document: Document, channel: dict[str, Any]) -> bool:
    """Return whether a channel's address is a path: elsewhere it is a topic, a queue, a key."""
    own = [followed(document, server) for server in channel.get("servers", ())]
    found = own or [followed(document, item) for item in document.get("servers", {}).values()]
    protocols = {server.get("protocol") for server in found if is_object(server)}
    return protocols <= _WEB if protocols else "ws" in channel.get("bindings", {})


CHECKS: Final = (check_parameters, check_servers, check_addresses)

__all__ = ["CHECKS"]
