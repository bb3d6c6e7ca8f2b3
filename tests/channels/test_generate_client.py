"""``manage.py generate_client``: a typed client of the project."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pytest
from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.management import CommandError, call_command

from chanx.core.decorators import ws_handler
from chanx.ext.channels.routing import path
from chanx.ext.channels.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import BaseMessage

Project = Callable[[Any], None]


class Say(BaseMessage):
    action: Literal["say"] = "say"
    payload: int


class Room(AsyncJsonWebsocketConsumer):
    @ws_handler
    async def say(self, message: Say) -> None: ...


def served(project: Project) -> None:
    project(ProtocolTypeRouter({"websocket": URLRouter([path("rooms/", Room.as_asgi())])}))


def test_a_client_of_the_project_is_written_and_checked(
    project: Project, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    served(project)
    folder = tmp_path / "room_client"
    arguments = ["--language", "python", "-o", str(folder)]
    call_command("generate_client", *arguments)
    assert "class SayRequest" in (folder / "client.py").read_text("utf-8")
    call_command("generate_client", *arguments, "--check")
    (folder / "models.py").unlink()
    with pytest.raises(SystemExit, match="1"):
        call_command("generate_client", *arguments, "--check")
    assert "models.py: missing" in capfd.readouterr().out


def test_a_file_that_somebody_changed_is_kept(project: Project, tmp_path: Path) -> None:
    served(project)
    arguments = ["--language", "python", "-o", str(tmp_path)]
    call_command("generate_client", *arguments)
    (tmp_path / "models.py").write_text("mine", "utf-8")
    with pytest.raises(CommandError, match="changed by hand"):
        call_command("generate_client", *arguments)
    assert (tmp_path / "models.py").read_text("utf-8") == "mine"


def test_a_project_without_websockets_has_no_client(project: Project, tmp_path: Path) -> None:
    project(None)
    with pytest.raises(CommandError, match="There are no WebSockets to describe"):
        call_command("generate_client", "--language", "python", "-o", str(tmp_path))
