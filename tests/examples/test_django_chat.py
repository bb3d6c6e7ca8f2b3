"""The Django chat sends and takes what its document says, and begins without a warning."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def run(tmp_path: Path, *arguments: str) -> "subprocess.CompletedProcess[bytes]":
    """Run a program with the chat's settings and a database of its own; it has to succeed."""
    done = subprocess.run(
        [sys.executable, "-W", "error", *arguments],
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
    return done


def test_every_frame_is_one_message_of_the_document(tmp_path: Path) -> None:
    done = run(tmp_path, "-m", "tests.examples.django_chat_frames")
    assert json.loads(done.stdout) == {
        "received": ["ping", "say", "shout", "typing"],
        "sent": ["authentication", "error", "is_typing", "pong", "said", "welcome"],
    }


def test_what_the_demo_begins_with_is_made_once_and_without_a_warning(tmp_path: Path) -> None:
    manage = "examples/django_chat/manage.py"
    run(tmp_path, manage, "migrate", "--verbosity", "0")
    first = run(tmp_path, manage, "seed")
    assert b"user ada, password ada, token " in first.stdout
    assert first.stderr == b""
    assert run(tmp_path, manage, "seed").stdout == first.stdout
