"""Write the clients of the examples' pages; with ``--check``, say whether they are written.

Run it after a change of an example's messages, or of what writes clients.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

EXAMPLES: Final = Path(__file__).resolve().parent.parent / "examples"
CLIENTS: Final[dict[str, tuple[list[str], str]]] = {
    "fastapi_chat": (["fastapi_chat.main:app"], "fastapi_chat/static/client"),
    "django_chat": ([], "django_chat/chat/static/chat/client"),
}


def write(name: str, *options: str) -> int:
    """Write the client of an example's pages; return the command's exit code.

    Args:
        name: The example.
        options: Further ones of the command.
    """
    target, folder = CLIENTS[name]
    how = ["--language", "typescript", "--javascript", "-o", folder]
    command = [sys.executable, "-m", "chanx.cli", "asyncapi", "client", *target, *how, *options]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "django_chat.settings"}
    return subprocess.run(command, cwd=EXAMPLES, env=environment, check=False).returncode


def main() -> int:
    return max(write(name, *sys.argv[1:]) for name in CLIENTS)


if __name__ == "__main__":
    sys.exit(main())
