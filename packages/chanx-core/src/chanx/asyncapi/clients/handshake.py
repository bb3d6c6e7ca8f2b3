"""How a client connects: servers, parameters, and where a credential is."""

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

from chanx.asyncapi.clients.description import Credential, Location, Note
from chanx.asyncapi.clients.schemas import Schemas
from chanx.asyncapi.clients.shapes import Field
from chanx.asyncapi.diffing.wire import WireChannel, WireDocument
from chanx.asyncapi.reading import Channel, SchemaRoot, Server
from chanx.asyncapi.walk import array_of, object_of, pointer

_OWN_HEADERS: Final = frozenset({"authorization", "cookie", "sec-websocket-protocol"})
"""Headers that say what something else says too."""

_BEARERS: Final = frozenset({"oauth2", "openIdConnect"})


def servers_of(servers: Iterable[Server]) -> tuple[str, ...]:
    """Return the URLs of servers that speak WebSocket.

    Args:
        servers: The servers.
    """
    found: list[str] = []
    for server in servers:
        scheme = {"wss": "wss", "https": "wss", "ws": "ws", "http": "ws"}.get(server.protocol)
        if not scheme or not server.host:
            continue
        url = f"{scheme}://{server.host}{server.pathname.rstrip('/')}"
        for name, variable in server.variables.items():
            default = object_of(variable).get("default")
            if isinstance(default, str):
                url = url.replace(f"{{{name}}}", default)
        found.append(url)
    return tuple(dict.fromkeys(found))


def names_of(
    schemas: Schemas,
    kind: str,
    root: SchemaRoot | None,
    channel: str,
    credentials: Iterable[Credential],
) -> tuple[Field, ...]:
    """Return the parameters of a part of the handshake, without credentials.

    Args:
        schemas: What makes shapes.
        kind: ``query``, ``header`` or ``cookie``.
        root: The schema of an object; None if there is none.
        channel: The channel's name.
        credentials: Those that are said otherwise.
    """
    schema = object_of(root.schema) if root else {}
    said = {item.name.lower() for item in credentials if item.location == kind}
    if kind == "header":
        said |= _OWN_HEADERS
    required = array_of(schema.get("required"))
    return tuple(
        schemas.field(
            name,
            part,
            f"{root.pointer if root else ''}/properties{pointer(name)}",
            f"{channel}_{kind}_",
            is_required=name in required,
        )
        for name, part in object_of(schema.get("properties")).items()
        if name.lower() not in said
    )


def credentials_of(
    document: WireDocument, wire: WireChannel, group: Iterable[Channel], notes: list[Note]
) -> tuple[tuple[Credential, ...], bool]:
    """Return the places of a credential, and whether nobody may connect without one.

    Args:
        document: What the document says of the wire.
        wire: The channel.
        group: Its channels.
        notes: Where a scheme is noted that no handshake carries.
    """
    begun = [item for item in wire.operations if item.sender == "client"] or [*wire.operations]
    hosts = {
        f"{server.protocol}://{server.host}{server.pathname}"
        for channel in group
        for server in channel.servers
    }
    of_servers = [document.servers[name] for name in sorted(hosts & document.servers.keys())]
    asked = [item.security for item in begun] + of_servers
    found: dict[Credential, None] = {}
    for text in sorted(scheme for schemes in asked for scheme in schemes):
        credential = _credential(json.loads(text))
        if credential is None:
            kind = json.loads(text).get("type")
            notes.append(Note(wire.pointer, f"its security scheme {kind!r} is left to the caller"))
        else:
            found[credential] = None
    is_needed = any(of_servers) or (bool(begun) and all(item.security for item in begun))
    order = ("header", "subprotocol", "cookie", "query")
    listed = sorted(found, key=lambda item: (order.index(item.location), item.name, item.scheme))
    return tuple(listed), bool(found) and is_needed


def _credential(scheme: dict[str, Any]) -> Credential | None:
    kind, name = scheme.get("type"), str(scheme.get("name", ""))
    if kind == "http":
        said = str(scheme.get("scheme", "bearer"))
        said = said.capitalize() if said.islower() else said
        return Credential(location="header", name="Authorization", scheme=said)
    if kind in _BEARERS:
        return Credential(location="header", name="Authorization", scheme="Bearer")
    if kind != "httpApiKey":
        return None
    spelled = object_of(scheme.get("x-subprotocol"))
    if spelled:
        named = Credential(location="subprotocol", name=str(spelled.get("name", "")))
        return replace(named, form="suffix") if spelled.get("form") == "suffix" else named
    places: dict[Any, Location] = {"header": "header", "query": "query", "cookie": "cookie"}
    location = places.get(scheme.get("in"))
    return Credential(location=location, name=name) if location and name else None


__all__ = ["credentials_of", "names_of", "servers_of"]
