"""How long clients with tokens take to get in that all come back at once, on PostgreSQL.

``hatch run python scripts/measure_storm.py [--clients 1000]`` prints, for each way to reach the
database, the seconds until the last one was let in, and how many of them came later than the
handshake time-out lets them. Run it where nothing else runs; ``docs/django.md`` has the figures of
the best of several runs.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import django
from django.conf import settings

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.postgresql import postgresql_server

POOL_AS_IT_COMES: dict[str, Any] = {"CONN_MAX_AGE": 0, "OPTIONS": {"pool": True}}

WAYS: dict[str, tuple[int | None, dict[str, Any]]] = {
    "one thread, CONN_MAX_AGE = 0": (None, {"CONN_MAX_AGE": 0}),
    "one thread, CONN_MAX_AGE = 60": (None, {"CONN_MAX_AGE": 60}),
    "20 threads, CONN_MAX_AGE = 0": (20, {"CONN_MAX_AGE": 0}),
    "20 threads, CONN_MAX_AGE = 60": (20, {"CONN_MAX_AGE": 60}),
    "one thread, psycopg's pool": (None, POOL_AS_IT_COMES),
    "20 threads, psycopg's pool of 4": (20, POOL_AS_IT_COMES),
    "20 threads, psycopg's pool of 20": (
        20,
        {"CONN_MAX_AGE": 0, "OPTIONS": {"pool": {"max_size": 20}}},
    ),
}


def main() -> None:
    """Measure each way once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=1000)
    parser.add_argument("--query", type=float, default=0.005, help="seconds a look-up waits")
    arguments = parser.parse_args()
    with postgresql_server() as options:
        set_up(options)
        for way, (threads, database) in WAYS.items():
            with database_of(options, database):
                took = asyncio.run(storm(arguments.clients, threads, arguments.query))
            late = sum(seconds > 10 for seconds in took)
            print(f"{way:32} {max(took):6.2f} s, {late} of {len(took)} after 10 s", flush=True)


def set_up(options: dict[str, Any]) -> None:
    """Make a project with a user who has a token."""
    settings.configure(
        ALLOWED_HOSTS=["*"],
        DATABASES={"default": dict(options)},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "rest_framework",
            "rest_framework.authtoken",
            "chanx.ext.channels",
        ],
        CHANX={},
        USE_TZ=True,
    )
    django.setup()
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from rest_framework.authtoken.models import Token

    call_command("migrate", verbosity=0)
    Token.objects.create(user=User.objects.create(username="ada"), key="t" * 40)


@contextmanager
def database_of(options: dict[str, Any], further: dict[str, Any]) -> Generator[None]:
    """Have new connections made with these settings."""
    from asgiref.sync import SyncToAsync
    from django.db import connections

    def forget() -> None:
        connections["default"].close()
        del connections["default"]

    connections.settings["default"] = connections.configure_settings(
        {"default": {**options, **further}}
    )["default"]
    forget()
    SyncToAsync.single_thread_executor.submit(forget).result()
    yield
    wrapper: Any = connections["default"]
    wrapper.close_pool()  # the process's, which the next way would go on with


async def storm(clients: int, threads: int | None, query: float) -> list[float]:
    """Connect all at once, and return after how many seconds each was let in."""
    from django.db import connection
    from rest_framework.authentication import TokenAuthentication
    from rest_framework.permissions import BasePermission

    from chanx.core.limits import Limits
    from chanx.ext.channels import AsyncJsonWebsocketConsumer
    from chanx.ext.channels.authenticator import DjangoAuthenticator
    from chanx.testing import WebsocketCommunicator

    class TakesAMoment(BasePermission):
        def has_permission(self, request: Any, view: Any) -> bool:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_sleep(%s)", [query])
            return True

    class Members(DjangoAuthenticator):
        authentication_classes = (TokenAuthentication,)
        permission_classes = (TakesAMoment,)

    class Club(AsyncJsonWebsocketConsumer):
        authenticator_class = Members
        database_threads = threads
        limits = Limits(handshake_timeout=120)

    headers = [(b"authorization", b"Token " + b"t" * 40)]
    began = time.monotonic()

    async def let_in() -> float:
        client = WebsocketCommunicator(Club.as_asgi(), "/", headers, consumer=Club)
        is_open, _ = await client.connect(timeout=120)
        assert is_open
        took = time.monotonic() - began
        await client.disconnect()
        return took

    return await asyncio.gather(*(let_in() for _ in range(clients)))


if __name__ == "__main__":
    main()
