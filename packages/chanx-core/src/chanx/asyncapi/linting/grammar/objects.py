"""The objects of AsyncAPI 3.0 and 3.1: keys and values, as the official JSON Schemas have them.

The official schemas are 400 KB each, and their messages are those of a machine. What they say is
said here in tables; a test changes documents in every place and compares the verdicts.
"""

import re
from typing import Any, Final

from chanx.asyncapi.linting.grammar.bindings import (
    CHANNEL_BINDINGS,
    MESSAGE_BINDINGS,
    OPERATION_BINDINGS,
    SERVER_BINDINGS,
)
from chanx.asyncapi.linting.grammar.formats import email, linkedin, location, uri
from chanx.asyncapi.linting.grammar.look import Look, Place, Shape, Thing
from chanx.asyncapi.linting.grammar.schemas import EXTERNAL_DOCS, PAYLOAD, extension_schema
from chanx.asyncapi.linting.grammar.shapes import (
    Record,
    any_object,
    anything,
    boolean,
    leaf,
    list_of,
    map_of,
    one_of,
    record,
    text,
)
from chanx.asyncapi.walk import is_array, is_object

_KEY: Final = re.compile(r"[A-Za-z0-9._-]+")
_told: Final[dict[str, Shape]] = dict.fromkeys(("title", "summary", "description"), text)

TAG: Final = Thing("tag", record("name", name=text, description=text, externalDocs=EXTERNAL_DOCS))
_tags: Final = list_of(TAG, is_set=True)
_noted: Final[dict[str, Shape]] = {"tags": _tags, "externalDocs": EXTERNAL_DOCS}

_info: Final = record(
    "title version",
    title=text,
    version=text,
    description=text,
    termsOfService=uri,
    contact=record(name=text, url=uri, email=email),
    license=record("name", name=text, url=uri),
    more={**_noted, "x-x": text, "x-linkedin": linkedin},
)

# Security (3.0, Security Scheme Object)

_flow: Final[dict[str, Shape]] = {
    "authorizationUrl": uri,
    "tokenUrl": uri,
    "refreshUrl": uri,
    "availableScopes": map_of(text),
}


def _flow_of(required: str, without: str = "") -> Shape:
    fields = {key: shape for key, shape in _flow.items() if key != without}
    former = {"scopes": ("availableScopes",)}
    return record(f"{required} availableScopes", more=fields, former=former)


_flows: Final = record(
    is_extensible=False,
    implicit=_flow_of("authorizationUrl", "tokenUrl"),
    password=_flow_of("tokenUrl", "authorizationUrl"),
    clientCredentials=_flow_of("tokenUrl", "authorizationUrl"),
    authorizationCode=_flow_of("authorizationUrl tokenUrl"),
)
_plain_scheme: Final = record("type", type=text, description=text)
_bearer: Final = record("type scheme", type=text, description=text, scheme=text, bearerFormat=text)
_http: Final = record("type scheme", type=text, description=text, scheme=text)
_SCHEMES: Final[dict[str, Record]] = {
    **dict.fromkeys(
        (
            *("userPassword", "X509", "symmetricEncryption", "asymmetricEncryption"),
            *("plain", "scramSha256", "scramSha512", "gssapi"),
        ),
        _plain_scheme,
    ),
    "apiKey": record(
        "type in", type=text, description=text, more={"in": one_of("user", "password")}
    ),
    "http": _http,
    "httpApiKey": record(
        "type name in",
        type=text,
        description=text,
        name=text,
        more={"in": one_of("header", "query", "cookie")},
    ),
    "oauth2": record(
        "type flows", is_open=True, type=text, description=text, flows=_flows, scopes=list_of(text)
    ),
    "openIdConnect": record(
        "type openIdConnectUrl",
        type=text,
        description=text,
        openIdConnectUrl=uri,
        scopes=list_of(text),
    ),
}
_scheme_type: Final = one_of(*_SCHEMES)


def _security_scheme(value: Any, place: Place, look: Look) -> None:
    if not is_object(value):
        look.wrong_type(place, value, "an object")
    elif "type" not in value:
        name = next((key for key, scopes in value.items() if is_array(scopes)), "")
        as_in_2 = f"Schemes are referred to: {{$ref: '#/components/securitySchemes/{name}'}}."
        look.broken |= {SECURITY_SCHEME.name} if name else set()
        look.find("missing-key", place, "'type' is missing.", as_in_2 if name else "Add it.")
    elif not isinstance(value["type"], str) or value["type"] not in _SCHEMES:
        _scheme_type(value["type"], (place, "type"), look)
    else:
        is_bearer = value["type"] == "http" and value.get("scheme") == "bearer"
        (_bearer if is_bearer else _SCHEMES[value["type"]])(value, place, look)


SECURITY_SCHEME: Final = Thing("security scheme", _security_scheme)
_security: Final = list_of(SECURITY_SCHEME)

# Servers

