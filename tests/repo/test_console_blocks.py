"""Every command that the documentation shows is run as it is printed, or has the reason why not."""

import os
import re
import shlex
import shutil
import subprocess
import sysconfig
import textwrap
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from chanx.asyncapi import to_json, to_yaml
from chanx.ext.fast_channels import generate_asyncapi_schema
from fastapi_chat.main import app

ROOT: Final = Path(__file__).resolve().parents[2]
DOCS: Final = ROOT / "docs"
FOREIGN: Final = ("PYTHONPATH", "PYTEST_ADDOPTS", "DJANGO_SETTINGS_MODULE", "REDIS_URL")

HERE: Final = {
    ("docs/deployment.md", 0): "tutorial_fastapi/step1_room",
    ("docs/deployment.md", 1): "django-admin startproject mysite .",
    ("docs/page.md", 0): "documents",
    ("docs/tutorial-django.md", 0): "nothing",
    ("docs/tutorial-django.md", 1): "tutorial_django/step1_room",
    ("docs/tutorial-django.md", 2): "tutorial_django/step2_login",
    ("docs/tutorial-django.md", 3): "tutorial_django/step4_events",
    ("docs/tutorial-fastapi.md", 1): "tutorial_fastapi/step1_room",
    ("docs/tutorial-fastapi.md", 2): "tutorial_fastapi/step5_service",
}
"""Blocks that run here, by page and number; where: a project of ``docs_src``, or what makes one."""

ELSEWHERE: Final = {
    "docs/clients-python.md": "tests/repo/test_client_guides.py",
    "docs/clients-typescript.md": "tests/clients/test_typescript.py",
    "docs/conformance.md": "tests/repo/test_conformance_guide.py",
    "docs/diff.md": "tests/repo/test_diff_guide.py",
    "docs/lint.md": "tests/repo/test_lint_page.py",
    "docs/start-django.md": "tests/repo/test_readme.py",
    "docs/start-fastapi.md": "tests/repo/test_readme.py",
}
"""Pages with projects of their own, whose tests run their commands."""

NOT_RUN: Final = {
    r"pip install \./packages/.*": "tests/wheels builds and installs the packages of the clone",
    r"pip install .*": "what is not on PyPI yet; a test below asks whether it would be there",
    r"python3 -m venv .*": ".ci/run begins with it, and tests/repo/test_commands.py looks at that",
    r"source \.venv/bin/activate": "it changes a shell, which ends with it",
    r"hatch run .*": "tests/repo/test_commands.py holds them against hatch.toml",
}
"""Commands that run in no test, and why."""


class Block(NamedTuple):
    """A console block: the page, its number there, its commands, and what they print, if shown."""

    page: str
    number: int
    commands: list[str]
    shown: str

    def __str__(self) -> str:
        return f"{self.page}-{self.number}"

    @property
    def to_run(self) -> list[str]:
        return [each for each in self.commands if not any(re.fullmatch(r, each) for r in NOT_RUN)]


def blocks() -> Iterator[Block]:
    pages = [*sorted(DOCS.rglob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
    pages += [*sorted(ROOT.glob("packages/*/README.md")), ROOT / "benchmarks" / "README.md"]
    for page in pages:
        pattern = r"^( *)```(?:console|bash|sh|shell)\n(.*?)^\1```$"
        found = re.findall(pattern, page.read_text("utf-8"), re.DOTALL | re.MULTILINE)
        for number, (_, text) in enumerate(found):
            lines = textwrap.dedent(text).splitlines(keepends=True)
            prompts = [line[2:].strip() for line in lines if line.startswith("$ ")]
            commands = prompts or [line.strip() for line in lines]
            shown = "".join(line for line in lines if prompts and not line.startswith("$ "))
            yield Block(page.relative_to(ROOT).as_posix(), number, commands, shown)


BLOCKS: Final = [*blocks()]
RUN_HERE: Final = [block for block in BLOCKS if block[:2] in HERE]


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_a_command_is_run_or_has_a_reason(block: Block) -> None:
    assert block.commands
    if block.to_run and block not in RUN_HERE:
        test = (ROOT / ELSEWHERE[block.page]).read_text("utf-8")
        assert Path(block.page).name in test or block.to_run[0] in test


def test_the_tables_name_what_there_is() -> None:
    assert {block[:2] for block in RUN_HERE} == {*HERE}
    assert {block.page for block in BLOCKS} >= {*ELSEWHERE}
    commands = [command for block in BLOCKS for command in block.commands]
    assert all(any(re.fullmatch(each, command) for command in commands) for each in NOT_RUN)


@pytest.mark.parametrize("block", RUN_HERE, ids=str)
def test_commands_do_what_the_page_says(block: Block, tmp_path: Path) -> None:
    folder = made(HERE[block[:2]], tmp_path / "project")
    for command in block.to_run:
        program, *arguments = shlex.split(command)
        if program == "uvicorn":
            serve(folder, *arguments)
        else:
            written = run(folder, program, *arguments)
            assert block.shown in ("", written)


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_what_is_installed_is_what_the_packages_are_called(block: Block) -> None:
    for command in block.commands:
        for name, extras in re.findall(r"\b(chanx-\w+)(?:\[([\w,-]+)\])?", command):
            if command.startswith("pip install"):
                project = tomllib.loads(
                    (ROOT / f"packages/{name}/pyproject.toml").read_text("utf-8")
                )
                offered = project["project"]["optional-dependencies"]
                assert {*extras.split(",")} - {""} <= {*offered}


def made(what: str, folder: Path) -> Path:
    """A folder in which commands run."""
    if (ROOT / "docs_src" / what).is_dir():
        left_out = shutil.ignore_patterns("__pycache__", "*.sqlite3")
        return Path(shutil.copytree(ROOT / "docs_src" / what, folder, ignore=left_out))
    folder.mkdir()
    if what == "documents":
        document = generate_asyncapi_schema(app=app)
        (folder / "asyncapi.yaml").write_text(to_yaml(document), "utf-8")
        (folder / "payments.json").write_text(to_json(document), "utf-8")
    elif what != "nothing":
        run(folder, *shlex.split(what))
    return folder


def environment() -> dict[str, str]:
    """What a shell has whose environment is active, and which knows of no project."""
    known = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    return {**known, "PATH": os.pathsep.join((sysconfig.get_path("scripts"), known["PATH"]))}


def run(folder: Path, *command: str) -> str:
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def serve(folder: Path, *arguments: str) -> None:
    """Start uvicorn as shown, but on a port of the loopback interface that is free, and stop it."""
    command = ["uvicorn", *arguments, "--host", "127.0.0.1", "--port", "0"]
    with subprocess.Popen(
        command, cwd=folder, env=environment(), stderr=subprocess.PIPE, text=True
    ) as server:
        assert server.stderr
        said = ""
        for line in server.stderr:
            said += line
            if "Uvicorn running" in line:
                server.terminate()
        assert "Uvicorn running" in said, said
        assert "Traceback" not in said
