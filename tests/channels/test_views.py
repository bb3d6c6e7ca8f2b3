"""The views of the AsyncAPI document: formats, the server in it, and who may see them."""

import html
import json
import re
from collections.abc import Callable, Iterator
from typing import Any, Literal

import jsonschema_rs
import pytest
import yaml
from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from django.contrib.admin.views.decorators import staff_member_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.contrib.auth.models import AnonymousUser, User
from django.test import AsyncClient, Client, RequestFactory, override_settings
from django.urls import include, reverse
from django.urls import path as url
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import cache_control

from chanx.core.decorators import ws_handler
from chanx.core.errors import ConfigurationError
from chanx.ext.channels.routing import path
from chanx.ext.channels.utils.settings import override_chanx_settings
from chanx.ext.channels.views import (
    AsyncAPIDocsView,
    AsyncAPISchemaView,
    generate_asyncapi_schema,
)
from chanx.ext.channels.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import BaseMessage, PingMessage, PongMessage


class SayAloud(BaseMessage):
    action: Literal["say_aloud"] = "say_aloud"
    user_name: str


class Room(AsyncJsonWebsocketConsumer):
    """Where people talk."""

    @ws_handler
    async def ping(self, message: PingMessage) -> PongMessage:
        return PongMessage()

    @ws_handler
    async def say(self, message: SayAloud) -> None:
        """Says it."""


urlpatterns = [
    url("asyncapi/", include("chanx.ext.channels.urls")),
    url("<slug:team>/spec/", include(("chanx.ext.channels.urls", "chanx"))),
    url("lonely/", AsyncAPIDocsView.as_view()),
    url("own/", AsyncAPIDocsView.as_view(template_name="own.html")),
]


@pytest.fixture(autouse=True)
def chat(project: Callable[[Any], None]) -> Iterator[None]:
    """A project with one consumer, and the views in its URLs."""
    routes = URLRouter([path("ws/rooms/<int:room>/", Room.as_asgi())])
    project(ProtocolTypeRouter({"websocket": AuthMiddlewareStack(routes)}))
    with override_settings(ROOT_URLCONF=__name__):
        yield


def get(path: str = "/asyncapi/schema/", **options: Any) -> Any:
    return Client().get(path, **options)


def server(**headers: Any) -> tuple[str, str, str | None]:
    (found,) = get(**headers).json()["servers"].values()
    return found["protocol"], found["host"], found.get("pathname")


def test_the_document_has_the_projects_consumers(asyncapi_schema: dict[str, Any]) -> None:
    document = get().json()
    jsonschema_rs.validator_for(asyncapi_schema).validate(document)
    (channel,) = document["channels"].values()
    assert channel["address"] == "/ws/rooms/{room}/"
    assert channel["parameters"] == {
        "room": {"x-schema": {"type": "integer", "minimum": 0, "x-pattern": "^[0-9]+$"}}
    }
    assert generate_asyncapi_schema(RequestFactory().get("/")) == document


def test_the_urls_have_their_documented_names() -> None:
    assert reverse("asyncapi_schema") == "/asyncapi/schema/"
    assert reverse("asyncapi_docs") == "/asyncapi/docs/"


@pytest.mark.parametrize(
    ("query", "accept", "expected"),
    [
        ("", None, "application/json"),
        ("", "*/*", "application/json"),
        ("", "text/html,application/xhtml+xml,*/*;q=0.8", "application/json"),
        ("", "application/json", "application/json"),
        ("", "application/yaml", "application/yaml"),
        ("", "text/yaml", "text/yaml"),
        ("", "application/x-yaml, application/json;q=0.5", "application/x-yaml"),
        ("", "application/yaml;q=0.5, application/json", "application/json"),
        ("", "application/vnd.aai.asyncapi+yaml", "application/vnd.aai.asyncapi+yaml"),
        ("", "application/vnd.aai.asyncapi+json", "application/vnd.aai.asyncapi+json"),
        *(
            ("", f"{media_type};version=3.0.0{preference}", media_type)
            for kind in ("json", "yaml")
            for preference in ("", ";q=0.9, text/html")
            for media_type in (f"application/vnd.aai.asyncapi+{kind}",)
        ),
        ("?format=json", "application/yaml", "application/json"),
        ("?format=yaml", "application/json", "application/yaml"),
    ],
)
def test_the_query_goes_before_the_accept_header(
    query: str, accept: str | None, expected: str
) -> None:
    headers = {} if accept is None else {"accept": accept}
    response = get(f"/asyncapi/schema/{query}", headers=headers)
    assert response.status_code == 200
    # Early releases of Django 5.2 do not tell media types apart by their parameters.
    assert response.headers["content-type"].removesuffix(";version=3.0.0") == expected
    assert "Accept" in response.headers["vary"]
    read = json.loads if "json" in expected else yaml.safe_load
    assert read(response.content) == generate_asyncapi_schema(RequestFactory().get("/"))


