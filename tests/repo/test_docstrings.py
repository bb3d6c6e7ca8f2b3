"""The examples in docstrings run."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("chanx-core", "chanx-django", "chanx-fastapi", "chanx-testing")


@pytest.mark.parametrize("name", NAMES)
def test_the_examples_of_a_distribution_run(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", ROOT / "scripts" / "run_doctests.py", name],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^[1-9]\d* examples, 0 of them failed$", done.stdout, re.MULTILINE)
