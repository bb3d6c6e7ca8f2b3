"""What type checkers make of a Django project's consumers; mypy and pyright read this as well."""

from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any, Literal, assert_type

from django.utils.translation import gettext_lazy
from rest_framework.permissions import IsAdminUser, IsAuthenticated
from rest_framework.throttling import UserRateThrottle

from chanx.ext.channels import (
    AsyncJsonWebsocketConsumer,
    BaseMessage,
    event_handler,
    ws_handler,
)
from chanx.ext.channels.lazy import LazyStr
from chanx.ext.channels.routing import reverse


class Ask(BaseMessage):
    action: Literal["ask"] = "ask"


class AskAtOnce(BaseMessage):
    action: Literal["ask_at_once"] = "ask_at_once"


class Told(BaseMessage):
    action: Literal["told"] = "told"
    payload: LazyStr


class Changed(BaseMessage):
    action: Literal["changed"] = "changed"


class Room(AsyncJsonWebsocketConsumer[Changed]):
    async def connect(self, room: int, since: datetime | None = None) -> None:
        self.room = room

    @ws_handler(permission_classes=[IsAuthenticated & ~IsAdminUser], summary="Asks.")
    async def ask(self, message: Ask) -> Told:
        await self.acheck_object_permissions(message)
        return Told(payload=gettext_lazy("Yes"))

    @ws_handler(atomic=True, throttle_classes=[UserRateThrottle])
    def at_once(self, message: AskAtOnce) -> Told:
        self.activate_locale("de", "Europe/Berlin")
        return Told(payload="Yes")

    @event_handler(atomic=False)
    def changed(self, event: Changed) -> Told | None:
        return None


def test_decorated_methods_keep_their_types() -> None:
    room = Room()
    ask: Callable[[Ask], Coroutine[Any, Any, Told]] = room.ask
    changed: Callable[[Changed], Told | None] = room.changed
    assert [method.__name__ for method in (ask, changed)] == ["ask", "changed"]
    assert_type(room.changed(Changed()), Told | None)


def test_the_names_of_the_package_are_the_modules_own() -> None:
    assert_type(Room.as_asgi().consumer_class.__name__, str)
    path: Callable[..., str] = reverse
    assert callable(path)
