"""A Django project for the tests of this folder: SQLite in a file, and layers per test."""

import sys
from collections.abc import AsyncIterator, Callable, Iterator
from types import ModuleType
from typing import Any

import django
import pytest
from asgiref.sync import SyncToAsync, sync_to_async
from django.conf import settings

settings.configure(
    ALLOWED_HOSTS=["testserver"],
    CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "unused"}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "channels",
        "rest_framework",
        "rest_framework.authtoken",
        "chanx.ext.channels",
    ],
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    SECRET_KEY="for tests only",
    USE_TZ=True,
)
django.setup()

from channels.layers import InMemoryChannelLayer  # noqa: E402 - needs the settings
from django.core.management import call_command  # noqa: E402
from django.db import connections  # noqa: E402
from django.test import override_settings  # noqa: E402

from chanx.ext.channels import threads  # noqa: E402
from chanx.layers import MemoryLayer  # noqa: E402
from chanx.testing import WebsocketCommunicator  # noqa: E402
from tests.patience import be_patient  # noqa: E402


@pytest.fixture(autouse=True)
def time_to_spare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have communicators wait for longer than a busy machine takes, where a test says nothing."""
    be_patient(monkeypatch)


class Communicator(WebsocketCommunicator):
    """Sees into channels' in-memory layer as well."""

    local_layers = (MemoryLayer, InMemoryChannelLayer)


@pytest.fixture
def communicator() -> type[WebsocketCommunicator]:
    """The communicator's class, for a project on channels' in-memory layer."""
    return Communicator


@pytest.fixture(scope="session")
def tables(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A database file with the tables of the installed applications."""
    name = tmp_path_factory.mktemp("database") / "db.sqlite3"
    connections.settings["default"]["NAME"] = str(name)
    call_command("migrate", verbosity=0)
    connections.close_all()


@pytest.fixture(scope="module")
def postgresql_tables(postgresql: dict[str, Any]) -> Iterator[None]:
    """The tables of the installed applications in PostgreSQL, the default database meanwhile."""
    before = connections.settings["default"]
    connections.settings["default"] = {**before, **postgresql}
    _forget_connections()
    call_command("migrate", verbosity=0)
    connections.close_all()
    yield
    connections.settings["default"] = before
    _forget_connections()


def _forget_connections() -> None:
    """Have the next query find the present settings, in whichever thread."""

    def forget() -> None:
        connections["default"].close()
        del connections["default"]

    forget()
    SyncToAsync.single_thread_executor.submit(forget).result()
    # Threads of units live as long as the process, and so do the connections that each has.
    pools: Any = vars(threads)["_pool"]  # no project changes its database meanwhile
    pools.cache_clear()


@pytest.fixture
async def database(tables: None) -> AsyncIterator[dict[str, Any]]:
    """An empty database without open connections; the value is its settings, for the test."""
    options: dict[str, Any] = connections["default"].settings_dict
    before = dict(options)
    yield options
    options.update(before)
    await sync_to_async(_empty)()


def _empty() -> None:
    # The connection may be one that the test broke.
    connections.close_all()
    call_command("flush", interactive=False, verbosity=0)
    connections.close_all()


@pytest.fixture
def layers() -> Iterator[None]:
    """Channels' in-memory layer as the default one."""
    backend = {"BACKEND": "channels.layers.InMemoryChannelLayer"}
    with override_settings(CHANNEL_LAYERS={"default": backend}):
        yield


@pytest.fixture
def project(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Any], None]]:
    """Makes an application the project's, until the test ends."""
    module = ModuleType("project_of_a_test")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    with override_settings(ASGI_APPLICATION=f"{module.__name__}.application"):
        yield lambda application: setattr(module, "application", application)
