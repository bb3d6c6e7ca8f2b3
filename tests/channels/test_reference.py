"""The published reference of the Django extension: signatures, defaults, and what settings do."""

import asyncio
import inspect
import logging
import re
from collections.abc import Callable
from typing import Any, Literal

import pytest
from channels.routing import ProtocolTypeRouter, URLRouter
from django.test import RequestFactory, TransactionTestCase
from fastapi import FastAPI, Request
from rest_framework.generics import GenericAPIView

from chanx.core.decorators import ws_handler
from chanx.core.errors import MissingPackageError
from chanx.ext.channels.authenticator import ChanxAuthView, ChanxSerializer, DjangoAuthenticator
from chanx.ext.channels.routing import path
from chanx.ext.channels.testing import DjangoWebsocketCommunicator, WebsocketTestCase
from chanx.ext.channels.utils.asgi import get_websocket_application
from chanx.ext.channels.utils.settings import override_chanx_settings
from chanx.ext.channels.views import (
    AsyncAPIDocsView,
    AsyncAPISchemaView,
    generate_asyncapi_schema,
)
from chanx.ext.channels.websocket import AsyncJsonWebsocketConsumer
from chanx.ext.fast_channels.views import (
    asyncapi_docs,
    asyncapi_spec_json,
    asyncapi_spec_yaml,
)
from chanx.messages import BaseMessage, PingMessage, PongMessage
from chanx.testing import ExpectationFailed, WebsocketCommunicator


class Count(BaseMessage):
    action: Literal["count"] = "count"


class Counted(BaseMessage):
    action: Literal["counted"] = "counted"
    payload: int


class Room(AsyncJsonWebsocketConsumer):
    """Where people count."""

    emits = (Counted,)

    @ws_handler
    async def ping(self, message: PingMessage) -> PongMessage:
        return PongMessage()

    @ws_handler
    async def count(self, message: Count) -> None:
        for number in (1, 2):
            await self.send_message(Counted(payload=number))


def client_of(consumer: Any = Room) -> DjangoWebsocketCommunicator:
    return DjangoWebsocketCommunicator(consumer.as_asgi(), "/", consumer=consumer)


@pytest.fixture(autouse=True)
def time_to_spare() -> None:
    """Leave communicators as they are, which is what is looked at."""


SIGNATURES: list[tuple[Callable[..., Any], str]] = [
    (AsyncAPISchemaView.get, "self, request"),
    (AsyncAPIDocsView.get, "self, request"),
    (generate_asyncapi_schema, "request"),
    (DjangoAuthenticator, "send_message"),
    (
        DjangoWebsocketCommunicator,
        "application, path, headers=None, subprotocols=None, spec_version=None, *, consumer",
    ),
    (DjangoWebsocketCommunicator.assert_authenticated_status_ok, "self, max_auth_time=0.5"),
    (DjangoWebsocketCommunicator.assert_closed, "self"),
    (DjangoWebsocketCommunicator.connect, "self, timeout=1"),
    (
        DjangoWebsocketCommunicator.wait_for_auth,
        "self, send_authentication_message=None, max_auth_time=0.5, after_auth_time=0.1",
    ),
    (
        WebsocketTestCase.create_communicator,
        "self, *, router=None, ws_path=None, headers=None, subprotocols=None",
    ),
    (WebsocketTestCase.get_subprotocols, "self"),
    (WebsocketTestCase.get_ws_headers, "self"),
    (get_websocket_application, ""),
    (asyncapi_docs, "request, app, config=None"),
    (asyncapi_spec_json, "request, app, config=None"),
    (asyncapi_spec_yaml, "request, app, config=None"),
]


@pytest.mark.parametrize(
    ("function", "documented"), SIGNATURES, ids=lambda each: getattr(each, "__qualname__", each)
)
def test_everything_is_called_as_documented(function: Any, documented: str) -> None:
    given = inspect.signature(function).parameters
    wanted = inspect.signature(eval(f"lambda {documented}: None")).parameters
    names = [name for name in given if name in wanted]
    assert names == [*wanted]
    for name, parameter in wanted.items():
        assert given[name].kind == parameter.kind
        if parameter.default is not parameter.empty:
            assert given[name].default == parameter.default
    for name in given.keys() - wanted.keys():  # what there is besides may be left out
        further = given[name]
        is_variadic = further.kind in (further.VAR_POSITIONAL, further.VAR_KEYWORD)
        assert is_variadic or further.default is not further.empty


