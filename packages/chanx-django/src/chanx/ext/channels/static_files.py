"""The documentation page's files among the project's static files."""

from typing import Any, Final, cast

from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static

from chanx.asyncapi import VIEWER_FOLDER

STATIC_FOLDER: Final = "chanx/asyncapi"
"""Where among the static files they are."""

_APPLICATION: Final = "django.contrib.staticfiles"


def add_to_static_files() -> None:
    """Have ``collectstatic`` find the files, which are chanx-core's, where the project has it."""
    folder = (STATIC_FOLDER, str(VIEWER_FOLDER))
    if apps.is_installed(_APPLICATION) and folder not in settings.STATICFILES_DIRS:
        # Finders look into the folders of applications, and chanx-core is none.
        settings.STATICFILES_DIRS = [*settings.STATICFILES_DIRS, folder]


def collected_url() -> str | None:
    """Return where the web server has the collected files, ending in a slash.

    None if they are not collected, or have another host than the page, which its policy forbids.
    """
    if not apps.is_installed(_APPLICATION):
        return None
    from django.contrib.staticfiles.storage import staticfiles_storage

    storage = cast(Any, staticfiles_storage)
    try:
        is_collected = storage.exists(f"{STATIC_FOLDER}/main.js")
    except ImproperlyConfigured:  # there is no STATIC_ROOT to collect to
        return None
    url = static(f"{STATIC_FOLDER}/")
    return url if is_collected and url.startswith("/") and not url.startswith("//") else None


__all__ = ["STATIC_FOLDER", "add_to_static_files", "collected_url"]
