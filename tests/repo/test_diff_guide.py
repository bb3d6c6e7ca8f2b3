"""The guide to comparisons says what the command does."""

import io
import re
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest
import yaml

from chanx.asyncapi.diffing.acceptance import read_acceptances
from chanx.asyncapi.diffing.rules import RULES, SENTENCES
from chanx.asyncapi.walk import is_array, is_object
from chanx.cli import main

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "diff.md").read_text("utf-8")
DIFFING = ROOT / "packages" / "chanx-core" / "src" / "chanx" / "asyncapi" / "diffing"


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)


def test_the_example_gives_what_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    [shown] = blocks("console")
    command, _, expected = shown.partition("\n")
    before = blocks("python")[0]
    (tmp_path / "before.py").write_text(before, "utf-8")
    (tmp_path / "after.py").write_text(before.replace("int | str", "int"), "utf-8")
    monkeypatch.chdir(tmp_path)
    assert main(command.split()[2:]) == 1
    assert capfdbinary.readouterr().out.decode() == expected


def test_the_fingerprint_that_is_accepted_is_the_one_that_is_shown() -> None:
    [text] = blocks("toml")
    [accepted] = read_acceptances(text)
    assert f"fingerprint {accepted.fingerprint}" in blocks("console")[0]


def test_the_example_in_python_runs() -> None:
    written = io.StringIO()
    with redirect_stdout(written):
        exec(blocks("python")[1], {})
    assert written.getvalue().startswith("breaking address-changed ")


def test_the_recipes_are_yaml_and_their_commands_parse(capsys: pytest.CaptureFixture[str]) -> None:
    recipes = blocks("yaml")
    assert len(recipes) == 2
    commands = [found for text in recipes for found in commands_of(yaml.safe_load(text))]
    assert len(commands) == 4
    for command in commands:
        with pytest.raises(SystemExit) as ended:
            main([*command.split()[1:], "--help"])
        assert ended.value.code == 0
    known = capsys.readouterr().out
    options = {word for command in commands for word in command.split() if word.startswith("--")}
    assert all(option in known for option in options)


def commands_of(value: Any) -> list[str]:
    if is_object(value):
        return [found for item in value.values() for found in commands_of(item)]
    if is_array(value):
        return [found for item in value for found in commands_of(item)]
    return [value] if isinstance(value, str) and value.startswith("chanx ") else []


def test_every_kind_of_change_is_listed() -> None:
    listed = set(re.findall(r"`([a-z]+(?:-[a-z]+)*)`", GUIDE.partition("## The kinds")[2]))
    of_schemas = {
        name for rule in RULES.values() for name in (rule.stricter, rule.looser, rule.changed)
    }
    sources = "".join(path.read_text("utf-8") for path in sorted(DIFFING.glob("*.py")))
    yielded = re.findall(r'Told\(\s*"([a-z-]+)",', sources)
    given = re.findall(r'(?:id=|named = |_change\()"([a-z-]+)"', sources)
    kinds = {*of_schemas, *SENTENCES, *yielded, *given} - {""}
    assert len(kinds) > 80
    assert kinds <= listed, kinds - listed