@pytest.mark.parametrize(
    ("query", "accept"),
    [
        ("?format=xml", "*/*"),
        ("?format=", "*/*"),
        ("?format=JSON", "*/*"),
        ("", "text/html"),
    ],
)
def test_another_format_is_a_bad_request_that_names_the_formats(query: str, accept: str) -> None:
    response = get(f"/asyncapi/schema/{query}", headers={"accept": accept})
    assert response.status_code == 400
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert "?format=yaml" in response.content.decode()


def test_other_methods_are_not_allowed() -> None:
    for address in ("/asyncapi/schema/", "/asyncapi/docs/"):
        assert Client().post(address).status_code == 405
        assert Client().head(address).status_code == 200


def test_title_description_and_version_are_those_of_the_settings() -> None:
    assert get().json()["info"] == {"title": "AsyncAPI Documentation", "version": "1.0.0"}
    with override_chanx_settings(
        ASYNCAPI_TITLE=gettext_lazy("Chat"), ASYNCAPI_DESCRIPTION="Rooms.", ASYNCAPI_VERSION="2.1"
    ):
        assert get().json()["info"] == {
            "title": "Chat",
            "description": "Rooms.",
            "version": "2.1",
        }


def test_further_facts_are_those_of_the_settings() -> None:
    with override_chanx_settings(
        ASYNCAPI_TERMS_OF_SERVICE="https://example.com/terms",
        ASYNCAPI_CONTACT={"name": "Ada"},
        ASYNCAPI_LICENSE={"name": "MIT"},
        ASYNCAPI_TAGS=["chat"],
        ASYNCAPI_EXTERNAL_DOCS={"url": "https://example.com/docs"},
    ):
        info = get().json()["info"]
    assert info["termsOfService"] == "https://example.com/terms"
    assert (info["contact"], info["license"]) == ({"name": "Ada"}, {"name": "MIT"})
    assert (info["tags"], info["externalDocs"]) == (
        [{"name": "chat"}],
        {"url": "https://example.com/docs"},
    )


def test_the_server_is_the_requests_unless_the_settings_say_it() -> None:
    assert server() == ("ws", "testserver", None)
    assert server(secure=True) == ("wss", "testserver", None)
    assert server(SCRIPT_NAME="/app") == ("ws", "testserver", "/app")
    with override_chanx_settings(WEBSOCKET_BASE_URL="ws://localhost:8001"):
        assert server(secure=True) == ("ws", "localhost:8001", None)
        with override_chanx_settings(ASYNCAPI_SERVER_URL="wss://example.com/live"):
            assert server() == ("wss", "example.com", "/live")
    with override_chanx_settings(ASYNCAPI_SERVER_PROTOCOL="wss"):
        assert server() == ("wss", "testserver", None)
        with override_chanx_settings(ASYNCAPI_SERVER_URL="example.com"):
            assert server() == ("wss", "example.com", None)


def test_an_empty_text_stands_for_the_default() -> None:
    with override_chanx_settings(
        ASYNCAPI_TITLE="",
        ASYNCAPI_VERSION="",
        ASYNCAPI_SERVER_URL="",
        ASYNCAPI_SERVER_PROTOCOL="",
        WEBSOCKET_BASE_URL="",
        ASYNCAPI_DOCS_RENDERER="",
    ):
        assert get().json()["info"] == {"title": "AsyncAPI Documentation", "version": "1.0.0"}
        assert server() == ("ws", "testserver", None)
        assert "<title>AsyncAPI Documentation<" in get("/asyncapi/docs/").content.decode()


