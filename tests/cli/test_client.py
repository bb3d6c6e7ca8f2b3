"""``chanx asyncapi client``: what is written, when it is not, and what is said of it."""

import json
import os
import signal
from collections.abc import Mapping
from typing import Any

import pytest

from tests.cli.conftest import Folder

DOCUMENT: Mapping[str, Any] = {
    "asyncapi": "3.0.0",
    "info": {"title": "Echo", "version": "1.0.0"},
    "channels": {
        "echo": {
            "address": "/echo",
            "messages": {
                "Shout": {
                    "payload": {
                        "type": "object",
                        "properties": {"type": {"const": "shout"}, "text": {"type": "string"}},
                        "required": ["type", "text"],
                    }
                }
            },
        }
    },
    "operations": {"shout": {"action": "receive", "channel": {"$ref": "#/channels/echo"}}},
}
CLIENT = ("asyncapi", "client", "echo.json", "-o", "out", "--language")
FIRST = {"python": "__init__.py", "typescript": "index.ts"}


@pytest.fixture(params=["python", "typescript"])
def language(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


def written(folder: Folder, document: Mapping[str, Any] = DOCUMENT) -> None:
    folder.write("echo.json", json.dumps(document))


def texts(folder: Folder) -> dict[str, str]:
    """The files of the client by their paths."""
    found = (folder.path / "out").rglob("*")
    return {str(path): path.read_text("utf-8") for path in found if path.is_file()}


def test_a_client_is_written_once_and_then_left_alone(folder: Folder, language: str) -> None:
    written(folder)
    code, out, error = folder.chanx(*CLIENT, language)
    assert (code, error) == (0, "")
    assert ", 0 as they were." in out
    assert FIRST[language] in folder.read("out/chanx-client.json")
    before = {path: path.stat().st_mtime_ns for path in (folder.path / "out").rglob("*")}
    assert "0 files written" in folder.chanx(*CLIENT, language).out
    assert before == {path: path.stat().st_mtime_ns for path in (folder.path / "out").rglob("*")}


@pytest.mark.parametrize(
    ("command", "more"),
    [
        ("client", ("-o", "out", "--language", "typescript")),
        ("client", ("-o", "out", "--language", "python", "--watch")),
        ("diff", ("echo.json",)),
        ("lint", ()),
        ("page", ("-o", "out")),
    ],
)
def test_who_names_an_address_is_told_how_to_make_it_a_file(
    folder: Folder, command: str, more: tuple[str, ...]
) -> None:
    written(folder)
    address = "https://chat.example.com/asyncapi.json"
    said = folder.refused("asyncapi", command, address, *more)
    assert said.endswith(f"curl -fsS {address} -o asyncapi.json")
    assert not (folder.path / "out").exists()


def test_the_order_of_keys_and_of_hashes_changes_nothing(folder: Folder, language: str) -> None:
    written(folder)
    folder.chanx(*CLIENT, language, PYTHONHASHSEED="1")
    before = texts(folder)
    turned = {key: DOCUMENT[key] for key in [*DOCUMENT][::-1]}
    written(folder, turned)
    assert "0 files written" in folder.chanx(*CLIENT, language, PYTHONHASHSEED="2").out
    assert texts(folder) == before


def test_check_tells_of_drift_and_writes_nothing(folder: Folder, language: str) -> None:
    written(folder)
    folder.chanx(*CLIENT, language)
    assert folder.chanx(*CLIENT, language, "--check").code == 0
    changed = json.dumps(DOCUMENT).replace("text", "words")
    folder.write("echo.json", changed)
    before = texts(folder)
    code, out, _ = folder.chanx(*CLIENT, language, "--check")
    assert code == 1
    assert "different" in out
    assert "out is not what is generated: generate it again." in out
    assert texts(folder) == before


def test_a_file_that_somebody_changed_is_named_and_kept(folder: Folder, language: str) -> None:
    written(folder)
    folder.chanx(*CLIENT, language)
    name = f"out/{FIRST[language]}"
    folder.write(name, "mine")
    said = folder.refused(*CLIENT, language)
    assert FIRST[language] in said
    assert "--force" in said
    assert folder.read(name) == "mine"
    assert folder.chanx(*CLIENT, language, "--force").code == 0
    assert folder.read(name) != "mine"


def test_the_line_ends_of_another_system_are_not_a_change(folder: Folder) -> None:
    written(folder)
    folder.chanx(*CLIENT, "python")
    path = folder.path / "out" / "models.py"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert folder.chanx(*CLIENT, "python", "--check").code == 0


def test_a_shared_runtime_is_imported_and_the_copy_goes(folder: Folder) -> None:
    written(folder)
    folder.chanx(*CLIENT, "python")
    out = folder.chanx(*CLIENT, "python", "--runtime", "shared.runtime").out
    assert "removed" in out
    assert not (folder.path / "out" / "runtime").exists()
    assert "from shared.runtime.client import" in folder.read("out/client.py")


def test_a_package_has_what_installs_it(folder: Folder) -> None:
    written(folder)
    folder.chanx(*CLIENT, "python", "--package")
    assert 'name = "out"' in folder.read("out/pyproject.toml")
    assert "websockets" in folder.read("out/pyproject.toml")


def test_a_patch_is_applied_first(folder: Folder) -> None:
    written(folder)
    folder.write("patch.json", json.dumps({"info": {"title": "Patched"}, "operations": None}))
    folder.chanx(*CLIENT, "python", "--patch", "patch.json")
    assert "Patched" in folder.read("out/client.py")


def test_the_role_turns_a_document(folder: Folder) -> None:
    written(folder)
    folder.chanx(*CLIENT, "python", "--role", "client")
    assert "EchoPush: TypeAlias = m.Shout" in folder.read("out/client.py")


def test_a_reference_that_leads_nowhere_is_told_unless_it_may(folder: Folder) -> None:
    document = json.loads(json.dumps(DOCUMENT))
    payload = document["channels"]["echo"]["messages"]["Shout"]["payload"]
    payload["properties"]["text"] = {"$ref": "#/components/schemas/Gone"}
    written(folder, document)
    code, out, _ = folder.chanx(*CLIENT, "python")
    assert code == 1
    assert "/channels/echo/messages/Shout/payload/properties/text: #/components" in out
    assert not (folder.path / "out").exists()
    code, out, _ = folder.chanx(*CLIENT, "python", "--lenient", "--report")
    assert code == 0
    assert "leads nowhere" in out
    assert "text: Any" in folder.read("out/models.py")


def test_a_document_of_asyncapi_2_is_refused_in_one_line(folder: Folder) -> None:
    folder.write("echo.json", '{"asyncapi": "2.6.0"}')
    assert "asyncapi convert" in folder.refused(*CLIENT, "python")


def test_a_document_without_channels_is_refused(folder: Folder) -> None:
    folder.write("echo.json", '{"asyncapi": "3.0.0", "info": {}}')
    assert "echo.json has no channels" in folder.refused(*CLIENT, "python")


def test_watching_writes_again_when_the_document_changes(folder: Folder) -> None:
    written(folder)
    with folder.start(*CLIENT, "python", "--watch") as process:
        assert process.stdout is not None
        lines = iter(process.stdout.readline, b"")
        assert b"Waiting for changes" in next(line for line in lines if b"Waiting" in line)
        folder.write("echo.json", json.dumps(DOCUMENT).replace("text", "words"))
        assert b"Waiting for changes" in next(line for line in lines if b"Waiting" in line)
        assert "words: str" in folder.read("out/models.py")
        process.send_signal(signal.SIGINT if os.name != "nt" else signal.SIGTERM)
        process.communicate(timeout=60)
    assert process.returncode == 0


def test_watching_waits_for_a_folder_that_is_not_there_yet(folder: Folder) -> None:
    arguments = ("asyncapi", "client", "made/echo.json", "-o", "out", "--language", "python")
    with folder.start(*arguments, "--watch") as process:
        assert process.stdout is not None
        lines = iter(process.stdout.readline, b"")
        assert b"Waiting for changes" in next(line for line in lines if b"Waiting" in line)
        folder.write("made/echo.json", json.dumps(DOCUMENT))
        assert b"Waiting for changes" in next(line for line in lines if b"Waiting" in line)
        assert "text: str" in folder.read("out/models.py")
        process.send_signal(signal.SIGINT if os.name != "nt" else signal.SIGTERM)
        process.communicate(timeout=60)
    assert process.returncode == 0


def test_watching_does_not_check(folder: Folder) -> None:
    written(folder)
    assert "--watch" in folder.refused(*CLIENT, "python", "--check", "--watch")
