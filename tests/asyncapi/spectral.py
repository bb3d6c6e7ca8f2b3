"""Spectral's own set of rules for AsyncAPI documents, which runs under Node.js."""

import json
from collections.abc import Mapping
from typing import Any

from tests.asyncapi.official_parser import NODE
from tests.nodejs import node_to


def findings(documents: Mapping[str, Mapping[str, Any]]) -> dict[str, set[tuple[str, str]]]:
    """What Spectral finds in documents, by name: the code of a rule, and the path."""
    done = node_to("run Spectral with")(
        [str(NODE / "spectral.mjs")],
        return_completed_process=True,
        input=json.dumps(documents).encode(),
        capture_output=True,
        timeout=280,
    )
    assert done.returncode == 0, done.stderr
    return {
        name: {(item["code"], item["path"]) for item in items}
        for name, items in json.loads(done.stdout).items()
    }
