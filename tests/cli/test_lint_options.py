"""How ``chanx asyncapi lint`` writes findings, and what makes it fail."""

import json
from typing import TYPE_CHECKING, Any

import pytest

from chanx.asyncapi.linting import RULES

if TYPE_CHECKING:
    from tests.cli.conftest import Folder

WARNED = """\
asyncapi: 3.0.0
info:
  title: Chat
  version: '1'
channels:
  room:
    address: /room
    parameters:
      unused: {}
operations:
  say:
    action: receive
    channel:
      $ref: '#/channels/room'
    summary: Say it.
"""
"""A document with a warning (unused-parameter) and advice (missing-summary)."""

WRONG = WARNED.replace("'1'", "1")
"""The same with an error (wrong-type), beside which nothing else is told."""


def run(folder: "Folder", *arguments: str, text: str = WARNED) -> tuple[int, str]:
    folder.write("api.yaml", text)
    code, out, error = folder.chanx("asyncapi", "lint", "api.yaml", *arguments)
    assert error == ""
    return code, out


def codes(out: str) -> list[str]:
    return [line.split(": ")[2].split()[1] for line in out.splitlines()]


def test_only_errors_are_a_failure(folder: "Folder") -> None:
    code, out = run(folder)
    assert (code, codes(out)) == (0, ["missing-summary", "unused-parameter"])
    code, out = run(folder, text=WRONG)
    assert (code, codes(out)) == (1, ["wrong-type"])


@pytest.mark.parametrize(
    ("fail_on", "warned", "wrong"),
    [("error", 0, 1), ("warning", 1, 1), ("info", 1, 1), ("never", 0, 0)],
)
def test_fail_on_says_what_is_a_failure(
    folder: "Folder", fail_on: str, warned: int, wrong: int
) -> None:
    assert run(folder, "--fail-on", fail_on)[0] == warned
    assert run(folder, "--fail-on", fail_on, text=WRONG)[0] == wrong


def test_advice_is_a_failure_only_if_asked_for(folder: "Folder") -> None:
    ignored = ("--ignore", "unused-parameter")
    assert run(folder, "--fail-on", "warning", *ignored)[0] == 0
    assert run(folder, "--fail-on", "info", *ignored)[0] == 1


def test_rules_are_ignored(folder: "Folder") -> None:
    assert run(folder, "--ignore", "unused-parameter", "--ignore", "missing-summary") == (0, "")


def test_a_rule_that_there_is_not_is_refused(folder: "Folder") -> None:
    folder.write("api.yaml", WARNED)
    told = folder.refused("asyncapi", "lint", "api.yaml", "--ignore", "unused-paramter")
    assert told == (
        "chanx: --ignore: unused-paramter is not a rule of the linter. "
        "Did you mean unused-parameter?"
    )


def test_json_has_all_of_a_finding(folder: "Folder") -> None:
    _, out = run(folder, "--format", "json")
    first, second = json.loads(out)["findings"]
    assert first["code"] == "missing-summary"
    assert second == {
        "file": "api.yaml",
        "line": 9,
        "pointer": "/channels/room/parameters/unused",
        "severity": "warning",
        "code": "unused-parameter",
        "message": "The parameter 'unused' is declared and not used.",
        "hint": "Use {unused}, or remove the parameter.",
    }


def test_nothing_found_is_a_report_all_the_same(folder: "Folder") -> None:
    ignored = ("--ignore", "unused-parameter", "--ignore", "missing-summary")
    assert json.loads(run(folder, "--format", "json", *ignored)[1]) == {"findings": []}
    assert json.loads(run(folder, "--format", "sarif", *ignored)[1])["runs"][0]["results"] == []


