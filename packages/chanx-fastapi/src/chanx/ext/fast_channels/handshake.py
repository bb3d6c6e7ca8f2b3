"""What a FastAPI route demands of a handshake, as JSON Schemas and security schemes."""

import inspect
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import urlsplit

from fastapi.dependencies.models import Dependant
from fastapi.security.base import SecurityBase
from pydantic import BaseModel, create_model
from pydantic.fields import FieldInfo

from chanx.core.authenticator import Credential
from chanx.core.tokens import sent_unasked
from chanx.ext.fast_channels.dependencies import with_dependencies
from chanx.ext.fast_channels.token_credential import TokenCredential
from chanx.routing.parameters import Schema, object_schema


@dataclass(frozen=True, slots=True)
class Handshake:
    """What a route demands of a handshake.

    Attributes:
        path: The JSON Schema of each typed path parameter, by name.
        query: The JSON Schema of the query, an object; None if nothing is declared.
        headers: The JSON Schema of the headers, an object; None if nothing is declared.
        cookies: The JSON Schema of the cookies, an object; None if nothing is declared.
        security: Security schemes by name, as AsyncAPI describes them.
        credentials: What clients present to :class:`TokenCredential` dependencies.
        is_ambient: Whether anything is read that browsers send whatever page opens a connection:
            a cookie, or a name and password that they remember.
        validates_parameters: Whether anything is read from the handshake that may not validate.
    """

    path: Mapping[str, Schema] = field(default_factory=dict[str, Schema])
    query: Schema | None = None
    headers: Schema | None = None
    cookies: Schema | None = None
    security: Mapping[str, Schema] = field(default_factory=dict[str, Schema])
    credentials: tuple[Credential, ...] = ()
    is_ambient: bool = False
    validates_parameters: bool = False


def handshake_of(dependants: Iterable[Dependant]) -> Handshake:
    """Return what an endpoint, the handlers behind it and all their dependencies demand of it.

    Args:
        dependants: What FastAPI made of them.
    """
    parts = [part for dependant in dependants for part in with_dependencies(dependant)]
    security = _security_of(parts)
    credentials = _credentials_of(parts)
    path = _merge([_object_schema(part.path_params) for part in parts])
    return Handshake(
        path={} if path is None else path["properties"],
        query=_merge([_object_schema(part.query_params) for part in parts]),
        headers=_merge([_object_schema(part.header_params) for part in parts]),
        cookies=_merge([_object_schema(part.cookie_params) for part in parts]),
        security=security,
        credentials=credentials,
        is_ambient=(
            any(part.cookie_params for part in parts)
            or sent_unasked(credentials)
            or any(
                each.get("in") == "cookie" or each.get("scheme") == "basic"
                for each in security.values()
            )
        ),
        # As FastAPI puts 422 into its OpenAPI document.
        validates_parameters=any(
            part.path_params or part.query_params or part.header_params or part.cookie_params
            for part in parts
        ),
    )


def _object_schema(fields: Sequence[Any]) -> Schema:
    """Return the schema of an object that has FastAPI's parameters as its properties."""
    if not fields:  # as of most dependencies; a model takes half a millisecond to make
        return {"type": "object", "properties": {}}
    # `include_in_schema=False` hides from documents, not from validation.
    documented = [item for item in fields if getattr(item.field_info, "include_in_schema", True)]
    if len(fields) == 1 and _is_model(fields[0].field_info.annotation):
        # FastAPI reads a lone parameter that is a model from parameters named as its fields.
        info = fields[0].field_info
        return object_schema(info.annotation, _header_name if _has_dashes(info) else str)
    model = create_model(
        "Parameters",
        **cast(
            dict[str, Any],
            {
                f"field_{index}": (item.field_info.annotation, _named(item))
                for index, item in enumerate(documented)
            },
        ),
    )
    return object_schema(model, str)


def _named(item: Any) -> FieldInfo:
    """Return a parameter's field under the name it has in the handshake."""
    # A copy, as it is FastAPI's own and used for each request.
    info: FieldInfo = copy(item.field_info)
    info.alias = info.validation_alias = item.alias
    return info


def _merge(schemas: Sequence[Schema]) -> Schema | None:
    """Return one object schema; where two declare a property, the first says how it looks."""
    properties: Schema = {}
    required: dict[str, None] = {}
    for schema in schemas:
        properties = {**schema["properties"], **properties}
        required.update(dict.fromkeys(schema.get("required", ())))
    if not properties:
        return None
    merged: Schema = {"type": "object", "properties": properties}
    if required:
        merged["required"] = list(required)
    return merged


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _has_dashes(info: FieldInfo) -> bool:
    return bool(getattr(info, "convert_underscores", False))


def _header_name(name: str) -> str:
    return name.replace("_", "-")


def _scheme_of(part: Dependant) -> Any:
    # As FastAPI looks at them.
    return inspect.unwrap(part.call) if part.call is not None else None


def _credentials_of(parts: Sequence[Dependant]) -> tuple[Credential, ...]:
    found: dict[Credential, None] = {}
    for part in parts:
        scheme = _scheme_of(part)
        if isinstance(scheme, TokenCredential):
            found.update(dict.fromkeys(scheme.locations))
    return tuple(found)


def _security_of(parts: Sequence[Dependant]) -> dict[str, Schema]:
    schemes: dict[str, Schema] = {}
    for part in parts:
        scheme = _scheme_of(part)
        if isinstance(scheme, SecurityBase) and not isinstance(scheme, TokenCredential):
            described = _security_scheme(scheme)
            name = scheme.scheme_name
            # Two of one name that differ are two to clients.
            while schemes.get(name, described) != described:
                name += "_"
            schemes[name] = described
    return schemes


def _security_scheme(scheme: SecurityBase) -> Schema:
    """Translate OpenAPI's Security Scheme Object into that of AsyncAPI 3.0.0."""
    described: Schema = scheme.model.model_dump(mode="json", by_alias=True, exclude_none=True)
    # In AsyncAPI `apiKey` is for brokers, as a user or a password; that of HTTP is `httpApiKey`.
    if described["type"] == "apiKey":
        described["type"] = "httpApiKey"
    for flow in described.get("flows", {}).values():
        # Renamed in AsyncAPI 3.0.0.
        flow["availableScopes"] = flow.pop("scopes", {})
    relative = [url for url in _urls_of(described) if not urlsplit(url).scheme]
    return _bearer(described, relative) if relative else described


def _urls_of(scheme: Schema) -> list[str]:
    places = [scheme, *scheme.get("flows", {}).values()]
    return [url for place in places for key, url in place.items() if key.lower().endswith("url")]


def _bearer(scheme: Schema, urls: list[str]) -> Schema:
    """Describe how a token is sent, where AsyncAPI has no words for how it is got.

    Its URLs are absolute, and FastAPI's are often relative to the application.
    """
    got = f"The token is got from {' and '.join(f'`{url}`' for url in dict.fromkeys(urls))}."
    said = " ".join(filter(None, [scheme.get("description"), got]))
    return {"type": "http", "scheme": "bearer", "description": said}


__all__ = ["Handshake", "handshake_of"]