def test_several_servers_go_before_the_one() -> None:
    servers = {"live": "wss://example.com", "test": {"host": "localhost", "protocol": "ws"}}
    with override_chanx_settings(ASYNCAPI_SERVERS=servers, ASYNCAPI_SERVER_URL="wss://other"):
        assert get().json()["servers"] == {
            "live": {"host": "example.com", "protocol": "wss"},
            "test": {"host": "localhost", "protocol": "ws"},
        }


def test_a_host_that_is_none_of_the_projects_is_refused() -> None:
    assert get(headers={"host": "evil.example"}).status_code == 400
    with override_chanx_settings(ASYNCAPI_SERVER_URL="wss://example.com"):
        assert get(headers={"host": "evil.example"}).json()["servers"]["default"]["host"] == (
            "example.com"
        )


def test_no_shared_cache_keeps_what_may_name_the_host() -> None:
    addresses = [
        "/asyncapi/schema/",
        "/asyncapi/schema/?format=yaml",
        "/asyncapi/docs/",
        "/asyncapi/docs/?file=document.json",
        "/own/",
    ]
    loader = "django.template.loaders.locmem.Loader"
    engine = "django.template.backends.django.DjangoTemplates"
    options = {"loaders": [(loader, {"own.html": "{{ document.servers }}"})]}
    with override_settings(TEMPLATES=[{"BACKEND": engine, "OPTIONS": options}]):
        for address in addresses:
            headers = get(address).headers
            assert headers["cache-control"] == "private, no-cache"
            assert "Host" in headers["vary"].split(", ")
            with override_settings(USE_X_FORWARDED_HOST=True):
                assert "X-Forwarded-Host" in get(address).headers["vary"]
    script = get("/asyncapi/docs/?file=viewer.js").headers
    assert ("immutable" in script["cache-control"], "vary" in script) == (True, False)


def test_a_view_may_say_otherwise_how_long_it_is_kept() -> None:
    view = cache_control(public=True, max_age=60)(AsyncAPISchemaView.as_view())
    with override_settings(ROOT_URLCONF=(url("kept/", view),)):
        assert "private" not in get("/kept/").headers["cache-control"]


def test_a_configured_server_that_is_none_is_an_error() -> None:
    with (
        override_chanx_settings(ASYNCAPI_SERVER_URL="ftp://example.com"),
        pytest.raises(ConfigurationError, match="is not a server"),
    ):
        generate_asyncapi_schema(RequestFactory().get("/"))


def test_without_a_request_there_is_no_server_unless_the_settings_say_it() -> None:
    assert "servers" not in generate_asyncapi_schema()
    with override_chanx_settings(WEBSOCKET_BASE_URL="ws://localhost:8001"):
        assert generate_asyncapi_schema()["servers"]["default"]["host"] == "localhost:8001"


def test_the_document_speaks_as_the_consumers_do_under_the_present_settings() -> None:
    def names() -> set[str]:
        schemas = generate_asyncapi_schema()["components"]["schemas"]
        return set(schemas["SayAloud"]["properties"])

    assert "user_name" in names()
    with override_chanx_settings(CAMELIZE=True, MESSAGE_ACTION_KEY="kind"):
        assert names() >= {"kind", "userName"}
    assert "user_name" in names()


def test_a_callers_changes_stay_its_own() -> None:
    generate_asyncapi_schema()["channels"].clear()
    assert generate_asyncapi_schema()["channels"]


async def test_the_views_answer_asynchronous_requests() -> None:
    for address in ("/asyncapi/schema/", "/asyncapi/docs/"):
        response: Any = await AsyncClient().get(address)
        assert response.status_code == 200


