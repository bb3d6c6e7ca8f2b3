"""What is wrong with a project's ``CHANX``."""

from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Info
from django.core.exceptions import ImproperlyConfigured

from chanx.asyncapi import AsyncAPIGenerator
from chanx.core.errors import ConfigurationError
from chanx.core.kinds import NAMES
from chanx.ext.channels.checks.origins import malformed_origins
from chanx.ext.channels.documents import DOCUMENT_KEYS
from chanx.ext.channels.settings import (
    SETTINGS,
    chanx_settings,
    nearest_settings,
    unknown_setting,
)


def check_settings(
    app_configs: Sequence[AppConfig] | None = None, **_: Any
) -> Sequence[CheckMessage]:
    """Report what is wrong with ``CHANX``.

    Args:
        app_configs: The applications that are checked; the settings belong to all.

    Returns:
        ``chanx.E001`` if it is not a dictionary, ``chanx.E002`` for each unknown key,
        ``chanx.E003`` for each value of a wrong type, ``chanx.E004`` for camelCase without pyhumps,
        ``chanx.E005`` for what the document cannot say, such as a server that is none,
        ``chanx.E011`` for an origin that no page has, ``chanx.I001`` for each empty text that
        stands for a default.
    """
    try:
        configured = chanx_settings.configured
    except ImproperlyConfigured as error:
        return [Error(str(error), hint='Write CHANX = {"KEY": value, ...}.', id="chanx.E001")]
    keys = [*_unknown_keys(configured), *_wrong_values(configured)]
    # What is made of the settings below reads them by their kinds.
    if keys:
        return keys
    problems = [
        *_missing_packages(),
        *_wrong_documents(),
        *malformed_origins(chanx_settings.ALLOWED_ORIGINS or ()),
    ]
    return [*problems, *_empty_texts(configured)]


def _unknown_keys(configured: Mapping[str, Any]) -> Iterator[CheckMessage]:
    for name in configured:
        if name not in SETTINGS:
            nearest = nearest_settings(str(name))
            hint = f"Write {nearest[0]}." if nearest else "Remove it."
            yield Error(unknown_setting(str(name)), hint=hint, id="chanx.E002")


def _wrong_values(configured: Mapping[str, Any]) -> Iterator[CheckMessage]:
    for name, value in configured.items():
        if name not in SETTINGS or SETTINGS[name].kind.accepts(value):
            continue
        # Where origins are named at all, each that is none is told of.
        is_named = name == "ALLOWED_ORIGINS" and NAMES.accepts(value)
        yield from [*malformed_origins(value)] if is_named else [_wrong_value(name, value)]


def _wrong_value(name: str, value: object) -> CheckMessage:
    words = SETTINGS[name].kind.words
    return Error(f"CHANX[{name!r}] is {value!r}.", hint=f"Use {words}.", id="chanx.E003")


def _missing_packages() -> Iterator[CheckMessage]:
    if chanx_settings.CAMELIZE and find_spec("humps") is None:
        yield Error(
            "CHANX['CAMELIZE'] needs pyhumps, which is not installed.",
            hint="pip install chanx-django[camel-case]",
            id="chanx.E004",
        )


def _wrong_documents() -> Iterator[CheckMessage]:
    for name, key in DOCUMENT_KEYS.items():
        said: Any = {key: getattr(chanx_settings, name)}
        try:
            # Without routes and one key at a time, so that what fails is that key's.
            AsyncAPIGenerator((), **said).generate()
        except ConfigurationError as error:
            yield Error(
                f"CHANX[{name!r}] is nothing that the AsyncAPI document can say: {error}",
                hint=f"Correct {name}, or remove it.",
                id="chanx.E005",
            )


def _empty_texts(configured: Mapping[str, Any]) -> Iterator[CheckMessage]:
    for name, value in configured.items():
        default = SETTINGS[name].default
        # An environment variable that is not set, mostly.
        if value == "" and value != default:
            yield Info(
                f"CHANX[{name!r}] is empty, which stands for its default, {default!r}.",
                hint="Give it a value, or remove it.",
                id="chanx.I001",
            )


__all__ = ["check_settings"]
