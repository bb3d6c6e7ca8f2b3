"""The code in the packages' own README files, which PyPI shows, runs as it is printed."""

import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from chanx.messages import PingMessage, PongMessage
from chanx.testing import WebsocketCommunicator

PACKAGES = Path(__file__).resolve().parents[2] / "packages"


def files_of(package: str) -> dict[str, str]:
    """The files of a README by their names, in the first line of each."""
    readme = (PACKAGES / package / "README.md").read_text("utf-8")
    return dict(
        re.findall(r"^```python\n# ([\w/.]+)[^\n]*\n(.*?)^```$", readme, re.DOTALL | re.MULTILINE)
    )


def module_of(text: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    module = ModuleType("shown")
    monkeypatch.setitem(sys.modules, "shown", module)
    exec(compile(text, "README.md", "exec"), vars(module))
    return module


def run(folder: Path, *command: str) -> str:
    finished = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=folder,
        env={name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    output = finished.stdout + finished.stderr
    assert finished.returncode == 0, output
    return output


@pytest.mark.parametrize(
    ("package", "name", "path"),
    [("chanx-core", "echo.py", "/"), ("chanx-fastapi", "app.py", "/ws/echo")],
)
async def test_ping_is_answered(
    package: str, name: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = module_of(files_of(package)[name], monkeypatch)
    async with WebsocketCommunicator(module.app, path, consumer=module.Echo) as client:
        assert await client.request(PingMessage(), expect=PongMessage) == PongMessage()


async def test_a_room_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from fastapi import FastAPI

    module = module_of(files_of("chanx-fastapi")["rooms.py"], monkeypatch)
    app = FastAPI()
    app.include_router(module.router)
    client = WebsocketCommunicator(app, "/rooms/101?name=ada", consumer=module.Room)
    await client.connect()
    await client.expect_error("refused")
    await client.expect_closed(4404)


def test_the_toolkits_test_passes_under_plain_pytest(tmp_path: Path) -> None:
    for name, text in files_of("chanx-testing").items():
        (tmp_path / name).write_text(text, "utf-8")
    assert "1 passed" in run(tmp_path, "pytest")


def test_a_django_project_passes_its_checks(tmp_path: Path) -> None:
    run(tmp_path, "django", "startproject", "mysite", ".")
    for name, text in files_of("chanx-django").items():
        path = tmp_path / name
        path.write_text((path.read_text("utf-8") if "settings" in name else "") + text, "utf-8")
    assert "no issues" in run(tmp_path, "manage", "check", "--fail-level", "WARNING")
