"""The page of the linter: its rules are those in the code, and what it shows is what happens."""

import re
import tomllib
from pathlib import Path

import pytest

from chanx.cli import main
from chanx.cli.lint_settings import read_settings
from scripts.write_lint_rules import PAGE, page

TEXT = PAGE.read_text("utf-8")


def test_the_table_of_rules_is_that_of_the_code() -> None:
    assert page(TEXT) == TEXT, "write it anew: hatch run python scripts/write_lint_rules.py"


def test_the_command_prints_what_the_page_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    [shown] = re.findall(r"^\$ chanx asyncapi lint asyncapi.yaml\n(.*?)```$", TEXT, re.M | re.S)
    guide = (PAGE.parent / "asyncapi.md").read_text("utf-8")
    [document] = re.findall(r"^```yaml\n(asyncapi: .*?)^```$", guide, re.M | re.S)
    before, bid, after = document.partition("    Bid:\n      name: bid\n")
    wrong = before + bid + after.replace("payload#/ref", "payload#/rfe", 1)
    (tmp_path / "asyncapi.yaml").write_text(wrong, "utf-8")
    monkeypatch.chdir(tmp_path)
    assert main(["asyncapi", "lint", "asyncapi.yaml"]) == 1
    assert capsys.readouterr().out == shown


def test_the_settings_that_it_shows_are_read(tmp_path: Path) -> None:
    [table] = re.findall(r"^```toml\n(.*?)^```$", TEXT, re.M | re.S)
    (tmp_path / "pyproject.toml").write_text(table, "utf-8")
    settings = read_settings(tmp_path)
    told = tomllib.loads(table)["tool"]["chanx"]["lint"]
    assert (settings.fail_on, settings.format) == (told["fail-on"], told["format"])
    assert settings.ignore == set(told["ignore"])
