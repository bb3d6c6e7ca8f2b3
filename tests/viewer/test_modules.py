"""The viewer's modules, which need no browser, under Node.js."""

from pathlib import Path

from tests.nodejs import node_to

HERE = Path(__file__).parent


def test_the_modules_do_what_their_tests_say() -> None:
    node = node_to("run the tests of the viewer's modules with")
    files = sorted(str(path) for path in HERE.glob("*.test.mjs"))
    assert len(files) > 5
    done = node(
        ["--test", "--test-reporter=tap", *files],
        return_completed_process=True,
        capture_output=True,
        timeout=280,
    )
    assert isinstance(done.stdout, bytes)
    report = done.stdout.decode(errors="replace")
    assert done.returncode == 0, report[-10_000:]
    assert "# fail 0" in report
    assert "# skipped 0" in report
