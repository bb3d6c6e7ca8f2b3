"""Documents are made once per application and configuration, until the routes change."""

import gc
import weakref

from fastapi import FastAPI
from starlette.requests import Request

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
