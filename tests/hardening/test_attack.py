"""Short attacks; ``hatch run attack`` prints what long ones cost."""

import pytest

from tests.hardening.attack import ATTACKS, MEGABYTE, run


@pytest.mark.parametrize("name", ATTACKS)
async def test_an_attack_costs_others_little(name: str) -> None:
    cost = await run("uvicorn-sansio", name, scale=0.1)
    assert cost.median < 0.5  # on a machine that may be busy
    assert cost.grown < 100 * MEGABYTE
    assert cost.left == 0
