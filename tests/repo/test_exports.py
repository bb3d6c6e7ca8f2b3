"""What a module exports is what its ``__all__`` names."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def module_of(path: Path) -> str:
    _packages, _distribution, _src, *parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


MODULES = {module_of(path): path for path in sorted(ROOT.glob("packages/*/src/chanx/**/*.py"))}
# The classes and functions around which a module of the contract is built are its tests' alone.
CONTRACT = "chanx.testing.contract."


@cache
def tree(module: str) -> ast.Module:
    """What a module says; read by the process that runs these tests, not by all that find them."""
    return ast.parse(MODULES[module].read_text("utf-8"))


@cache
def exported(module: str) -> list[str] | None:
    """What a module's ``__all__`` names; None if it has none."""
    for node in tree(module).body:
        match node:
            case ast.Assign(targets=[ast.Name(id="__all__")], value=value):
                return [*ast.literal_eval(value)]
            case _:
                pass
    return None


def declared(module: str) -> Iterator[str]:
    """The public classes and functions of a module."""
    for node in tree(module).body:
        match node:
            case (
                ast.ClassDef(name=name)
                | ast.FunctionDef(name=name)
                | ast.AsyncFunctionDef(name=name)
            ):
                if not name.startswith("_"):
                    yield name
            case _:
                pass


def assigned(module: str) -> Iterator[str]:
    """The names that a module's assignments bind."""
    for node in tree(module).body:
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (each.id for each in targets if isinstance(each, ast.Name))


def imported(module: str) -> Iterator[tuple[str, str]]:
    """What a module imports by name, and from where."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            yield from ((node.module, alias.name) for alias in node.names)


@pytest.mark.parametrize("module", MODULES)
def test_all_names_what_a_module_has_each_once(module: str) -> None:
    names = exported(module) or []
    known = {*declared(module), *assigned(module), *(name for _, name in imported(module))}
    assert (len(names), {*names} - known) == (len({*names}), set())


@pytest.mark.parametrize(
    "module", [name for name in MODULES if not name.startswith(CONTRACT) and "._" not in name]
)
def test_public_classes_and_functions_are_named_in_all(module: str) -> None:
    assert {*declared(module)} <= {*(exported(module) or ())}


@pytest.mark.parametrize("module", MODULES)
def test_modules_import_of_each_other_what_is_exported(module: str) -> None:
    hidden = {
        (source, name)
        for source, name in imported(module)
        if source in MODULES
        and f"{source}.{name}" not in MODULES
        and "._" not in source
        and name not in (exported(source) or ())
    }
    assert hidden == set()
