"""The project of docs/django.md runs as it stands there."""

import os
import re
import subprocess
import sys
from pathlib import Path

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "django.md").read_text("utf-8")


def test_the_project_of_the_guide_passes_its_tests_and_checks(tmp_path: Path) -> None:
    files = dict(re.findall(r"^```python\n# (\S+)\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE))
    assert len(files) == len(re.findall(r"^```", GUIDE, re.MULTILINE)) / 2
    for name, text in files.items():
        (tmp_path / name).write_text(text, "utf-8")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
    for command in ("check", "test"):
        finished = subprocess.run(
            [sys.executable, "-W", "error", "-m", "django", command, "--settings=settings"],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=280,
            check=False,
        )
        output = finished.stdout + finished.stderr
        assert finished.returncode == 0, output
    assert f"Ran {files['tests.py'].count('def test_')} tests" in output
