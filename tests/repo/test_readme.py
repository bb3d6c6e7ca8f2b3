"""The code of the README and of the first pages runs as it is printed, and gives what they show."""

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest
import yaml
from websockets.asyncio.client import connect

from chanx.ext.fast_channels import generate_asyncapi_schema
from chanx.testing import WebsocketCommunicator

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")
FASTAPI = (ROOT / "docs" / "start-fastapi.md").read_text("utf-8")
DJANGO = (ROOT / "docs" / "start-django.md").read_text("utf-8")
PAGES = [FASTAPI, DJANGO]


def files_of(text: str) -> dict[str, str]:
    """The files of a page by their names, in the first line of each."""
    pattern = r"^```python\n# ([\w/.]+)[^\n]*\n(.*?)^```$"
    return dict(re.findall(pattern, text, re.DOTALL | re.MULTILINE))


FILES: dict[str, str] = files_of(FASTAPI) | files_of(DJANGO)

SAY = {"action": "say", "payload": "hello", "ref": 1}
SAID = {"action": "said", "payload": "hello"}


def blocks(language: str, text: str = FASTAPI) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def environment() -> dict[str, str]:
    """What a shell has that knows of no project."""
    foreign = ("PYTHONPATH", "PYTEST_ADDOPTS", "DJANGO_SETTINGS_MODULE")
    return {name: value for name, value in os.environ.items() if name not in foreign}


def run(folder: Path, *command: str) -> str:
    finished = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    output = finished.stdout + finished.stderr
    assert finished.returncode == 0, output
    return output


@asynccontextmanager
async def serving(folder: Path, app: str) -> AsyncGenerator[str, None]:
    """Serve an application as the pages say, but on a port that is free: ``host:port``."""
    command = ("-m", "uvicorn", app, "--port", "0")
    server = await asyncio.create_subprocess_exec(
        sys.executable,
        *command,
        cwd=folder,
        env=environment(),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    assert server.stderr
    said = ""
    while "Uvicorn running" not in said:
        line = await asyncio.wait_for(server.stderr.readline(), 60)
        assert line, said
        said += line.decode()
    try:
        yield re.findall(r"http://([\d.:]+)", said)[-1]
    finally:
        server.terminate()
        await server.communicate()


async def say(url: str) -> Any:
    """Say hello there; what is heard, besides that it is done."""
    async with connect(url) as socket:
        await socket.send(json.dumps(SAY))
        heard = [json.loads(await asyncio.wait_for(socket.recv(), 30)) for _ in range(2)]
    heard.remove({"action": "complete", "ref": SAY["ref"]})
    return heard[0]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with the files for FastAPI, and nothing else."""
    for name in ("app.py", "test_app.py"):
        (tmp_path / name).write_text(FILES[name], "utf-8")
    return tmp_path


@pytest.fixture
def django_project(tmp_path: Path) -> Path:
    """A folder with the project for Django, made by the page's own command."""
    [start] = re.findall(r"^django-admin (startproject .*)$", DJANGO, re.MULTILINE)
    run(tmp_path, "django", *start.split())
    for name, text in FILES.items():
        if "/" in name:
            # Django's own settings, and then these lines.
            before = (tmp_path / name).read_text("utf-8") if "settings" in name else ""
            (tmp_path / name).write_text(before + text, "utf-8")
    return tmp_path


@pytest.fixture
def app() -> Iterator[ModuleType]:
    """The module ``app``."""
    module = sys.modules["readme"] = ModuleType("readme")
    exec(compile(FILES["app.py"], "README.md", "exec"), vars(module))
    yield module
    del sys.modules["readme"]


def is_part(part: Any, whole: Any) -> bool:
    """Whether everything that one document says stands in another."""
    if not isinstance(part, dict):
        return bool(part == whole)
    keys: list[Any] = [*part]
    return all(key in whole and is_part(part[key], whole[key]) for key in keys)


def test_every_program_of_the_first_pages_is_a_file_that_runs() -> None:
    assert len(FILES) == sum(len(blocks("python", text)) for text in PAGES) == 7


def test_the_programs_of_the_readme_are_those_of_the_first_pages() -> None:
    shown = files_of(README)
    assert len(shown) == len(blocks("python", README)) == 2
    assert shown.items() <= FILES.items()


def test_the_readme_fits_one_screen_and_a_half_and_its_links_lead_somewhere() -> None:
    assert len(README.splitlines()) < 150
    for link in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / link).exists(), link


def test_the_test_passes_under_plain_pytest(project: Path) -> None:
    assert "1 passed" in run(project, "pytest")


async def test_the_application_is_served(project: Path) -> None:
    async with serving(project, "app:app") as host, httpx.AsyncClient() as client:
        assert await say(f"ws://{host}/rooms/lobby") == SAID
        for path in ("/asyncapi", "/asyncapi.json", "/asyncapi.yaml"):
            assert (await client.get(f"http://{host}{path}")).status_code == 200


def test_the_document_is_written_and_checked(project: Path) -> None:
    run(project, "chanx.cli", "asyncapi", "generate", "app:app", "--output", "document.json")
    run(project, "chanx.cli", "asyncapi", "lint", "document.json")


async def test_the_error_that_is_shown_is_what_a_client_gets(app: ModuleType) -> None:
    [shown] = blocks("json")
    async with WebsocketCommunicator(app.app, "/rooms/1", consumer=app.Room) as socket:
        await socket.send_json({"action": "say", "ref": 2})
        assert await socket.receive_json() == json.loads(shown)


def test_the_document_that_is_shown_is_part_of_the_real_one(app: ModuleType) -> None:
    [shown] = blocks("yaml")
    assert is_part(yaml.safe_load(shown), generate_asyncapi_schema(app=app.app))


def test_the_test_passes_in_the_django_project(django_project: Path) -> None:
    run(django_project, "manage", "check", "--fail-level", "WARNING")
    assert "Ran 1 test" in run(django_project, "manage", "test")


async def test_the_django_project_is_served(django_project: Path) -> None:
    async with (
        serving(django_project, "rooms.asgi:application") as host,
        httpx.AsyncClient() as client,
    ):
        assert await say(f"ws://{host}/rooms/lobby/") == SAID
        assert (await client.get(f"http://{host}/asyncapi/docs/")).status_code == 200
        document = (await client.get(f"http://{host}/asyncapi/schema/")).json()
        assert document["channels"]["room"]["address"] == "/rooms/{room}/"
