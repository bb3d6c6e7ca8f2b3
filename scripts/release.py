"""Build a release and check it: ``hatch run release:build 0.2.0``; nothing is published.

1. The version is that of all four packages, and of the changelog's newest section.
2. Fragments of ``changes`` are all in the changelog: ``hatch run release:changelog 0.2.0``.
3. A wheel and a source distribution of each package are built to ``dist/release``.
4. twine finds nothing wrong with what PyPI will show of them.
5. ``tests/wheels`` holds of these very files: each is installed alone in an environment of its own.
"""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILT = ROOT / "dist" / "release"
NAMES = ("chanx-core", "chanx-django", "chanx-fastapi", "chanx-testing")


def wrong(version: str) -> Iterator[str]:
    """What keeps this from being the release of a version."""
    for name in NAMES:
        text = (ROOT / "packages" / name / "pyproject.toml").read_text("utf-8")
        found = tomllib.loads(text)["project"]["version"]
        if found != version:
            yield f"{name} has version {found}: hatch run bump {version}"
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    newest = re.search(r"^## \[?([\d.abrc]+)\]? - (.*)$", changelog, re.MULTILINE)
    if newest is None or newest[1] != version:
        yield f"CHANGELOG.md does not begin with {version}: hatch run release:changelog {version}"
    elif not re.fullmatch(r"\d{4}-\d{2}-\d{2}", newest[2]):
        yield f"CHANGELOG.md says {newest[2]!r} where the day of {version} belongs"
    for path in sorted((ROOT / "changes").glob("*/*.md")):
        yield f"{path.relative_to(ROOT)} is not in the changelog yet"


def run(*command: str | Path, **environment: str) -> None:
    print("$", *command, flush=True)
    subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, check=True)


def build() -> list[Path]:
    """Build all distributions; where they are."""
    shutil.rmtree(BUILT, ignore_errors=True)
    for name in NAMES:
        run("uv", "build", "--quiet", "--out-dir", BUILT, ROOT / "packages" / name)
    built = sorted([*BUILT.glob("*.whl"), *BUILT.glob("*.tar.gz")])
    if len(built) != 2 * len(NAMES):
        raise SystemExit(f"not all were built: {[path.name for path in built]}")
    return built


def main(arguments: list[str]) -> None:
    match arguments:
        case [version]:
            faults = list(wrong(version))
        case _:
            raise SystemExit("usage: release.py VERSION")
    if faults:
        raise SystemExit("\n".join(faults))
    built = build()
    run("twine", "check", "--strict", *built)
    run("pytest", "tests/wheels", DISTRIBUTIONS=str(BUILT))
    print(f"{len(built)} distributions in {BUILT.relative_to(ROOT)} are good to publish")


if __name__ == "__main__":
    main(sys.argv[1:])
