"""``manage.py diff_asyncapi_schema``: what the project's document breaks."""

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any, Literal

import pytest
from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.management import CommandError, call_command

from chanx.core.decorators import ws_handler
from chanx.ext.channels.routing import path
from chanx.ext.channels.views import generate_asyncapi_schema
from chanx.ext.channels.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import BaseMessage

Project = Callable[[Any], None]


class Say(BaseMessage):
    action: Literal["say"] = "say"
    payload: int


class Room(AsyncJsonWebsocketConsumer):
    @ws_handler
    async def say(self, message: Say) -> None: ...


@pytest.fixture
def old(project: Project, tmp_path: Path) -> Path:
    """The document of a project with one consumer, as a file."""
    project(ProtocolTypeRouter({"websocket": URLRouter([path("rooms/", Room.as_asgi())])}))
    file = tmp_path / "old.json"
    file.write_text(json.dumps(generate_asyncapi_schema()), "utf-8")
    return file


def compared(*arguments: str) -> str:
    written = StringIO()
    call_command("diff_asyncapi_schema", *arguments, stdout=written)
    return written.getvalue()


def test_a_project_does_not_differ_from_its_document(old: Path) -> None:
    assert compared(str(old)) == "Nothing has changed on the wire.\n"


def test_a_break_ends_with_exit_code_1(old: Path) -> None:
    document = old.read_text("utf-8")
    old.write_text(document.replace('"type": "integer"', '"type": "number"'), "utf-8")
    with pytest.raises(SystemExit, match="1"):
        compared(str(old))
    assert compared(
        str(old), "--all", "--fail-on", "breaking", "--accept", accepted(old)
    ).startswith("accepted   type-narrowed")


def accepted(old: Path) -> str:
    """A file that accepts what breaks."""
    written = StringIO()
    with pytest.raises(SystemExit):
        call_command("diff_asyncapi_schema", str(old), "--format", "json", stdout=written)
    tables = [
        f'[[accepted]]\nfingerprint = "{change["fingerprint"]}"\nreason = "Agreed."\n'
        for change in json.loads(written.getvalue())["changes"]
    ]
    file = old.with_name("accepted.toml")
    file.write_text("".join(tables), "utf-8")
    return str(file)


def test_a_document_that_cannot_be_read_is_told(old: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read") as raised:
        compared(str(old.with_name("none.json")))
    assert raised.value.returncode == 2


def test_a_project_without_websockets_is_told(project: Project, old: Path) -> None:
    project(ProtocolTypeRouter({}))
    with pytest.raises(CommandError, match="no WebSockets"):
        compared(str(old))
