"""The programs of docs/layers.md run as they are printed."""

import re
import textwrap
from pathlib import Path
from typing import Any

from chanx.layers import DEFAULT_ALIAS, RedisLayer, get_layer, register_layer

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "layers.md").read_text("utf-8")
BLOCKS = [textwrap.dedent(block) for block in re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)]


async def test_the_programs_run_as_printed_and_their_tests_pass() -> None:
    before = get_layer()
    names: dict[str, Any] = {"__name__": "guide"}
    try:
        for block in BLOCKS:
            exec(compile(block, "docs/layers.md", "exec"), names)
            if "register_layer" in block:
                assert isinstance(get_layer(), RedisLayer)
    finally:
        register_layer(DEFAULT_ALIAS, before)
    tests = [value for name, value in names.items() if name.startswith("test_")]
    assert tests
    for test in tests:
        await test()


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
