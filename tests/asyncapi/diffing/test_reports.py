"""Reports: formats, what is accepted on purpose, and versions."""

import json
from typing import Any
from xml.etree import ElementTree

import pytest

from chanx.asyncapi.diffing import Change, diff
from chanx.asyncapi.diffing.acceptance import Acceptance, AcceptanceError, judge, read_acceptances
from chanx.asyncapi.diffing.formats import Format, render
from chanx.asyncapi.diffing.report import FailOn, Report
from chanx.asyncapi.diffing.versions import check_version
from tests.asyncapi.diffing.chat import chat, message

OLD = chat(say=message("say", n={"type": "number"}), gone=message("gone", m={"type": "integer"}))
NEW = chat(
    say=message("say", n={"type": "integer"}),
    gone=message("gone", m={"type": "integer"}, more={"type": "string"}),
)
CHANGES = diff(OLD, NEW)
BREAK = CHANGES[0]


def report(
    changes: list[Change], acceptances: list[Acceptance] | None = None, fail_on: FailOn = "breaking"
) -> Report:
    judged, stale = judge(changes, acceptances or [])
    return Report(
        old="old.json",
        new="new.json",
        new_file="new.json",
        judged=tuple(judged),
        stale=tuple(stale),
        fail_on=fail_on,
    )


def accepted(fingerprint: str = BREAK.fingerprint) -> Acceptance:
    return Acceptance(fingerprint, "Nobody sends fractions.")


def test_text_shows_the_frame_that_breaks_and_ends_with_counts() -> None:
    lines = render(report(CHANGES), "text").splitlines()
    assert lines == [
        'breaking   type-narrowed             /ws/{room}  client sends "say"  /n',
        "           Fewer types are allowed at /n. "
        'Was accepted, is refused: {"action": "say", "n": 0.5}',
        f"           fingerprint {BREAK.fingerprint}",
        'safe       property-added-optional   /ws/{room}  server sends "gone"',
        '           "more" is new, and optional.',
        "1 breaking, 1 safe.",
    ]


def test_text_says_so_if_nothing_has_changed() -> None:
    assert render(report([]), "text") == "Nothing has changed on the wire.\n"


def test_json_has_all_of_a_change() -> None:
    found = json.loads(render(report(CHANGES), "json"))
    assert (found["verdict"], found["failed"]) == ("breaking", True)
    assert found["counts"] == {"breaking": 1, "review": 0, "safe": 1, "none": 0}
    assert found["changes"][0] == {
        "id": "type-narrowed",
        "verdict": "breaking",
        "place": "/ws/{room}",
        "sender": "client",
        "message": "say",
        "path": "/n",
        "sentence": "Fewer types are allowed at /n.",
        "witness": {"action": "say", "n": 0.5},
        "old_pointer": "/components/messages/Say",
        "new_pointer": "/components/messages/Say",
        "fingerprint": BREAK.fingerprint,
        "accepted": None,
    }
    assert "witness" not in found["changes"][1]


def test_junit_has_a_case_for_each_change_and_fails_for_what_fails() -> None:
    suite = ElementTree.fromstring(render(report(CHANGES), "junit"))
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    assert [len(case.findall("failure")) for case in suite] == [1, 0]
    skipped = ElementTree.fromstring(render(report(CHANGES, [accepted()]), "junit"))
    assert (skipped.get("failures"), len(skipped.findall("testcase/skipped"))) == ("0", 1)
    assert ElementTree.fromstring(render(report([]), "junit")).get("tests") == "1"


def test_github_has_a_command_for_each_change() -> None:
    first, second, last = render(report(CHANGES), "github").splitlines()
    assert first.startswith("::error file=new.json,title=type-narrowed::/ws/{room} client sends")
    assert second.startswith("::notice file=new.json,title=property-added-optional::")
    assert last == "1 breaking, 1 safe."


def test_markdown_is_a_table() -> None:
    lines = render(report(CHANGES), "markdown").splitlines()
    assert lines[2] == "| verdict | change | where | what |"
    assert lines[4].startswith("| **breaking** | `type-narrowed` | `/ws/{room}` ")


HOSTILE = "a|b`c\n::error::x\x00\ud800<script>@all%0A"


