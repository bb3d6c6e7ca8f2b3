"""The documentation page's files among the static files of a project."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client, override_settings
from django.urls import path

from chanx.asyncapi import VIEWER_FOLDER
from chanx.ext.channels.views import AsyncAPIDocsView

MANIFEST = "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"


@pytest.fixture
def static_root(tmp_path: Path) -> Iterator[Path]:
    """The folder to which a project with staticfiles collects them."""
    before = settings.STATICFILES_DIRS
    with override_settings(
        INSTALLED_APPS=[*settings.INSTALLED_APPS, "django.contrib.staticfiles"],
        STATIC_URL="/assets/",
        STATIC_ROOT=str(tmp_path),
        ASGI_APPLICATION=None,
        ROOT_URLCONF=(path("docs/", AsyncAPIDocsView.as_view()),),
    ):
        yield tmp_path
    settings.STATICFILES_DIRS = before


def page() -> str:
    response = Client().get("/docs/")
    assert response.status_code == 200
    return response.content.decode()


def collect() -> None:
    call_command("collectstatic", interactive=False, verbosity=0)


def test_until_they_are_collected_the_view_serves_them(static_root: Path) -> None:
    assert "?file=viewer.js" in page()


def test_collected_files_are_those_of_the_page(static_root: Path) -> None:
    collect()
    assert 'src="/assets/chanx/asyncapi/main.js"' in page()
    assert 'href="/assets/chanx/asyncapi/style.css"' in page()
    collected = {file.name for file in (static_root / "chanx" / "asyncapi").iterdir()}
    assert collected == {file.name for file in VIEWER_FOLDER.iterdir()}


def test_a_manifest_may_name_the_files_anew(static_root: Path) -> None:
    with override_settings(STORAGES={**settings.STORAGES, "staticfiles": {"BACKEND": MANIFEST}}):
        collect()
        assert 'src="/assets/chanx/asyncapi/main.js"' in page()
    assert (static_root / "chanx" / "asyncapi" / "main.js").is_file()


def test_the_page_takes_nothing_from_another_host(static_root: Path) -> None:
    collect()
    with override_settings(STATIC_URL="https://cdn.example.com/"):
        assert "?file=viewer.js" in page()


def test_a_project_that_collects_nowhere_has_the_page(static_root: Path) -> None:
    with override_settings(STATIC_ROOT=None):
        assert "?file=viewer.js" in page()
