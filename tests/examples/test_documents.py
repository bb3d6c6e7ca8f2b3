"""The documents of the example applications, for three judges: schema, parser and linter."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from chanx.asyncapi import lint
from tests.asyncapi import spectral
from tests.asyncapi.official_parser import diagnostics, merged
from tests.conftest import SCHEMAS

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
APPLICATIONS: dict[str, tuple[list[str], dict[str, str]]] = {
    "fastapi_chat": (["fastapi_chat.main:app"], {}),
    "django_chat": ([], {"DJANGO_SETTINGS_MODULE": "django_chat.settings"}),
}
VARIANTS = {
    f"{name}-{version}-{perspective}": (name, version, perspective)
    for name in APPLICATIONS
    for version in ("3.0.0", "3.1.0")
    for perspective in ("server", "client")
}


def generate(name: str, version: str, perspective: str) -> dict[str, Any]:
    target, environment = APPLICATIONS[name]
    options = ["--asyncapi-version", version, "--perspective", perspective]
    done = subprocess.run(
        [sys.executable, "-m", "chanx.cli", "asyncapi", "generate", *target, *options],
        cwd=EXAMPLES,
        env=environment,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    document: dict[str, Any] = json.loads(done.stdout)
    return document


@pytest.fixture(scope="module")
def documents() -> dict[str, dict[str, Any]]:
    return {key: generate(*variant) for key, variant in VARIANTS.items()}


def test_every_example_has_its_document_tested() -> None:
    assert {path.parent.name for path in EXAMPLES.glob("*/__init__.py")} == APPLICATIONS.keys()


def test_the_official_parser_has_nothing_to_say(documents: dict[str, dict[str, Any]]) -> None:
    assert diagnostics(documents) == []


@pytest.mark.parametrize("key", VARIANTS)
def test_the_official_schema_is_met_and_the_linter_finds_nothing(
    documents: dict[str, dict[str, Any]], key: str
) -> None:
    document = documents[key]
    schema = json.loads((SCHEMAS / f"{document['asyncapi']}.json").read_text("utf-8"))
    jsonschema_rs.Draft7Validator(schema).validate(document)
    assert lint(document) == []


def test_spectral_misses_only_what_an_example_has_no_use_for(
    documents: dict[str, dict[str, Any]],
) -> None:
    """Where it is deployed, second paragraphs, and words for a slug; Django's addresses end so."""
    found = spectral.findings({key: documents[key] for key in documents if "3.1.0" in key})
    assert found.keys() == {key for key in VARIANTS if "3.1.0" in key}
    for key, findings in found.items():
        expected = {"asyncapi-servers", "asyncapi-3-operation-description"}
        if key.startswith("django"):
            expected |= {"asyncapi-3-channel-no-trailing-slash", "asyncapi-parameter-description"}
        assert {code for code, _ in findings} == expected, key


@pytest.mark.parametrize("name", APPLICATIONS)
def test_what_only_extensions_say_is_said(documents: dict[str, dict[str, Any]], name: str) -> None:
    document = documents[f"{name}-3.0.0-server"]
    [channel] = document["channels"].values()
    assert channel["x-ready"]["$ref"].endswith("/Welcome")
    assert channel["x-heartbeat"] == {
        "operation": {"$ref": "#/operations/room.ping"},
        "interval": 20,
    }
    assert channel["x-limits"]["maxMessageSize"] == 16 * 1024
    assert {"contact", "description", "license", "tags"} <= document["info"].keys()
    idempotent = [key for key, item in document["operations"].items() if item.get("x-idempotent")]
    assert len(idempotent) == 1


def test_the_example_with_streams_says_how_they_end(documents: dict[str, dict[str, Any]]) -> None:
    document = documents["fastapi_chat-3.0.0-server"]
    ask = document["operations"]["room.ask"]
    assert ask["x-stream"] == {"end": ["AnswerEnd"]}
    assert ask["x-cancel"] == {"$ref": "#/operations/room.stop"}
    assert document["components"]["messages"]["Rejected"]["x-outcome"] == "error"
    [channel] = document["channels"].values()
    assert channel["x-close-codes"]["4409"]["retry"] == "never"
    assert channel["x-cookies"]["properties"].keys() == {"visitor"}


def test_the_official_parser_sees_what_is_wrong_alone_and_among_others(
    documents: dict[str, dict[str, Any]],
) -> None:
    key = next(iter(documents))
    broken = {**documents[key], "operations": {"x": {"action": "shout"}}}
    alone = diagnostics({"broken": broken})
    among = diagnostics({"all": merged({**documents, "broken": broken})})
    assert any(line.startswith("broken: operations/x") for line in alone)
    assert any(line.startswith("all: operations/broken.x") for line in among)
    assert not any("operations/fastapi_chat" in line for line in among)
