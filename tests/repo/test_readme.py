"""The code of the README runs, and what the README shows is what it gives."""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from chanx.ext.fast_channels import generate_asyncapi_schema
from chanx.testing import WebsocketCommunicator

README = (Path(__file__).resolve().parents[2] / "README.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


@pytest.fixture
def readme() -> Iterator[ModuleType]:
    """A module with all Python blocks of the README, one after the other."""
    module = ModuleType("readme")
    sys.modules["readme"] = module
    exec(compile("\n".join(blocks("python")), "README.md", "exec"), vars(module))
    yield module
    del sys.modules["readme"]


def is_part(part: Any, whole: Any) -> bool:
    """Whether everything that one document says stands in another."""
    if not isinstance(part, dict):
        return bool(part == whole)
    keys: list[Any] = [*part]
    return all(key in whole and is_part(part[key], whole[key]) for key in keys)


async def test_the_test_of_the_readme_passes(readme: ModuleType) -> None:
    await readme.test_everyone_hears_what_is_said()


async def test_the_error_of_the_readme_is_what_a_client_gets(readme: ModuleType) -> None:
    [shown] = blocks("json")
    async with WebsocketCommunicator(readme.app, "/rooms/1", consumer=readme.Room) as socket:
        await socket.send_json({"action": "say", "payload": {}, "ref": 2})
        assert await socket.receive_json() == json.loads(shown)


def test_the_document_of_the_readme_is_part_of_the_real_one(readme: ModuleType) -> None:
    [shown] = blocks("yaml")
    assert is_part(yaml.safe_load(shown), generate_asyncapi_schema(app=readme.app))
