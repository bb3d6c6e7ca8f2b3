"""Check that type checkers know the types of all public names: part of ``hatch run types:check``.

A name without annotation, whose type another checker might infer otherwise, is not known. What
other packages leave open is theirs.
"""

import subprocess
import sys
from pathlib import Path

PACKAGES = Path(__file__).resolve().parent.parent / "packages"


def typed_packages() -> list[str]:
    """The names of the first-level packages, which each have a ``py.typed``."""
    found = [(mark, mark.parts.index("src")) for mark in PACKAGES.glob("*/src/**/py.typed")]
    return sorted(".".join(mark.parent.parts[source + 1 :]) for mark, source in found)


def main() -> None:
    incomplete: list[str] = []
    for package in typed_packages():
        command = ["pyright", "--ignoreexternal", "--verifytypes", package]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            incomplete.append(package)
            print(done.stdout, done.stderr, sep="\n")
    if incomplete:
        sys.exit(
            f"not completely typed: {', '.join(incomplete)}; the errors above name what is not"
        )
    print("completely typed: every first-level package")


if __name__ == "__main__":
    main()
