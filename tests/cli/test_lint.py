"""``chanx asyncapi lint``, with documents of anybody's."""

import itertools
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    from tests.cli.conftest import Folder

GOOD: dict[str, Any] = {
    "asyncapi": "3.0.0",
    "info": {"title": "Chat", "version": "1"},
    "channels": {
        "room": {
            "address": "/room",
            "summary": "A room.",
            "messages": {
                "Say": {
                    "name": "say",
                    "summary": "It.",
                    "payload": {"type": "object", "properties": {"on": {"enum": ["yes", "no"]}}},
                    "examples": [{"payload": {"on": "yes"}}],
                }
            },
        }
    },
    "operations": {
        "say": {
            "action": "receive",
            "channel": {"$ref": "#/channels/room"},
            "summary": "Say it.",
        }
    },
}
SAY = {**GOOD["operations"]["say"], "channel": {"$ref": "#/channels/a%20room"}}
BAD = {
    **GOOD,
    "channels": {"a room": {**GOOD["channels"]["room"], "address": "/{id}"}},
    "operations": {"say": SAY},
}
ON = "asyncapi: 3.0.0\ninfo: {title: Chat, version: 2024-01-01}\nchannels: {}\n"


@pytest.mark.parametrize("name", ["good.json", "good.yaml", "good.txt"])
def test_a_good_document_gives_nothing(folder: "Folder", name: str) -> None:
    folder.write(name, json.dumps(GOOD))
    assert folder.chanx("asyncapi", "lint", name) == (0, "", "")


def test_an_application_is_told_how_its_document_is_checked(folder: "Folder") -> None:
    line = folder.refused("asyncapi", "lint", "app:app")
    assert line.endswith("chanx asyncapi generate app:app | chanx asyncapi lint -")
    folder.write("app:app", json.dumps(GOOD))  # a file, though it has such a name
    assert folder.chanx("asyncapi", "lint", "app:app") == (0, "", "")


def test_findings_are_lines_and_the_exit_code_is_1(folder: "Folder") -> None:
    text = yaml.safe_dump(BAD)  # pyright: ignore[reportUnknownMemberType]  # of types-PyYAML
    folder.write("bad.yaml", text)
    code, out, error = folder.chanx("asyncapi", "lint", "bad.yaml")
    assert (code, error) == (1, "")
    first, second = out.splitlines()
    assert first.startswith("bad.yaml: /channels/a room: error key-pattern: ")
    assert second.startswith("bad.yaml: /channels/a room/parameters: error undeclared-parameter: ")


def test_a_finding_is_one_line_whatever_stands_in_a_key(folder: "Folder") -> None:
    channels = {"a\nb\ud800\u2028é": {"summary": "A room."}}
    folder.write("bad.json", json.dumps({**GOOD, "channels": channels, "operations": {}}))
    ignored = ("--ignore", "channel-without-operation")
    code, out, error = folder.chanx("asyncapi", "lint", "bad.json", *ignored)
    assert (code, error) == (1, "")
    assert out.startswith("bad.json: /channels/a\\nb\\ud800\\u2028é: error key-pattern: ")
    assert out.count("\n") == 1


def test_a_reference_to_an_endless_index_leads_nowhere(folder: "Folder") -> None:
    reference = {"$ref": f"#/tags/{'9' * 5000}"}
    folder.write("bad.json", json.dumps({**GOOD, "tags": [], "servers": {"a": reference}}))
    code, out, error = folder.chanx("asyncapi", "lint", "bad.json")
    assert (code, error) == (1, "")
    assert "dangling-reference" in out


@pytest.mark.parametrize(
    ("stream", "name", "told"),
    [
        ("stdin", "-", "chanx: - cannot be read: Bad file descriptor\n"),
        ("stdout", "bad.json", "chanx: - cannot be written: Bad file descriptor\n"),
    ],
)
def test_a_closed_stream_is_no_traceback(
    folder: "Folder", stream: str, name: str, told: str
) -> None:
    folder.write("bad.json", json.dumps(BAD))
    # As the interpreter has it where the parent closed a stream.
    program = f"import sys, chanx.cli; sys.{stream} = None; sys.exit(chanx.cli.main(sys.argv[1:]))"
    finished = subprocess.run(
        [sys.executable, "-c", program, "asyncapi", "lint", name],
        cwd=folder.path,
        capture_output=True,
        timeout=60,
    )
    assert (finished.returncode, finished.stderr.decode()) == (2, told)


def test_a_document_may_come_from_the_standard_input(folder: "Folder") -> None:
    code, out, _ = folder.chanx("asyncapi", "lint", "-", given=json.dumps(BAD))
    assert code == 1
    assert out.startswith("-: /channels/a room: error")


