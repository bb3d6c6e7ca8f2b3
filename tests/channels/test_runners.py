"""The test case and the communicator under Django's test runner and under pytest-django."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SETTINGS = """
ALLOWED_HOSTS = ["testserver"]
ASGI_APPLICATION = "project.application"
CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
DATABASES = {"default": {**%r, "ATOMIC_REQUESTS": True}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "channels",
    "rest_framework",
    "rest_framework.authtoken",
    "chanx.ext.channels",
]
SECRET_KEY = "for tests only"
USE_TZ = True
"""

PYTEST = """
[pytest]
asyncio_default_fixture_loop_scope = function
"""

MANAGE = """
import os, sys
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
from django.core.management import execute_from_command_line
execute_from_command_line(sys.argv)
"""

PROJECT = """
from typing import Literal

from channels.auth import AuthMiddlewareStack
from channels.db import database_sync_to_async
from channels.routing import ProtocolTypeRouter, URLRouter
from django.contrib.auth.models import User
from django.core.asgi import get_asgi_application

http = get_asgi_application()

from rest_framework.authentication import TokenAuthentication
from rest_framework.permissions import IsAuthenticated

from chanx.ext.channels import AsyncJsonWebsocketConsumer, BaseMessage, ws_handler
from chanx.ext.channels.authenticator import DjangoAuthenticator
from chanx.ext.channels.routing import path


class Ask(BaseMessage):
    action: Literal["ask"] = "ask"


class Said(BaseMessage):
    action: Literal["said"] = "said"
    payload: str


class Tell(BaseMessage):
    action: Literal["tell"] = "tell"


class Told(BaseMessage):
    action: Literal["told"] = "told"


class Members(DjangoAuthenticator):
    authentication_classes = [TokenAuthentication]
    permission_classes = [IsAuthenticated]


class Room(AsyncJsonWebsocketConsumer):
    authenticator_class = Members
    groups = ["room"]
    emits = [Said]

    async def disconnect(self, code):
        await User.objects.acount()

    @ws_handler
    async def ask(self, message: Ask) -> None:
        await self.broadcast_message(Said(payload=f"{await User.objects.acount()} users"))


class Channels(AsyncJsonWebsocketConsumer[Told]):
    groups = ["channels"]
    passthrough_events = [Told]

    @ws_handler
    async def ask(self, message: Ask) -> Said:
        return Said(payload=f"{self.user} of {await database_sync_to_async(User.objects.count)()}")

    @ws_handler(atomic=True)
    def tell(self, message: Tell) -> Said:
        self.broadcast_event_on_commit(Told())
        return Said(payload="soon")


websocket = URLRouter(
    [path("room/", Room.as_asgi()), path("channels/", AuthMiddlewareStack(Channels.as_asgi()))]
)
application = ProtocolTypeRouter({"http": http, "websocket": websocket})
"""

CASES = """
from asgiref.sync import async_to_sync, sync_to_async
from django.contrib.auth.models import User
from django.test import Client, TestCase
from rest_framework.authtoken.models import Token

from chanx.ext.channels.testing import DjangoWebsocketCommunicator, WebsocketTestCase
from project import Ask, Channels, Room, Said, application


class RoomTests(WebsocketTestCase):
    ws_path = "/room/"

    def setUp(self):
        self.user = User.objects.create(username="ada")
        super().setUp()

    def get_ws_headers(self):
        token = Token.objects.create(user=self.user)
        return [(b"authorization", f"Token {token.key}".encode())]

    async def test_asynchronous(self):
        await self.auth_communicator.assert_authenticated_status_ok()
        other = self.create_communicator()
        await other.connect()
        await other.send_message(Ask())
        await self.auth_communicator.expect(Said, payload="1 users")

    def test_synchronous(self):
        async def talk():
            await self.auth_communicator.connect()
            await self.auth_communicator.send_message(Ask())
            await self.auth_communicator.expect(Said, payload="1 users")

        async_to_sync(talk)()
        self.assertEqual(User.objects.count(), 1)

    async def test_wrong_token(self):
        client = self.create_communicator(headers=[(b"authorization", b"Token wrong")])
        await client.connect()
        message = await client.wait_for_auth()
        self.assertEqual(message.payload.status_code, 401)
        await client.assert_closed(4401)


