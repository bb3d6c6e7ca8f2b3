"""Every state of the tutorials, and every project that a page shows, passes its own tests."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "docs_src"
PROJECTS = sorted(
    {path.parent for path in SOURCES.rglob("test_*.py")}
    | {path.parent for path in SOURCES.rglob("manage.py")}
)
FOREIGN = ("PYTHONPATH", "PYTEST_ADDOPTS", "DJANGO_SETTINGS_MODULE", "REDIS_URL")


def run(folder: Path, *command: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", *command],
        cwd=folder,
        env={name: value for name, value in os.environ.items() if name not in FOREIGN}
        | environment,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    output = done.stdout + done.stderr
    assert done.returncode == 0, output
    return output


@pytest.mark.parametrize("source", PROJECTS, ids=lambda path: path.relative_to(SOURCES).as_posix())
def test_a_project_passes_its_tests(
    source: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    environment: dict[str, str] = {}
    if any("postgresql" in path.read_text("utf-8") for path in source.rglob("*.py")):
        server = request.getfixturevalue("postgresql")
        environment = {"PGHOST": server["HOST"], "PGUSER": server["USER"]}
    folder = tmp_path / "project"
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns("__pycache__", "*.sqlite3"))
    written = "".join(path.read_text("utf-8") for path in folder.rglob("test*.py"))
    expected = len(re.findall(r"^ *(?:async )?def test_", written, re.MULTILINE))
    if (folder / "manage.py").is_file():
        run(folder, "manage.py", "check", "--fail-level", "WARNING")
        output = run(folder, "manage.py", "test", **environment)
    else:
        loop = "asyncio_default_fixture_loop_scope=function"
        mode = ("-o", loop, "-p", "no:cacheprovider", "-W", "error")
        output = run(folder, "-m", "pytest", "-q", *mode, **environment)
    [ran] = re.findall(r"^Ran (\d+) tests? in|^(\d+) passed", output, re.MULTILINE)
    assert int("".join(ran)) >= max(expected, 1)
