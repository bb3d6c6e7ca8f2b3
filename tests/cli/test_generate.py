"""``chanx asyncapi generate``, with applications of every framework."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest
import yaml

if TYPE_CHECKING:
    from tests.cli.conftest import Folder

CONSUMER = """
    from chanx.core.decorators import ws_handler
    from chanx.messages import PingMessage, PongMessage

    class Health(AsyncJsonWebsocketConsumer):
        "Tells that the server is there."

        @ws_handler
        async def ping(self, message: PingMessage) -> PongMessage:
            return PongMessage()
"""
FASTAPI = f"""
    from fastapi import FastAPI
    from chanx.ext.fast_channels import AsyncJsonWebsocketConsumer, ConsumerRouter
    {CONSUMER}
    router = ConsumerRouter()
    router.add_consumer("/health/{{place}}", Health)
    app = FastAPI(title="Überwachung", version="7")
    app.include_router(router)

    def create_app(debug: "bool | Nowhere" = False, **options):
        return app

    def create(settings):
        return app

    class Factory:
        @staticmethod
        def build():
            return router

        def __call__(self):
            return app

    factory = Factory()

    async def later():
        return app

    def broken():
        raise ValueError("no settings")

    def nothing():
        return None
"""
STARLETTE = f"""
    from starlette.applications import Starlette
    from starlette.routing import Mount, WebSocketRoute
    from chanx.ext.fast_channels import AsyncJsonWebsocketConsumer
    {CONSUMER}
    class api:
        app = Starlette(routes=[Mount("/v1", routes=[WebSocketRoute("/health", Health.as_asgi())])])
"""
CORE = f"""
    from chanx.core.websocket import AsyncJsonWebsocketConsumer
    from chanx.routing import RouteInfo
    {CONSUMER}
    app = Health.as_asgi()
    routes = [RouteInfo(path="/a", consumer=Health), RouteInfo(path="/b", consumer=Health)]
"""
SETTINGS = """
    ALLOWED_HOSTS = []
    ASGI_APPLICATION = "project.asgi.application"
    CHANX = {"ASYNCAPI_TITLE": "Project", "ASYNCAPI_SERVER_URL": "wss://example.com"}
    INSTALLED_APPS = [
        "django.contrib.auth", "django.contrib.contenttypes", "chanx.ext.channels"
    ]
    SECRET_KEY = "for tests only"
"""
ASGI = f"""
    from channels.routing import ProtocolTypeRouter, URLRouter
    from django.contrib.contenttypes.models import ContentType  # needs Django to be set up
    from django.core.asgi import get_asgi_application
    from chanx.ext.channels.routing import path
    from chanx.ext.channels.websocket import AsyncJsonWebsocketConsumer
    {CONSUMER}
    sockets = URLRouter([path("ws/health/<int:place>/", Health.as_asgi())])
    application = ProtocolTypeRouter({{"http": get_asgi_application(), "websocket": sockets}})
    http = get_asgi_application()
