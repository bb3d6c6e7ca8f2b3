"""``pytest --chanx-document``: what is collected, chosen and told."""

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

ROOT = Path(__file__).resolve().parents[2]
RIGHT = "tests.conformance.right:app"
HOOKS = ["--chanx-hooks", "tests.conformance.right:RoomHooks"]

pytest_plugins = ["pytester"]

Run: TypeAlias = Callable[..., pytest.RunResult]


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs pytest, in a folder without tests."""
    monkeypatch.setenv("CI", "1")
    pytester.makeini(
        # Workers get the path by which modules are found from here only.
        f"[pytest]\nasyncio_default_fixture_loop_scope = function\npythonpath = {ROOT}\n"
    )

    def run(*arguments: str) -> pytest.RunResult:
        return pytester.runpytest_inprocess("-p", "no:cacheprovider", "-p", "no:django", *arguments)

    return run


def told_by(done: pytest.RunResult) -> str:
    return f"{done.stdout}{done.stderr}"


def test_there_is_an_item_for_each_channel_operation_and_phase(run: Run) -> None:
    done = run("--collect-only", "--chanx-document", RIGHT)
    names = re.findall(r"<CaseItem (.*)>", done.stdout.str())
    operations = ("say", "erase", "count", "halt", "ping")
    assert sorted(names) == sorted(
        [
            *("room-handshake-coverage", "room-frames-coverage", "room-all-sequences"),
            *(
                f"room-{name}-{phase}"
                for name in operations
                for phase in ("examples", "coverage", "random")
            ),
        ]
    )


def test_items_are_chosen_and_spread_and_reported_as_others(run: Run, tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    options = ["--chanx-document", RIGHT, *HOOKS, "--chanx-phase", "examples", "-n", "1"]
    done = run(*options, "-k", "say or ping", "-m", "conformance", f"--junit-xml={report}")
    assert done.ret == 0, told_by(done)
    cases = [case.attrib["name"] for case in ElementTree.parse(report).iter("testcase")]
    assert sorted(cases) == ["room-ping-examples", "room-say-examples"]


def test_what_is_wrong_is_passed_on_by_workers(run: Run) -> None:
    done = run("--chanx-document", "tests.conformance.right:no", "-n", "1")
    assert done.ret not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)
    assert "has no 'no'" in told_by(done)


def test_items_are_collected_beside_those_of_files(run: Run, pytester: pytest.Pytester) -> None:
    (pytester.path / "test_own.py").write_text("def test_own(): pass\n", "utf-8")
    done = run("--chanx-document", RIGHT, "--chanx-phase", "examples", "--collect-only", "-q")
    collected = [line for line in done.stdout.lines if "::" in line]
    operations = ("say", "erase", "count", "halt", "ping")
    items = [f"{RIGHT}::room-{name}-examples" for name in operations]
    assert sorted(collected) == sorted(["test_own.py::test_own", *items])


def test_what_an_invalid_frame_does_is_a_warning_and_strictly_a_failure(run: Run) -> None:
    options = ["--chanx-document", RIGHT, *HOOKS, "-k", "count-coverage"]
    done = run(*options, "-W", "default")
    assert done.ret == 0, told_by(done)
    assert "ConformanceWarning: room-count-coverage: C6: what the document calls" in told_by(done)
    done = run(*options, "--chanx-strict")
    assert done.ret == 1
    assert "An invalid frame is taken for a valid one." in told_by(done)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--chanx-document", "tests.conformance.right:no"], "has no 'no'"),
        (["--chanx-document", RIGHT, "--chanx-channel", "hall"], "it has room"),
        (["--chanx-document", RIGHT, "--chanx-hooks", "tests.conformance.right:app"], "name Hooks"),
        (["--chanx-url", "ws://127.0.0.1:1"], "needs --chanx-document"),
        (["--chanx-document", RIGHT, "--chanx-url", "ws://example.com"], "--chanx-remote"),
        (["--chanx-document", RIGHT, "-k", "say-examples"], "return one from `credentials`"),
        (["--chanx-document", RIGHT, "--chanx-url", "ws://127.0.0.1:1"], "No server answers"),
    ],
    ids=["name", "channel", "hooks", "document", "remote", "credentials", "nobody"],
)
def test_what_is_wrong_is_said_with_the_fix(run: Run, options: list[str], told: str) -> None:
    done = run(*options, "-x")
    assert done.ret in (1, pytest.ExitCode.INTERRUPTED, pytest.ExitCode.USAGE_ERROR)
    assert told in told_by(done)
    assert "Traceback" not in told_by(done)
    assert "INTERNALERROR" not in told_by(done)
