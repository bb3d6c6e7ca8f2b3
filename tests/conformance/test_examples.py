"""The example does what its document says."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_fastapi_example_passes_strictly(tmp_path: Path) -> None:
    """As tests/repo/test_conformance_guide.py shows for the one with Django."""
    finished = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull),
            *(f"--rootdir={tmp_path}", "-o", "asyncio_default_fixture_loop_scope=function"),
            *("-W", "error", "--chanx-document", "fastapi_chat.main:app", "--chanx-strict"),
            *("--chanx-count", "9", str(tmp_path)),
        ],
        cwd=ROOT / "examples",
        env={**os.environ, "CHAT_WORD_DELAY": "0"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    output = finished.stdout + finished.stderr
    assert finished.returncode == 0, output
    assert "21 passed" in output
    assert "skipped" not in output
