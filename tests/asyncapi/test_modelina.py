"""AsyncAPI's own generator of TypeScript takes the documents."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.asyncapi.agreement import Server
from tests.asyncapi.making import LEAVES, Maker
from tests.nodejs import node_to

SCRIPT = Path(__file__).resolve().parents[1] / "node" / "modelina.mjs"
PER_DOCUMENT = 12


def generated(documents: Mapping[str, Any]) -> dict[str, Any]:
    """The names of the types that it makes of documents, and what is wrong with them."""
    done = node_to("generate TypeScript with Modelina")(
        [str(SCRIPT)],
        return_completed_process=True,
        input=json.dumps(documents).encode(),
        capture_output=True,
        timeout=280,
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


@pytest.fixture(scope="module")
def documents() -> dict[str, Any]:
    """Documents with every type."""
    return {
        str(first): Server(
            Maker(first).model(LEAVES[first : first + PER_DOCUMENT]),
            camelize=first % (2 * PER_DOCUMENT) == 0,
        ).document
        for first in range(0, len(LEAVES), PER_DOCUMENT)
    }


def test_modelina_makes_typescript_of_every_type(documents: dict[str, Any]) -> None:
    results = generated(documents)
    assert results.keys() == documents.keys()
    for result in results.values():
        assert result["wrong"] == []
        assert {"Carry", "Carried", "ErrorMessage"} <= set(result["types"])


def test_modelina_tells_what_it_cannot_take() -> None:
    [result] = generated({"one": {"asyncapi": "3.0.0", "channels": 1}}).values()
    assert result["wrong"]
