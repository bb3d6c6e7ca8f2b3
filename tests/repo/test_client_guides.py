"""The guides to clients say what there is, and their code runs."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest

from chanx.asyncapi.clients.python.runtime import Options, errors
from chanx.cli import main
from chanx.cli.applications import document_of
from tests.clients.generating import imported
from tests.clients.play import play, vectors
from tests.served.servers import ROOT, launched

GUIDE = (ROOT / "docs" / "clients-python.md").read_text("utf-8")
RULES = (ROOT / "docs" / "client-rules.md").read_text("utf-8")


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL)


@pytest.fixture(scope="module")
def chat_client(tmp_path_factory: pytest.TempPathFactory) -> Any:
    content = document_of("fastapi_chat.main:app", {}, is_factory_named=False).content
    return imported(content, tmp_path_factory.mktemp("guide") / "chat_client")


def test_the_command_says_what_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    command, _, expected = blocks(GUIDE, "console")[0].partition("\n")
    monkeypatch.chdir(tmp_path)
    assert main(command.split()[2:]) == 0
    assert capfdbinary.readouterr().out.decode() == expected


async def test_the_use_runs(
    chat_client: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    environment = {"PYTHONPATH": str(ROOT / "examples")}
    names: dict[str, Any] = {}
    exec(blocks(GUIDE, "python")[0], names)
    journal = tmp_path / "journal"
    async with launched("uvicorn", "fastapi_chat.main:app", environment, journal) as server:
        async with asyncio.timeout(30):
            await names["main"](f"ws://127.0.0.1:{server.port}")
    shown = capsys.readouterr().out.splitlines()
    assert shown[:2] == ["Ada", "rejected"]
    assert len(shown) == 3


async def test_the_provider_the_hooks_and_the_test_run(chat_client: Any) -> None:
    names: dict[str, Any] = {}
    for text in blocks(GUIDE, "python")[1:]:
        exec(text, names)
    request = chat_client.TokenRequest
    assert await names["token"](request("connect")) == "..."
    with pytest.raises(chat_client.Unauthorized):
        await names["token"](request("rejected"))
    assert names["decide"](chat_client.Close(4409, "", "never")) == "backoff"
    await names["test_who_is_in_the_room"]()


def test_every_option_and_every_error_is_named() -> None:
    assert [name for name in Options.__annotations__ if f"`{name}`" not in GUIDE] == []
    named = {name for name in errors.__all__ if name != "Unauthorized"}
    assert [name for name in named if f"`{name}`" not in GUIDE] == []


def test_every_argument_of_the_command_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["asyncapi", "client", "--help"])
    known = set(re.findall(r"(?<!-)--[a-z][a-z-]*", capsys.readouterr().out))
    typescript = {"--import-extension", "--javascript"}
    told = set(re.findall(r"(?<!-)--[a-z][a-z-]*", GUIDE))
    assert known - typescript - {"--help", "--output"} <= told
    assert told <= known


def test_the_rules_are_those_of_the_vectors_and_the_example_is_one() -> None:
    rules = re.findall(r"^\| (R\d+) \|", RULES, re.MULTILINE)
    assert rules == [f"R{number}" for number in range(1, 28)]
    assert {rule for vector in vectors() for rule in vector["rules"]} == set(rules)
    play(json.loads(blocks(RULES, "json")[0]))


def test_every_key_of_the_vectors_is_told() -> None:
    steps = {key for vector in vectors() for step in vector["steps"] for key in step}
    channels = {key for vector in vectors() for key in vector.get("channel", {})}
    assert [key for key in steps | channels if not re.search(rf'["`]{key}["`]', RULES)] == []
