"""The guide to conformance: its example fails as shown.

tests/conformance/test_examples.py runs its suite for Django.
"""

import re
from pathlib import Path

import pytest

from chanx.testing import plugin
from chanx.testing.conformance import CHECKS
from chanx.testing.conformance.cases import PHASES

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "conformance.md").read_text("utf-8")
FILES = dict(re.findall(r"^```python\n# (\S+)\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE))
SCOPE = ["-p", "no:cacheprovider", "-o", "asyncio_default_fixture_loop_scope=function"]

pytest_plugins = ["pytester"]


def test_every_snippet_is_run_here() -> None:
    assert FILES.keys() == {"app.py", "hooks.py", "test_conformance.py"}
    assert len(re.findall(r"^```", GUIDE, re.MULTILINE)) == 2 * (len(FILES) + 2)


def test_the_example_gives_what_is_shown_and_the_test_to_paste_fails(
    pytester: pytest.Pytester,
) -> None:
    def run(*arguments: str) -> pytest.RunResult:
        # Not in this process, where modules and garbage of other tests would be met.
        return pytester.runpytest_subprocess(*SCOPE, "-p", "no:django", *arguments)

    (pytester.path / "app.py").write_text(FILES["app.py"], "utf-8")
    [shown] = re.findall(r"^```console\n\$ pytest (.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE)
    command, _, expected = shown.partition("\n")
    report = expected[expected.index("C13 ") :]
    assert report in str(run(*command.split()).stdout)
    pasted = report.partition("A test to paste:\n\n")[2]
    (pytester.path / "test_pasted.py").write_text(pasted, "utf-8")
    run("test_pasted.py").assert_outcomes(failed=1)

    (pytester.path / "test_pasted.py").unlink()
    fixed = FILES["app.py"].replace("list[int]", "list[int] = Field(min_length=1)")
    imports = "from fastapi import FastAPI"
    fixed = fixed.replace(imports, f"{imports}\nfrom pydantic import Field")
    (pytester.path / "fixed.py").write_text(fixed, "utf-8")
    (pytester.path / "hooks.py").write_text(FILES["hooks.py"], "utf-8")
    options = ["--chanx-document", "fixed:app", "--chanx-count", "5", "--chanx-seed", "1"]
    options += ["--chanx-hooks", "hooks:NumberHooks"]
    # It takes true for 1, which it is told of.
    run(*options, "-W", "default").assert_outcomes(passed=6, warnings=1)


def test_the_checks_are_those_that_there_are() -> None:
    rows = dict(re.findall(r"^\| (C\d+) \| (.*) \|$", GUIDE, re.MULTILINE))
    assert rows == {check.id: check.says for check in CHECKS.values()}


def test_the_phases_are_those_that_there_are() -> None:
    section = GUIDE.partition("## Phases")[2].partition("## ")[0]
    assert tuple(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == PHASES


def test_the_options_are_those_that_there_are() -> None:
    declared = set(re.findall(r'"(--chanx-[a-z]+)"', Path(str(plugin.__file__)).read_text("utf-8")))
    section = GUIDE.partition("## Options")[2].partition("## ")[0]
    rows = "".join(re.findall(r"^\| (.*?) \|", section, re.MULTILINE))
    assert set(re.findall(r"--chanx-[a-z]+", rows)) == declared
