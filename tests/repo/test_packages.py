"""The four distributions are released together and described alike."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("chanx-core", "chanx-django", "chanx-fastapi", "chanx-testing")
EXTRAS = {
    "chanx-core": {"camel-case", "opentelemetry", "prometheus", "redis"},
    "chanx-django": {"camel-case", "redis", "testing"},
    "chanx-fastapi": {"camel-case", "redis", "testing"},
    "chanx-testing": {"camel-case", "conformance"},
}


def pyproject(name: str, root: Path = ROOT) -> dict[str, Any]:
    return tomllib.loads((root / "packages" / name / "pyproject.toml").read_text("utf-8"))


def requirements(project: dict[str, Any]) -> list[str]:
    optional: dict[str, list[str]] = project["optional-dependencies"]
    required: list[str] = project["dependencies"]
    return [*required, *(row for extra in optional.values() for row in extra)]


def versions_and_pins(root: Path) -> set[str]:
    """Every version of ours that a pyproject.toml states: its own, and those of its siblings."""
    projects = [pyproject(name, root)["project"] for name in NAMES]
    pins = [row for project in projects for row in requirements(project) if row[:6] == "chanx-"]
    return {*(project["version"] for project in projects), *(row.split("==")[-1] for row in pins)}


def test_there_are_four_packages() -> None:
    assert sorted(path.parent.name for path in ROOT.glob("packages/*/pyproject.toml")) == [*NAMES]


def test_one_version_is_shared_and_pinned_exactly() -> None:
    assert len(versions_and_pins(ROOT)) == 1


def test_the_changelog_begins_with_this_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    newest = re.search(r"^## \[([\d.abrc]+)\]", changelog, re.MULTILINE)
    assert newest
    assert {newest[1]} == versions_and_pins(ROOT)


def test_bump_changes_every_version_and_pin(tmp_path: Path) -> None:
    for name in NAMES:
        (tmp_path / "packages" / name).mkdir(parents=True)
        shutil.copy(
            ROOT / "packages" / name / "pyproject.toml",
            tmp_path / "packages" / name / "pyproject.toml",
        )
    (tmp_path / "scripts").mkdir()
    script = shutil.copy(ROOT / "scripts" / "bump.py", tmp_path / "scripts" / "bump.py")
    subprocess.run([sys.executable, script, "12.34.56rc1"], check=True, timeout=30)
    assert versions_and_pins(tmp_path) == {"12.34.56rc1"}


def test_the_npm_lock_file_binds_nobody_to_a_registry() -> None:
    lock = json.loads((ROOT / "tests" / "node" / "package-lock.json").read_text("utf-8"))
    rows = [row for path, row in lock["packages"].items() if path]
    assert rows
    assert all("integrity" in row and "resolved" not in row for row in rows)


@pytest.mark.parametrize("name", NAMES)
def test_a_package_describes_itself(name: str) -> None:
    project, folder = pyproject(name)["project"], ROOT / "packages" / name
    assert project["name"] == name
    assert project["requires-python"] == ">=3.11"
    assert project["license"] == "BSD-3-Clause"
    assert set(project["optional-dependencies"]) == EXTRAS[name]
    assert (folder / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()
    assert f"# {name}\n" in (folder / "README.md").read_text("utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_every_dependency_has_a_lowest_version(name: str) -> None:
    for row in requirements(pyproject(name)["project"]):
        assert re.fullmatch(r"[a-z-]+(\[[a-z-]+\])?(>=|==)[\d.]+\w*(,(!=|<)[\d.]+)*", row), row


def test_a_release_is_refused_whose_version_or_changelog_is_another() -> None:
    script = ROOT / "scripts" / "release.py"
    done = subprocess.run(
        [sys.executable, script, "98.7.6"], capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 1
    for name in NAMES:
        assert f"{name} has version" in done.stderr
    assert "CHANGELOG.md does not begin with 98.7.6" in done.stderr
