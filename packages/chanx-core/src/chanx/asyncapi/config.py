"""What a document says besides its routes; the adapters' settings have the same names."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Literal, TypedDict, cast, get_args

from chanx.core.errors import ConfigurationError
from chanx.core.kinds import MESSAGES, is_concrete
from chanx.messages import BaseMessage

AsyncAPIVersion = Literal["3.0.0", "3.1.0"]
Perspective = Literal["server", "client"]


class AsyncAPIConfig(TypedDict, total=False):
    """What a document says besides its routes; a key may be left out, None or an empty text.

    Attributes:
        title: The application's name; "AsyncAPI Documentation" if left out.
        version: The application's version, any text; "1.0.0" if left out.
        description: What the application does, in Markdown.
        terms_of_service: The URL of the terms of service.
        contact: An AsyncAPI Contact Object: ``name``, ``url``, ``email``.
        license: An AsyncAPI License Object: ``name``, ``url``.
        tags: Tags of the application: names, or AsyncAPI Tag Objects.
        external_docs: An AsyncAPI External Documentation Object: ``url``, ``description``.
        servers: Servers by name: a URL, or an AsyncAPI Server Object.
        server_url: The URL of the one server, such as ``wss://example.com/api``; ``http`` and
            ``https`` are read as ``ws`` and ``wss``. ``servers`` goes first.
        server_protocol: ``ws`` or ``wss``; None takes it from ``server_url``.
        messages: Message classes that no consumer names, for channels of one's own or for other
            documents; each is described in ``components``, as one that is sent.
        extra: Parts of an AsyncAPI document that stand beside what comes from the routes:
            ``channels``, ``operations`` and ``components``, as AsyncAPI's objects by their keys.
        camelize: Whether the document spells keys in camelCase; None as each consumer does on the
            wire, which is what its clients need.
        asyncapi_version: ``"3.0.0"``, if left out, or ``"3.1.0"``.
        perspective: ``"server"``, if left out: what clients send is received. ``"client"`` turns
            that around, for tools that generate clients.
    """

    title: str | None
    version: str | None
    description: str | None
    terms_of_service: str | None
    contact: Mapping[str, Any] | None
    license: Mapping[str, Any] | None
    tags: Sequence[str | Mapping[str, Any]] | None
    external_docs: Mapping[str, Any] | None
    servers: Mapping[str, str | Mapping[str, Any]] | None
    server_url: str | None
    server_protocol: str | None
    messages: Sequence[type[BaseMessage]] | None
    extra: Mapping[str, Mapping[str, Any]] | None
    camelize: bool | None
    asyncapi_version: AsyncAPIVersion | None
    perspective: Perspective | None


_DEFAULTS: Final[AsyncAPIConfig] = {
    "title": "AsyncAPI Documentation",
    "version": "1.0.0",
    "asyncapi_version": "3.0.0",
    "perspective": "server",
}

_CHOICES: Final = {
    "asyncapi_version": get_args(AsyncAPIVersion),
    "perspective": get_args(Perspective),
    "server_protocol": ("ws", "wss"),
}

EXTRA_PARTS: Final = ("channels", "operations", "components")
"""What may stand beside what comes from the routes."""

_TEXTS: Final = ("title", "version", "description", "terms_of_service", "server_url")
_OBJECTS: Final = ("contact", "license", "external_docs", "servers", "extra")


def given_of(config: AsyncAPIConfig) -> dict[str, Any]:
    """Return what a configuration says: neither None nor an empty text, as of a variable unset."""
    return {key: value for key, value in config.items() if value is not None and value != ""}


def with_defaults(config: AsyncAPIConfig) -> AsyncAPIConfig:
    """Return a configuration without what says nothing, with the defaults filled in.

    Raises:
        ConfigurationError: If a key or a value is not known; the text lists those that are.
    """
    unknown = sorted(config.keys() - AsyncAPIConfig.__annotations__.keys())
    if unknown:
        known = ", ".join(AsyncAPIConfig.__annotations__)
        raise ConfigurationError(f"Unknown for a document: {', '.join(unknown)}. Known: {known}.")
    given = given_of(config)
    for key, choices in _CHOICES.items():
        if key in given and given[key] not in choices:
            raise ConfigurationError(f"{key}={given[key]!r}: use one of {', '.join(choices)}.")
    _check_kinds(given)
    _check_extra(given)
    return cast(AsyncAPIConfig, {**_DEFAULTS, **given})


def _check_kinds(given: Mapping[str, Any]) -> None:
    for keys, kind, name in ((_TEXTS, str, "a text"), (_OBJECTS, Mapping, "a dictionary")):
        for key in keys:
            if key in given and not isinstance(given[key], kind):
                raise ConfigurationError(f"{key}={given[key]!r}: give {name}.")
    for key, items in (("tags", given.get("tags", ())), ("servers", _values(given))):
        if isinstance(items, str) or not all(isinstance(item, str | Mapping) for item in items):
            raise ConfigurationError(f"{key}={given[key]!r}: give texts, or AsyncAPI's objects.")
    tag: str | Mapping[str, Any]
    for tag in given.get("tags", ()):
        if not isinstance(tag, str) and not isinstance(tag.get("name"), str):
            raise ConfigurationError(f"tags: {tag!r} has no name: give {{'name': ...}}.")


def _check_extra(given: Mapping[str, Any]) -> None:
    messages: Any = given.get("messages", ())
    if not MESSAGES.accepts(messages) or not all(map(is_concrete, messages)):
        raise ConfigurationError(f"messages={messages!r}: give a list of message classes.")
    for part, things in given.get("extra", {}).items():
        if part not in EXTRA_PARTS or not isinstance(things, Mapping):
            known = ", ".join(EXTRA_PARTS)
            raise ConfigurationError(
                f"extra={{{part!r}: ...}}: give AsyncAPI's objects by their keys, under {known}."
            )


def _values(given: Mapping[str, Any]) -> Iterable[Any]:
    servers: Mapping[str, Any] = given.get("servers", {})
    return servers.values()


__all__ = [
    "EXTRA_PARTS",
    "AsyncAPIConfig",
    "AsyncAPIVersion",
    "Perspective",
    "given_of",
    "with_defaults",
]
