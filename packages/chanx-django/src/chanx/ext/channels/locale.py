"""The language and the time zone of a connection, and where they come from."""

from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from datetime import tzinfo
from functools import lru_cache
from operator import attrgetter
from types import SimpleNamespace
from typing import Any, Final, TypeVar, cast
from zoneinfo import ZoneInfo

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.exceptions import BadRequest, ObjectDoesNotExist
from django.http import HttpRequest
from django.utils import timezone, translation
from django.utils.module_loading import import_string

from chanx.core.asgi import Scope
from chanx.ext.channels.handshake import handshake_request
from chanx.ext.channels.settings import chanx_settings

FoundT = TypeVar("FoundT")

# Imported only where a project has middleware to compare with it.
_MIDDLEWARE: Final = "django.middleware.locale.LocaleMiddleware"

_STORED: Final = ("user.", "session.")
"""How sources begin that are not in the handshake but in what it leads to, a database mostly."""


class Locale:
    """The language and the time zone of a connection.

    Django keeps both by the context of the code that runs. A connection's code runs in several: in
    that of its server's task, of handlers beside it, of events that somebody else brought. So each
    unit of work begins by making the connection's own the active ones.

    Attributes:
        language: The language; None for the project's.
        time_zone: The time zone; None for the project's.
        is_settled: Whether all that says them has been asked.
    """

    __slots__ = ("is_settled", "language", "time_zone")

    def __init__(self) -> None:
        self.language: str | None = None
        self.time_zone: tzinfo | None = None
        self.is_settled: bool = False

    @classmethod
    def of(cls, scope: Scope) -> "Locale | None":
        """Return what a handshake says of them, before anybody is authenticated.

        Args:
            scope: The ASGI connection scope.

        Returns:
            The locale; None if nothing says anything of the project's connections.
        """
        languages, zones = _sources()
        if not languages and not zones:
            return None
        locale = cls()
        sources = (*languages, *zones)
        # So that connections of projects which name only cookies and headers wait for no thread.
        locale.is_settled = not any(source.startswith(_STORED) for source in sources)
        # In the event loop, so nothing is asked that may be lazy: user and session may be in a
        # database.
        locale._look(scope, lambda source: not source.startswith(_STORED))
        return locale

    async def settle(self, scope: Scope) -> None:
        """Ask the user and the session too, in the thread of the ORM.

        Args:
            scope: The ASGI connection scope, whose user is known.
        """
        if not self.is_settled:
            # Before the look, which suspends: whoever comes meanwhile goes on with what the
            # handshake says, and asks no second time.
            self.is_settled = True
            await sync_to_async(self._look)(scope)
        self.activate()

    def activate(self) -> None:
        """Make them the active ones where this is called, and in what is called and begun there."""
        # Asked for every message, where nearly always nothing changes.
        if self.language is not None and translation.get_language() != self.language:
            translation.activate(self.language)
        if self.time_zone is not None:
            timezone.activate(self.time_zone)

    def _look(self, scope: Scope, asks: Callable[[str], bool] = bool) -> None:
        try:
            request = handshake_request(scope, "get")
        except BadRequest:  # its query, which is not asked
            request = handshake_request({**scope, "query_string": b""}, "get")
        # Once settled all sources are asked again, in their order: one that is stored may stand
        # before a cookie.
        languages, zones = (filter(asks, sources) for sources in _sources())
        self.language = _first(languages, request, _language)
        self.time_zone = _first(zones, request, _time_zone)


@contextmanager
def restored() -> Generator[None]:
    """Make the language and the time zone active in the end that were so before."""
    # The context is that of who serves the connection, and goes on after it, as a test's does.
    language, zone = translation.get_language(), timezone.get_current_timezone()
    try:
        yield
    finally:
        translation.activate(language)
        # Not by `deactivate()`, which takes it away from the code of every connection.
        timezone.activate(zone)


def language_named(name: str) -> str:
    """Return the language of the project that a name stands for: ``de`` for ``de-at``.

    Args:
        name: A language code.

    Raises:
        ValueError: If the project has no such language.
    """
    try:
        # Never a language as a client writes it: it would become the name of a folder of
        # catalogues.
        return translation.get_supported_language_variant(name)
    except (LookupError, ValueError) as error:
        raise ValueError(f"{name!r} is not one of settings.LANGUAGES.") from error


def time_zone_named(name: str) -> tzinfo:
    """Return the time zone of a name: ``Europe/Berlin``.

    Args:
        name: Its name in IANA's database.

    Raises:
        ValueError: If there is none of that name.
    """
    try:
        # ValueError for paths that lead out of the database, OSError for names that are folders or
        # too long.
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"There is no time zone {name!r}.") from error


def _sources() -> tuple[Sequence[str], Sequence[str]]:
    languages = chanx_settings.LANGUAGE_FROM
    if languages is None:
        languages = _as_for_views(tuple(settings.MIDDLEWARE))
    return tuple(languages), tuple(chanx_settings.TIME_ZONE_FROM)


# By the middleware: importing and comparing classes for each handshake would take longer than the
# rest.
@lru_cache(maxsize=8)
def _as_for_views(middleware: Iterable[str]) -> Sequence[str]:
    """Return where views have their language from."""
    has_one = any(map(_is_of_locales, middleware))
    return ("cookie", "header") if has_one else ()


def _is_of_locales(name: str) -> bool:
    kind: Any = import_string(name)
    return isinstance(kind, type) and issubclass(kind, import_string(_MIDDLEWARE))


def _first(
    sources: Iterable[str], request: HttpRequest, read: Callable[[object], FoundT]
) -> FoundT | None:
    """Return what the first source says that says something which there is."""
    for source in sources:
        said = _said(source, request)
        # No user attribute, no cookie, an empty one: the next source is asked.
        if not said:
            continue
        try:
            return read(said)
        except ValueError:
            continue
    return None


def _said(source: str, request: HttpRequest) -> object:
    kind, _, name = source.partition(".")
    if kind == "user":
        try:
            said: object = attrgetter(name)(getattr(request, "user", None))
        # Of AnonymousUser, or of a profile (one to one) that was never made.
        except (AttributeError, ObjectDoesNotExist):  # as of nobody
            return None
        return said
    if kind == "session":
        session: Any = getattr(request, "session", {})
        return session.get(name)
    if kind == "cookie":
        return request.COOKIES.get(name or settings.LANGUAGE_COOKIE_NAME)
    # As Django reads it, but for the cookie, which it would ask first.
    accepting = cast("HttpRequest", SimpleNamespace(COOKIES={}, META=request.META))
    return translation.get_language_from_request(accepting)


def _language(said: object) -> str:
    return language_named(str(said))


def _time_zone(said: object) -> tzinfo:
    return said if isinstance(said, tzinfo) else time_zone_named(str(said))


__all__ = ["Locale", "language_named", "restored", "time_zone_named"]