class OpenRoomTests(RoomTests):
    pass


class WithinATransaction(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.ada = User.objects.create(username="ada")
        cls.token = Token.objects.create(user=cls.ada)

    def headers_of_a_session(self):
        browser = Client()
        browser.force_login(self.ada)
        return [(b"cookie", f"sessionid={browser.cookies['sessionid'].value}".encode())]

    async def test_the_consumer_sees_the_rows_of_the_open_transaction(self):
        headers = [(b"authorization", f"Token {self.token.key}".encode())]
        client = DjangoWebsocketCommunicator(application, "/room/", headers, consumer=Room)
        async with client:
            await client.assert_authenticated_status_ok()
            await client.send_message(Ask())
            await client.expect(Said, payload="1 users")

    async def test_channels_middleware_and_bridge_leave_the_transaction_open(self):
        headers = await sync_to_async(self.headers_of_a_session)()
        for _ in range(2):
            path = "/channels/"
            client = DjangoWebsocketCommunicator(application, path, headers, consumer=Channels)
            async with client:
                await client.send_message(Ask())
                await client.expect(Said, payload="ada of 1")
        self.assertEqual(await User.objects.acount(), 1)

    def test_channels_middleware_does_so_for_a_synchronous_test(self):
        headers = self.headers_of_a_session()
        client = DjangoWebsocketCommunicator(
            application, "/channels/", headers, consumer=Channels
        )

        async def talk():
            async with client:
                await client.send_message(Ask())
                await client.expect(Said, payload="ada of 1")

        async_to_sync(talk)()
        self.assertEqual(User.objects.count(), 1)

    async def test_a_refused_handshake_leaves_the_transaction_as_it_is(self):
        headers = [(b"authorization", b"Token wrong")]
        client = DjangoWebsocketCommunicator(application, "/room/", headers, consumer=Room)
        async with client:
            await client.expect_closed(4401)
        self.assertEqual(await User.objects.acount(), 1)
"""

FAILING = """
from asgiref.sync import async_to_sync

from chanx.ext.channels.testing import WebsocketTestCase
from project import Ask, Said


class Numbers(WebsocketTestCase):
    ws_path = "/channels/"

    def setUp(self):
        super().setUp()
        self.other = self.create_communicator()

    def test_synchronous(self):
        for number in (1, 2):
            with self.subTest(number=number):
                async_to_sync(self.auth_communicator.send_message)(Ask())
                async_to_sync(self.auth_communicator.expect)(Said)
                self.assertEqual(number, 1)

    async def test_asynchronous(self):
        for number in (1, 2):
            with self.subTest(number=number):
                await self.other.connect()
                self.assertEqual(number, 1)


class Others(Numbers):
    pass
"""

FUNCTIONS = """
import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.contrib.auth.models import User
from rest_framework.authtoken.models import Token

from chanx.ext.channels.testing import DjangoWebsocketCommunicator
from project import Ask, Room, Said, application


def client():
    token = Token.objects.create(user=User.objects.create(username="ada"))
    headers = [(b"authorization", f"Token {token.key}".encode())]
    return DjangoWebsocketCommunicator(application, "/room/", headers, consumer=Room)


async def talk(communicator):
    async with communicator:
        await communicator.assert_authenticated_status_ok()
        await communicator.send_message(Ask())
        await communicator.expect(Said, payload="1 users")


@pytest.mark.asyncio
@pytest.mark.django_db(transaction=True)
async def test_asynchronous():
    await talk(await sync_to_async(client)())


@pytest.mark.django_db
def test_synchronous_within_a_transaction():
    async_to_sync(talk)(client())
"""


@pytest.fixture
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A Django project with tests, on the database and with the threads that the test names."""
    kind, *options = request.param.split(" with ")
    database: dict[str, Any] = {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}
    if kind == "postgresql":
        database = request.getfixturevalue("postgresql")
    settings = SETTINGS % database
    if options:
        settings += 'CHANX = {"DATABASE_THREADS": 2}\n'
    files = {
        "settings.py": settings,
        "manage.py": MANAGE,
        "project.py": PROJECT,
        "test_cases.py": CASES,
        "functions.py": FUNCTIONS,
        "pytest.ini": PYTEST,
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def run(project: Path, *arguments: str, code: int = 0) -> str:
    ended = subprocess.run(
        [sys.executable, "-W", "error", *arguments],
        cwd=project,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "settings"},
        capture_output=True,
        text=True,
        timeout=280,
    )
    output = ended.stdout + ended.stderr
    assert ended.returncode == code, output
    return output


@pytest.mark.parametrize(
    ("project", "options"),
    [
        ("sqlite", ("--parallel", "2")),
        ("postgresql", ()),
        ("postgresql with threads", ("--parallel", "2")),
    ],
    indirect=["project"],
)
def test_djangos_test_runner_runs_the_test_case(project: Path, options: tuple[str, ...]) -> None:
    assert "Ran 10 tests" in run(project, "manage.py", "test", *options)


@pytest.mark.parametrize("project", ["sqlite"], indirect=True)
def test_a_failing_sub_test_comes_back_from_a_parallel_process(project: Path) -> None:
    (project / "test_cases.py").write_text(FAILING, encoding="utf-8")
    output = run(project, "manage.py", "test", "--parallel", "2", code=1)
    assert "Ran 4 tests" in output
    assert "FAILED (failures=4)" in output


@pytest.mark.parametrize("project", ["postgresql with threads"], indirect=True)
def test_pytest_django_runs_the_test_case_and_functions(project: Path) -> None:
    output = run(project, "-m", "pytest", "-p", "no:cacheprovider", "test_cases.py", "functions.py")
    assert "12 passed" in output


FAST = """
import pytest
from django.contrib.auth.models import User
from rest_framework.authtoken.models import Token

from chanx.ext.channels.testing import FastWebsocketTestCase
from project import Ask, Said, Tell, Told


class ChannelTests(FastWebsocketTestCase):
    ws_path = "/channels/"

    @classmethod
    def setUpTestData(cls):
        cls.user = User.objects.create(username="ada")

    async def test_what_waits_for_a_commit(self):
        from django.core.exceptions import SynchronousOnlyOperation

        client = self.auth_communicator
        async with self.acaptureOnCommitCallbacks(execute=True) as callbacks:
            await client.request(Tell(), expect=Said)
            await client.refute(Told)
        self.assertEqual(len(callbacks), 1)
        await client.expect(Told)
        with self.assertRaisesRegex(SynchronousOnlyOperation, "acaptureOnCommitCallbacks"):
            self.captureOnCommitCallbacks(execute=True)

    def test_what_waits_for_a_commit_from_synchronous_code(self):
        from asgiref.sync import async_to_sync

        client = self.auth_communicator
        with self.captureOnCommitCallbacks(execute=True) as callbacks:
            async_to_sync(client.request)(Tell(), expect=Said)
        self.assertEqual(len(callbacks), 1)
        async_to_sync(client.expect)(Told)

    async def test_what_waits_for_a_commit_is_told_where_it_is_missed(self):
        from chanx.testing import ExpectationFailed

        client = self.auth_communicator
        with self.assertRaisesRegex(ExpectationFailed, "come within 0.01 s. What"):
            await client.expect(Told, timeout=0.01)  # nothing of an earlier test
        await client.request(Tell(), expect=Said)
        with self.assertRaisesRegex(ExpectationFailed, "Told waits.*acaptureOnCommitCallbacks"):
            await client.expect(Told, timeout=0.01)
        with self.assertRaisesRegex(TimeoutError, "Told waits.*acaptureOnCommitCallbacks"):
            await client.receive_message(timeout=0.01)

    async def test_what_was_called_waits_no_more(self):
        from chanx.testing import ExpectationFailed

        client = self.auth_communicator
        async with self.acaptureOnCommitCallbacks(execute=True):
            await client.request(Tell(), expect=Said)
        await client.expect(Told)
        with self.assertRaisesRegex(ExpectationFailed, "come within 0.01 s. What"):
            await client.expect(Told, timeout=0.01)

    async def test_nobody(self):
        await self.auth_communicator.send_message(Ask())
        await self.auth_communicator.expect(Said, payload="AnonymousUser of 1")

    async def test_a_user_of_a_session(self):
        await User.objects.acreate(username="eve")  # which no other test sees
        await self.aforce_login(self.user)
        await self.auth_communicator.send_message(Ask())
        await self.auth_communicator.expect(Said, payload="ada of 2")
        with self.assertRaises(RuntimeError):
            await self.aforce_login(self.user)

    def test_from_synchronous_code(self):
        from asgiref.sync import async_to_sync

        self.force_login(self.user)
        client = self.auth_communicator
        async_to_sync(client.send_message)(Ask())
        async_to_sync(client.expect)(Said, payload="ada of 1")

    async def test_a_client_of_its_own(self):
        client = self.create_communicator()
        await client.aforce_login(self.user)
        await client.connect()
        await client.send_message(Ask())
        await client.expect(Said, payload="ada of 1")
        with self.assertRaises(RuntimeError):
            await client.aforce_login(self.user)

    async def test_what_to_await_is_told(self):
        from django.core.exceptions import SynchronousOnlyOperation

        for each in (self, self.create_communicator()):
            with self.assertRaisesRegex(SynchronousOnlyOperation, "await aforce_login"):
                each.force_login(self.user)

    async def test_two_users(self):
        other = await User.objects.acreate(username="eve")
        await self.aforce_login(self.user)
        await self.auth_communicator.connect()
        with self.assertRaisesRegex(RuntimeError, "client.aforce_login"):
            await self.aforce_login(other)
        client = self.create_communicator(headers=[])
        await client.aforce_login(other)
        await client.connect()
        for each, name in ((self.auth_communicator, "ada"), (client, "eve")):
            await each.send_message(Ask())
            await each.expect(Said, payload=f"{name} of 2")


class RoomTests(FastWebsocketTestCase):
    ws_path = "/room/"

    def setUp(self):
        super().setUp()
        self.use_token(Token.objects.create(user=User.objects.create(username="ada")))

    async def test_a_token(self):
        await self.auth_communicator.assert_authenticated_status_ok()
        await self.auth_communicator.send_message(Ask())
        await self.auth_communicator.expect(Said, payload="1 users")


try:
    import pytest_asyncio
except ImportError:
    pass
else:
    @pytest.mark.asyncio
    @pytest.mark.django_db(transaction=True)
    async def test_the_fixture(chanx_django_communicator):
        user = await User.objects.acreate(username="ada")
        client = chanx_django_communicator("/channels/?x=1")
        await client.aforce_login(user)
        async with client:
            await client.send_message(Ask())
            await client.expect(Said, payload="ada of 1")
"""

BROKEN = """
from unittest.mock import patch

from django.contrib.auth.models import User

from chanx.ext.channels.testing import FastWebsocketTestCase
from project import Ask, Said


class ChannelTests(FastWebsocketTestCase):
    ws_path = "/channels/"

    async def test_a_handler_that_fails(self):
        with patch.object(User.objects, "count", side_effect=LookupError("the cause")):
            await self.auth_communicator.send_message(Ask())
            await self.auth_communicator.expect(Said)
"""


@pytest.mark.parametrize(
    "project", ["sqlite", "postgresql with threads"], indirect=True, ids=["sqlite", "postgresql"]
)
def test_a_test_case_within_transactions_keeps_its_data(project: Path) -> None:
    (project / "test_cases.py").write_text(FAST, encoding="utf-8")
    assert "Ran 11 tests" in run(project, "manage.py", "test")
    # The plugin by its module, so that an installation of before it was there finds it, too.
    plugin = ("-p", "no:chanx_django", "-p", "chanx.ext.channels.pytest_plugin")
    output = run(project, "-m", "pytest", "-p", "no:cacheprovider", *plugin, "test_cases.py")
    assert "12 passed" in output


@pytest.mark.parametrize("project", ["sqlite"], indirect=True)
def test_what_a_handler_raised_is_told_with_the_test_that_fails(project: Path) -> None:
    (project / "test_cases.py").write_text(BROKEN, encoding="utf-8")
    for arguments in (("manage.py", "test"), ("-m", "pytest", "-p", "no:cacheprovider")):
        output = run(project, *arguments, *(["test_cases.py"] if "-m" in arguments else []), code=1)
        told = output.index("While the test ran, Channels.ask failed:")
        assert "LookupError: the cause" in output[told:]
