"""The endpoints of the AsyncAPI document: every way to use them, and what stands in it."""

import html
import re
from typing import Any

import httpx
import jsonschema_rs
import pytest
import yaml
from fastapi import FastAPI, Request
from starlette.applications import Starlette
from starlette.routing import Mount, Route, WebSocketRoute

from chanx.core.decorators import ws_handler
from chanx.core.errors import ConfigurationError
from chanx.ext import fast_channels
from chanx.ext.fast_channels.routing import ConsumerRouter
from chanx.ext.fast_channels.type_defs import AsyncAPIConfig
from chanx.ext.fast_channels.views import (
    asyncapi_docs,
    asyncapi_spec_json,
    asyncapi_spec_yaml,
    generate_asyncapi_schema,
    mount_asyncapi,
)
from chanx.ext.fast_channels.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import PingMessage, PongMessage


class Echo(AsyncJsonWebsocketConsumer):
    """Answers."""

    @ws_handler
    async def answer(self, message: PingMessage) -> PongMessage:
        return PongMessage()


def application(**options: Any) -> FastAPI:
    app = FastAPI(**options)
    router = ConsumerRouter()
    router.add_consumer("/ws/{room:int}", Echo)
    app.include_router(router)
    return app


async def get(app: Any, path: str, base: str = "http://example.org", **scope: Any) -> Any:
    transport = httpx.ASGITransport(app, **scope)
    async with httpx.AsyncClient(transport=transport, base_url=base) as client:
        response = await client.get(path)
    assert response.status_code == 200, response.text
    return response


async def require_page(app: Any, path: str) -> None:
    """The page's own URL serves whatever the page asks for."""
    page = (await get(app, path)).text
    wanted = re.findall(r'(?:src|href|data-document)="(\?file=[^"]+)"', page)
    assert len(wanted) == 3
    for name in wanted:
        assert (await get(app, f"{path}{html.unescape(name)}")).content


def addresses(document: dict[str, Any]) -> list[str]:
    return [channel["address"] for channel in document["channels"].values()]


async def test_the_application_alone_will_do() -> None:
    app = application()

    @app.get("/asyncapi.json")
    async def get_spec() -> Any:
        return await asyncapi_spec_json(app=app)

    @app.get("/named.json")
    async def get_named_spec() -> Any:
        return await asyncapi_spec_json(app=app, config={"title": "My API"})

    document = (await get(app, "/asyncapi.json")).json()
    assert addresses(document) == ["/ws/{room}"]
    assert "servers" not in document
    assert (await get(app, "/named.json")).json()["info"]["title"] == "My API"


async def test_request_and_application_will_do() -> None:
    app = application()

    @app.get("/asyncapi.json")
    async def get_spec(request: Request) -> Any:
        return await asyncapi_spec_json(request, app)

    @app.get("/asyncapi.yaml")
    async def get_yaml(request: Request) -> Any:
        return await asyncapi_spec_yaml(request, app, {"title": "My API"})

    @app.get("/docs/asyncapi")
    async def get_docs(request: Request) -> Any:
        return await asyncapi_docs(request=request, app=app)

    document = (await get(app, "/asyncapi.json")).json()
    assert addresses(document) == ["/ws/{room}"]
    named = yaml.safe_load((await get(app, "/asyncapi.yaml")).text)
    assert named == {**document, "info": {**document["info"], "title": "My API"}}
    await require_page(app, "/docs/asyncapi")


async def test_the_request_alone_will_do_as_an_endpoint_of_starlette() -> None:
    app = Starlette(
        routes=[
            WebSocketRoute("/ws", Echo.as_asgi()),
            Route("/asyncapi.json", asyncapi_spec_json),
            Route("/asyncapi.yaml", asyncapi_spec_yaml),
            Route("/docs", asyncapi_docs),
        ]
    )
    document = (await get(app, "/asyncapi.json")).json()
    assert addresses(document) == ["/ws"]
    assert yaml.safe_load((await get(app, "/asyncapi.yaml")).text) == document
    await require_page(app, "/docs")


async def test_the_page_of_the_application_alone_carries_everything_within_it() -> None:
    app = application(title="Chat")

    @app.get("/docs/asyncapi")
    async def get_docs() -> Any:
        return await asyncapi_docs(app=app)

    page = await get(app, "/docs/asyncapi")
    assert "?file=viewer" not in page.text
    assert '"/ws/{room}"' in page.text
    assert "script-src 'sha256-" in page.headers["content-security-policy"]
    with pytest.raises(ConfigurationError, match="request=request"):
        await asyncapi_docs(app=app, renderer="react")


