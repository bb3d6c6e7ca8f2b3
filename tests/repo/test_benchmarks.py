"""The benchmarks run and make their table; how fast anything is, no test says."""

import subprocess
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Literal

import pytest

from benchmarks import report
from benchmarks.payloads import SHAPES, Shape
from benchmarks.report import BEGIN, END, KIBIBYTES, MICROSECONDS, Row, Target
from benchmarks.rounds import Samples, interleave

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = Samples({"slow": (3e-6, 8e-6, 4e-6), "fast": (1e-6, 2e-6, 4e-6)})


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "benchmarks", *arguments]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=280, check=False
    )


def row(bound: float) -> Row:
    target = Target(bound)
    return report.relative("echo", SAMPLES, MICROSECONDS, target, name="slow", base="fast")


def test_a_quick_run_prints_a_row_for_everything_that_is_measured() -> None:
    finished = run("--quick")
    assert finished.returncode == 0, finished.stderr
    rows = [line for line in finished.stdout.splitlines() if line.startswith("| ")][2:]
    counts = {
        "echo of": 24,
        "in Django": 2,
        "a message that takes": 2,
        "layer": 6,
        "connect": 1,
        "observed by": 5,
        "broadcast": 4,
        "typed event": 1,
        "memory": 1,
        "a test": 2,
    }
    counts |= {"first document": 2, "defining": 2, "document": 3}
    for start, count in counts.items():
        assert len([line for line in rows if line.startswith(f"| {start}")]) == count
    assert sum("under uvicorn" in line for line in rows) == 6
    assert all("met |" in line or "**missed** |" in line for line in rows)
    for name in ("bare ASGI", "Starlette", "FastAPI", "channels", "camelCase"):
        assert name in finished.stdout


@pytest.mark.parametrize("arguments", [["--write", "--quick"], ["--write", "echo"], ["typo"]])
def test_a_run_that_makes_no_sense_is_refused(arguments: list[str]) -> None:
    finished = run(*arguments)
    assert finished.returncode == 2
    assert "usage" in finished.stderr


def test_a_ratio_is_taken_inside_each_round() -> None:
    assert SAMPLES.ratio("slow", "fast") == 3.0
    assert SAMPLES.difference("slow", "fast") == pytest.approx(2e-6)


def test_a_row_tells_whether_its_target_is_met() -> None:
    assert row(3.0).is_met
    assert not row(2.9).is_met
    table = report.table([row(3.0), row(2.9)])
    assert "| echo | 3.00 x (4.0 µs) | at most 3.00 x fast | met | fast 2.0 µs |" in table
    assert "| at most 2.90 x fast | **missed** |" in table


def test_a_target_may_be_a_least_value() -> None:
    assert Target(0.8, "at least").is_met(0.9)
    assert not Target(0.8, "at least").is_met(0.7)


def test_a_difference_has_its_own_row() -> None:
    samples = Samples({"large": (4096.0,), "small": (1024.0,)})
    text = report.table(
        [report.absolute("memory", samples, KIBIBYTES, Target(2048), name="large", base="small")]
    )
    assert (
        "| memory | +3.0 KiB (4.0 KiB) | at most +2.0 KiB over small | **missed** | small 1.0 KiB |"
    ) in text


def test_writing_replaces_what_stands_between_the_markers(tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    path.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", "utf-8")
    report.write(path, "new")
    assert path.read_text("utf-8") == f"before\n{BEGIN}\nnew\n{END}\nafter\n"
    path.write_text("no markers", "utf-8")
    with pytest.raises(ValueError, match=r"README\.md needs the lines"):
        report.write(path, "new")


@pytest.mark.parametrize(
    ("before", "kind", "is_worse"),
    [
        ("2.51 x (9.0 µs)", "at most", False),
        ("2.49 x (9.0 µs)", "at most", True),
        ("3.59 x (9.0 µs)", "at least", False),
        ("3.61 x (9.0 µs)", "at least", True),
    ],
)
def test_what_was_missed_before_is_worse_only_beyond_the_leeway(
    before: str, kind: Literal["at most", "at least"], is_worse: bool, tmp_path: Path
) -> None:
    path = tmp_path / "README.md"
    path.write_text(f"{BEGIN}\n| echo | {before} | wanted | met | beside |\n{END}", "utf-8")
    target = Target({"at most": 2.0, "at least": 4.0}[kind], kind)
    now = report.relative("echo", SAMPLES, MICROSECONDS, target, name="slow", base="fast")
    wanted = f"{kind} {target.bound:.2f} x fast"
    line = f"echo: 3.00 x (4.0 µs), {wanted}; {before} before"
    assert report.regressed([now], path) == [line] * is_worse


def test_what_was_not_measured_before_is_held_against_its_target(tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    path.write_text(f"{BEGIN}\n{END}", "utf-8")
    line = "echo: 3.00 x (4.0 µs), at most 2.90 x fast; nothing before"
    assert report.regressed([row(3.0), row(2.9)], path) == [line]


def test_the_readme_has_the_table_that_the_script_writes() -> None:
    text = (ROOT / "benchmarks" / "README.md").read_text("utf-8")
    header = report.table([]).splitlines()[0]
    assert header in text.partition(BEGIN)[2].partition(END)[0]


async def test_every_round_measures_every_candidate_and_warm_ups_do_not_count() -> None:
    calls: list[str] = []

    def candidate(name: str) -> Callable[[], Coroutine[Any, Any, int]]:
        async def trial() -> int:
            calls.append(name)
            return len(calls)

        return trial

    measured = await interleave({"a": candidate("a"), "b": candidate("b")}, rounds=3, warmups=1)
    assert [set(calls[number : number + 2]) for number in (0, 2, 4, 6)] == [{"a", "b"}] * 4
    assert sorted(measured["a"] + measured["b"]) == [3, 4, 5, 6, 7, 8]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
@pytest.mark.parametrize("camelize", [False, True])
def test_a_frame_has_exactly_the_size_it_is_named_after(shape: Shape, camelize: bool) -> None:
    frame = shape.frame(camelize=camelize)
    assert len(frame.encode()) == shape.size
    assert ("_" in frame) is not camelize
