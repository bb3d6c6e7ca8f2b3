"""``chanx asyncapi diff``, with documents in files, in git and of applications."""

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.asyncapi.diffing.chat import chat, message

if TYPE_CHECKING:
    from tests.cli.conftest import Folder

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
OLD = chat(say=message("say", n={"type": "number"}))
NEW = chat(say=message("say", n={"type": "integer"}))
APPLICATION = """
    from typing import Literal
    from chanx.core.decorators import ws_handler
    from chanx.core.websocket import AsyncJsonWebsocketConsumer
    from chanx.messages import BaseMessage

    class Say(BaseMessage):
        action: Literal["say"]
        payload: {payload}

    class Room(AsyncJsonWebsocketConsumer):
        @ws_handler
        async def say(self, message: Say) -> None: ...

    app = Room.as_asgi()
"""


def git(folder: "Folder", *arguments: str) -> None:
    options = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *options, *arguments], cwd=folder.path, check=True, capture_output=True)


def written(folder: "Folder", **documents: Any) -> None:
    for name, document in documents.items():
        folder.write(f"{name}.json", json.dumps(document))


def test_a_break_is_shown_and_the_exit_code_is_1(folder: "Folder") -> None:
    written(folder, old=OLD, new=NEW)
    code, out, error = folder.chanx("asyncapi", "diff", "old.json", "new.json")
    assert (code, error) == (1, "")
    assert 'Was accepted, is refused: {"action": "say", "n": 0.5}' in out


def test_what_is_safe_or_the_same_gives_0(folder: "Folder") -> None:
    written(folder, old=OLD, new=NEW)
    assert folder.chanx("asyncapi", "diff", "new.json", "old.json").code == 0
    same = folder.chanx("asyncapi", "diff", "old.json", "old.json")
    assert same == (0, "Nothing has changed on the wire.\n", "")
    assert folder.chanx("asyncapi", "diff", "new.json", "old.json", "--fail-on", "any").code == 1


def test_a_document_may_stand_in_a_commit_and_in_the_standard_input(folder: "Folder") -> None:
    written(folder, document=OLD)
    git(folder, "init", "-b", "main")
    git(folder, "add", ".")
    git(folder, "commit", "-m", "Say")
    written(folder, document=NEW)
    code, out, _ = folder.chanx("asyncapi", "diff", "git:main:document.json", "document.json")
    assert (code, "type-narrowed" in out) == (1, True)
    found = folder.chanx("asyncapi", "diff", "git:HEAD:document.json", "-", given=json.dumps(OLD))
    assert found.code == 0


@pytest.mark.parametrize("commit", [True, False], ids=["another", "none"])
def test_what_is_in_no_commit_yet_is_to_be_committed_first(folder: "Folder", commit: bool) -> None:
    git(folder, "init", "-b", "main")
    if commit:
        git(folder, "commit", "--allow-empty", "-m", "Nothing")
    written(folder, document=OLD)
    said = folder.refused("asyncapi", "diff", "git:HEAD:document.json", "document.json")
    assert said.startswith("chanx: document.json cannot be read from HEAD: fatal: ")
    assert said.endswith("'HEAD'. Commit it first; a clone in CI needs the commit too.")


def test_a_document_may_be_that_of_an_application(folder: "Folder") -> None:
    folder.write("before.py", APPLICATION.format(payload="float"))
    folder.write("after.py", APPLICATION.format(payload="int"))
    code, out, error = folder.chanx(
        "asyncapi", "diff", "before:app", "after:app", "--format", "json"
    )
    assert (code, error) == (1, "")
    [change] = [item for item in json.loads(out)["changes"] if item["verdict"] == "breaking"]
    assert (change["id"], change["path"]) == ("type-narrowed", "/payload")
    assert folder.chanx("asyncapi", "diff", "before:app", "before:app").code == 0


def test_an_example_does_not_differ_from_itself(folder: "Folder") -> None:
    app = "fastapi_chat.main:app"
    found = folder.chanx(
        *("asyncapi", "diff", app, app, "--fail-on", "any", "--all", "--level", "source"),
        PYTHONPATH=str(EXAMPLES),
    )
    assert found == (0, "Nothing has changed on the wire.\n", "")


def test_a_break_that_is_accepted_gives_0(folder: "Folder") -> None:
    written(folder, old=OLD, new=NEW)
    found = folder.chanx("asyncapi", "diff", "old.json", "new.json", "--format", "json")
    fingerprint = json.loads(found.out)["changes"][0]["fingerprint"]
    folder.write(
        "accepted.toml", f'[[accepted]]\nfingerprint = "{fingerprint}"\nreason = "Agreed."\n'
    )
    code, out, _ = folder.chanx(
        "asyncapi", "diff", "old.json", "new.json", "--accept", "accepted.toml"
    )
    assert (code, "Accepted: Agreed." in out) == (0, True)


def test_the_version_is_checked_if_asked(folder: "Folder") -> None:
    written(folder, old=NEW, new=OLD)
    assert folder.chanx("asyncapi", "diff", "old.json", "new.json").code == 0
    code, out, _ = folder.chanx("asyncapi", "diff", "old.json", "new.json", "--check-version")
    assert (code, "ask for 1.1.0 at least" in out) == (1, True)


def test_words_are_shown_if_asked(folder: "Folder") -> None:
    written(folder, old=OLD, new={**OLD, "info": {"title": "Room", "version": "1.0.0"}})
    assert folder.chanx("asyncapi", "diff", "old.json", "new.json").out.count("\n") == 1
    assert (
        "title has changed."
        in folder.chanx("asyncapi", "diff", "old.json", "new.json", "--all").out
    )


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("missing.json", "old.json"), "missing.json cannot be read"),
        (("git:main:old.json", "old.json"), "old.json cannot be read from main: "),
        (("git:--help:old.json", "old.json"), "'--help' is not the name of a commit."),
        (("old.json", "nothing:app"), "There is no module 'nothing'"),
        (("old.json",), "Name an application, as in api:app, or set DJANGO_SETTINGS_MODULE."),
        (("old.json", "old.json", "--accept", "old.json"),
         "old.json cannot be used: it is not TOML"),
        (("old.json", "old.json", "--level", "words"), "invalid choice: 'words'"),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_is_told_in_a_line(
    folder: "Folder", arguments: tuple[str, ...], expected: str
) -> None:
    written(folder, old=OLD)
    assert expected in folder.refused("asyncapi", "diff", *arguments)