async def test_a_renderer_that_there_is_none_of_is_refused() -> None:
    app = application()
    bogus: Any = "bogus"
    with pytest.raises(ConfigurationError, match="use 'chanx' or 'react'"):
        mount_asyncapi(app, renderer=bogus)
    with pytest.raises(ConfigurationError, match="use 'chanx' or 'react'"):
        await asyncapi_docs(app=app, renderer=bogus)


async def test_an_empty_text_stands_for_the_default() -> None:
    app = application(title="Chat")
    mount_asyncapi(app, config={"title": "", "version": "", "server_url": "", "description": ""})
    document = (await get(app, "/asyncapi.json")).json()
    assert document["info"] == {"title": "Chat", "version": "0.1.0"}
    assert document["servers"]["default"]["host"] == "example.org"


async def test_no_shared_cache_keeps_what_may_name_the_host() -> None:
    app = application()
    mount_asyncapi(app)
    app.router.add_route("/own", asyncapi_docs)
    for path in ("/asyncapi", "/asyncapi.json", "/asyncapi.yaml", "/own?file=document.json"):
        headers = (await get(app, path)).headers
        assert (headers["cache-control"], headers["vary"]) == ("private, no-cache", "Host")
    script = (await get(app, "/own?file=viewer.js")).headers
    assert ("immutable" in script["cache-control"], "vary" in script) == (True, False)


async def test_a_file_that_the_page_has_none_of_is_not_found() -> None:
    app = application()
    mount_asyncapi(app)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://example.org") as client:
        assert (await client.get("/asyncapi?file=nonsense")).status_code == 404


async def test_the_react_component_is_there_for_those_who_want_it() -> None:
    app = application()
    mount_asyncapi(app, renderer="react")
    page = await get(app, "/asyncapi")
    assert 'integrity="sha384-' in page.text
    assert "https://unpkg.com" in page.headers["content-security-policy"]


async def test_a_page_may_have_further_documents_and_name_the_hosts_of_its_sockets() -> None:
    app = application()
    mount_asyncapi(app, documents={"Pay": "/pay.json"}, connect_hosts=["wss://a.example"])
    embedded = await asyncapi_docs(
        app=app, documents={"Pay": "/pay.json"}, connect_hosts=["wss://a.example"]
    )
    page = await get(app, "/asyncapi")
    for text, headers in (
        (page.text, page.headers),
        (bytes(embedded.body).decode(), embedded.headers),
    ):
        assert "/pay.json" in text
        assert "connect-src 'self' wss://a.example;" in headers["content-security-policy"]


async def test_options_that_cannot_be_are_refused_where_the_page_is_mounted() -> None:
    with pytest.raises(ConfigurationError, match="give a path"):
        mount_asyncapi(application(), documents={"Pay": "//a.example"})
    with pytest.raises(ConfigurationError, match="not a host of WebSockets"):
        mount_asyncapi(application(), connect_hosts=["https://a.example"])


async def test_neither_request_nor_application_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="app=app"):
        await asyncapi_spec_json()
    with pytest.raises(ConfigurationError, match="not a FastAPI or Starlette application"):
        generate_asyncapi_schema(app=Echo.as_asgi())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


async def test_each_document_has_its_media_type_and_the_page_its_policy() -> None:
    app = application()
    mount_asyncapi(app)
    assert (await get(app, "/asyncapi.json")).headers["content-type"] == "application/json"
    assert (await get(app, "/asyncapi.yaml")).headers["content-type"] == "application/yaml"
    page = await get(app, "/asyncapi")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert "http://" not in page.text


async def test_the_document_is_valid(asyncapi_schema: dict[str, Any]) -> None:
    app = application(
        title="Chat",
        license_info={"name": "MIT", "identifier": "MIT"},
        contact={"name": "Us", "url": "https://example.org"},
    )
    mount_asyncapi(app)
    document = (await get(app, "/asyncapi.json")).json()
    jsonschema_rs.validator_for(asyncapi_schema).validate(document)


async def test_what_the_fastapi_application_says_is_the_default() -> None:
    app = application(
        title="Chat",
        version="2.1",
        description="Rooms.",
        terms_of_service="https://example.org/terms",
        contact={"name": "Us"},
        license_info={"name": "MIT", "identifier": "MIT"},
        openapi_tags=[{"name": "rooms", "description": "Rooms.", "x-own": 1}],
    )
    document = generate_asyncapi_schema(app=app, config={"title": "Talk", "version": None})
    assert document["info"] == {
        "title": "Talk",
        "version": "2.1",
        "description": "Rooms.",
        "termsOfService": "https://example.org/terms",
        "contact": {"name": "Us"},
        "license": {"name": "MIT"},
        "tags": [{"name": "rooms", "description": "Rooms."}],
    }
    plain = generate_asyncapi_schema(app=Starlette())
    assert plain["info"] == {"title": "AsyncAPI Documentation", "version": "1.0.0"}


