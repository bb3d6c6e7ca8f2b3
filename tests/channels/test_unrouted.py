"""What is answered where no route has the path."""

import logging
from typing import Any

import pytest
from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from django.apps import apps

from chanx.ext.channels.routing import include, path
from chanx.ext.channels.utils.settings import override_chanx_settings
from chanx.ext.channels.websocket import AsyncJsonWebsocketConsumer
from chanx.testing import WebsocketCommunicator

NOTHING = "There is nothing at this path."


class Room(AsyncJsonWebsocketConsumer):
    """Where people talk."""


class Failing(AsyncJsonWebsocketConsumer):
    """Cannot be made."""

    def __init__(self) -> None:
        raise ValueError("No route found for what it wants.")


ROUTES = [path("rooms/<int:room>/", Room.as_asgi()), path("failing/", Failing.as_asgi())]
NESTED = [path("ws/", include(ROUTES)), path("ws/late/", Room.as_asgi())]


def router(routes: Any) -> Any:
    return ProtocolTypeRouter({"websocket": AuthMiddlewareStack(URLRouter([*routes]))})


def connect(application: Any, address: str, **scope: Any) -> WebsocketCommunicator:
    client = WebsocketCommunicator(application, address, consumer=Room)
    client.scope.update(scope)
    return client


@pytest.mark.parametrize(
    ("routes", "address", "scope"),
    [
        (ROUTES, "/rooms/x", {}),
        (ROUTES, "/", {}),
        (NESTED, "/ws/rooms/x/", {}),
        (NESTED, "/rooms/1/", {}),
        (ROUTES, "/rooms/1/", {"root_path": "/elsewhere"}),
        ([], "/rooms/1/", {}),
    ],
)
async def test_a_path_that_no_route_has_is_refused_with_one_line_in_the_log(
    routes: Any, address: str, scope: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    client = connect(router(routes), f"{address}?token=secret", extensions={}, **scope)
    await client.connect()
    assert (await client.receive_json())["payload"] == {"code": "refused", "detail": NOTHING}
    await client.assert_closed(4404)
    (record,) = caplog.records
    assert record.getMessage() == f"No route has the path '{address}': 404."
    assert (record.levelno, record.exc_info) == (logging.WARNING, None)


@pytest.mark.parametrize(
    ("routes", "address", "scope", "meant"),
    [
        (ROUTES, "/rooms/1", {}, "/rooms/1/"),
        (NESTED, "/ws/rooms/1", {}, "/ws/rooms/1/"),
        ([path("rooms", Room.as_asgi())], "/rooms/", {}, "/rooms"),
        (ROUTES, "/base/rooms/1", {"root_path": "/base"}, "/base/rooms/1/"),
    ],
)
async def test_a_slash_too_few_or_too_many_is_named_in_the_log(
    routes: Any, address: str, scope: dict[str, Any], meant: str, caplog: pytest.LogCaptureFixture
) -> None:
    client = connect(router(routes), address, **scope)
    assert await client.connect() == (False, 404)
    (record,) = caplog.records
    assert record.getMessage() == (
        f"No route has the path '{address}': 404. There is one for '{meant}'."
    )


async def test_a_path_that_a_route_has_is_served() -> None:
    for routes, address in ((ROUTES, "/rooms/1/"), (NESTED, "/ws/rooms/1/"), (NESTED, "/ws/late/")):
        async with connect(router(routes), address):
            pass


async def test_it_is_told_by_http_where_the_server_can_and_as_the_project_spells_it() -> None:
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    async def send(event: Any) -> None:
        sent.append(event)

    scope: Any = {"type": "websocket", "path": "/", "extensions": {"websocket.http.response": {}}}
    with override_chanx_settings(MESSAGE_ACTION_KEY="kind"):
        await URLRouter([])(scope, receive, send)
    assert [event.get("status") for event in sent] == [404, None]
    assert sent[1]["body"].startswith(b'{"kind":"error"')


async def test_a_failure_of_an_application_is_still_one() -> None:
    client = connect(router(ROUTES), "/failing/")
    with pytest.raises(ValueError, match="what it wants"):
        await client.connect()


async def test_a_path_of_any_length_and_kind_is_one_short_line(
    caplog: pytest.LogCaptureFixture,
) -> None:
    client = connect(router(ROUTES), "/")
    client.scope["path"] = "/a\nFORGED " + "x" * 50_000
    await client.connect()
    await client.disconnect()
    (record,) = caplog.records
    assert "\n" not in record.getMessage()
    assert len(record.getMessage()) < 300


def test_applications_may_become_ready_again() -> None:
    call = URLRouter.__call__
    apps.get_app_config("chanx_channels").ready()
    assert URLRouter.__call__ is call
