"""The runtime of the TypeScript clients: what it does, under Node.js, and what it weighs."""

import gzip
import json
from pathlib import Path
from typing import Final

import pytest

from chanx.asyncapi.clients.typescript.emitter import runtime_files
from scripts.compile_client_runtime import compiled
from tests.clients.nodetools import MODULES, ROOT, run
from tests.nodejs import node_to

HERE: Final = Path(__file__).parent
COMPILED: Final = ROOT / "packages/chanx-core/src/chanx/asyncapi/clients/typescript/compiled"
MOST_BYTES: Final = 6 * 1024


@pytest.mark.parametrize("name", [path.name for path in sorted(HERE.glob("*.test.mjs"))])
def test_the_modules_do_what_their_tests_say(name: str) -> None:
    report = run("run the tests of clients with", "--test", "--test-reporter=tap", HERE / name)
    assert "# fail 0" in report
    assert "# skipped 0" in report


def test_the_vectors_notice_nearly_every_change_of_the_machine() -> None:
    """What is left stands in the output: most of it changes nothing."""
    run("change the machine of clients with", HERE / "mutants.mjs")


def test_every_rule_has_two_vectors() -> None:
    named = [
        rule
        for path in HERE.glob("*vectors*.json")
        for vector in json.loads(path.read_text())
        for rule in vector["rules"]
    ]
    rules = [f"R{number}" for number in range(1, 28)]
    assert sorted(set(named) - set(rules)) == []
    assert [rule for rule in rules if named.count(rule) < 2] == []


def test_what_is_compiled_is_what_is_written() -> None:
    node_to("compile the runtime of clients with")
    assert compiled() == runtime_files("compiled"), (
        "compile it anew: hatch run python scripts/compile_client_runtime.py"
    )


def test_the_runtime_is_small(tmp_path: Path) -> None:
    bundle = tmp_path / "bundle.js"
    run(
        "bundle clients with",
        MODULES / "esbuild/bin/esbuild",
        COMPILED / "index.js",
        "--bundle",
        "--minify",
        "--format=esm",
        "--target=es2022",
        f"--outfile={bundle}",
    )
    assert len(gzip.compress(bundle.read_bytes(), 9)) <= MOST_BYTES
