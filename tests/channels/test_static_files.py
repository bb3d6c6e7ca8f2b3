"""The documentation page's files among the static files of a project."""

import re
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


def addresses(text: str) -> list[str]:
    """Every static file that a page loads, itself or by its import map."""
    return re.findall(r'"(/assets/[^"]+)"(?!:)', text)


@pytest.mark.parametrize("keeps_names", [True, False])
def test_files_that_a_manifest_names_are_loaded_by_these_names(
    static_root: Path, keeps_names: bool
) -> None:
    with override_settings(STORAGES={**settings.STORAGES, "staticfiles": {"BACKEND": MANIFEST}}):
        assert "?file=viewer.js" in page()
        collect()
        folder = static_root / "chanx" / "asyncapi"
        if not keeps_names:  # as WhiteNoise does with WHITENOISE_KEEP_ONLY_HASHED_FILES
            for file in VIEWER_FOLDER.iterdir():
                (folder / file.name).unlink()
        found = addresses(page())
    assert len(found) == len([*VIEWER_FOLDER.iterdir()])
    for address in found:
        assert re.fullmatch(r"/assets/chanx/asyncapi/\w+\.[0-9a-f]{12}\.(js|css)", address)
        assert (static_root / address.removeprefix("/assets/")).is_file()


def test_a_manifest_of_before_the_files_were_there_leaves_them_to_the_view(
    static_root: Path,
) -> None:
    (static_root / "staticfiles.json").write_text('{"version": "1.1", "paths": {}}')
    with override_settings(STORAGES={**settings.STORAGES, "staticfiles": {"BACKEND": MANIFEST}}):
        assert "?file=viewer.js" in page()


def test_the_page_takes_nothing_from_another_host(static_root: Path) -> None:
    collect()
    with override_settings(STATIC_URL="https://cdn.example.com/"):
        assert "?file=viewer.js" in page()


def test_a_project_that_collects_nowhere_has_the_page(static_root: Path) -> None:
    with override_settings(STATIC_ROOT=None):
        assert "?file=viewer.js" in page()