def test_yaml_is_read_as_asyncapi_has_it(folder: "Folder") -> None:
    """``on``, ``yes`` and dates are texts, as in YAML 1.2; merge keys and anchors are followed."""
    folder.write(
        "a.yaml",
        """\
        \N{ZERO WIDTH NO-BREAK SPACE}asyncapi: 3.0.0
        info: {title: Chat, version: 2024-01-01}
        channels:
          room:
            address: /room
            summary: A room.
            messages:
              Say: &message
                name: say
                summary: It.
                payload:
                  type: object
                  required: [on, '200']
                  properties: {on: {enum: [yes, no, 1:30]}, 200: {type: [string, 'null']}}
                examples: [{payload: {on: yes, 200: ~}}, {payload: {on: 1:30, 200: 2024-01-01}}]
        operations:
          say:
            <<: {action: send, summary: Say it.}
            channel: {$ref: '#/channels/room'}
            messages: [{$ref: '#/channels/room/messages/Say'}]
        """,
    )
    assert folder.chanx("asyncapi", "lint", "a.yaml") == (0, "", "")


@pytest.mark.parametrize(
    "part",
    ["{{properties: {{{keys}}}}}", "{{allOf: [{items}]}}", "{{<<: [{items}], k{index}: {index}}}"],
)
def test_aliases_that_multiply_come_to_an_end(folder: "Folder", part: str) -> None:
    lines = ["asyncapi: 3.0.0", "channels: {}", "x-0: &a0 {type: object}"]
    for index in range(1, 30):
        alias = f"*a{index - 1}"
        keys = ", ".join(f"{key}: {alias}" for key in "abcdefghij")
        made = part.format(keys=keys, items=", ".join([alias] * 10), index=index)
        lines.append(f"x-{index}: &a{index} {made}")
    folder.write("a.yaml", "\n".join([*lines, "components: {schemas: {Bomb: *a29}}"]))
    code, out, error = folder.chanx("asyncapi", "lint", "a.yaml")
    assert (code, error) == (1, "")
    assert ("unused-component" if "<<" in part else "repeated-parts") in out


def test_own_keys_go_before_merged_ones_and_earlier_before_later(folder: "Folder") -> None:
    folder.write(
        "a.yaml",
        """\
        asyncapi: 3.0.0
        x-room: &room {address: '/room', summary: A room.}
        x-other: &other {address: '/other', summary: [], title: Other}
        info: {title: Chat, version: '1'}
        channels: {room: {<<: [*room, *other], address: '/{undeclared}'}}
        operations: {say: {action: send, channel: {$ref: '#/channels/room'}, summary: It.}}
        """,
    )
    code, out, _ = folder.chanx("asyncapi", "lint", "a.yaml")
    assert (code, out.count("\n")) == (1, 1)
    assert "undeclared-parameter" in out


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("a.json", "{", "a.json is not JSON: "),
        ("a.json", '{"asyncapi": NaN}', "a.json is not JSON: NaN is not a number of JSON."),
        (
            "a.json",
            '{"a": 1, "a": 2}',
            "a.json is not JSON: the key 'a' stands twice in one object.",
        ),
        ("a.json", "[" * 100_000, "a.json is nested too deeply to be read."),
        ("a.json", "[]", 'a.json is not an AsyncAPI document: it has no key "asyncapi".'),
        ("a.yaml", "", 'a.yaml is not an AsyncAPI document: it has no key "asyncapi".'),
        ("a.yaml", "a: [", "a.yaml is not YAML: "),
        (
            "a.yaml",
            "<<: 1",
            "a.yaml is not YAML: what is merged is not a mapping (line 1, column 5).",
        ),
        ("a.yaml", "<<: [{}, []]", "a.yaml is not YAML: what is merged is not a mapping"),
        ("a.yaml", "a: 1\na: 2", "a.yaml is not YAML: the key 'a' stands twice in one object."),
        ("a.yaml", "? [a]\n: 1", "a.yaml is not YAML: a key is not a text (line 1, column 3)."),
        ("a.yaml", "a: !!python/name:os.system ''", "a.yaml is not YAML: the tag "),
        ("a.yaml", "a: &a [*a]", "a.yaml is not YAML: found unconstructable recursive node"),
        ("a.yaml", "a: 1\n---\nb: 2", "a.yaml is not YAML: "),
        ("a.yaml", "a: \x00", "a.yaml is not YAML: "),
        ("a.yaml", "- " * 5000 + "a", "a.yaml is nested too deeply to be read."),
        ("a.yaml", "asyncapi: 2.6.0", "a.yaml is of version '2.6.0'; AsyncAPI 3 is known"),
        ("a.yaml", "asyncapi: 3.0", "a.yaml is of version 3.0; AsyncAPI 3 is known, as '3.0.0'."),
    ],
)
def test_a_file_that_is_no_document_is_refused_in_one_line(
    folder: "Folder", name: str, text: str, reason: str
) -> None:
    folder.write(name, text)
    assert folder.refused("asyncapi", "lint", name).startswith(f"chanx: {reason}")


