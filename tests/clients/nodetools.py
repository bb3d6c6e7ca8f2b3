"""The compilers, the formatter and the bundler of ``tests/node``, and a place to run them in."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from tests.nodejs import node_to

ROOT: Final = Path(__file__).resolve().parents[2]
MODULES: Final = ROOT / "tests" / "node" / "node_modules"
STRICT: Final[dict[str, Any]] = {
    "target": "es2022",
    "module": "nodenext",
    "moduleResolution": "nodenext",
    # No more than the templates of bundlers have: what a client needs besides, it names itself.
    "lib": ["es2022", "dom"],
    "types": [],
    "skipDefaultLibCheck": True,  # the compiler's own declarations, which are right in themselves
    "noEmit": True,
    "strict": True,
    "noUncheckedIndexedAccess": True,
    "noPropertyAccessFromIndexSignature": True,
    "noImplicitOverride": True,
    "noImplicitReturns": True,
    "noFallthroughCasesInSwitch": True,
    "noUnusedLocals": True,
    "noUnusedParameters": True,
    "verbatimModuleSyntax": True,
    "isolatedModules": True,
    "erasableSyntaxOnly": True,
}


def run(purpose: str, *arguments: str | Path, cwd: Path = ROOT) -> str:
    """Return what a program under Node.js writes; it has to succeed.

    Args:
        purpose: What it is needed for, as it completes "no Node.js here to ...".
        arguments: The program, and what it is told.
        cwd: Where it runs.
    """
    done = node_to(purpose)(
        [str(argument) for argument in arguments],
        return_completed_process=True,
        capture_output=True,
        cwd=cwd,
        timeout=280,
    )
    written = done.stdout.decode(errors="replace")
    assert isinstance(written, str)
    assert done.returncode == 0, (written + done.stderr.decode(errors="replace"))[-10_000:]
    return written


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Write files into a folder, which is a package of modules then.

    Args:
        folder: The folder.
        files: Their texts by paths.
    """
    for name, text in {"package.json": '{ "type": "module" }\n', **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def compile_typescript(folder: Path, version: int, **options: Any) -> None:
    """Check the types of all files of a folder, as strictly as the compiler can.

    Args:
        folder: The folder.
        version: The compiler's, 5 or 7.
        options: Compiler options that differ.
    """
    project = {"compilerOptions": {**STRICT, **options}, "include": ["**/*.ts"]}
    (folder / "tsconfig.json").write_text(json.dumps(project))
    run("check types with", MODULES / f"typescript-{version}/bin/tsc", "-p", folder)


def format_is_right(paths: Iterable[Path]) -> None:
    """Check that prettier has nothing to do.

    Args:
        paths: Files and folders.
    """
    run("format clients with", MODULES / "prettier/bin/prettier.cjs", "--check", *paths)


def linter_is_silent(folder: Path) -> None:
    """Check that oxlint finds nothing by the rules that it has turned on itself.

    Args:
        folder: The folder.
    """
    run("lint clients with", MODULES / "oxlint/bin/oxlint", "--deny-warnings", folder, cwd=folder)


def run_typescript(folder: Path, text: str) -> str:
    """Return what a module writes; it has to end without an error.

    Args:
        folder: Where it is, for what it imports.
        text: Its text.
    """
    (folder / "main.ts").write_text(text, "utf-8")
    bundle = ("--bundle", "--format=esm", "--target=es2022", f"--outfile={folder / 'main.mjs'}")
    run("bundle programs with", MODULES / "esbuild/bin/esbuild", folder / "main.ts", *bundle)
    return run("run clients with", folder / "main.mjs")


__all__ = [
    "MODULES",
    "ROOT",
    "compile_typescript",
    "format_is_right",
    "linter_is_silent",
    "run",
    "run_typescript",
    "write",
]
