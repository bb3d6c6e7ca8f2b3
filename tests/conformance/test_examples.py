"""Both examples do what their documents say, and that is shown in less than 20 seconds each."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
GUIDE = (ROOT / "docs" / "conformance.md").read_text("utf-8")

SECONDS = 20
"""Of the processor, since others work on the machine; on a quiet one there is little waiting."""


def passed(folder: Path, *arguments: str, **environment: str) -> str:
    """Run pytest in a process of its own, which has to pass in time; return what it said."""
    before = os.times()
    finished = subprocess.run(
        [
            *(sys.executable, "-W", "error", "-m", "pytest", "-q", "-p", "no:cacheprovider"),
            *("-c", os.devnull, f"--rootdir={folder}", *arguments, str(folder)),
            *("-o", "asyncio_default_fixture_loop_scope=function"),
        ],
        cwd=EXAMPLES,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    after = os.times()
    output = finished.stdout + finished.stderr
    assert finished.returncode == 0, output
    worked = after.children_user + after.children_system
    assert worked - before.children_user - before.children_system < SECONDS, output
    return output


def test_the_fastapi_example_passes_strictly(tmp_path: Path) -> None:
    options = ("--chanx-document", "fastapi_chat.main:app", "--chanx-strict")
    output = passed(tmp_path, *options, CHAT_WORD_DELAY="0")
    assert "21 passed" in output
    assert "skipped" not in output


def test_the_django_example_passes_the_suite_that_the_guide_has_for_it(tmp_path: Path) -> None:
    [suite] = re.findall(r"^```python\n# test_conformance.py\n(.*?)^```$", GUIDE, re.DOTALL | re.M)
    (tmp_path / "test_conformance.py").write_text(suite, "utf-8")
    database = f"sqlite:///{tmp_path / 'chat.sqlite3'}"
    output = passed(tmp_path, "--ds=django_chat.settings", DATABASE_URL=database)
    assert "12 passed" in output
    assert "skipped" not in output
