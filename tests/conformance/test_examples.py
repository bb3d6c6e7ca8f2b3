"""Both examples do what their documents say."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = {
    "fastapi_chat": (["--chanx-document", "fastapi_chat.main:app"], {"CHAT_WORD_DELAY": "0"}),
    "django_chat": (
        [
            *("--chanx-document", "django_chat.asgi:application"),
            *("--chanx-hooks", "tests.conformance.django_chat:ChatHooks"),
        ],
        {"DJANGO_SETTINGS_MODULE": "django_chat.settings"},
    ),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_passes_strictly_in_less_than_20_seconds(name: str, tmp_path: Path) -> None:
    options, environment = EXAMPLES[name]
    finished = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", "/dev/null"),
            *(f"--rootdir={tmp_path}", "-o", "asyncio_default_fixture_loop_scope=function"),
            *("-W", "error", "--chanx-strict", *options, str(tmp_path)),
        ],
        cwd=ROOT,
        env={
            **os.environ,
            **environment,
            "DATABASE_URL": f"sqlite:///{tmp_path / 'chat.sqlite3'}",
            "PYTHONPATH": f"{ROOT / 'examples'}{os.pathsep}{ROOT}",
        },
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    output = finished.stdout + finished.stderr
    assert finished.returncode == 0, output
    assert " passed" in output
    assert "skipped" not in output
