"""The project's settings: the dictionary ``CHANX`` of a Django project, with its defaults."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import fields
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any, Final, Generic, TypeVar, cast

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed
from django.utils.functional import Promise

from chanx.asyncapi import Renderer
from chanx.core import settings as core
from chanx.core.kinds import NOTHING, Kind
from chanx.core.limits import Limits
from chanx.core.observer import ObserverFactory
from chanx.core.settings import Settings
from chanx.ext.channels.kinds import (
    CHANGES,
    COUNT,
    DICTIONARY,
    LANGUAGE_SOURCES,
    LIST,
    PROTOCOL,
    RENDERER,
    TEXT,
    TIME_ZONE_SOURCES,
)

ValueT = TypeVar("ValueT")

NAME: Final = "CHANX"

# The same object each time: consumer_settings tells by identity whether anything has changed.
_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


_KEYS: Final = {"discriminator_field": "MESSAGE_ACTION_KEY"}
"""Keys that are not their setting's name in capitals."""


def key_of(name: str) -> str:
    """Return the key of ``CHANX`` for a setting of consumers.

    Args:
        name: The name of one of :class:`~chanx.core.settings.Settings`.
    """
    return _KEYS.get(name, name.upper())


class Setting(Generic[ValueT]):
    """One key of ``CHANX``; reading the attribute reads the project's settings.

    Args:
        default: Its value where the project gives none.
        kind: The values that it takes.
        text: What it does, in Markdown; ``docs/settings.md`` is made of these.
    """

    def __init__(self, default: ValueT, kind: Kind, text: str) -> None:
        self.default = default
        self.kind = kind
        self.text = text
        self.name = ""

    def __get__(self, instance: "ChanxSettings", owner: type) -> ValueT:
        # Read each time: override_settings replaces the dictionary, and no signal need have come
        # for it.
        value: Any = instance.configured.get(self.name, self.default)
        if self.kind.is_empty(value):
            return self.default
        # Translated texts are lazy, and differ from request to request.
        found: Any = str(value) if isinstance(value, Promise) else value
        return cast("ValueT", found)

    # With it the attribute is a data descriptor, which no instance can shadow.
    def __set__(self, instance: "ChanxSettings", value: ValueT) -> None:
        raise AttributeError(
            f"{self.name} is read from settings.{NAME}: change it there, "
            f"or with override_chanx_settings({self.name}=...) in a test."
        )