SERVER_VARIABLE: Final = Thing(
    "server variable",
    record(enum=list_of(text, is_set=True), default=text, description=text, examples=list_of(text)),
)
SERVER: Final = Thing(
    "server",
    record(
        "host protocol",
        host=text,
        pathname=text,
        protocol=text,
        protocolVersion=text,
        variables=map_of(SERVER_VARIABLE),
        security=_security,
        bindings=SERVER_BINDINGS,
        more={**_told, **_noted},
        former={"url": ("host", "pathname")},
    ),
)

# Messages

CORRELATION_ID: Final = Thing(
    "correlation id", record("location", description=text, location=location)
)
_payload_example: Final = record(
    is_extensible=False, name=text, summary=text, headers=any_object, payload=anything
)


def _example(value: Any, place: Place, look: Look) -> None:
    _payload_example(value, place, look)
    if is_object(value) and not value.keys() & {"payload", "headers"}:
        look.find("missing-key", place, "It has neither payload nor headers.", "Add one.")


_message_fields: Final[dict[str, Shape]] = {
    **_told,
    **_noted,
    "name": text,
    "contentType": text,
    "headers": PAYLOAD,
    "correlationId": CORRELATION_ID,
    "deprecated": boolean,
    "examples": list_of(_example),
    "bindings": MESSAGE_BINDINGS,
}
MESSAGE_TRAIT: Final = Thing("message trait", record(more=_message_fields))


def _trait(value: Any, place: Place, look: Look) -> None:
    """Take a trait, or the pair of a trait and an object that older documents have."""
    if is_array(value):
        for index, part in enumerate(value):
            (any_object if index else MESSAGE_TRAIT)(part, (place, index), look)
    else:
        MESSAGE_TRAIT(value, place, look)


MESSAGE: Final = Thing(
    "message", record(more=_message_fields, payload=PAYLOAD, traits=list_of(_trait))
)

# Channels

PARAMETER: Final = Thing(
    "parameter",
    record(
        description=text,
        enum=list_of(text),
        default=text,
        examples=list_of(text),
        location=location,
        more={"x-schema": extension_schema},
    ),
)
_address: Final = leaf("a string or null", lambda value: value is None or isinstance(value, str))
CHANNEL: Final = Thing(
    "channel",
    record(
        address=_address,
        messages=map_of(MESSAGE),
        parameters=map_of(PARAMETER),
        servers=list_of(SERVER.reference, is_set=True),
        bindings=CHANNEL_BINDINGS,
        more={**_told, **_noted, "x-cookies": extension_schema},
    ),
)

# Operations

REPLY_ADDRESS: Final = Thing(
    "reply address", record("location", location=location, description=text)
)
_messages: Final = list_of(MESSAGE.reference)
REPLY: Final = Thing(
    "reply", record(address=REPLY_ADDRESS, channel=CHANNEL.reference, messages=_messages)
)
_operation_fields: Final[dict[str, Shape]] = {
    **_told,
    **_noted,
    "security": _security,
    "bindings": OPERATION_BINDINGS,
}
OPERATION_TRAIT: Final = Thing("operation trait", record(more=_operation_fields))
OPERATION: Final = Thing(
    "operation",
    record(
        "action channel",
        more=_operation_fields,
        action=one_of("send", "receive"),
        channel=CHANNEL.reference,
        messages=_messages,
        reply=REPLY,
        traits=list_of(OPERATION_TRAIT),
    ),
)

# The document

COMPONENTS: Final[dict[str, Thing]] = {
    "channelBindings": CHANNEL_BINDINGS,
    "channels": CHANNEL,
    "correlationIds": CORRELATION_ID,
    "externalDocs": EXTERNAL_DOCS,
    "messageBindings": MESSAGE_BINDINGS,
    "messageTraits": MESSAGE_TRAIT,
    "messages": MESSAGE,
    "operationBindings": OPERATION_BINDINGS,
    "operationTraits": OPERATION_TRAIT,
    "operations": OPERATION,
    "parameters": PARAMETER,
    "replies": REPLY,
    "replyAddresses": REPLY_ADDRESS,
    "schemas": PAYLOAD,
    "securitySchemes": SECURITY_SCHEME,
    "serverBindings": SERVER_BINDINGS,
    "serverVariables": SERVER_VARIABLE,
    "servers": SERVER,
    "tags": TAG,
}


def _named(thing: Thing) -> Shape:
    """Return the shape of components of a kind; what is under other keys, nobody looks at."""
    every = map_of(thing)

    def check(value: Any, place: Place, look: Look) -> None:
        if is_object(value):
            value = {name: part for name, part in value.items() if _KEY.fullmatch(str(name))}
        every(value, place, look)

    return check


DOCUMENT: Final = record(
    "asyncapi info",
    asyncapi=anything,  # its own rule knows the versions
    id=uri,
    info=_info,
    servers=map_of(SERVER),
    defaultContentType=text,
    channels=map_of(CHANNEL),
    operations=map_of(OPERATION),
    components=record(more={kind: _named(thing) for kind, thing in COMPONENTS.items()}),
)


__all__ = ["COMPONENTS", "DOCUMENT", "MESSAGE"]
