"""Every snippet of the testing guide runs as it stands there, in a project of its own."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "testing.md").read_text("utf-8")

PYTEST = ["pytest", "-q", "-p", "no:cacheprovider", "-W", "error", "-o", "asyncio_mode=auto"]
SCOPE = ["-o", "asyncio_default_fixture_loop_scope=function"]
DJANGO = ["django", "test", "--settings=settings"]
HOW_IT_RUNS = {
    "A FastAPI application": [*PYTEST, *SCOPE],
    "A Django project": DJANGO,
    "unittest without a framework": ["unittest", "-v"],
    "An adapter of your own": [*PYTEST, *SCOPE],
}


def files_of(section: str) -> dict[str, str]:
    """The files of a section by their names, in the first line of each."""
    _, text = re.split(rf"^## {re.escape(section)}\n", GUIDE, maxsplit=1, flags=re.MULTILINE)
    text = re.split(r"^## ", text, maxsplit=1, flags=re.MULTILINE)[0]
    blocks = re.findall(r"^```python\n# (\S+)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    return dict(blocks)


def test_every_snippet_belongs_to_a_section_that_runs() -> None:
    count = sum(len(files_of(section)) for section in HOW_IT_RUNS)
    assert count == len(re.findall(r"^```", GUIDE, re.MULTILINE)) / 2


@pytest.mark.parametrize("section", HOW_IT_RUNS)
def test_the_tests_of_a_section_pass(section: str, tmp_path: Path) -> None:
    files = files_of(section)
    for name, text in files.items():
        (tmp_path / name).write_text(text, "utf-8")
    finished = subprocess.run(
        [sys.executable, "-W", "error", "-m", *HOW_IT_RUNS[section]],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    output = finished.stdout + finished.stderr
    assert finished.returncode == 0, output
    expected = sum(
        len(re.findall(r"^ *(?:async )?def test_", text, re.MULTILINE)) for text in files.values()
    )
    [ran] = re.findall(r"^Ran (\d+) tests? in|^(\d+) passed", output, re.MULTILINE)
    assert int("".join(ran)) >= max(expected, 1)
