"""Every program of the documentation runs as it is printed, and what is made of the code is so."""

import json
import re
import subprocess
import sys
import textwrap
import tomllib
from functools import cache
from pathlib import Path

import pytest
import yaml

from scripts import generated_parts
from scripts.public_modules import PUBLIC_MODULES

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = {path.relative_to(DOCS).as_posix(): path for path in sorted(DOCS.rglob("*.md"))}

WITH_TESTS_OF_THEIR_OWN = {
    "asyncapi.md": "tests/repo/test_asyncapi_page.py",
    "clients-python.md": "tests/repo/test_client_guides.py",
    "conformance.md": "tests/repo/test_conformance_guide.py",
    "dependencies.md": "tests/repo/test_dependencies_guide.py",
    "diff.md": "tests/repo/test_diff_guide.py",
    "django.md": "tests/repo/test_django_guide.py",
    "observability.md": "tests/repo/test_observability_guide.py",
    "start-django.md": "tests/repo/test_readme.py",
    "start-fastapi.md": "tests/repo/test_readme.py",
    "testing.md": "tests/repo/test_testing_guide.py",
}
"""Pages whose programs need another project than ``scripts/run_pages.py`` gives them, and who runs
them. Pages that only show files of ``docs_src`` stand for no program; those files have tests."""


def blocks(name: str, language: str) -> list[str]:
    text = PAGES[name].read_text("utf-8")
    found = re.findall(rf"^( *)```{language}\n(.*?)^\1```$", text, re.DOTALL | re.MULTILINE)
    return [textwrap.dedent(block) for _, block in found if "--8<--" not in block]


@cache
def outcome() -> str:
    """What running all pages says; in a process of its own, since Django is set up once in one."""
    names = [name for name in PAGES if name not in WITH_TESTS_OF_THEIR_OWN]
    command = [sys.executable, "-W", "error", str(ROOT / "scripts" / "run_pages.py"), *names]
    done = subprocess.run(command, capture_output=True, text=True, timeout=280, check=False)
    return done.stdout + done.stderr


@pytest.mark.parametrize("name", PAGES)
def test_the_programs_of_a_page_run(name: str) -> None:
    if name in WITH_TESTS_OF_THEIR_OWN:
        test = (ROOT / WITH_TESTS_OF_THEIR_OWN[name]).read_text("utf-8")
        assert name in test
    else:
        assert f"{name}: {len(blocks(name, 'python'))} programs" in outcome(), outcome()


@pytest.mark.parametrize("name", PAGES)
def test_data_of_a_page_can_be_read(name: str) -> None:
    for text in blocks(name, "json"):
        json.loads(text)
    for text in blocks(name, "yaml"):
        yaml.safe_load(text)
    for text in blocks(name, "toml"):
        tomllib.loads(text)


@pytest.mark.parametrize("name", PAGES)
def test_what_a_page_shows_of_a_file_is_there_and_tested(name: str) -> None:
    for shown in re.findall(r"^--8<--\n([^`:\n]+)", PAGES[name].read_text("utf-8"), re.MULTILINE):
        assert (ROOT / shown).is_file()
        assert shown.partition("/")[0] in ("docs_src", "examples")


@pytest.mark.parametrize("path", [*generated_parts.pages()], ids=lambda path: path.name)
def test_a_part_that_is_made_of_the_code_is_so(path: Path) -> None:
    text = path.read_text("utf-8")
    assert generated_parts.page(text) == text, "hatch run parts"


def test_the_reference_has_every_module_that_the_documentation_imports() -> None:
    texts = [*PAGES.values(), ROOT / "README.md", *(ROOT / "packages").glob("*/README.md")]
    for folder in ("docs_src", "examples"):
        texts += ROOT.glob(f"{folder}/**/*.py")
    imported = {
        module
        for path in texts
        for module in re.findall(
            r"^ *(?:from|import) (chanx\.[\w.]+)", path.read_text("utf-8"), re.MULTILINE
        )
    }
    assert imported
    assert imported - {"chanx.core"} <= {name for each in PUBLIC_MODULES.values() for name in each}


def test_every_module_of_the_reference_is_there() -> None:
    for distribution, modules in PUBLIC_MODULES.items():
        source = ROOT / "packages" / distribution / "src"
        for module in modules:
            path = source.joinpath(*module.split("."))
            assert path.with_suffix(".py").is_file() or (path / "__init__.py").is_file(), module
