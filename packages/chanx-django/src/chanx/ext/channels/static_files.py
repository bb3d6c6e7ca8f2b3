"""The documentation page's files among the project's static files."""

from collections.abc import Mapping
from typing import Any, Final

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


def collected_urls() -> Mapping[str, str] | None:
    """Return where the web server has each of the collected files, by its name.

    None if they are not collected, or have another host than the page, which its policy forbids.
    """
    if not apps.is_installed(_APPLICATION):
        return None
    from django.contrib.staticfiles.storage import staticfiles_storage

    paths = {file.name: f"{STATIC_FOLDER}/{file.name}" for file in VIEWER_FOLDER.iterdir()}
    try:
        # One of them stands for all: collectstatic copies a folder as a whole.
        if not _has(staticfiles_storage, paths["main.js"]):
            return None
        urls = {name: static(path) for name, path in paths.items()}
    except (ImproperlyConfigured, ValueError):
        # There is no STATIC_ROOT to collect to, or a manifest of before the files were there.
        return None
    # STATIC_URL may name another host (a CDN), whose scripts the page's policy keeps out.
    return urls if all(map(_is_of_own_host, urls.values())) else None


def _has(storage: Any, path: str) -> bool:
    # Storages with a manifest need not keep the files under their own names.
    stored_name = getattr(storage, "stored_name", None)
    return bool(storage.exists(path if stored_name is None else stored_name(path)))


def _is_of_own_host(url: str) -> bool:
    return url.startswith("/") and not url.startswith("//")


__all__ = ["STATIC_FOLDER", "add_to_static_files", "collected_urls"]
