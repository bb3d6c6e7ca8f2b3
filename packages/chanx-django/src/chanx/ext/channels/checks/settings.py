"""What is wrong with a project's ``CHANX``."""

from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error
from django.core.exceptions import ImproperlyConfigured

from chanx.asyncapi import AsyncAPIGenerator
from chanx.core.errors import ConfigurationError
from chanx.ext.channels.checks.origins import malformed_origins
from chanx.ext.channels.documents import project_config
from chanx.ext.channels.settings import KINDS, chanx_settings, nearest_settings, unknown_setting


def check_settings(
    app_configs: Sequence[AppConfig] | None = None, **_: Any
) -> Sequence[CheckMessage]:
    """Report what is wrong with ``CHANX``.

    Args:
        app_configs: The applications that are checked; the settings belong to all.

    Returns:
        ``chanx.E001`` if it is no dictionary, ``chanx.E002`` for each unknown key, ``chanx.E003``
        for each value of a wrong type, ``chanx.E004`` for camelCase without pyhumps,
        ``chanx.E005`` for a server of the document that is none, ``chanx.E011`` for an origin that
        no page has.
    """
    try:
        configured = chanx_settings.configured
    except ImproperlyConfigured as error:
        return [Error(str(error), hint='Write CHANX = {"KEY": value, ...}.', id="chanx.E001")]
    keys = [*_unknown_keys(configured), *_wrong_values(configured)]
    if keys:
        return keys
    problems = [
        *_missing_packages(),
        *_wrong_servers(),
        *malformed_origins(chanx_settings.ALLOWED_ORIGINS or ()),
    ]
    return problems or [*_refused()]


def _unknown_keys(configured: Mapping[str, Any]) -> Iterator[CheckMessage]:
    for name in configured:
        if name not in KINDS:
            nearest = nearest_settings(str(name))
            hint = f"Write {nearest[0]}." if nearest else "Remove it."
            yield Error(unknown_setting(str(name)), hint=hint, id="chanx.E002")


def _wrong_values(configured: Mapping[str, Any]) -> Iterator[CheckMessage]:
    for name, value in configured.items():
        if name in KINDS and not KINDS[name].accepts(value):
            yield Error(
                f"CHANX[{name!r}] is {value!r}.", hint=f"Use {KINDS[name].words}.", id="chanx.E003"
            )


def _refused() -> Iterator[CheckMessage]:
    try:
        _ = chanx_settings.consumer_settings
    except ConfigurationError as error:
        yield Error(str(error), hint="Correct its key of CHANX.", id="chanx.E003")


def _missing_packages() -> Iterator[CheckMessage]:
    if chanx_settings.CAMELIZE and find_spec("humps") is None:
        yield Error(
            "CHANX['CAMELIZE'] needs pyhumps, which is not installed.",
            hint="pip install chanx-django[camel-case]",
            id="chanx.E004",
        )


def _wrong_servers() -> Iterator[CheckMessage]:
    try:
        AsyncAPIGenerator((), **project_config()).generate()
    except ConfigurationError as error:
        yield Error(
            f"The AsyncAPI document cannot name its server: {error}",
            hint="Correct ASYNCAPI_SERVER_URL, WEBSOCKET_BASE_URL or ASYNCAPI_SERVERS in CHANX.",
            id="chanx.E005",
        )


__all__ = ["check_settings"]
