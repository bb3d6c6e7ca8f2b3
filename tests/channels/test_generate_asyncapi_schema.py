"""``manage.py generate_asyncapi_schema``: formats, files, and what it cannot do."""

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.management import CommandError, call_command

from chanx.ext.channels.routing import path
from chanx.ext.channels.utils.settings import override_chanx_settings
from chanx.ext.channels.views import generate_asyncapi_schema
from chanx.ext.channels.websocket import AsyncJsonWebsocketConsumer

Project = Callable[[Any], None]


class Room(AsyncJsonWebsocketConsumer):
    """Where people talk, größer."""


@pytest.fixture
def chat(project: Project) -> None:
    """A project with one consumer."""
    project(ProtocolTypeRouter({"websocket": URLRouter([path("rooms/", Room.as_asgi())])}))


def generate(*arguments: str) -> str:
    written = StringIO()
    call_command("generate_asyncapi_schema", *arguments, stdout=written)
    return written.getvalue()


@pytest.mark.usefixtures("chat")
def test_the_document_is_written_to_the_standard_output_as_json() -> None:
    assert json.loads(generate()) == generate_asyncapi_schema()
    assert json.loads(generate("--format", "json")) == generate_asyncapi_schema()


@pytest.mark.usefixtures("chat")
def test_the_document_is_written_as_yaml() -> None:
    assert yaml.safe_load(generate("--format", "yaml")) == generate_asyncapi_schema()


@pytest.mark.usefixtures("chat")
@pytest.mark.parametrize(
    ("name", "arguments", "read"),
    [
        ("spec", (), json.loads),
        ("spec.yml", (), yaml.safe_load),
        ("spec.YAML", (), yaml.safe_load),
        ("spec.yaml", ("--format", "json"), json.loads),
    ],
)
def test_a_files_suffix_tells_the_format_unless_it_is_given(
    name: str, arguments: tuple[str, ...], read: Callable[[str], Any], tmp_path: Path
) -> None:
    file = tmp_path / name
    assert generate("--file-path", str(file), *arguments) == ""
    text = file.read_text("utf-8")
    assert read(text) == generate_asyncapi_schema()
    assert "größer" in text
    assert text.startswith("{") == (read is json.loads)


@pytest.mark.usefixtures("chat")
def test_the_base_url_goes_before_the_settings() -> None:
    with override_chanx_settings(ASYNCAPI_SERVER_URL="ws://localhost"):
        document = json.loads(generate("--base-url", "https://example.com/live"))
    assert document["servers"]["default"] == {
        "host": "example.com",
        "protocol": "wss",
        "pathname": "/live",
    }


@pytest.mark.usefixtures("chat")
def test_what_cannot_be_done_is_told_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="invalid choice: 'xml'"):
        generate("--format", "xml")
    with pytest.raises(CommandError, match="'ftp://x' is not a server"):
        generate("--base-url", "ftp://x")
    with pytest.raises(CommandError, match="cannot be written: No such file"):
        generate("--file-path", str(tmp_path / "missing" / "spec.json"))


def test_a_project_without_websockets_is_told_what_to_set(project: Project) -> None:
    project(ProtocolTypeRouter({}))
    with pytest.raises(CommandError, match=r"settings\.ASGI_APPLICATION"):
        generate()
