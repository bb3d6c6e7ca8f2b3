"""docs/production.md says what is so: its programs run, its numbers and names are the code's."""

import asyncio
import json
import re
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from chanx.core.close_codes import SUBSTITUTES, CloseCode
from chanx.core.layer_calls import AT_ONCE
from chanx.core.left_threads import GRACE
from chanx.core.limits import Limits
from chanx.core.settings import SETTING_NAMES
from chanx.core.shutdown import AFTERMATH
from chanx.core.signals import MARGIN
from chanx.messages import ReconnectMessage
from tests.served.endings import KINDS, LOADS

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "production.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)


def run(program: str) -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": "guide"}
    exec(compile(program, "docs/production.md", "exec"), names)
    return names


def test_the_consumer_says_what_the_text_says_of_it() -> None:
    [program] = [each for each in blocks("python") if "class Room" in each]
    settings = run(program)["Room"].current_runtime().settings
    assert settings.send_reconnect_message
    assert (settings.limits.drain_timeout, settings.limits.reconnect_within) == (20, 60)


async def test_the_lifespan_ends_connections() -> None:
    [program] = [each for each in blocks("python") if "lifespan" in each]
    lifespan: AbstractAsyncContextManager[None] = run(program)["lifespan"](None)
    async with asyncio.timeout(30), lifespan:
        pass


def test_the_message_is_the_one_that_is_sent() -> None:
    [text] = blocks("json")
    message = ReconnectMessage.model_validate_json(text)
    assert json.loads(message.model_dump_json()) == json.loads(text)


@pytest.mark.parametrize("name", ["drain_timeout", "reconnect_within"])
def test_it_says_the_defaults_of_the_limits(name: str) -> None:
    assert f"`Limits.{name}` ({getattr(Limits(), name):g} seconds)" in GUIDE


def test_the_promise_of_two_seconds_is_kept_by_the_constants() -> None:
    assert AFTERMATH + MARGIN + GRACE < 2
    assert f"{AT_ONCE} connections" in GUIDE


def test_it_names_settings_that_there_are_and_the_codes_that_are_sent() -> None:
    assert {"send_reconnect_message", "drain_on_signals"} <= {*SETTING_NAMES}
    for text in (f"code {CloseCode.SERVICE_RESTART:d}", f"is {SUBSTITUTES[1012]:d}"):
        assert text in GUIDE
    assert f"`{CloseCode.SERVICE_RESTART.description} Retry in " in GUIDE


def test_the_table_has_every_server_and_load() -> None:
    table = GUIDE.partition("### Measured")[2]
    assert f"| {' | '.join(LOADS)} |" in table
    for kind in KINDS:
        assert [f"\n| {kind}, {how} |" in table for how in ("SIGTERM", "SIGINT")] == [True, True]
    assert "LATE" not in table
    assert "NEVER" not in table
