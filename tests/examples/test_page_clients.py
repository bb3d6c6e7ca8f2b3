"""The clients of the examples' pages are what chanx writes from the examples' documents."""

import pytest

from scripts.write_example_clients import CLIENTS, write


@pytest.mark.parametrize("name", CLIENTS)
def test_the_client_of_a_page_is_that_of_its_document(name: str) -> None:
    assert write(name, "--check") == 0, (
        "write it anew: hatch run python scripts/write_example_clients.py"
    )
