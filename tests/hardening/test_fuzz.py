"""A short run of the fuzzer; ``hatch run fuzz`` is the long one."""

import pytest

from tests.hardening.fuzz import run


@pytest.mark.parametrize("kind", ["uvicorn-sansio", "hypercorn", "daphne"])
async def test_frames_of_any_kind_leave_a_server_as_it_was(kind: str) -> None:
    outcome = await run(kind, 3000, seed=1)
    assert outcome.frames >= 3000
    assert outcome.noise == []
    assert (outcome.left["sessions"], outcome.left["members"]) == (0, 0)
    assert outcome.worked < 2  # on a machine that may be busy; in truth a tenth
