"""The machine of Python does what the vectors say, all of them."""

from typing import Any

import pytest

from tests.clients.mutants import survivors
from tests.clients.play import play, vectors

VECTORS = [*vectors()]


@pytest.mark.parametrize("vector", [pytest.param(item, id=item["name"]) for item in VECTORS])
def test_the_machine_does_what_a_vector_says(vector: dict[str, Any]) -> None:
    play(vector)


def test_each_vector_has_a_name_of_its_own() -> None:
    names = [vector["name"] for vector in VECTORS]
    assert len(names) == len(set(names))


def test_each_rule_has_two_vectors_at_least() -> None:
    counts = {f"R{number}": 0 for number in range(1, 28)}
    for vector in VECTORS:
        for rule in vector["rules"]:
            counts[rule] += 1
    assert [rule for rule, count in counts.items() if count < 2] == []


def test_the_vectors_notice_changes_of_the_machine() -> None:
    # All of them: python -m tests.clients.mutants
    left, count = survivors(step=5)
    assert count > 100
    assert len(left) <= 0.05 * count, [mutant.key for mutant in left]