@pytest.mark.parametrize(
    ("base", "root_path", "config", "expected"),
    [
        ("http://example.org:8000", "", {}, ("example.org:8000", "ws", None)),
        ("https://example.org", "/api", {}, ("example.org", "wss", "/api")),
        ("http://example.org", "", {"server_protocol": "wss"}, ("example.org", "wss", None)),
        ("http://inner", "/x", {"server_url": "wss://outer/api"}, ("outer", "wss", "/api")),
    ],
)
async def test_the_server_is_the_configured_one_or_the_requests(
    base: str, root_path: str, config: AsyncAPIConfig, expected: tuple[str, str, str | None]
) -> None:
    app = application()
    mount_asyncapi(app, config=config)
    response = await get(app, f"{root_path}/asyncapi.json", base, root_path=root_path)
    (server,) = response.json()["servers"].values()
    assert (server["host"], server["protocol"], server.get("pathname")) == expected


@pytest.mark.parametrize("host", ["[", "", "a b", "<script>alert(1)</script>", "x@evil"])
async def test_a_host_header_that_is_none_breaks_nothing(host: str) -> None:
    app = application()
    mount_asyncapi(app)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://example.org") as client:
        for path in ("/asyncapi", "/asyncapi.json", "/asyncapi.yaml"):
            response = await client.get(path, headers={"host": host})
            assert response.status_code == 200
            assert path != "/asyncapi" or "alert" not in response.text


async def test_a_mounted_application_documents_itself_where_it_is_mounted() -> None:
    inner = application()
    mount_asyncapi(inner)
    outer = FastAPI()
    outer.mount("/sub", inner)
    mount_asyncapi(outer)
    own = (await get(outer, "/api/sub/asyncapi.json", root_path="/api")).json()
    assert addresses(own) == ["/ws/{room}"]
    assert own["servers"]["default"]["pathname"] == "/api/sub"
    whole = (await get(outer, "/api/asyncapi.json", root_path="/api")).json()
    assert addresses(whole) == ["/sub/ws/{room}"]
    assert whole["servers"]["default"]["pathname"] == "/api"


async def test_an_endpoint_below_a_mount_documents_the_whole_application() -> None:
    app = Starlette(
        routes=[
            WebSocketRoute("/ws", Echo.as_asgi()),
            Mount("/docs", routes=[Route("/asyncapi.json", asyncapi_spec_json)]),
        ]
    )
    document = (await get(app, "/docs/asyncapi.json")).json()
    assert addresses(document) == ["/ws"]
    assert "pathname" not in document["servers"]["default"]


async def test_a_mounted_applications_endpoint_can_document_the_outer_one() -> None:
    outer, inner = application(), FastAPI()

    @inner.get("/outer.json")
    async def get_outer(request: Request) -> Any:
        return await asyncapi_spec_json(request, outer)

    outer.mount("/sub", inner)
    document = (await get(outer, "/sub/outer.json")).json()
    assert addresses(document) == ["/ws/{room}"]
    assert "pathname" not in document["servers"]["default"]


@pytest.mark.parametrize("build", [application, Starlette])
async def test_mounting_adds_three_paths(build: Any) -> None:
    app = build()
    mount_asyncapi(app, path="/specs/chat/", config={"title": "Chat"})
    page = (await get(app, "/specs/chat")).text
    assert "<title>Chat" in page
    assert "chat.json" in page
    document = (await get(app, "/specs/chat.json")).json()
    assert yaml.safe_load((await get(app, "/specs/chat.yaml")).text) == document


def test_mounted_paths_are_not_in_the_openapi_document() -> None:
    app = application()
    mount_asyncapi(app)
    assert app.openapi()["paths"] == {}


@pytest.mark.parametrize("path", ["", "/", "asyncapi"])
def test_a_path_that_is_none_is_refused(path: str) -> None:
    with pytest.raises(ConfigurationError, match="'/asyncapi'"):
        mount_asyncapi(FastAPI(), path=path)


def test_an_unknown_key_is_refused_when_mounting() -> None:
    config: Any = {"titel": "Chat"}
    with pytest.raises(ConfigurationError, match=r"titel.*title"):
        mount_asyncapi(FastAPI(), config=config)


def test_the_package_has_the_names_of_its_modules() -> None:
    assert fast_channels.asyncapi_spec_json is asyncapi_spec_json
    assert fast_channels.asyncapi_spec_yaml is asyncapi_spec_yaml
    assert fast_channels.asyncapi_docs is asyncapi_docs
    assert fast_channels.generate_asyncapi_schema is generate_asyncapi_schema
    assert fast_channels.AsyncAPIConfig is AsyncAPIConfig
