"""What documents say is what the server does, for every type that pydantic has.

Types are made of all leaves, alone and within others, spelled plainly and in camelCase; frames are
drawn from each document, and changed until they may be wrong. The seeds are fixed.
"""

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from pydantic import BaseModel, create_model

from chanx.asyncapi import lint
from chanx.asyncapi.format_examples import FORMAT_EXAMPLES
from chanx.testing.conformance.drawing import Drawer
from chanx.testing.conformance.schemas import Schemas
from tests.asyncapi.agreement import Server
from tests.asyncapi.ajv import complaints
from tests.asyncapi.making import LEAVES, Maker
from tests.asyncapi.official_parser import diagnostics, merged

pytestmark = pytest.mark.filterwarnings("ignore:__int__ returned non-int")
"""Of Python's ipaddress, to which pydantic gives true and false."""

FRAMES = 8
PER_MODEL = 4

SERVERS: dict[str, Server] = {}
"""Those of all tests, whose documents are for the official tools in the end."""


async def check(server: Server, seed: str) -> None:
    """Hold a server against frames that are drawn from its document."""
    schemas, pointer = Schemas(server.document), server.pointer("carry")
    drawer = Drawer(schemas, Random(seed))
    good = [drawer.valid(pointer) for _ in range(FRAMES)]
    for frame, answer in zip(good, await server.answers(good), strict=True):
        assert server.received.is_valid(frame), f"{frame} is drawn, and invalid"
        assert answer["action"] == "carried", f"{frame} is valid and refused: {answer}"
        assert server.sent.is_valid(answer), f"{answer} is sent for {frame}, and invalid"
    changed = [drawer.changed(frame) for frame in good]
    for frame, answer in zip(changed, await server.answers(changed), strict=True):
        if answer["action"] == "carried":  # which pydantic may have converted
            assert server.sent.is_valid(answer), f"{answer} is sent for {frame}, and invalid"
        else:
            verdict = schemas.verdict(pointer, frame)
            assert verdict != "valid", f"{frame} is valid and refused: {answer}"
            assert answer["payload"]["code"] in ("validation_error", "unknown_action")
    for example in server.examples("carry"):
        assert server.received.is_valid(example), example
    for example in server.examples("carried"):
        assert server.sent.is_valid(example), example


@pytest.mark.parametrize("camelize", [False, True])
@pytest.mark.parametrize("index", range(len(LEAVES)))
async def test_every_type_alone(index: int, camelize: bool) -> None:
    kind: Any = create_model("Held", some_value=(LEAVES[index], ...))
    server = SERVERS[f"alone{index}{camelize}"] = Server(kind, camelize=camelize)
    assert server.examples("carry"), "an example could be made"
    await check(server, f"{index}")


@pytest.mark.parametrize("camelize", [False, True])
@pytest.mark.parametrize("first", range(0, len(LEAVES), PER_MODEL))
async def test_every_type_within_others(first: int, camelize: bool) -> None:
    kind = Maker(first).model(LEAVES[first : first + PER_MODEL])
    server = SERVERS[f"within{first}{camelize}"] = Server(kind, camelize=camelize)
    await check(server, f"{first}")


@pytest.mark.parametrize("seed", range(24))
async def test_types_of_any_depth(seed: int) -> None:
    maker = Maker(1000 + seed)
    kind: type[BaseModel] = maker.model([maker.type(), maker.type(), maker.type()])
    server = SERVERS[f"any{seed}"] = Server(kind, camelize=seed % 2 == 1)
    await check(server, f"{seed}")


def drawn_from(document: dict[str, Any], pointer: str) -> list[Any]:
    drawer = Drawer(Schemas(document), Random("7"))
    return [drawer.valid(pointer) for _ in range(20)]


def test_nothing_is_drawn_by_chance() -> None:
    servers = [Server(Maker(7).model(LEAVES[:9])) for _ in range(2)]
    first, second = [drawn_from(each.document, each.pointer("carry")) for each in servers]
    assert first == second


def test_a_document_that_is_not_the_behaviour_is_found_out() -> None:
    """The tests above fail where they should: a schema that says too much, and one too little."""
    server = Server(create_model("Held", some_value=(int, ...)))
    held = server.document["components"]["schemas"]["Held"]
    held["properties"]["some_value"] = {"type": "string"}
    pointer = server.pointer("carry")
    frame = {"action": "carry", "payload": {"some_value": 1}}
    assert server.received.is_valid(frame)
    assert Schemas(server.document).verdict(pointer, frame) == "invalid"
    held["properties"]["some_value"] = {}
    drawn = drawn_from(server.document, pointer)
    assert any(not isinstance(frame["payload"]["some_value"], int) for frame in drawn)


def test_ajv_sees_what_is_wrong() -> None:
    document = Server(create_model("Held", some_value=(int, ...))).document
    document["components"]["schemas"]["Held"]["properties"]["some_value"]["minimun"] = 1
    said = complaints({"one": document}, [])
    assert any(line.startswith("one: Held") and "minimun" in line for line in said)


@pytest.fixture(scope="module", autouse=True)
def official_tools() -> Iterator[None]:
    """In the end, the official parser, Ajv and our own linter have nothing to say of documents."""
    yield
    documents = {name: server.document for name, server in SERVERS.items()}
    nested = {name: item for name, item in documents.items() if not name.startswith("alone")}
    assert diagnostics({"all": merged(nested)}) == []
    assert complaints(documents, [*FORMAT_EXAMPLES]) == []
    for name, document in documents.items():
        assert [finding for finding in lint(document) if finding.severity == "error"] == [], name
