"""A short soak; ``hatch run soak`` is the long one."""

from collections import Counter

import pytest

from tests.hardening.soak import MEGABYTE, Outcome, run


@pytest.mark.parametrize("kind", ["uvicorn-sansio", "hypercorn", "daphne"])
async def test_clients_that_come_and_go_leave_a_server_as_it_was(kind: str) -> None:
    outcome = await run(kind, seconds=3, connections=50, least=300)
    assert outcome.connections > 100
    assert outcome.received > 300
    assert outcome.is_clean(8 * MEGABYTE), outcome


@pytest.mark.parametrize(
    ("after", "left", "noise", "is_clean"),
    [
        (57, 0, [], True),
        (59, 0, [], False),
        (50, 1, [], False),
        (50, 0, ["Traceback"], False),
    ],
    ids=["steady", "grown", "left", "noisy"],
)
def test_a_server_is_as_it_was_or_the_soak_fails(
    after: int, left: int, noise: list[str], is_clean: bool
) -> None:
    outcome = Outcome(9, 9, Counter(), 50 * MEGABYTE, after * MEGABYTE, left, noise)
    assert outcome.is_clean(8 * MEGABYTE) == is_clean
