"""Write the clients of the examples' pages from the examples' documents.

Run it after a change of an example's messages, or of what writes clients; a test compares.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from chanx.asyncapi.clients import describe
from chanx.asyncapi.clients.typescript import TypeScriptOptions, emit

ROOT: Final = Path(__file__).resolve().parent.parent
EXAMPLES: Final = ROOT / "examples"
TARGETS: Final[dict[str, list[str]]] = {
    "fastapi_chat": ["fastapi_chat.main:app"],
    "django_chat": [],
}
FOLDERS: Final = {
    "fastapi_chat": EXAMPLES / "fastapi_chat/static/client",
    "django_chat": EXAMPLES / "django_chat/chat/static/chat/client",
}


def client_of(name: str) -> dict[str, str]:
    """Return the files of the client of an example's pages.

    Args:
        name: The example.
    """
    command = [sys.executable, "-m", "chanx.cli", "asyncapi", "generate", *TARGETS[name]]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "django_chat.settings"}
    done = subprocess.run(command, cwd=EXAMPLES, env=environment, capture_output=True, check=True)
    document: dict[str, Any] = json.loads(done.stdout)
    return emit(describe(document), TypeScriptOptions(javascript=True))


def written(folder: Path) -> dict[str, str]:
    """Return the files that are there.

    Args:
        folder: The folder of a client.
    """
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in files}


def _write(folder: Path, files: dict[str, str]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def main() -> int:
    for name, folder in FOLDERS.items():
        _write(folder, client_of(name))
    return 0


if __name__ == "__main__":
    sys.exit(main())
