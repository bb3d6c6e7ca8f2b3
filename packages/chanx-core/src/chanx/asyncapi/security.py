"""Security schemes, and what the handshake carries for them."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal

from chanx.asyncapi.draft07 import to_draft07
from chanx.asyncapi.names import key_of
from chanx.core.authenticator import Credential
from chanx.core.subprotocols import is_start
from chanx.routing import RouteInfo

SECURITY_SCHEMES: Final = "#/components/securitySchemes/"

_HEADERS: Final = {"cookie": "Cookie", "subprotocol": "Sec-WebSocket-Protocol"}


def security_schemes(route: RouteInfo) -> dict[str, dict[str, Any]]:
    """Return the Security Scheme Objects of a route: alternatives, by name.

    They come from the route, as its framework knows them, and from the credentials that the
    consumer's authenticator declares.

    Args:
        route: The route.
    """
    schemes = {key_of(name): dict(scheme) for name, scheme in route.security.items()}
    for credential in _credentials(route):
        words = filter(None, (credential.location, credential.name, credential.scheme))
        name = key_of("-".join(words))
        schemes.setdefault(name, _scheme(credential))
    return schemes


def _scheme(credential: Credential) -> dict[str, Any]:
    described: dict[str, Any] = (
        {"description": credential.description} if credential.description else {}
    )
    if credential.location == "header" and credential.name.lower() == "authorization":
        return {"type": "http", "scheme": credential.scheme or "bearer", **described}
    if credential.location == "subprotocol":
        return {
            "type": "httpApiKey",
            "name": _HEADERS["subprotocol"],
            "in": "header",
            "description": _said(credential),
            "x-subprotocol": {"name": credential.name, "form": _form(credential)},
        }
    return {
        "type": "httpApiKey",
        "name": credential.name,
        "in": credential.location,
        **described,
    }


def subprotocols(route: RouteInfo) -> dict[str, str]:
    """Return what a client may offer as subprotocols, by what these begin with or the first is.

    Args:
        route: The route.
    """
    return {
        credential.name: _said(credential)
        for credential in _credentials(route)
        if credential.location == "subprotocol"
    }


def _form(credential: Credential) -> Literal["pair", "suffix"]:
    """Return whether a credential is a subprotocol after its name, or the rest of one."""
    return "suffix" if is_start(credential.name) else "pair"


def _said(credential: Credential) -> str:
    name = credential.name
    if _form(credential) == "pair":
        said = f"Two subprotocols: `{name}`, and after it the credential."
    else:
        said = f"A subprotocol that begins with `{name}`."
    return f"{credential.description} {said}" if credential.description else said


def websocket_binding(route: RouteInfo) -> dict[str, Any] | None:
    """Return the WebSockets Channel Binding (0.1.0) of a route; None if it would say nothing.

    Args:
        route: The route.
    """
    credentials = _credentials(route)
    # What a dependency takes, it may do without.
    is_needed = len(credentials) == 1 and not (route.security or route.credentials)
    query = _with_properties(
        route.query, (item for item in credentials if item.location == "query"), is_needed
    )
    headers = _with_properties(
        _headers(route), (item for item in credentials if item.location != "query"), is_needed
    )
    if query is None and headers is None:
        return None
    binding: dict[str, Any] = {"method": "GET"}
    if query is not None:
        binding["query"] = query
    if headers is not None:
        binding["headers"] = headers
    return {**binding, "bindingVersion": "0.1.0"}


def cookies(route: RouteInfo) -> dict[str, Any] | None:
    """Return the JSON Schema of the cookies that a route reads; None if none is declared.

    Args:
        route: The route.
    """
    return to_draft07(route.cookies) if route.cookies else None


def _headers(route: RouteInfo) -> Mapping[str, Any] | None:
    """Return the schema of the headers, one of which carries the cookies."""
    if not route.cookies:
        return route.headers
    needed = route.cookies.get("required", ())
    names = ", ".join(f"`{name}`" for name in route.cookies.get("properties", {}))
    cookie = {"type": "string", "description": f"The cookies {names}."}
    headers = route.headers or {"type": "object"}
    required = [*headers.get("required", ()), *([_HEADERS["cookie"]] if needed else ())]
    joined = {**headers.get("properties", {}), _HEADERS["cookie"]: cookie}
    return {**headers, "properties": joined, **({"required": required} if required else {})}


def _with_properties(
    declared: Mapping[str, Any] | None, credentials: Iterable[Credential], is_needed: bool
) -> dict[str, Any] | None:
    """Add credentials to a schema of the handshake; one of several alternatives is optional."""
    schema: dict[str, Any] = {"type": "object", **to_draft07(declared or {})}
    properties: dict[str, Any] = dict(schema.get("properties", {}))
    required: list[str] = list(schema.get("required", ()))
    for credential in credentials:
        name = _HEADERS.get(credential.location, credential.name)
        said = {"description": credential.description} if credential.description else {}
        properties.setdefault(name, {"type": "string", **said})
        if is_needed and name not in required:
            required.append(name)
    if not properties:
        return None
    schema["properties"] = properties
    return {**schema, "required": required} if required else schema


def _credentials(route: RouteInfo) -> tuple[Credential, ...]:
    authenticator = route.consumer.authenticator_class
    own = () if authenticator is None else authenticator.credentials
    return tuple(dict.fromkeys((*own, *route.credentials)))


__all__ = [
    "SECURITY_SCHEMES",
    "cookies",
    "security_schemes",
    "subprotocols",
    "websocket_binding",
]