@pytest.mark.parametrize("kind", ["text", "json", "markdown", "github", "junit"])
def test_no_key_breaks_out_of_a_format(kind: Format) -> None:
    def hostile(required: bool) -> dict[str, Any]:
        names = [HOSTILE] if required else []
        return chat(say=message("say", *names, **{HOSTILE: {"type": "string"}}))

    text = render(report(diff(hostile(False), hostile(True))), kind)
    text.encode()
    assert "\x00" not in text
    if kind == "json":
        assert json.loads(text)
    elif kind == "junit":
        assert len(ElementTree.fromstring(text)) == 1
    else:
        assert text.count("\n") == {"text": 4, "markdown": 7, "github": 2}[kind]
        assert not any(line.startswith("::error::") for line in text.splitlines())
        assert kind != "markdown" or ("<script>" not in text and "@all" not in text)


def test_what_is_accepted_does_not_fail_and_what_is_stale_is_told() -> None:
    assert report(CHANGES).is_failed
    found = report(CHANGES, [accepted(), accepted("0123456789ab")])
    assert not found.is_failed
    assert [item.fingerprint for item in found.stale] == ["0123456789ab"]
    text = render(found, "text")
    assert "accepted   type-narrowed" in text
    assert "Accepted: Nobody sends fractions." in text
    assert "stale      0123456789ab  Nobody sends fractions." in text
    for kind in ("json", "markdown", "github"):
        assert "0123456789ab" in render(found, kind)


@pytest.mark.parametrize(
    ("fail_on", "expected"),
    [("breaking", [True, False, False]), ("review", [True, True, False]),
     ("any", [True, True, True])],
)  # fmt: skip
def test_what_fails_is_a_matter_of_choice(fail_on: FailOn, expected: list[bool]) -> None:
    review = diff(
        chat(say=message("say", n={"default": 1})), chat(say=message("say", n={"default": 2}))
    )
    safe = diff(chat(), chat(say=message("say", n={})))
    assert [
        report(changes, fail_on=fail_on).is_failed for changes in (CHANGES, review, safe)
    ] == expected


def test_a_file_of_acceptances_has_fingerprints_reasons_and_dates() -> None:
    text = """
    [[accepted]]
    fingerprint = "0123456789ab"
    reason = "Announced."
    date = 2026-01-31
    """
    assert read_acceptances(text) == [Acceptance("0123456789ab", "Announced.", "2026-01-31")]
    assert read_acceptances("") == []


@pytest.mark.parametrize(
    "text",
    ["[[accepted", "x = 1", "accepted = 1", "accepted = [1]", '[[accepted]]\nfingerprint = "a"',
     '[[accepted]]\nfingerprint = "a"\nreason = " "', '[[accepted]]\nfingerprint = 1\nreason = "a"',
     '[[accepted]]\nfingerprint = "a"\nreason = "a"\nwhy = "a"'],
)  # fmt: skip
def test_another_file_is_refused(text: str) -> None:
    with pytest.raises(AcceptanceError):
        read_acceptances(text)


@pytest.mark.parametrize(
    ("old", "new", "verdict", "expected"),
    [
        ("1.2.3", "2.0.0", "breaking", []),
        ("1.2.3", "1.3.0", "breaking", ["version-too-small"]),
        ("1.2.3", "1.3.0", "safe", []),
        ("1.2.3", "1.2.4", "safe", ["version-too-small"]),
        ("1.2.3", "1.2.3", "none", []),
        ("1.2.3", "1.2.2", "none", ["version-too-small"]),
        ("0.2.3", "0.3.0", "breaking", []),
        ("0.2.3", "0.2.4", "breaking", ["version-too-small"]),
        ("0.2.3", "0.2.4", "safe", []),
        ("0.2.3", "0.2.3", "safe", ["version-too-small"]),
        ("v1.2", "v2.0.0-beta", "breaking", []),
        ("today", "2.0.0", "breaking", ["version-unknown"]),
        ("", "", "none", []),
    ],
)  # fmt: skip
def test_a_version_grows_with_what_has_changed(
    old: str, new: str, verdict: Any, expected: list[str]
) -> None:
    changes = [Change(id="x", verdict=verdict, place="", sentence="")]
    assert [change.id for change in check_version(old, new, changes)] == expected
