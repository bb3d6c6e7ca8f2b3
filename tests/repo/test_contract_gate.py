"""The gate of docs/contract-gate.md: its hooks, run in a project, and the commands on it."""

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from chanx.cli import main

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "contract-gate.md").read_text("utf-8")
HOOKS: dict[str, Any] = {
    hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
}
WORKFLOW, CONFIGURATION = (
    yaml.safe_load(text) for text in re.findall(r"^```yaml\n(.*?)^```$", GUIDE, re.DOTALL | re.M)
)
APP = """
from typing import Literal

from chanx.core.decorators import ws_handler
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import BaseMessage


class Move(BaseMessage):
    action: Literal["move"] = "move"
    payload: int | str


class Game(AsyncJsonWebsocketConsumer):
    @ws_handler
    async def move(self, message: Move) -> None:
        pass


app = Game.as_asgi()
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project in git, with its document."""
    (tmp_path / "app.py").write_text(APP, "utf-8")
    (tmp_path / "accepted.toml").write_text("", "utf-8")
    run(tmp_path, "chanx asyncapi generate app:app --output asyncapi.json")
    author = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"]
    for command in (["init", "-q"], ["add", "."], [*author, "commit", "-q", "-m", "Begin"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True, capture_output=True)
    return tmp_path


def run(folder: Path, command: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run a command of chanx, as a shell does in the project's environment."""
    words = shlex.split(command)
    assert words[0] == "chanx"
    return subprocess.run(
        [sys.executable, "-m", "chanx.cli", *words[1:], *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def hook(folder: Path, name: str) -> int:
    """Run a hook as pre-commit does: its entry, and the arguments that the page shows."""
    [repository] = CONFIGURATION["repos"]
    [shown] = [item for item in repository["hooks"] if item["id"] == name]
    assert HOOKS[name]["pass_filenames"] is False
    return run(folder, HOOKS[name]["entry"], *shown["args"]).returncode


def test_a_change_of_the_application_needs_its_document_and_a_break_is_stopped(
    project: Path,
) -> None:
    assert hook(project, "chanx-document") == 0
    assert hook(project, "chanx-diff") == 0

    (project / "app.py").write_text(APP.replace("int | str", "int"), "utf-8")
    assert hook(project, "chanx-document") == 1
    run(project, "chanx asyncapi generate app:app --output asyncapi.json")
    assert hook(project, "chanx-document") == 0
    assert hook(project, "chanx-diff") == 1

    told = run(project, "chanx asyncapi diff git:HEAD:asyncapi.json asyncapi.json").stdout
    [fingerprint] = re.findall(r"fingerprint (\w+)", told)
    accepted = f'[[accepted]]\nfingerprint = "{fingerprint}"\nreason = "No client sends names."\n'
    (project / "accepted.toml").write_text(accepted, "utf-8")
    assert hook(project, "chanx-diff") == 0


def test_a_change_of_the_document_needs_its_client(project: Path) -> None:
    command = "chanx asyncapi client asyncapi.json --language python --output chat_client"
    assert run(project, command).returncode == 0
    assert hook(project, "chanx-client") == 0
    text = (project / "asyncapi.json").read_text("utf-8")
    (project / "asyncapi.json").write_text(text.replace('"move"', '"go"'), "utf-8")
    assert hook(project, "chanx-client") == 1


def test_every_hook_is_shown_and_has_what_pre_commit_asks_for() -> None:
    [repository] = CONFIGURATION["repos"]
    assert [item["id"] for item in repository["hooks"]] == [*HOOKS]
    assert all({"id", "name", "entry", "language"} <= item.keys() for item in HOOKS.values())
    assert {item["language"] for item in HOOKS.values()} == {"system"}


def commands() -> list[str]:
    """All commands of chanx that the page shows."""
    steps = [str(step.get("run", "")) for step in WORKFLOW["jobs"]["contract"]["steps"]]
    shown = [*steps, *re.findall(r"`(chanx [^`]+)`", GUIDE)]
    return [command for command in shown if command.startswith("chanx ")]


@pytest.mark.parametrize("command", commands())
def test_a_command_of_the_page_is_one(command: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*shlex.split(command)[1:], "--help"])
    assert ended.value.code == 0
