"""A user's sockets end with what the user's account allowed."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar

import pytest
from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from django.contrib.auth.models import Group, User
from django.db import connections, transaction
from django.db.models.signals import m2m_changed, post_save
from django.test import Client as Browser
from django.test import override_settings

from chanx.core.decorators import ws_handler
from chanx.ext.channels.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import PingMessage, PongMessage
from chanx.testing.contract.client import Client, settled

pytestmark = pytest.mark.usefixtures("database")

LAYERS = {"default": {"BACKEND": "chanx.layers.MemoryLayer"}}
EVERYTHING = {"DISCONNECT_ON": ["logout", "password", "inactive", "permissions"]}


class Room(AsyncJsonWebsocketConsumer):
    @ws_handler
    async def ping(self, message: PingMessage) -> PongMessage:
        return PongMessage()


def make(name: str) -> User:
    user = User.objects.create_user(name, password=name)
    user.groups.add(Group.objects.get_or_create(name="members")[0])
    return user


def log_out(user: User) -> None:
    browser = Browser()
    browser.force_login(user)
    browser.logout()


def change_password(user: User) -> None:
    user.set_password("another")
    user.save()


def turn_off(user: User) -> None:
    user.is_active = False
    user.save(update_fields=["is_active"])


def rename(user: User) -> None:
    user.first_name = "Ada"
    user.save()


def log_in_with_an_old_hash(user: User) -> None:
    kinds = ["PBKDF2PasswordHasher", "MD5PasswordHasher"]
    hashers = [f"django.contrib.auth.hashers.{kind}" for kind in kinds]
    with override_settings(PASSWORD_HASHERS=hashers):
        assert User.objects.get(pk=user.pk).check_password(user.username)
        assert User.objects.get(pk=user.pk).password.startswith("pbkdf2")


def join(user: User) -> None:
    user.groups.add(Group.objects.create(name="editors"))


def be_joined(user: User) -> None:
    group: Any = Group.objects.create(name="editors")
    group.user_set.add(user)


def join_again(user: User) -> None:
    user.groups.add(Group.objects.get(name="members"))


async def outcome(change: Callable[[User], None], chanx: dict[str, Any]) -> list[int | None]:
    """The codes with which the sockets of ada, who is changed, and bob are closed."""
    with override_settings(CHANNEL_LAYERS=LAYERS, CHANX={"ALLOWED_ORIGINS": ["*"], **chanx}):
        ada, bob = [await database_sync_to_async(make)(name) for name in ("ada", "bob")]
        codes: list[int | None] = []
        async with (
            Client(Room.as_asgi(), scope={"user": ada}) as first,
            Client(Room.as_asgi(), scope={"user": bob}) as second,
        ):
            for client in (first, second):
                await client.open()
            await settled()
            await database_sync_to_async(change)(await User.objects.aget(pk=ada.pk))
            for client in (first, second):
                client.send(action="ping")
                event = await client.event()
                codes.append(event.get("code"))
        return codes


@pytest.mark.parametrize("change", [log_out, change_password, turn_off])
async def test_an_account_that_ends_ends_its_sockets_and_no_others(
    change: Callable[[User], None],
) -> None:
    assert await outcome(change, {}) == [4401, None]


@pytest.mark.parametrize("change", [rename, log_in_with_an_old_hash, join])
async def test_other_changes_end_nothing(change: Callable[[User], None]) -> None:
    assert await outcome(change, {}) == [None, None]


@pytest.mark.parametrize("change", [join, be_joined])
async def test_permissions_end_sockets_where_a_project_says_so(
    change: Callable[[User], None],
) -> None:
    assert await outcome(change, EVERYTHING) == [4401, None]


async def test_a_group_that_a_user_has_already_ends_nothing() -> None:
    assert await outcome(join_again, EVERYTHING) == [None, None]


@pytest.mark.parametrize("off", [{"DISCONNECT_ON": []}, {"DISCONNECT_USERS": False}])
async def test_a_project_may_have_none_of_it(off: dict[str, Any]) -> None:
    assert await outcome(log_out, off) == [None, None]


async def test_a_layer_that_fails_keeps_nobody_from_logging_out(
    caplog: pytest.LogCaptureFixture,
) -> None:
    layers = {"default": {"BACKEND": "tests.channels.test_account_changes.Failing"}}
    with override_settings(CHANNEL_LAYERS=layers):
        ada = await database_sync_to_async(make)("ada")
        await asyncio.shield(database_sync_to_async(log_out)(ada))
    assert "the layer is down" in caplog.text


class Noting:
    """A layer that notes to whom it sends."""

    sent: ClassVar[list[str]] = []

    def __init__(self, **_: Any) -> None:
        pass

    def send_sync(self, channel: str, message: dict[str, Any]) -> None:
        self.sent.append(channel)

    def group_send_sync(self, group: str, message: dict[str, Any]) -> None:
        self.sent.append(group)


@pytest.fixture
def accounts(tmp_path: Path) -> Iterator[str]:
    """The alias of a further database, in which a project may have its users."""
    alias = "accounts"
    # In a file: Django does not close one that is in memory, of which Python 3.13 warns.
    name = str(tmp_path / "accounts.sqlite3")
    sqlite = {"ENGINE": "django.db.backends.sqlite3", "NAME": name}
    connections.settings[alias] = {**connections.settings["default"], **sqlite}
    yield alias
    del connections.settings[alias]


@pytest.mark.parametrize("is_kept", [True, False])
async def test_an_account_of_another_database_ends_its_sockets_once_that_is_committed(
    accounts: str, is_kept: bool
) -> None:
    user = User(pk=1, is_active=False)
    facts: dict[str, Any] = {"instance": user, "created": False, "using": accounts}

    def save() -> None:
        with suppress(LookupError), transaction.atomic(accounts):
            post_save.send(User, **facts)
            m2m_changed.send(
                User.groups.through, action="post_add", reverse=False, pk_set={1}, **facts
            )
            assert Noting.sent == []
            if not is_kept:
                raise LookupError
        connections[accounts].close()
        del connections[accounts]

    Noting.sent.clear()
    layers = {"default": {"BACKEND": "tests.channels.test_account_changes.Noting"}}
    with override_settings(CHANNEL_LAYERS=layers, CHANX=EVERYTHING):
        await sync_to_async(save)()
    assert len(Noting.sent) == (2 if is_kept else 0)


class Failing:
    """A layer that cannot send."""

    def __init__(self, **_: Any) -> None:
        pass

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        raise ConnectionError("the layer is down")