def test_sarif_is_what_code_hosts_read(folder: "Folder") -> None:
    code, out = run(folder, "--format", "sarif", text=WRONG)
    log: dict[str, Any] = json.loads(out)
    assert (code, log["version"]) == (1, "2.1.0")
    [run_] = log["runs"]
    rules = run_["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == sorted(RULES)
    [result] = run_["results"]
    assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == "wrong-type"
    assert result["level"] == "error"
    assert result["message"]["text"].startswith("This is 1, not a string.")
    [place] = result["locations"]
    assert place["physicalLocation"] == {
        "artifactLocation": {"uri": "api.yaml"},
        "region": {"startLine": 4},
    }
    assert place["logicalLocations"] == [{"fullyQualifiedName": "/info/version"}]
    levels = {rule["defaultConfiguration"]["level"] for rule in rules}
    assert levels == {"error", "warning", "note"}


def test_github_annotates_lines(folder: "Folder") -> None:
    assert run(folder, "--format", "github")[1] == (
        "::notice file=api.yaml,line=6,title=missing-summary::/channels/room: "
        "There is neither a summary nor a description. Write a docstring.\n"
        "::warning file=api.yaml,line=9,title=unused-parameter::/channels/room/parameters/unused: "
        "The parameter 'unused' is declared and not used. Use {unused}, or remove the parameter.\n"
    )


def test_what_would_end_an_annotation_is_escaped(folder: "Folder") -> None:
    document = {"asyncapi": "3.0.0", "info": {"title": "a", "version": "1", "a%\n::b": 1}}
    folder.write("a,b.json", json.dumps(document))
    code, out, _ = folder.chanx("asyncapi", "lint", "a,b.json", "--format", "github")
    assert code == 1
    assert out.count("\n") == 1
    assert out.startswith("::error file=a%2Cb.json,line=1,title=unknown-key::/info/a%25%0A::b: ")


def test_json_documents_have_lines_too(folder: "Folder") -> None:
    folder.write("a.json", json.dumps({"asyncapi": "3.0.0", "info": {"title": "a"}}, indent=2))
    _, out, _ = folder.chanx("asyncapi", "lint", "a.json", "--format", "json")
    assert json.loads(out)["findings"][0]["line"] == 3


PROJECT = '[tool.chanx.lint]\nfail-on = "info"\nignore = ["unused-parameter"]\nformat = "github"\n'


def test_the_nearest_project_file_says_what_is_left_out(folder: "Folder") -> None:
    folder.write("pyproject.toml", PROJECT)
    folder.write("docs/pyproject.toml", "[tool.other]\n")
    folder.write("docs/api.yaml", WARNED)
    code, out, error = folder.chanx("asyncapi", "lint", "docs/api.yaml")
    assert (code, error) == (1, "")
    assert out.startswith("::notice file=docs/api.yaml,line=6,title=missing-summary::")
    assert out.count("\n") == 1


def test_the_command_line_goes_before_the_project(folder: "Folder") -> None:
    folder.write("pyproject.toml", PROJECT)
    code, out = run(folder, "--fail-on", "error", "--format", "text")
    assert (code, codes(out)) == (0, ["missing-summary"])


def test_the_standard_input_has_the_project_of_the_current_folder(folder: "Folder") -> None:
    folder.write("pyproject.toml", PROJECT)
    code, out, _ = folder.chanx("asyncapi", "lint", "-", given=WARNED)
    assert (code, out.partition(",")[0]) == (1, "::notice file=-")


TABLE = "of [tool.chanx.lint] is"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("fail_on = 'error'", "[tool.chanx.lint] has fail-on, format, ignore; not fail_on."),
        ("fail-on = 'often'", f"fail-on {TABLE} one of error, warning, info, never."),
        ("format = 1", f"format {TABLE} one of text, json, sarif, github."),
        ("ignore = 'version'", f"ignore {TABLE} a list of codes."),
        ("ignore = ['vresion']", "vresion is not a rule of the linter. Did you mean version?"),
        ("[tool", "cannot be read: "),
    ],
)
def test_a_project_file_that_is_wrong_is_refused(folder: "Folder", text: str, told: str) -> None:
    folder.write("pyproject.toml", f"[tool.chanx.lint]\n{text}\n")
    folder.write("api.yaml", WARNED)
    refused = folder.refused("asyncapi", "lint", "api.yaml")
    assert "pyproject.toml" in refused
    assert told in refused


SHARED = """\
asyncapi: 3.0.0
info: {title: Chat, version: '1'}
channels:
  room:
    address: /room
    summary: A room.
    messages: {Say: {$ref: 'common/messages.yaml#/Say'}}
operations:
  say: {action: receive, channel: {$ref: '#/channels/room'}, summary: Say it.}
"""


def test_files_are_read_beside_the_document(folder: "Folder") -> None:
    folder.write("docs/api.yaml", SHARED)
    folder.write("docs/common/messages.yaml", "Say:\n  name: say\n  sumary: It.\n")
    code, out, error = folder.chanx("asyncapi", "lint", "docs/api.yaml", "--format", "json")
    assert (code, error) == (1, "")
    [found] = json.loads(out)["findings"]
    assert (found["code"], found["file"], found["line"], found["pointer"]) == (
        *("unknown-key", "docs/common/messages.yaml", 3),
        "/Say/sumary",
    )
    assert found["hint"] == "Did you mean summary?"


@pytest.mark.parametrize("text", [None, "a: [", "<<: 1"])
def test_a_file_that_cannot_be_read_is_a_finding(folder: "Folder", text: str | None) -> None:
    folder.write("api.yaml", SHARED)
    if text is not None:
        folder.write("common/messages.yaml", text)
    code, out, error = folder.chanx("asyncapi", "lint", "api.yaml")
    assert (code, error) == (1, "")
    assert "error missing-file: common/messages.yaml cannot be read: " in out


def test_a_device_is_not_read(folder: "Folder") -> None:
    folder.write("api.yaml", SHARED.replace("common/messages.yaml", "/dev/zero"))
    code, out, _ = folder.chanx("asyncapi", "lint", "api.yaml")
    assert code == 1
    assert "missing-file" in out


def test_a_pattern_that_backtracks_holds_nothing_up(folder: "Folder") -> None:
    schema = {"type": "string", "pattern": "^(a+)+$", "examples": ["a" * 5000 + "!"]}
    document = {
        "asyncapi": "3.0.0",
        "info": {"title": "a", "version": "1"},
        "components": {"schemas": {"A": schema}},
    }
    folder.write("a.json", json.dumps(document))
    code, out, _ = folder.chanx("asyncapi", "lint", "a.json")
    assert code == 1
    assert "example-mismatch" in out
