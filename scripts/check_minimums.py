"""Fail unless the lowest declared version of every dependency is the one installed.

Keeps the environment ``oldest`` honest: a tool for the tests could raise a version unnoticed.
"""

import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

PACKAGES = Path(__file__).resolve().parent.parent / "packages"


def minimums() -> Iterator[tuple[str, str]]:
    """Name and lowest version of each dependency of the four packages, extras included."""
    for path in sorted(PACKAGES.glob("*/pyproject.toml")):
        project = tomllib.loads(path.read_text("utf-8"))["project"]
        for rows in (project["dependencies"], *project["optional-dependencies"].values()):
            for row in rows:
                if declared := re.fullmatch(r"([a-z-]+)>=([\d.]+)(?:,(?:!=|<)[\d.]+)*", row):
                    yield declared[1], declared[2]


def is_release(installed: str, declared: str) -> bool:
    """Whether 5.2.0 is installed for 5.2; a fix release of it is not."""
    return re.sub(r"(\.0)+$", "", installed.split(".post")[0]) == re.sub(r"(\.0)+$", "", declared)


def main() -> int:
    higher = [
        f"{name}: {installed} instead of {declared}"
        for name, declared in minimums()
        if not is_release(installed := version(name), declared)
    ]
    print("\n".join(higher) or "every dependency has its lowest declared version")
    return len(higher)


if __name__ == "__main__":
    sys.exit(main())