def test_an_authenticator_has_the_documented_defaults() -> None:
    assert DjangoAuthenticator.auth_view_class is ChanxAuthView
    assert ChanxAuthView.serializer_class is ChanxSerializer
    assert issubclass(ChanxAuthView, GenericAPIView)
    assert (DjangoAuthenticator.lookup_field, DjangoAuthenticator.lookup_url_kwarg) == ("pk", None)
    assert (DjangoAuthenticator.queryset, DjangoAuthenticator.override_http_methods) == (None, True)


def test_testing_stands_on_djangos_and_the_cores_classes() -> None:
    assert issubclass(WebsocketTestCase, TransactionTestCase)
    assert issubclass(DjangoWebsocketCommunicator, WebsocketCommunicator)
    assert isinstance(WebsocketTestCase.auth_communicator, property)


async def test_no_authentication_message_is_waited_for_where_that_is_said() -> None:
    async with client_of() as client:
        assert await client.wait_for_auth(send_authentication_message=False) is None


async def test_a_connection_that_has_not_been_closed_fails_the_assertion() -> None:
    class Closing(Room):
        async def post_authentication(self) -> None:
            await self.close(4000)

    async with client_of(Closing) as client:
        await client.assert_closed()
    async with client_of() as client:
        with pytest.raises(AssertionError):
            await client.assert_closed()


async def test_messages_wait_for_the_end_of_the_processing_where_the_settings_say_so() -> None:
    class Waiting(Room):
        @ws_handler
        async def count(self, message: Count) -> None:
            await super().count(message)
            await goes_on.wait()

    for is_immediate in (True, False):
        goes_on = asyncio.Event()
        with override_chanx_settings(SEND_MESSAGE_IMMEDIATELY=is_immediate):
            async with client_of(Waiting) as client:
                await client.send_message(Count())
                if is_immediate:
                    await client.expect(Counted, payload=1)
                else:
                    with pytest.raises(ExpectationFailed):
                        await client.expect(Counted, timeout=0.02)
                goes_on.set()
                await client.expect(Counted, payload=2)


async def test_messages_both_ways_are_logged_as_the_settings_say(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "chanx.websocket")

    async def logged(**settings: Any) -> list[str]:
        caplog.clear()
        with override_chanx_settings(**settings):
            async with client_of() as client:
                for message in (PingMessage(), Count()):
                    await client.send_message(message)
                await client.receive_all_json()
        facts = [vars(record) for record in caplog.records]
        return [f"{one['direction']} {one['action']}" for one in facts if "direction" in one]

    pings, counts = ["received ping", "sent pong"], ["received count", "sent counted"]
    assert await logged() == [*pings, *counts, counts[1]]
    assert await logged(LOG_IGNORED_ACTIONS=["ping", "pong"]) == [*counts, counts[1]]
    assert await logged(LOG_WEBSOCKET_MESSAGE=False) == []


def test_camel_case_without_its_package_is_a_runtime_error() -> None:
    assert issubclass(MissingPackageError, RuntimeError)


async def test_the_page_of_either_framework_has_the_same_structure(
    project: Callable[[Any], None],
) -> None:
    project(ProtocolTypeRouter({"websocket": URLRouter([path("room/", Room.as_asgi())])}))
    here: Any = AsyncAPIDocsView.as_view()(RequestFactory().get("/docs/"))
    scope: Any = {
        "type": "http",
        "path": "/docs",
        "headers": [],
        "query_string": b"",
        "scheme": "http",
    }
    app = FastAPI(title="AsyncAPI Documentation")
    there = await asyncapi_docs(Request({**scope, "app": app}), app)
    assert here.content == bytes(there.body)
    policy = "content-security-policy"
    assert here.headers[policy] == there.headers[policy]
    assert re.search(r"<title>AsyncAPI Documentation</title>", here.content.decode())