@pytest.mark.parametrize("name", ["nowhere.yaml", "."])
def test_a_file_that_cannot_be_read_is_refused_in_one_line(folder: "Folder", name: str) -> None:
    assert folder.refused("asyncapi", "lint", name).startswith(f"chanx: {name} cannot be read: ")


def test_a_file_that_is_no_text_is_refused_in_one_line(folder: "Folder") -> None:
    (folder.path / "a.yaml").write_bytes(b"\xff\xfe")
    assert "a.yaml cannot be read: " in folder.refused("asyncapi", "lint", "a.yaml")


@pytest.mark.parametrize(
    "arguments", [[], ["asyncapi"], ["asyncapi", "lint"], ["asyncapi", "typo"]]
)
def test_a_command_that_is_incomplete_or_unknown_is_refused_in_one_line(
    folder: "Folder", arguments: list[str]
) -> None:
    assert folder.refused(*arguments).endswith("--help")


@pytest.mark.parametrize("arguments", [["--help"], ["asyncapi", "lint", "--help"], ["--version"]])
def test_help_and_version_are_told(folder: "Folder", arguments: list[str]) -> None:
    code, out, error = folder.chanx(*arguments)
    assert (code, error) == (0, "")
    assert "chanx" in out


WITHOUT_LIBYAML = """
import sys, yaml
vars(yaml).pop("CSafeLoader", None)
import chanx.cli
sys.exit(chanx.cli.main(sys.argv[1:]))
"""


@pytest.mark.parametrize(
    ("text", "code", "told"),
    [
        (ON, 0, ""),
        (ON.replace("channels: {}", "channels: {a: {adress: /a}}"), 1, "Did you mean address?"),
        ("- " * 5000 + "a", 2, "chanx: a.yaml is nested too deeply to be read.\n"),
        ("[" * 5000, 2, "chanx: a.yaml is n"),  # nested too deeply; older libyaml: not YAML
        ("a: [", 2, "chanx: a.yaml is not YAML: "),
    ],
    ids=["valid", "wrong", "deep lists", "deep arrays", "open"],
)
def test_yaml_is_the_same_without_libyaml(
    folder: "Folder", text: str, code: int, told: str
) -> None:
    folder.write("a.yaml", text)
    with_it = folder.chanx("asyncapi", "lint", "a.yaml")
    without = subprocess.run(
        [sys.executable, "-c", WITHOUT_LIBYAML, "asyncapi", "lint", "a.yaml"],
        cwd=folder.path,
        capture_output=True,
        timeout=60,
    )
    assert with_it.code == without.returncode == code
    assert told in with_it.out + with_it.error
    assert told in (without.stdout + without.stderr).decode()


def bomb() -> str:
    """A kilobyte of YAML whose aliases stand for more values than could be walked through."""
    names = "abcdefghijkl"
    parts = [
        f"    {name}: &{name} {{anyOf: [{', '.join([f'*{before}'] * 9)}]}}\n"
        for before, name in itertools.pairwise(names)
    ]
    first = (
        "asyncapi: 3.0.0\ninfo: {title: B, version: '1'}\nchannels: {}\ncomponents:\n  schemas:\n"
    )
    return f"{first}    a: &a {{type: string}}\n{''.join(parts)}"


@pytest.mark.parametrize(
    "arguments",
    [
        ("diff", "bomb.yaml", "bomb.yaml"),
        ("page", "bomb.yaml", "-o", "site"),
        ("client", "bomb.yaml", "-o", "client", "--language", "python"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_aliases_that_multiply_end_no_command_later(
    folder: "Folder", arguments: tuple[str, ...]
) -> None:
    folder.write("bomb.yaml", bomb())
    code, out, error = folder.chanx("asyncapi", *arguments)
    assert (code, out) == (2, "")
    assert error.startswith("chanx: bomb.yaml has ")
    assert error.endswith(" values where its aliases are written out.\n")


def test_aliases_that_multiply_are_a_finding(folder: "Folder") -> None:
    folder.write("bomb.yaml", bomb())
    code, out, error = folder.chanx("asyncapi", "lint", "bomb.yaml")
    assert (code, error) == (1, "")
    assert "error repeated-parts: " in out
    folder.write(
        "api.yaml",
        """\
        asyncapi: 3.0.0
        info: {title: A, version: '1'}
        components: {schemas: {A: {$ref: 'bomb.yaml#/components/schemas/l'}}}
        """,
    )
    code, out, error = folder.chanx("asyncapi", "lint", "api.yaml")
    assert (code, error) == (1, "")
    assert "error missing-file: bomb.yaml cannot be read: " in out