"""
WITH_SETTINGS = {"DJANGO_SETTINGS_MODULE": "project.settings"}


def fastapi(folder: "Folder") -> None:
    folder.write("api.py", FASTAPI)


def starlette(folder: "Folder") -> None:
    folder.write("api.py", STARLETTE)


def core(folder: "Folder") -> None:
    folder.write("api.py", CORE)


def django(folder: "Folder") -> None:
    folder.write("project/settings.py", SETTINGS)
    folder.write("project/asgi.py", ASGI)


def addresses(document: dict[str, Any]) -> list[str]:
    return [channel["address"] for channel in document["channels"].values()]


@pytest.mark.parametrize(
    ("project", "target", "environment", "title", "found"),
    [
        (fastapi, ["api:app"], {}, "Überwachung", ["/health/{place}"]),
        (fastapi, ["api:create_app"], {}, "Überwachung", ["/health/{place}"]),
        (fastapi, ["api:create_app", "--factory"], {}, "Überwachung", ["/health/{place}"]),
        (fastapi, ["api:factory", "--factory"], {}, "Überwachung", ["/health/{place}"]),
        (fastapi, ["api:Factory.build"], {}, "AsyncAPI Documentation", ["/health/{place}"]),
        (fastapi, ["api:router"], {}, "AsyncAPI Documentation", ["/health/{place}"]),
        (starlette, ["api:api.app"], {}, "AsyncAPI Documentation", ["/v1/health"]),
        (core, ["api:app"], {}, "AsyncAPI Documentation", ["/"]),
        (core, ["api:routes"], {}, "AsyncAPI Documentation", ["/a", "/b"]),
        (django, ["project.asgi:application"], WITH_SETTINGS, "Project", ["/ws/health/{place}/"]),
        (django, ["project.asgi:sockets"], WITH_SETTINGS, "Project", ["/ws/health/{place}/"]),
        (django, [], WITH_SETTINGS, "Project", ["/ws/health/{place}/"]),
    ],
)
def test_an_application_of_any_framework_is_described(
    folder: "Folder",
    asyncapi_schema: dict[str, Any],
    project: Callable[["Folder"], None],
    target: list[str],
    environment: dict[str, str],
    title: str,
    found: list[str],
) -> None:
    project(folder)
    code, out, error = folder.chanx("asyncapi", "generate", *target, **environment)
    assert (code, error) == (0, "")
    document = json.loads(out)
    assert document["asyncapi"] == "3.0.0"
    assert document["info"]["title"] == title
    assert addresses(document) == found
    jsonschema_rs.Draft7Validator(asyncapi_schema).validate(document)


def test_yaml_says_the_same_as_json(folder: "Folder") -> None:
    fastapi(folder)
    _, as_json, _ = folder.chanx("asyncapi", "generate", "api:app", "--format", "json")
    _, as_yaml, _ = folder.chanx("asyncapi", "generate", "api:app", "--format", "yaml")
    assert "Überwachung" in as_yaml
    assert yaml.safe_load(as_yaml) == json.loads(as_json)


@pytest.mark.parametrize(
    ("name", "is_json"), [("a.json", True), ("a.yaml", False), ("a.yml", False)]
)
def test_a_file_is_of_the_format_that_its_name_says(
    folder: "Folder", name: str, is_json: bool
) -> None:
    fastapi(folder)
    code, out, error = folder.chanx("asyncapi", "generate", "api:app", "--output", name)
    assert (code, out, error) == (0, "", "")
    assert folder.read(name).startswith("{") is is_json
    assert yaml.safe_load(folder.read(name))["info"]["title"] == "Überwachung"


def test_the_format_that_is_asked_for_goes_before_the_name(folder: "Folder") -> None:
    fastapi(folder)
    folder.chanx("asyncapi", "generate", "api:app", "--output", "a.json", "--format", "yaml")
    assert folder.read("a.json").startswith("asyncapi: 3.0.0\n")


def test_version_and_perspective_are_those_asked_for(folder: "Folder") -> None:
    fastapi(folder)
    options = ["--asyncapi-version", "3.1.0", "--perspective", "client"]
    _, out, _ = folder.chanx("asyncapi", "generate", "api:app", *options)
    document = json.loads(out)
    assert document["asyncapi"] == "3.1.0"
    assert document["operations"]["health.ping"]["action"] == "send"


def test_what_a_module_prints_is_no_part_of_the_document(folder: "Folder") -> None:
    folder.write("api.py", FASTAPI + '    print("starting")\n')
    code, out, error = folder.chanx("asyncapi", "generate", "api:app")
    assert (code, error) == (0, "starting\n")
    assert json.loads(out)["info"]["title"] == "Überwachung"


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("api", "chanx: 'api' names no application: write module:attribute, as in api:app."),
        (":app", "chanx: ':app' names no application: write module:attribute, as in api:app."),
        ("nowhere:app", "chanx: There is no module 'nowhere' to import."),
        ("api.nowhere:app", "chanx: There is no module 'api.nowhere' to import."),
        ("api:absent", "chanx: The module 'api' has no 'absent'."),
        ("api:app.nothing", "chanx: The module 'api' has no 'app.nothing'."),
        ("api:Health", "chanx: api:Health is a type, which no installed adapter describes"),
        ("api:[]", "chanx: The module 'api' has no '[]'."),
        ("api:create", "chanx: api:create is a function, which no installed adapter describes"),
        ("api:later", "chanx: api:later is a function, which no installed adapter describes"),
        ("api:broken", "chanx: api:broken cannot be called: ValueError: no settings ("),
        ("api:nothing", "chanx: api:nothing is a NoneType, which no installed adapter describes"),
    ],
)
def test_a_target_that_is_no_application_is_refused_in_one_line(
    folder: "Folder", target: str, reason: str
) -> None:
    fastapi(folder)
    assert folder.refused("asyncapi", "generate", target).startswith(reason)


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        (["api:create"], "chanx: api:create cannot be called: TypeError: "),
        (["api:later"], "chanx: api:later is asynchronous: name a function that returns the app"),
        (
            ["api:app.title"],
            "chanx: api:app.title cannot be called: TypeError: 'str' object is not",
        ),
        ([], "chanx: --factory calls what is named: name it, as in api:create_app."),
    ],
)
def test_a_factory_that_makes_nothing_is_refused_in_one_line(
    folder: "Folder", target: list[str], reason: str
) -> None:
    fastapi(folder)
    assert folder.refused("asyncapi", "generate", "--factory", *target).startswith(reason)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import nowhere", "ModuleNotFoundError: No module named 'nowhere' ({path}, line 2)"),
        ("raise ValueError('two\\nlines')", "ValueError: two lines ({path}, line 2)"),
        ("raise SystemExit('no')", "SystemExit: no ({path}, line 2)"),
        ("def broken(:", "SyntaxError: invalid syntax (api.py, line 2)"),
        ("raise BaseException('all')", "BaseException: all ({path}, line 2)"),
        (
            "class Mute(Exception): __str__ = None\nraise Mute",
            "Mute ({path}, line 3)",
        ),
    ],
)
def test_a_module_that_cannot_be_imported_is_refused_in_one_line(
    folder: "Folder", code: str, reason: str
) -> None:
    folder.write("api.py", f"'''A module.'''\n{code}\n")
    line = folder.refused("asyncapi", "generate", "api:app")
    told = f"chanx: The module 'api' cannot be imported: {reason}"
    assert line == told.format(path=folder.path / "api.py")


@pytest.mark.parametrize("target", ["api:app", "api:main.app"])
def test_an_attribute_that_cannot_be_read_is_refused_in_one_line(
    folder: "Folder", target: str
) -> None:
    folder.write(
        "api.py",
        """
        class Main:
            @property
            def app(self):
                raise ValueError("not now")

        main = Main()

        def __getattr__(name):
            return main.app
        """,
    )
    line = folder.refused("asyncapi", "generate", target)
    place = folder.path / "api.py"
    assert line == f"chanx: {target!r} cannot be read: ValueError: not now ({place}, line 5)"


def test_settings_that_cannot_be_imported_are_refused_in_one_line(folder: "Folder") -> None:
    line = folder.refused("asyncapi", "generate", DJANGO_SETTINGS_MODULE="nowhere")
    assert line.startswith("chanx: The project cannot be set up: ModuleNotFoundError: ")


def test_a_project_without_sockets_is_refused_in_one_line(folder: "Folder") -> None:
    django(folder)
    line = folder.refused("asyncapi", "generate", "project.asgi:http", **WITH_SETTINGS)
    assert line.startswith("chanx: There are no consumers to describe: ")


def test_without_a_target_and_settings_there_is_nothing_to_describe(folder: "Folder") -> None:
    assert folder.refused("asyncapi", "generate").startswith("chanx: Name an application")


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--asyncapi-version", "2.6.0"], "chanx: argument --asyncapi-version: invalid choice"),
        (["--format", "xml"], "chanx: argument --format: invalid choice: 'xml'"),
        (["--perspective", "both"], "chanx: argument --perspective: invalid choice: 'both'"),
        (["--typo"], "chanx: unrecognized arguments: --typo"),
        (["--output", "nowhere/a.json"], "chanx: nowhere/a.json cannot be written: No such file"),
        (["--output", "."], "chanx: . cannot be written: "),
    ],
)
def test_options_that_cannot_be_met_are_refused_in_one_line(
    folder: "Folder", options: list[str], reason: str
) -> None:
    fastapi(folder)
    assert folder.refused("asyncapi", "generate", "api:app", *options).startswith(reason)


def test_a_document_that_the_core_refuses_is_refused_in_one_line(folder: "Folder") -> None:
    django(folder)
    folder.write("project/settings.py", SETTINGS.replace("wss://example.com", "nonsense://"))
    line = folder.refused("asyncapi", "generate", **WITH_SETTINGS)
    assert line.startswith("chanx: 'nonsense://' is not a server")


def test_a_reader_that_goes_away_is_no_traceback(folder: "Folder") -> None:
    fastapi(folder)
    with folder.start("asyncapi", "generate", "api:app") as process:
        assert process.stdout
        process.stdout.close()
        assert process.stderr
        error = process.stderr.read().decode()
        assert process.wait(60) == 2
    assert error.startswith("chanx: - cannot be written: ")
    assert error.count("\n") == 1


def test_whether_a_file_is_up_to_date_is_checked(folder: "Folder") -> None:
    core(folder)
    options = ("asyncapi", "generate", "api:app", "--output", "api.yaml")
    assert folder.chanx(*options).code == 0
    assert folder.chanx(*options, "--check") == (0, "", "")
    folder.write("api.yaml", "old: true\n")
    code, out, error = folder.chanx(*options, "--check")
    assert (code, error) == (1, "")
    assert out == "api.yaml is not what the application gives: generate it again.\n"
    assert folder.read("api.yaml") == "old: true\n"
    assert "name it with --output" in folder.refused("asyncapi", "generate", "api:app", "--check")
    assert "cannot be read" in folder.refused(*options[:4], "none.json", "--check")