def test_the_page_has_a_policy_and_everything_from_its_own_url() -> None:
    response = get("/asyncapi/docs/")
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["content-security-policy"].startswith("default-src 'none'; script-src")
    page = response.content.decode()
    for name in re.findall(r'(?:src|href)="(\?file=[^"]+)"', page):
        assert get(f"/asyncapi/docs/{html.unescape(name)}").status_code == 200
    assert page.count("?file=") == 2
    assert "http://" not in page
    assert Client().get("/asyncapi/docs/?file=nonsense").status_code == 404


def test_the_page_shows_the_document_beside_it() -> None:
    assert 'data-document="/asyncapi/schema/"' in get("/asyncapi/docs/").content.decode()
    assert 'data-document="/red/spec/schema/"' in get("/red/spec/docs/").content.decode()


def test_the_page_alone_serves_its_document_itself() -> None:
    with override_settings(ROOT_URLCONF=(url("lonely/", AsyncAPIDocsView.as_view()),)):
        assert 'data-document="?file=document.json"' in get("/lonely/").content.decode()
        document = json.loads(get("/lonely/?file=document.json").content)
        assert document["channels"]
    page: Any = AsyncAPIDocsView.as_view()(RequestFactory().get("/"))
    assert "schema/" not in page.content.decode()


def test_the_react_component_is_there_for_those_who_want_it() -> None:
    assert "unpkg.com" not in get("/asyncapi/docs/").content.decode()
    with override_chanx_settings(ASYNCAPI_DOCS_RENDERER="react"):
        response = get("/asyncapi/docs/")
    assert 'integrity="sha384-' in response.content.decode()
    assert "https://unpkg.com" in response.headers["content-security-policy"]
    view = AsyncAPIDocsView.as_view(renderer="react")
    with override_settings(ROOT_URLCONF=(url("react/", view),)):
        assert 'integrity="sha384-' in get("/react/").content.decode()


def test_a_renderer_that_there_is_none_of_is_refused_where_the_view_is_made() -> None:
    class Own(AsyncAPIDocsView):
        renderer: Any = "bogus"

    with pytest.raises(ConfigurationError, match="use 'chanx' or 'react'"):
        AsyncAPIDocsView.as_view(renderer="bogus")
    with pytest.raises(ConfigurationError, match="use 'chanx' or 'react'"):
        Own.as_view()


def test_a_page_may_have_further_documents_and_name_the_hosts_of_its_sockets() -> None:
    view = AsyncAPIDocsView.as_view(
        documents={"Pay": "/pay.json"}, connect_hosts=["wss://a.example"]
    )
    with override_settings(ROOT_URLCONF=(url("docs/", view),)):
        response = get("/docs/")
    assert "/pay.json" in response.content.decode()
    assert "connect-src 'self' wss://a.example;" in response.headers["content-security-policy"]


@pytest.mark.parametrize(
    "options", [{"documents": {"Pay": "//a.example"}}, {"connect_hosts": ["https://a.example"]}]
)
def test_options_that_cannot_be_are_refused_where_the_view_is_made(options: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"a\.example"):
        AsyncAPIDocsView.as_view(**options)


def test_a_template_of_the_project_can_show_the_document() -> None:
    loader = "django.template.loaders.locmem.Loader"
    template = "{{ title }}: {{ document.channels.room.address }} at {{ schema_url }}"
    with override_settings(
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "OPTIONS": {"loaders": [(loader, {"own.html": template})]},
            }
        ]
    ):
        response = get("/own/")
    assert response.content.decode() == (
        "AsyncAPI Documentation: /ws/rooms/{room}/ at /asyncapi/schema/"
    )
    assert "content-security-policy" not in response.headers


class MembersOnly(LoginRequiredMixin, AsyncAPISchemaView):
    """The document, for those who are logged in."""


@pytest.mark.parametrize(
    "view",
    [
        MembersOnly.as_view(),
        staff_member_required(AsyncAPISchemaView.as_view(), login_url="/login/"),
        staff_member_required(AsyncAPIDocsView.as_view(), login_url="/login/"),
    ],
)
def test_the_views_are_restricted_like_any_other(view: Any) -> None:
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    with override_settings(LOGIN_URL="/login/"):
        assert view(request).status_code == 302
    request.user = User(username="ada", is_staff=True)
    assert view(request).status_code == 200
