"""The commands that the documentation names exist, and CI runs the documented ones."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
HATCH: dict[str, Any] = tomllib.loads((ROOT / "hatch.toml").read_text("utf-8"))["envs"]
README = (ROOT / "README.md").read_text("utf-8")
SETUP = r"python3 -m venv \.venv && \.venv/bin/pip install hatch && \.venv/bin/hatch run "


def scripts() -> set[str]:
    """Everything that can stand after ``hatch run``."""
    return {
        script if name == "default" else f"{name}:{script}"
        for name, environment in HATCH.items()
        for script in (*HATCH["default"]["scripts"], *environment.get("scripts", ()))
    }


def test_the_readme_starts_the_demo_and_the_tests_with_one_line_each() -> None:
    assert re.findall(rf"^{SETUP}(\w+)$", README, re.MULTILINE) == ["demo", "test"]


def test_ci_runs_the_test_command_of_the_readme() -> None:
    command = re.search(rf"^{SETUP}test$", README, re.MULTILINE)
    assert command
    assert command[0] in (ROOT / ".ci" / "run").read_text("utf-8")


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", ".ci/run"])
def test_every_documented_command_exists(name: str) -> None:
    commands = set(re.findall(r"hatch run ([a-z:-]+)", (ROOT / name).read_text("utf-8")))
    assert commands
    assert commands <= scripts()


def test_ci_runs_every_check() -> None:
    text = (ROOT / ".ci" / "run").read_text("utf-8")
    checks = {"lint:check", "types:check", "core-only:test", "oldest:test", "wheels:test"}
    checks |= {"docs:build", "servers:test", "pyodide:test"}
    assert checks <= set(re.findall(r"[a-z-]+:[a-z]+", text))
    assert re.search(
        r"^for check in .* page-modules runtimes .* wheels:test; do$", text, re.MULTILINE
    )
