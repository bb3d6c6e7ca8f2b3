"""The programs of docs/layers.md run as they are printed."""

import re
import textwrap
from pathlib import Path
from typing import Any

import pytest

from chanx.layers import DEFAULT_ALIAS, RedisLayer, get_layer, register_layer

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "layers.md").read_text("utf-8")
BLOCKS = [textwrap.dedent(block) for block in re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)]


@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_a_program_runs_as_printed(number: int) -> None:
    before = get_layer()
    names: dict[str, Any] = {"__name__": f"guide{number}"}
    try:
        exec(compile(BLOCKS[number], "docs/layers.md", "exec"), names)
        if "register_layer" in BLOCKS[number]:
            assert isinstance(get_layer(), RedisLayer)
    finally:
        register_layer(DEFAULT_ALIAS, before)


def test_the_settings_that_it_shows_make_the_layer() -> None:
    names: dict[str, Any] = {}
    exec(next(block for block in BLOCKS if "CHANNEL_LAYERS" in block), names)
    settings = names["CHANNEL_LAYERS"]["default"]
    assert settings["BACKEND"] == "chanx.layers.RedisLayer"
    RedisLayer(**settings["CONFIG"])


def test_it_names_every_argument_of_the_layer() -> None:
    table = GUIDE.partition("## `RedisLayer`")[2].partition("\n## ")[0]
    arguments = set(RedisLayer.__init__.__annotations__) - {"return", "foreign"}
    assert {
        name for name in arguments if not re.search(rf"`{name}\b|, or `{name}`", table)
    } == set()
