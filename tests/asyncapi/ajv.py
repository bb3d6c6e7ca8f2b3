"""Ajv in its strict mode, which runs under Node.js."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.nodejs import node_to

SCRIPT = Path(__file__).resolve().parents[1] / "node" / "ajv.mjs"


def complaints(documents: Mapping[str, Any], formats: list[str]) -> list[str]:
    """What Ajv says of the schemas of documents, by name.

    Args:
        documents: The documents by name.
        formats: The formats that it takes for known.
    """
    done = node_to("compile schemas with Ajv")(
        [str(SCRIPT)],
        return_completed_process=True,
        input=json.dumps({"documents": documents, "formats": formats}).encode(),
        capture_output=True,
        timeout=280,
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said.keys() == documents.keys()
    return [f"{name}: {line}" for name, lines in said.items() for line in lines]