class ChanxSettings:
    """The settings of chanx, as attributes, always those that are in force.

    Where a text is due, an empty one stands for the default, as None does.

    Example:
        >>> from chanx.ext.channels.settings import chanx_settings
        >>> chanx_settings.MESSAGE_ACTION_KEY
        'action'
    """

    # Those of consumers have their values below the class; these are their types.
    MESSAGE_ACTION_KEY: str
    CAMELIZE: bool
    SEND_COMPLETION: bool
    SEND_MESSAGE_IMMEDIATELY: bool
    SEND_AUTHENTICATION_MESSAGE: bool
    SEND_RECONNECT_MESSAGE: bool
    DRAIN_ON_SIGNALS: bool
    LOG_WEBSOCKET_MESSAGE: bool
    LOG_IGNORED_ACTIONS: Collection[str]
    OBSERVERS: Collection[ObserverFactory]
    LIMITS: Limits
    ALLOWED_ORIGINS: Collection[str] | None
    DENY_WITH_HTTP: bool
    CLIENT_ADDRESS_HEADER: str | None
    DISCONNECT_USERS: bool

    DATABASE_THREADS = Setting[int | None](
        None,
        COUNT | NOTHING,
        "How many threads of a process handlers use the database in, each with a connection of its "
        "own, which no other handler uses meanwhile; None for one thread and connection that all "
        "share.",
    )
    DISCONNECT_ON = Setting[Collection[str]](
        ("logout", "password", "inactive"),
        CHANGES,
        "What ends the connections of a user with 4401: logging out, a new password, "
        "`is_active = False`; `permissions` adds that groups or permissions are given or taken.",
    )
    LANGUAGE_FROM = Setting[Collection[str] | None](
        None,
        LANGUAGE_SOURCES | NOTHING,
        "Where a connection's language comes from, the first that says one: an attribute of the "
        "user, a key of the session, the language cookie or another, the header Accept-Language. "
        "None as for views: the cookie and the header, where `MIDDLEWARE` has Django's "
        "`LocaleMiddleware`.",
    )
    TIME_ZONE_FROM = Setting[Collection[str]](
        (),
        TIME_ZONE_SOURCES,
        "Where a connection's time zone comes from, likewise, by its IANA name.",
    )
    WEBSOCKET_BASE_URL = Setting[str | None](
        None,
        TEXT | NOTHING,
        "The WebSocket URL for development or testing; None for the request's.",
    )
    ASYNCAPI_TITLE = Setting("AsyncAPI Documentation", TEXT, "The title of the AsyncAPI document.")
    ASYNCAPI_DESCRIPTION = Setting(
        "", TEXT, "The description in the AsyncAPI document, in Markdown."
    )
    ASYNCAPI_VERSION = Setting("1.0.0", TEXT, "The version in the AsyncAPI document.")
    ASYNCAPI_SERVER_URL = Setting[str | None](
        None, TEXT | NOTHING, "The server in the AsyncAPI document; None for the request's."
    )
    ASYNCAPI_SERVER_PROTOCOL = Setting[str | None](
        None,
        PROTOCOL | NOTHING,
        "The server's protocol in the AsyncAPI document; None for the request's.",
    )
    ASYNCAPI_SERVERS = Setting[Mapping[str, Any] | None](
        None,
        DICTIONARY | NOTHING,
        "Several servers by name, in place of the one: a URL or an AsyncAPI Server Object each.",
    )
    ASYNCAPI_TERMS_OF_SERVICE = Setting[str | None](
        None, TEXT | NOTHING, "The URL of the terms of service."
    )
    ASYNCAPI_CONTACT = Setting[Mapping[str, Any] | None](
        None, DICTIONARY | NOTHING, "An AsyncAPI Contact Object: `name`, `url`, `email`."
    )
    ASYNCAPI_LICENSE = Setting[Mapping[str, Any] | None](
        None, DICTIONARY | NOTHING, "An AsyncAPI License Object: `name`, `url`."
    )
    ASYNCAPI_TAGS = Setting[Sequence[str | Mapping[str, Any]] | None](
        None, LIST | NOTHING, "Tags of the application: names, or AsyncAPI Tag Objects."
    )
    ASYNCAPI_EXTERNAL_DOCS = Setting[Mapping[str, Any] | None](
        None,
        DICTIONARY | NOTHING,
        "An AsyncAPI External Documentation Object: `url`, `description`.",
    )
    ASYNCAPI_EXTRA = Setting[Mapping[str, Any] | None](
        None,
        DICTIONARY | NOTHING,
        "What stands in the document beside its consumers: `channels`, `operations` and "
        "`components`, AsyncAPI's objects by their keys.",
    )
    ASYNCAPI_DOCS_RENDERER = Setting[Renderer](
        "chanx",
        RENDERER,
        "What shows the document: chanx's own page, or `\"react\"` for AsyncAPI's React component, "
        "which browsers load from unpkg.com.",
    )

    _made: tuple[Mapping[str, Any], Settings] | None = None

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(unknown_setting(name))

    @property
    def configured(self) -> Mapping[str, Any]:
        """What the project's ``CHANX`` says; the rest has its default.

        Raises:
            ImproperlyConfigured: If it is not a dictionary.
        """
        configured: object = getattr(settings, NAME, _NOTHING)
        if not isinstance(configured, Mapping):
            raise ImproperlyConfigured(f"settings.{NAME} is {configured!r}: write a dictionary.")
        return cast("Mapping[str, Any]", configured)

    @property
    def consumer_settings(self) -> Settings:
        """What counts for consumers, as the same object until the project's settings change."""
        configured = self.configured
        # The same object as long as the dictionary is: what is made of it, as documents are, is
        # compared by identity.
        if self._made is None or self._made[0] is not configured:
            self._made = configured, self._make()
        return self._made[1]

    def _make(self) -> Settings:
        return Settings(**{name: getattr(self, key_of(name)) for name in core.SETTING_NAMES})

    def reload(self) -> None:
        """Forget what was made from the project's settings."""
        self._made = None


def _of_consumers() -> Iterator[tuple[str, Setting[Any]]]:
    for each in fields(Settings):
        kind, text = core.SETTING_KINDS[each.name], core.SETTING_TEXTS[each.name]
        default: Any = each.default
        if kind.freeze is not None and default is not None:
            # Frozen, it is a tuple or a frozenset.
            default = [*default]  # as a project would write it
        yield key_of(each.name), Setting(default, kind, text)


def _of_projects() -> Iterator[tuple[str, Setting[Any]]]:
    for key, value in vars(ChanxSettings).items():
        if key.isupper():
            yield key, value


SETTINGS: Final[Mapping[str, Setting[Any]]] = dict([*_of_consumers(), *_of_projects()])
"""The settings by their keys of ``CHANX``."""

# By a loop, since consumers' settings are declared once, in the core; only their types stand in the
# class.
for _key, _setting in SETTINGS.items():
    _setting.name = _key
    setattr(ChanxSettings, _key, _setting)

SETTING_NAMES: Final = tuple(SETTINGS)
"""The keys that ``CHANX`` may have."""

chanx_settings: Final = ChanxSettings()
"""The settings in force."""


def nearest_settings(name: str) -> list[str]:
    """Return the key that a misspelt one may stand for; empty if none is near.

    Args:
        name: The key.
    """
    return get_close_matches(name.upper(), SETTING_NAMES, n=1)


def unknown_setting(name: str) -> str:
    """Return what is to be said of a key that ``CHANX`` does not have.

    Args:
        name: The key.
    """
    nearest = nearest_settings(name)
    hint = f"did you mean {nearest[0]}?" if nearest else f"there are: {', '.join(SETTING_NAMES)}."
    return f"{NAME} has no setting {name!r}; {hint}"


def _reload(*, setting: str, **_: Any) -> None:
    if setting == NAME:
        chanx_settings.reload()


# What was made of an overridden dictionary is not kept beyond its test.
setting_changed.connect(_reload, dispatch_uid="chanx.ext.channels.settings")


__all__ = [
    "NAME",
    "SETTINGS",
    "SETTING_NAMES",
    "ChanxSettings",
    "Setting",
    "chanx_settings",
    "key_of",
    "nearest_settings",
    "unknown_setting",
]
