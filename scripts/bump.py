"""Give the four packages a new version: ``hatch run bump 0.2.0``.

Rewrites the version of each package and the exact pins between them. Run ``hatch env prune``
afterwards: environments keep the metadata they were made with.
"""

import re
import sys
from pathlib import Path

PACKAGES = Path(__file__).resolve().parent.parent / "packages"
VERSION = re.compile(r"\d+\.\d+\.\d+((a|b|rc)\d+)?")
OWN_VERSION = re.compile(r'^version = "(?P<version>[^"]+)"$', re.MULTILINE)
SIBLING_PIN = re.compile(r'"(?P<sibling>chanx-[a-z]+(?:\[[a-z,-]+\])?)==[^"]+"')


def bumped(text: str, version: str) -> str:
    """The text of a pyproject.toml with its version and its pins on siblings replaced."""
    text, replaced = OWN_VERSION.subn(f'version = "{version}"', text)
    if replaced != 1:
        raise SystemExit(f"expected one static version, found {replaced}")
    return SIBLING_PIN.sub(rf'"\g<sibling>=={version}"', text)


def main(arguments: list[str]) -> None:
    match arguments:
        case [version] if VERSION.fullmatch(version):
            for path in sorted(PACKAGES.glob("*/pyproject.toml")):
                path.write_text(bumped(path.read_text("utf-8"), version), "utf-8")
        case _:
            raise SystemExit("usage: bump.py MAJOR.MINOR.PATCH[aN|bN|rcN]")


if __name__ == "__main__":
    main(sys.argv[1:])
