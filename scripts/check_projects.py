"""Check the types of each project of ``docs_src``: part of ``hatch run types:check``.

Each is a project of its own, with an ``app.py`` or a package of the same name as its neighbours'.
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCES = [str(path) for path in sorted((ROOT / "packages").glob("*/src"))]


def projects() -> list[Path]:
    return sorted(path for path in (ROOT / "docs_src").glob("*/*") if path.is_dir())


def main() -> int:
    failed: list[str] = []
    for project in projects():
        path = os.pathsep.join([str(project), *SOURCES])
        done = subprocess.run(
            [sys.executable, "-m", "mypy", "--config-file", project.parent / "mypy.ini", project],
            cwd=ROOT,
            env={**os.environ, "MYPYPATH": path, "PYTHONPATH": str(project)},  # for Django's plugin
            check=False,
        )
        if done.returncode:
            failed.append(project.name)
    print(f"not typed: {', '.join(failed)}" if failed else "typed: every project of docs_src")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
