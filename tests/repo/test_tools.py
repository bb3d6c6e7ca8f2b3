"""Development's own dependencies and habits: every tool is pinned, and all their files fit."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
PYPROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
HATCH: dict[str, Any] = tomllib.loads((ROOT / "hatch.toml").read_text("utf-8"))["envs"]
GROUPS: dict[str, list[Any]] = PYPROJECT["dependency-groups"]
SERVICES = sorted([*ROOT.glob(".github/**/*.yml"), ROOT / ".pre-commit-config.yaml"])
PINNED = ("checkers", "lint", "pytest", "release", "site", "types")


def names(group: str) -> set[str]:
    """What a group has, without what it includes."""
    rows = (row for row in GROUPS[group] if isinstance(row, str))
    return {re.split(r"[\[>=<]", row)[0].lower() for row in rows}


def test_every_tool_is_pinned() -> None:
    lock = (ROOT / "scripts" / "tools.txt").read_text("utf-8")
    pinned = set(re.findall(r"^([a-z\d-]+)==", lock, re.MULTILINE))
    assert pinned == {name for group in PINNED for name in names(group)}, "hatch run lock"


def test_the_lock_is_made_of_these_groups() -> None:
    assert re.findall(r"--group (\w+)", HATCH["release"]["scripts"]["lock"]) == [*PINNED]


def test_environments_take_groups_that_there_are() -> None:
    taken = {name for each in HATCH.values() for name in each.get("dependency-groups", ())}
    rows = (row for group in GROUPS.values() for row in group)
    included = {row["include-group"] for row in rows if not isinstance(row, str)}
    assert taken | included == GROUPS.keys()


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_a_file_for_a_service_can_be_read(path: Path) -> None:
    assert yaml.safe_load(path.read_text("utf-8"))


def test_publishing_needs_no_token() -> None:
    text = (ROOT / ".github" / "workflows" / "publish.yml").read_text("utf-8")
    jobs = yaml.safe_load(text)["jobs"]
    assert jobs["publish"]["permissions"] == {"id-token": "write"}
    assert "secrets." not in text
    assert "hatch run release:build" in jobs["build"]["steps"][3]["run"]


def test_fragments_have_a_folder_for_each_package() -> None:
    sections = {row["path"] for row in PYPROJECT["tool"]["towncrier"]["section"]}
    assert {path.name for path in (ROOT / "packages").iterdir() if path.is_dir()} <= sections
    assert sections == {path.name for path in (ROOT / "changes").iterdir() if path.is_dir()}


def test_hooks_before_a_commit_run_commands_of_hatch() -> None:
    text = (ROOT / ".pre-commit-config.yaml").read_text("utf-8")
    [repository] = yaml.safe_load(text)["repos"]
    hooks = repository["hooks"]
    scripts = {name for environment in HATCH.values() for name in environment.get("scripts", ())}
    assert {hook["entry"].split()[-1].rpartition(":")[2] for hook in hooks} <= scripts
