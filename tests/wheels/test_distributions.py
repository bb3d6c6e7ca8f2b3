"""What users install: each wheel and each source distribution, alone in a new environment.

Run by ``hatch run wheels:test``, which has uv and twine; dependencies come from an index.
"""

import json
import os
import re
import subprocess
import sys
import sysconfig
import tarfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias
from zipfile import ZipFile

import pytest

pytestmark = pytest.mark.timeout(300)  # the first run downloads every dependency

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("chanx-core", "chanx-django", "chanx-fastapi", "chanx-testing")
FRAMEWORKS = {"channels", "daphne", "django", "djangorestframework", "fastapi", "starlette"}
FOREIGN = {
    "chanx-core": FRAMEWORKS | {"pytest"},
    "chanx-django": {"fastapi", "pytest", "starlette"},
    "chanx-fastapi": {"channels", "daphne", "django", "djangorestframework", "pytest"},
    "chanx-testing": FRAMEWORKS,
}
IMPORT_ALL = ROOT / "scripts" / "import_all.py"
MODULES_OF_EXTRAS = {
    "chanx-core": {
        f"chanx.observing.{name}": f'pip install "chanx-core[{name}]"'
        for name in ("opentelemetry", "prometheus")
    }
    | {
        f"chanx.layers.redis{'' if path.stem == '__init__' else f'.{path.stem}'}": (
            'pip install "chanx-core[redis]"'
        )
        for path in (ROOT / "packages/chanx-core/src/chanx/layers/redis").glob("*.py")
    },
    "chanx-testing": {
        "chanx.testing.conformance.network": 'pip install "chanx-testing[conformance]"',
    },
    "chanx-django": {
        f"chanx.ext.channels.{name}": 'pip install "chanx-django[testing]"'
        for name in ("communicator", "pytest_plugin", "testing")
    },
}
EXTRAS = {
    "chanx-core": "[redis,opentelemetry,prometheus]",
    "chanx-testing": "[conformance]",  # which brings websockets for clients as well
}
# What generated Python clients consist of: their projects have websockets.
CLIENTS_RUNTIME = re.compile(r"chanx\.asyncapi\.clients\.python\.runtime\b")
# pydantic with what it needs, and little else.
CORE_BRINGS = {
    "annotated-types",
    "asgiref",
    "chanx-core",
    "jiter",
    "pydantic",
    "pydantic-core",
    "pyyaml",
    "typing-extensions",
    "typing-inspection",
}

DJANGO_PROJECT = """
import django
from django.conf import settings

apps = ["django.contrib.auth", "django.contrib.contenttypes", "chanx.ext.channels"]
settings.configure(INSTALLED_APPS=apps)
django.setup()
"""
FOREIGN_PROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "chanx"
version = "1"
"""

Kind = Literal["wheel", "sdist"]


class Environment(NamedTuple):
    """A virtual environment of its own."""

    path: Path

    @property
    def python(self) -> Path:
        """The interpreter, where the platform puts it."""
        return Path(sysconfig.get_path("scripts", "venv", {"base": str(self.path)})) / "python"

    def pip(self, command: str, *arguments: str | Path) -> str:
        return run("uv", "pip", command, "--python", self.path, *arguments).stdout

    def names(self) -> set[str]:
        """The installed distributions."""
        return {row["name"] for row in json.loads(self.pip("list", "--format", "json"))}


Alone: TypeAlias = Callable[[str, Kind], Environment]


def run(*command: str | Path, check: bool = True) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0 or not check, f"{done.stdout}\n{done.stderr}"
    return done


def create(path: Path) -> Environment:
    run("uv", "venv", "--quiet", "--python", sys.executable, path)
    return Environment(path)


@pytest.fixture(scope="session")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the four wheels and the four source distributions, or that of a release."""
    if "DISTRIBUTIONS" in os.environ:
        return Path(os.environ["DISTRIBUTIONS"])
    folder = tmp_path_factory.mktemp("dist")
    for name in NAMES:
        run(
            "uv",
            "build",
            "--quiet",
            "--wheel",
            "--sdist",
            "--out-dir",
            folder,
            ROOT / "packages" / name,
        )
    return folder


def file_of(dist: Path, name: str, kind: Kind) -> Path:
    suffix = {"wheel": "whl", "sdist": "tar.gz"}[kind]
    (found,) = dist.glob(f"{name.replace('-', '_')}-*.{suffix}")
    return found


