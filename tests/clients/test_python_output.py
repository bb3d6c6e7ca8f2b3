"""What is generated in Python: its types are right, and no tool has anything to do."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from chanx.cli.applications import document_of
from tests.clients.documents import DOCUMENTS, exchange, market
from tests.clients.generating import imported, written

HERE = Path(__file__).parent
Identify = Callable[[Any], tuple[str, Any, str | None]]


def chat() -> dict[str, Any]:
    return document_of("fastapi_chat.main:app", {}, is_factory_named=False).content


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The clients of all documents, and a use of one of them."""
    path = tmp_path_factory.mktemp("clients")
    written(chat(), path / "chat_client")
    for name, document in DOCUMENTS.items():
        written(document(), path / f"{name}_client")
    (path / "usage.py").write_text((HERE / "usage.py.txt").read_text("utf-8"), "utf-8")
    return path


def run(folder: Path, *command: str) -> str:
    """Run a tool in a folder; return what it says if it finds something."""
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


def test_the_formatter_has_nothing_to_do(folder: Path, tmp_path: Path) -> None:
    for path in folder.rglob("*.py"):
        if path.name != "usage.py":
            copied = tmp_path / path.relative_to(folder)
            copied.parent.mkdir(parents=True, exist_ok=True)
            text = path.read_text("utf-8")
            assert "\n# fmt: off\n" in text  # whatever settings a project has
            copied.write_text(text.replace("# fmt: off\n", ""), "utf-8")
    assert run(tmp_path, "ruff", "format", "--isolated", "--diff", ".") == ""


@pytest.mark.timeout(600)
def test_mypy_finds_nothing_be_it_ever_so_strict(folder: Path) -> None:
    assert run(folder, "mypy", "--strict", ".") == ""


@pytest.mark.timeout(600)
def test_pyright_finds_nothing_be_it_ever_so_strict(folder: Path) -> None:
    (folder / "pyrightconfig.json").write_text('{"typeCheckingMode": "strict"}', "utf-8")
    # The use has a match that leaves out what it does not care for.
    (folder / "usage.py").unlink()
    assert run(folder, "pyright", "-p", ".", "--pythonpath", sys.executable) == ""


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_client_of_any_document_can_be_imported(name: str, tmp_path: Path) -> None:
    module = imported(DOCUMENTS[name](), tmp_path / f"imported_{name}")
    assert "Unknown" in module.__all__


def test_who_generates_needs_nothing_that_a_client_needs(tmp_path: Path) -> None:
    """``websockets`` is a dependency of the projects that use a client."""
    code = (
        "import sys; sys.modules['websockets'] = None\n"
        "from pathlib import Path\n"
        "from tests.clients.documents import echo\n"
        "from tests.clients.generating import written\n"
        "written(echo(), Path(sys.argv[1]))\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=HERE.parents[1], check=True)
    assert (tmp_path / "runtime" / "transport.py").is_file()


def test_the_core_does_not_know_of_clients() -> None:
    code = "import sys, chanx.core.websocket; print('chanx.asyncapi.clients' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "False\n"


def identify_of(module: Any, constant: str) -> Identify:
    """What tells the messages of a channel apart, by the name of its constant."""
    identify: Identify = getattr(module.client, constant).identify
    return identify


def test_what_is_received_is_read_as_the_message_that_it_is(tmp_path: Path) -> None:
    module: Any = imported(exchange(), tmp_path / "read_exchange")
    identify = identify_of(module, "_PING")
    assert identify({"event": "pong", "reqid": 1})[0] == "pong"
    key, message, problem = identify({"status": "error", "errorMessage": "no", "extra": 1})
    assert (key, problem) == ("subscription_status", None)
    assert message.root.error_message == "no"
    assert identify([1, {"a": ["x"]}, "t"])[0] in ("any", "ticker")


def test_a_union_is_read_by_what_tells_its_parts(tmp_path: Path) -> None:
    module: Any = imported(market(), tmp_path / "read_market")
    identify = identify_of(module, "_MARKET_DATA_V1")
    key, message, problem = identify(
        {"type": "update", "eventId": 1, "events": [{"type": "change", "side": "ask"}]}
    )
    assert (key, problem) == ("market_data", None)
    assert message.root.events[0].side == "ask"
    assert identify({"type": "nonsense"}) == ("", None, None)


def test_what_is_sent_has_its_constants_and_nothing_that_was_not_said(tmp_path: Path) -> None:
    models: Any = imported(exchange(), tmp_path / "sent_exchange").models
    message = models.Subscribe.model_validate({"subscription": {"name": "book"}})
    assert message.model_dump(mode="json", by_alias=True, exclude_unset=True) == {
        "event": "subscribe",
        "subscription": {"name": "book"},
    }
    with pytest.raises(ValidationError):
        models.Subscribe.model_validate({"subscription": {"name": "book"}, "pears": 1})
