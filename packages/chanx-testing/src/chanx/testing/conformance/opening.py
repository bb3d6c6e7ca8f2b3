"""What a client's handshake says: the address, the query, headers, and credentials."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http import cookies
from typing import Any, Final, Literal
from urllib.parse import quote, urlencode

from chanx.asyncapi.diffing.wire import PARAMETER
from chanx.asyncapi.examples import NoExample
from chanx.asyncapi.walk import array_of, escaped, is_array, is_object, located, object_of
from chanx.testing.conformance.subject import Subject

PlaceKind = Literal["header", "cookie", "query", "subprotocol"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a handshake carries a credential.

    Attributes:
        kind: The kind of place.
        name: The name of the header, cookie, query parameter or subprotocol.
        scheme: What stands before the credential in the header, such as ``bearer``; "" for nothing.
        form: Of a subprotocol: ``"pair"`` if the credential is the next one, ``"suffix"`` if it
            follows the name in the same one; "" elsewhere.
    """

    kind: PlaceKind
    name: str
    scheme: str = ""
    form: str = ""

    def __str__(self) -> str:
        return f"the {self.kind} {self.name}"


@dataclass(slots=True)
class Opening:
    """What a client says when it connects.

    Attributes:
        channel: The key of the channel.
        address: Its address, with ``{name}`` for each parameter.
        member: Who connects, counted from 0.
        parameters: What stands in the address, by name.
        query: The query by name; a list stands for several of a name.
        headers: The headers by name.
        cookies: The cookies by name.
        subprotocols: What is offered.
    """

    channel: str
    address: str
    member: int = 0
    parameters: dict[str, Any] = field(default_factory=dict[str, Any])
    query: dict[str, Any] = field(default_factory=dict[str, Any])
    headers: dict[str, str] = field(default_factory=dict[str, str])
    cookies: dict[str, str] = field(default_factory=dict[str, str])
    subprotocols: list[str] = field(default_factory=list[str])

    @property
    def path(self) -> str:
        """The path and the query, as they stand in a URL."""
        path = PARAMETER.sub(
            lambda found: quote(_text(self.parameters.get(found[1], "")), safe=""), self.address
        )
        query = urlencode(
            [(name, _text(item)) for name, given in self.query.items() for item in _several(given)]
        )
        return f"{path or '/'}?{query}" if query else path or "/"

    @property
    def all_headers(self) -> list[tuple[str, str]]:
        """The headers, the one of the cookies among them."""
        jar = "; ".join(f"{name}={_cookie(value)}" for name, value in self.cookies.items())
        return [*self.headers.items(), *([("cookie", jar)] if jar else [])]

    def put(self, place: Place, secret: str) -> None:
        """Put a credential into its place.

        Args:
            place: The place.
            secret: The credential.
        """
        if place.kind == "header":
            self.headers[place.name] = f"{place.scheme} {secret}".strip()
        elif place.kind == "cookie":
            self.cookies[place.name] = secret
        elif place.kind == "query":
            self.query[place.name] = secret
        elif place.form == "suffix":
            self.subprotocols = [f"{place.name}{secret}"]
        else:
            self.subprotocols = [place.name, secret]

    def drop(self, place: Place) -> None:
        """Leave out what stands at the place of a credential.

        Args:
            place: The place.
        """
        if place.kind == "header":
            kept = {k: v for k, v in self.headers.items() if k.lower() != place.name.lower()}
            self.headers = kept
        elif place.kind == "cookie":
            self.cookies.pop(place.name, None)
        elif place.kind == "query":
            self.query.pop(place.name, None)
        else:
            self.subprotocols = []


def _several(given: Any) -> list[Any]:
    return given if is_array(given) else [given]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _cookie(value: str) -> str:
    jar = cookies.SimpleCookie()
    jar["name"] = value
    coded: str = jar["name"].coded_value
    return coded


def places_of(subject: Subject) -> list[Place]:
    """Return where the document declares credentials of a connection; none if it needs none."""
    found = dict[Place, None]()
    for operation in subject.channel.operations:
        for given in sorted(operation.security):
            if place := _place(json.loads(given)):
                found[place] = None
    return [*found]


def _place(scheme: Mapping[str, Any]) -> Place | None:
    kind, where, name = scheme.get("type"), scheme.get("in"), str(scheme.get("name", ""))
    if kind == "http":
        return Place("header", "authorization", str(scheme.get("scheme", "bearer")))
    if is_object(carried := scheme.get("x-subprotocol")):
        return Place("subprotocol", str(carried.get("name")), form=str(carried.get("form")))
    if kind == "httpApiKey" and where in ("header", "cookie", "query"):
        return Place(where, name)
    return None


_CREDENTIALS: Final = frozenset({"authorization", "cookie", "sec-websocket-protocol"})
"""Headers that are made of other things than the binding."""


def opening_of(subject: Subject, member: int) -> Opening:
    """Return what the document's examples and schemas make of a handshake, without credentials.

    Members differ in texts of the query that the document does not list.

    Args:
        subject: The connection.
        member: Who connects, counted from 0.
    """
    channel = subject.channel
    opening = Opening(subject.name, channel.address, member)
    for name, at in parameters_of(subject):
        opening.parameters[name] = _example(subject, at, 0)
    for name, at in _required(subject, channel.query.pointer if channel.query else ""):
        opening.query[name] = _example(subject, at, member)
    for name, at in _required(subject, channel.headers.pointer if channel.headers else ""):
        if name.lower() not in _CREDENTIALS:
            opening.headers[name] = _text(_example(subject, at, 0))
    for name, at in _required(subject, f"{channel.pointer}/x-cookies"):
        opening.cookies[name] = _text(_example(subject, at, member))
    return opening


def parameters_of(subject: Subject) -> Iterator[tuple[str, str]]:
    """Yield what stands in the address: names, and where each is described."""
    given = object_of(subject.described.get("parameters"))
    for name in PARAMETER.findall(subject.channel.address):
        at = f"{subject.channel.pointer}/parameters/{escaped(name)}"
        yield name, located(subject.document, given.get(name), at)[1]


def _required(subject: Subject, at: str) -> Iterator[tuple[str, str]]:
    schema = object_of(subject.schemas.schema(at)) if at else {}
    for name in array_of(schema.get("required")):
        if name in object_of(schema.get("properties")):
            yield name, f"{at}/properties/{escaped(name)}"


def _example(subject: Subject, at: str, member: int) -> Any:
    described = object_of(subject.schemas.schema(at))
    schema_at = f"{at}/x-schema" if "x-schema" in described else at
    own = [*array_of(described.get("examples")), *array_of(described.get("enum"))]
    try:
        value = own[0] if own else subject.schemas.one(schema_at)
    except NoExample:
        return "text"
    other = f"{value}{member + 1}" if member and isinstance(value, str) else value
    is_free = "enum" not in described and subject.schemas.verdict(schema_at, other) == "valid"
    return other if is_free else value


__all__ = ["Opening", "Place", "PlaceKind", "opening_of", "parameters_of", "places_of"]
