"""The Django chat sends and takes what its document says."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_every_frame_is_one_message_of_the_document(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.examples.django_chat_frames"],
        cwd=ROOT,
        env={
            **os.environ,
            "DATABASE_URL": f"sqlite:///{tmp_path / 'chat.sqlite3'}",
            "DJANGO_SETTINGS_MODULE": "django_chat.settings",
            "PYTHONPATH": str(ROOT / "examples"),
        },
        capture_output=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    assert json.loads(done.stdout) == {
        "received": ["ping", "say", "shout", "typing"],
        "sent": ["authentication", "error", "is_typing", "pong", "said", "welcome"],
    }
