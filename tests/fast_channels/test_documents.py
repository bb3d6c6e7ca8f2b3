"""Documents are made once per application and configuration, until the routes change."""

import gc
import weakref
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request

from chanx.asyncapi import lint
from chanx.ext.fast_channels.documents import document_of
from chanx.ext.fast_channels.routing import ConsumerRouter
from chanx.ext.fast_channels.views import generate_asyncapi_schema
from chanx.ext.fast_channels.websocket import AsyncJsonWebsocketConsumer


class Echo(AsyncJsonWebsocketConsumer):
    """Nothing but routes matters here."""


def application() -> FastAPI:
    app = FastAPI()
    app.include_router(consumers("/first"))
    return app


def consumers(path: str) -> ConsumerRouter:
    router = ConsumerRouter()
    router.add_consumer(path, Echo)
    return router


def request_of(host: str) -> Request:
    return Request(
        {
            "type": "http",
            "method": "GET",
            "scheme": "http",
            "path": "/",
            "query_string": b"",
            "headers": [(b"host", host.encode())],
            "server": ("127.0.0.1", 80),
        }
    )


def test_a_document_is_made_once() -> None:
    app = application()
    document = document_of(None, app, {"title": "Chat"})
    assert document_of(None, app, {"title": "Chat"}) is document
    assert document.content is document.content


def test_each_configuration_has_its_document() -> None:
    app = application()
    chat, talk = (document_of(None, app, {"title": title}) for title in ("Chat", "Talk"))
    assert (chat.content["info"]["title"], talk.content["info"]["title"]) == ("Chat", "Talk")
    assert document_of(None, app, {"title": "Chat"}) is chat
    assert document_of(None, app, {"title": "Talk"}) is talk


def test_applications_do_not_see_each_other() -> None:
    first, second = application(), FastAPI()
    assert len(document_of(None, first, None).content["channels"]) == 1
    assert "channels" not in document_of(None, second, None).content


def test_a_route_that_is_added_later_is_in_the_document() -> None:
    app = application()
    before = document_of(None, app, None)
    app.include_router(consumers("/second"))
    after = document_of(None, app, None)
    assert [route.path for route in after.routes] == ["/first", "/second"]
    assert len(before.content["channels"]) == 1
    assert len(after.content["channels"]) == 2


def test_clients_do_not_decide_how_many_documents_are_kept() -> None:
    app = application()
    kept = [
        weakref.ref(document_of(request_of(f"host{number}.example"), app, None))
        for number in range(100)
    ]
    gc.collect()
    assert sum(document() is not None for document in kept) <= 16


def test_a_document_ends_with_its_application() -> None:
    app = application()
    document = weakref.ref(document_of(None, app, None))
    assert document() is not None
    del app
    gc.collect()
    assert document() is None


def test_a_caller_may_change_what_it_was_given() -> None:
    app = application()
    given = generate_asyncapi_schema(app=app)
    given["channels"].clear()
    assert len(generate_asyncapi_schema(app=app)["channels"]) == 1


SERVERS: list[dict[str, Any]] = [
    {"url": "https://chat.example.com/api/", "description": "In use."},
    {
        "url": "{scheme}://{region}.example.com:{port}/v{version}",
        "variables": {
            "scheme": {"default": "http", "enum": ["http", "https"]},
            "region": {"default": "eu", "enum": ["eu", "us"]},
            "port": {"default": "8080"},
            "version": {"default": "1"},
        },
    },
    {"url": "/v2"},
]
IN_USE = {
    "host": "chat.example.com",
    "protocol": "wss",
    "pathname": "/api",
    "description": "In use.",
}
OF_A_REGION = {
    "host": "{region}.example.com:{port}",
    "protocol": "ws",
    "pathname": "/v{version}",
    "variables": {
        "region": {"default": "eu", "enum": ["eu", "us"]},
        "port": {"default": "8080"},
        "version": {"default": "1"},
    },
}


def servers_of(app: FastAPI, request: Request | None = None, **config: Any) -> dict[str, Any]:
    document = document_of(request, app, config)  # type: ignore[arg-type]
    assert lint(document.content) == []
    return dict(document.content.get("servers", {}))


def test_the_servers_of_the_application_are_in_the_document() -> None:
    app = FastAPI(servers=SERVERS)
    assert servers_of(app) == {"default": IN_USE, "server2": OF_A_REGION}
    assert servers_of(app, request_of("host.example")) == {
        "default": IN_USE,
        "server2": OF_A_REGION,
        "server3": {"host": "host.example", "protocol": "ws", "pathname": "/v2"},
    }


def test_the_configuration_goes_before_the_servers_of_the_application() -> None:
    app = FastAPI(servers=SERVERS)
    expected = {"default": {"host": "elsewhere.example", "protocol": "wss"}}
    assert servers_of(app, server_url="wss://elsewhere.example") == expected
    assert servers_of(app, servers={"default": "wss://elsewhere.example"}) == expected


def test_the_root_path_is_a_server_of_its_own_as_in_openapi() -> None:
    own = {"host": "host.example", "protocol": "ws", "pathname": "/proxy"}
    request = request_of("host.example")
    request.scope["root_path"] = "/proxy"
    app = FastAPI(servers=SERVERS[:1])
    assert servers_of(app, request) == {"default": own, "server2": IN_USE}
    app = FastAPI(servers=SERVERS[:1], root_path_in_servers=False)
    assert servers_of(app, request) == {"default": IN_USE}
    assert servers_of(FastAPI(), request) == {"default": own}
