"""Fifteen servers that are wrong in one way each, and a right one: each check finds its own."""

import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from chanx.testing.conformance import CHECKS, ConformanceError, Opening, Plan
from tests.conformance.right import RoomHooks

ROOT = Path(__file__).resolve().parents[2]
RIGHT = "tests.conformance.right:app"
WRONG = {
    f"C{int(path.stem[1:3])}": f"tests.conformance.wrong_servers.{path.stem}:app"
    for path in sorted((Path(__file__).parent / "wrong_servers").glob("c*.py"))
}


@cache
def found_of(name: str) -> list[ConformanceError]:
    """What is found of a server, in all cases; as it was seen at first."""
    plan = Plan(name, seed=1, count=5, shrink_seconds=0)
    found: list[ConformanceError] = []
    for case in plan.cases:
        try:
            plan.run(case, RoomHooks())
        except ConformanceError as error:
            found.append(error)
    return found


def test_there_is_a_wrong_server_for_each_check() -> None:
    assert WRONG.keys() == CHECKS.keys()


def test_nothing_is_found_of_a_right_one() -> None:
    assert [str(error) for error in found_of(RIGHT)] == []


@pytest.mark.parametrize("check", WRONG)
def test_a_wrong_server_is_caught_by_its_check_and_by_no_other(check: str) -> None:
    found = found_of(WRONG[check])
    assert {error.check for error in found} == {check}
    assert all(CHECKS[check].says in str(error) for error in found)


class FailsOnce(RoomHooks):
    """Hooks that raise where they are first called, and never again."""

    has_failed = False

    async def prepare(self, connection: Opening) -> None:
        if not self.has_failed:
            self.has_failed = True
            raise LookupError("of the project")


@pytest.mark.parametrize("phase", ["coverage", "random", "sequences"])
def test_what_hooks_raise_is_raised_though_it_may_not_come_again(phase: str) -> None:
    plan = Plan(RIGHT, seed=1, count=5)
    case = next(case for case in plan.cases if case.phase == phase)
    with pytest.raises(LookupError, match="of the project"):
        plan.run(case, FailsOnce())


def test_the_tests_to_paste_run_and_fail(tmp_path: Path) -> None:
    pasted: dict[str, str] = {}
    for check, name in WRONG.items():
        reports = [error.report for error in found_of(name) if "not again" not in error.report]
        pasted[check] = reports[0].partition("A test to paste:\n\n")[2]
        (tmp_path / f"test_{check.lower()}.py").write_text(pasted[check], "utf-8")
    finished = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", "/dev/null"),
            *(f"--rootdir={tmp_path}", "-o", "asyncio_default_fixture_loop_scope=function"),
            *("-rf", str(tmp_path)),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    output = finished.stdout + finished.stderr
    failed = set(re.findall(r"^FAILED \S*/test_(c\d+)\.py::", output, re.MULTILINE))
    assert failed == {check.lower() for check in WRONG}, output
    assert " error" not in finished.stdout.splitlines()[-1], output


def test_what_fails_is_made_small() -> None:
    plan = Plan(WRONG["C13"], phases=["coverage"])
    [case] = [case for case in plan.cases if case.subject == "say"]
    with pytest.raises(ConformanceError, match="shrunk from") as failure:
        plan.run(case, RoomHooks())
    assert r'  sent  {"action":"say","payload":{"text":"\u0000"}}' in str(failure.value)
