"""What a test has started ends though the test is killed."""

import os
import select
import subprocess
import sys

import pytest

from tests.bound import BOUND

PARENT = """
import subprocess, sys
subprocess.Popen(sys.argv[1:], close_fds=False)
sys.stdin.read()
"""
CHILD = "import signal; signal.alarm(60); print('started', flush=True); signal.pause()"


@pytest.mark.skipif(sys.platform != "linux", reason="NOT CHECKED: other systems tell no child")
def test_a_program_ends_when_its_parent_is_killed() -> None:
    mine, theirs = os.pipe()  # open until all that have it have ended
    child = [*BOUND, sys.executable, "-c", CHILD]
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, *child],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        pass_fds=[theirs],
    ) as parent:
        os.close(theirs)
        assert parent.stdout
        assert parent.stdout.readline() == b"started\n"
        parent.kill()
    ended, _, _ = select.select([mine], [], [], 30)
    os.close(mine)
    assert ended
