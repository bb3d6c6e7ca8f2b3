"""The page about production has one line for each limit, with the default that counts."""

import re
from dataclasses import fields
from pathlib import Path

from chanx.core.close_codes import CloseCode
from chanx.core.limits import Limits

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "production.md").read_text("utf-8")
ROWS = re.findall(r"^\| `(\w+)` \| (\S+) \| (.+) \|$", PAGE, re.MULTILINE)


def test_every_limit_has_a_line_with_its_default() -> None:
    assert {name: default for name, default, _ in ROWS} == {
        each.name: repr(each.default) for each in fields(Limits)
    }


def test_close_codes_of_the_table_are_those_of_the_engine() -> None:
    told = {int(code) for *_, seen in ROWS for code in re.findall(r"close code (\d+)", seen)}
    assert told
    assert told <= {int(code) for code in CloseCode}