@pytest.fixture(scope="session")
def alone(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Alone:
    """Makes, once each, the environment that has one distribution and what it requires."""

    @cache
    def install(name: str, kind: Kind) -> Environment:
        environment = create(tmp_path_factory.mktemp(f"{name}-{kind}") / "venv")
        # Siblings come from the same build, by path: an index may hold other files of that name.
        environment.pip("install", *(file_of(dist, row, kind) for row in {"chanx-core", name}))
        return environment

    return install


@pytest.mark.parametrize("kind", ["wheel", "sdist"])
@pytest.mark.parametrize("name", NAMES)
def test_every_module_can_be_imported(name: str, kind: Kind, alone: Alone) -> None:
    done = run(alone(name, kind).python, IMPORT_ALL, name, check=False)
    assert "Traceback" not in done.stderr, done.stderr
    failed = dict(line.split(": ", 1) for line in done.stdout.splitlines())
    for module in filter(CLIENTS_RUNTIME.match, [*failed]):
        assert failed.pop(module) == "No module named 'websockets'"
    assert failed.keys() == MODULES_OF_EXTRAS.get(name, {}).keys()
    for module, remedy in MODULES_OF_EXTRAS.get(name, {}).items():
        assert remedy in failed[module]


@pytest.mark.parametrize("name", MODULES_OF_EXTRAS)
def test_the_modules_of_an_extra_can_be_imported_with_it(
    name: str, dist: Path, tmp_path: Path
) -> None:
    environment = create(tmp_path / "venv")
    for sibling in ("chanx-core", "chanx-testing", name):
        extra = EXTRAS.get(sibling, "")
        environment.pip("install", f"{file_of(dist, sibling, 'wheel')}{extra}")
    run(environment.python, IMPORT_ALL, name)


@pytest.mark.parametrize("kind", ["wheel", "sdist"])
@pytest.mark.parametrize("name", NAMES)
def test_no_foreign_framework_is_installed(name: str, kind: Kind, alone: Alone) -> None:
    assert not alone(name, kind).names() & FOREIGN[name]


def test_core_brings_pydantic_and_little_else(alone: Alone) -> None:
    assert alone("chanx-core", "wheel").names() == CORE_BRINGS


@pytest.mark.parametrize("name", NAMES)
def test_the_example_of_the_readme_runs(name: str, alone: Alone) -> None:
    readme = (ROOT / "packages" / name / "README.md").read_text("utf-8")
    example = re.search(r"^```python\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)
    assert example
    code = DJANGO_PROJECT * (name == "chanx-django") + example[1]
    run(alone(name, "wheel").python, "-W", "error", "-c", code)


@pytest.mark.parametrize("name", NAMES)
def test_a_wheel_holds_its_license_and_types_and_no_namespace(name: str, dist: Path) -> None:
    with ZipFile(file_of(dist, name, "wheel")) as wheel:
        names = wheel.namelist()
        (metadata,) = (wheel.read(row).decode() for row in names if row.endswith("/METADATA"))
    first_level = {
        re.sub(r"(chanx/(ext/)?\w+)/.*", r"\1", row) for row in names if row[:6] == "chanx/"
    }
    assert {f"{package}/py.typed" for package in first_level} <= set(names)
    assert any(row.endswith("/licenses/LICENSE") for row in names)
    assert not {"chanx/__init__.py", "chanx/ext/__init__.py"} & set(names)
    assert metadata.startswith("Metadata-Version: 2.4\n")
    assert "License-Expression: BSD-3-Clause\n" in metadata


def test_what_is_copied_into_clients_is_in_the_files(dist: Path) -> None:
    """The runtime of clients in TypeScript is no Python: nothing but this would miss it."""
    source = ROOT / "packages/chanx-core/src"
    folder = "chanx/asyncapi/clients/typescript"
    wanted = {
        path.relative_to(source).as_posix()
        for path in (source / folder).rglob("*")
        if path.suffix in {".ts", ".js"}
    }
    assert len(wanted) > 40
    with ZipFile(file_of(dist, "chanx-core", "wheel")) as wheel:
        assert wanted <= set(wheel.namelist())
    with tarfile.open(file_of(dist, "chanx-core", "sdist")) as sdist:
        names = {name.partition("/src/")[2] for name in sdist.getnames()}
    assert wanted <= names


def test_an_index_accepts_the_files(dist: Path) -> None:
    run("twine", "check", "--strict", *dist.glob("chanx_*"))


@pytest.fixture
def foreign_chanx(tmp_path: Path) -> Path:
    """A distribution named chanx with a chanx/__init__.py: a stand-in for the other project."""
    project = tmp_path / "foreign"
    (project / "chanx").mkdir(parents=True)
    (project / "chanx" / "__init__.py").write_text('"""Not ours."""\n', "utf-8")
    (project / "pyproject.toml").write_text(FOREIGN_PROJECT, "utf-8")
    return project


@pytest.mark.parametrize("module", ["chanx.messages", "chanx.core.websocket"])
def test_the_other_project_named_chanx_is_refused_with_the_remedy(
    module: str, dist: Path, foreign_chanx: Path, tmp_path: Path
) -> None:
    core = file_of(dist, "chanx-core", "wheel")
    environment = create(tmp_path / "venv")
    environment.pip("install", foreign_chanx, core)
    refused = run(environment.python, "-c", f"import {module}", check=False)
    assert refused.returncode == 1
    assert "pip uninstall chanx, then pip install --force-reinstall chanx-core" in refused.stderr

    environment.pip("uninstall", "chanx")
    environment.pip("install", "--force-reinstall", core)
    run(environment.python, "-c", f"import {module}")


@pytest.mark.parametrize("order", ["before", "after"])
def test_either_order_of_the_two_breaks_imports_as_the_readme_says(
    order: str, dist: Path, foreign_chanx: Path, tmp_path: Path
) -> None:
    # A file that both have, and that would say what is wrong.
    (foreign_chanx / "chanx" / "messages").mkdir()
    (foreign_chanx / "chanx" / "messages" / "__init__.py").write_text("", "utf-8")
    core = file_of(dist, "chanx-core", "wheel")
    environment = create(tmp_path / "venv")
    for one in (foreign_chanx, core) if order == "before" else (core, foreign_chanx):
        environment.pip("install", one)
    refused = run(environment.python, "-c", "import chanx.core.websocket", check=False)
    assert refused.returncode == 1
    told = "pip uninstall chanx" if order == "before" else "cannot import name"
    assert told in refused.stderr

    environment.pip("uninstall", "chanx")
    gone = run(environment.python, "-c", "import chanx.core.websocket", check=False)
    assert gone.returncode == 1
    environment.pip("install", "--force-reinstall", core)
    run(environment.python, "-c", "import chanx.core.websocket")
