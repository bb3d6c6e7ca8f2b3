"""The description of how chanx is built names what there is."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "architecture.md").read_text("utf-8")
FOLDERS = [path for path in ROOT.glob("packages/*/src/**/*") if path.is_dir()]
FILES = [path for path in ROOT.glob("packages/*/src/**/*") if path.suffix in (".py", ".js")]


def named(pattern: str) -> set[str]:
    return set(re.findall(rf"`{pattern}`", TEXT))


def test_every_module_that_it_names_is_there() -> None:
    others = (*ROOT.glob("scripts/*.py"), *ROOT.glob("tests/**/*.py"))
    paths = {path.as_posix() for path in (*FILES, *others)}
    modules = named(r"([\w/]+\.(?:py|js))")
    assert len(modules) > 40
    assert not [name for name in modules if not any(path.endswith(f"/{name}") for path in paths)]


def test_every_folder_that_it_names_is_there_and_none_of_the_core_is_left_out() -> None:
    folders = {folder.as_posix() + "/" for folder in FOLDERS}
    assert not [
        name
        for name in named(r"([\w/]+/)")
        if not any(folder.endswith(f"/{name}") for folder in folders)
    ]
    core = {path.parent.name for path in FILES if path.match("chanx-core/src/chanx/*/__init__.py")}
    assert core
    assert not [name for name in core if f"| `{name}/` |" not in TEXT]


def test_every_class_that_it_names_is_there() -> None:
    classes = {
        node.name
        for path in FILES
        if path.suffix == ".py"
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ClassDef)
    }
    foreign = {"SchemaValidator", "URLRouter"}
    found = set(re.findall(r"`([A-Z][a-z]\w+)[`.(]", TEXT))
    assert len(found) > 20
    assert not found - classes - foreign
