"""Who may import whom: the whole list. What is not named here is not imported."""

import ast
import sys
from collections.abc import Iterator
from importlib.util import resolve_name
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted(ROOT.glob("packages/*/src/chanx/**/*.py"))
ADAPTERS = sorted(ROOT.glob("packages/*/src/chanx/ext/**/*.py"))


class Rule(NamedTuple):
    ours: set[str]  # packages, or single modules of them
    third_party: set[str]


PYDANTIC = {"pydantic", "pydantic_core", "typing_extensions"}
RULES = {
    "chanx.constants": Rule(set(), set()),
    "chanx.messages": Rule({"chanx.constants"}, PYDANTIC),
    "chanx.layers": Rule({"chanx.constants", "chanx.core.errors"}, {"msgpack", "redis"}),
    "chanx.core": Rule(
        {"chanx.constants", "chanx.messages", "chanx.layers"},
        PYDANTIC | {"asgiref", "humps", "jiter"},
    ),
    "chanx.routing": Rule({"chanx.constants", "chanx.messages", "chanx.core"}, PYDANTIC),
    # Copied into what is generated, which stands without chanx.
    "chanx.asyncapi.clients.python.runtime": Rule(set(), {"pydantic", "websockets"}),
    "chanx.asyncapi": Rule(
        {"chanx.constants", "chanx.messages", "chanx.core", "chanx.routing"},
        PYDANTIC | {"yaml"},
    ),
    "chanx.observing": Rule({"chanx.core", "chanx.layers"}, {"opentelemetry", "prometheus_client"}),
    "chanx.cli": Rule({"chanx.core", "chanx.routing", "chanx.asyncapi"}, {"yaml"}),
    "chanx.testing": Rule(
        {
            *("chanx.constants", "chanx.messages", "chanx.core", "chanx.layers", "chanx.routing"),
            *("chanx.asyncapi", "chanx.cli"),  # which conformance reads documents with
        },
        PYDANTIC | {"asgiref", "hypothesis", "pytest", "websockets"},
    ),
}
CORE = {name for name in RULES if name != "chanx.testing"}
RULES["chanx.ext.channels"] = Rule(
    CORE | {"chanx.testing"},
    PYDANTIC | {"asgiref", "channels", "django", "pytest", "rest_framework"},
)
RULES["chanx.ext.fast_channels"] = Rule(CORE, PYDANTIC | {"anyio", "fastapi", "starlette"})


def module_of(path: Path) -> str:
    _packages, _distribution, _src, *module = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(module)


def imported_by(path: Path) -> Iterator[str]:
    """Every module that a file names in an import, relative ones resolved."""
    package = module_of(path).rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=module, level=level):
                yield resolve_name("." * level + (module or ""), package)
            case _:
                pass


def is_within(module: str, package: str) -> bool:
    return f"{module}.".startswith(f"{package}.")


def owner(module: str) -> str | None:
    """The first-level package that a module belongs to."""
    return next((package for package in RULES if is_within(module, package)), None)


def is_allowed(imported: str, package: str) -> bool:
    rule, top = RULES[package], imported.partition(".")[0]
    if top == "chanx":
        return any(is_within(imported, known) for known in (package, *rule.ours))
    return top in sys.stdlib_module_names or top in rule.third_party


@pytest.mark.parametrize("path", SOURCES, ids=module_of)
def test_a_module_imports_only_what_its_package_may_know(path: Path) -> None:
    module = module_of(path)
    package = owner(module)
    assert package, f"{module} belongs to no package of the list"
    forbidden = {name for name in imported_by(path) if not is_allowed(name, package)}
    assert not forbidden, f"{package} may not import {forbidden}"


@pytest.mark.parametrize("path", ADAPTERS, ids=module_of)
def test_an_adapter_reads_nothing_private_of_a_consumer(path: Path) -> None:
    read = {
        node.attr
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute)
    }
    assert read.isdisjoint({"_session", "_outbox", "_runtime"})


def test_the_namespaces_have_no_init() -> None:
    assert not list(ROOT.glob("packages/*/src/chanx/__init__.py"))
    assert not list(ROOT.glob("packages/*/src/chanx/ext/__init__.py"))


@pytest.mark.parametrize("package", RULES)
def test_a_first_level_package_says_that_it_is_typed(package: str) -> None:
    folders = list(ROOT.glob(f"packages/*/src/{package.replace('.', '/')}"))
    assert [(folder / "py.typed").is_file() for folder in folders] == [True], folders
    assert (folders[0] / "__init__.py").is_file()


def cycles(imports: dict[str, set[str]]) -> list[list[str]]:
    """The modules that import each other, however many stand between: Tarjan's components."""
    order: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(module: str) -> None:
        order[module] = lowest[module] = len(order)
        stack.append(module)
        for other in imports[module]:
            if other not in order:
                visit(other)
            if other in stack:
                lowest[module] = min(lowest[module], lowest[other])
        if lowest[module] == order[module]:
            component = stack[stack.index(module) :]
            del stack[stack.index(module) :]
            if len(component) > 1:
                found.append(sorted(component))

    for module in imports:
        if module not in order:
            visit(module)
    return found


def test_no_modules_of_the_engine_import_each_other_not_even_for_type_checkers() -> None:
    engine = ("chanx.core.", "chanx.layers.", "chanx.messages.")
    modules = {module_of(path): path for path in SOURCES if module_of(path).startswith(engine)}
    imports = {
        module: {name for name in names_in(path) if name in modules and name != module}
        for module, path in modules.items()
    }
    assert len(imports["chanx.core.websocket"]) > 10
    assert cycles(imports) == []


def names_in(path: Path) -> Iterator[str]:
    """Every module that a file imports, or that it imports a name of."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str(module), names=names):
                yield module
                yield from (f"{module}.{alias.name}" for alias in names)
            case _:
                pass
