"""The files of the page's viewer: modules in a folder, and one script made of them."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

VIEWER_FOLDER: Final = Path(__file__).parent / "viewer"
"""JavaScript modules and a style sheet, to be served as they are; ``main.js`` imports the rest."""

_IMPORT: Final = re.compile(r'^import (\{[^}]*\}) from "\./(\w+)\.js";\n', re.MULTILINE)
_EXPORT: Final = re.compile(
    r"^export (?=(?:async )?(?:function|class|const)\b\*? (\w+))", re.MULTILINE
)
_LEFT: Final = re.compile(
    r"^\s*(?:import\b|export\b(?!\()).*|\bimport\s*\(.*|\bimport\.meta\b", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class ViewerFile:
    """A file that the page asks for.

    Attributes:
        name: Its name.
        content: Its content, in UTF-8.
        media_type: Its ``Content-Type``.
        digest: Another one for each content.
    """

    name: str
    content: bytes
    media_type: str
    digest: str


@cache
def viewer_files() -> Mapping[str, ViewerFile]:
    """Return the files that the page asks for, by name, made once."""
    files = (
        _file("viewer.js", bundle(VIEWER_FOLDER, "main"), "text/javascript; charset=utf-8"),
        _file("viewer.css", _read("style.css"), "text/css; charset=utf-8"),
        _file("react.js", _read("../react.js"), "text/javascript; charset=utf-8"),
    )
    return MappingProxyType({file.name: file for file in files})


def _file(name: str, text: str, media_type: str) -> ViewerFile:
    content = text.encode()
    return ViewerFile(name, content, media_type, hashlib.sha256(content).hexdigest()[:12])


def bundle(folder: Path, entry: str) -> str:
    """Return a module and all that it imports as one script: each is a function, in their order.

    A page that is served from one URL cannot have modules that import each other by name. They
    keep to named imports and exports, on one line each, and import nothing in circles.

    Args:
        folder: Where the modules are.
        entry: The name of the first one, without ``.js``.

    Raises:
        ValueError: If a module imports or exports in another way, or in a circle; the text says
            which, and where.
    """
    scripts: dict[str, str] = {}

    def add(name: str, importing: tuple[str, ...]) -> None:
        if name in importing:
            raise ValueError(f"{' imports '.join((*importing, name))}: a circle cannot be bundled.")
        text = (folder / f"{name}.js").read_text(encoding="utf-8")
        for _, imported in _IMPORT.findall(text):
            if imported not in scripts:
                add(imported, (*importing, name))
        exported = ", ".join(_EXPORT.findall(text))
        text = _EXPORT.sub("", _IMPORT.sub(r"const \1 = module_\2;\n", text))
        if left := _LEFT.search(text):
            raise ValueError(
                f"{name}.js has {left[0].strip()!r}, which cannot be bundled: write "
                f'import {{ name }} from "./module.js"; and export function, class or const.'
            )
        scripts[name] = f"const module_{name} = (() => {{\n{text}return {{ {exported} }};\n}})();\n"

    add(entry, ())
    return "".join(scripts.values())


def _read(name: str) -> str:
    return (VIEWER_FOLDER / name).read_text(encoding="utf-8")


__all__ = ["VIEWER_FOLDER", "ViewerFile", "bundle", "viewer_files"]
