"""What the log says where a server takes larger frames than any consumer."""

import re
from pathlib import Path

import pytest

from tests.served.servers import COMMANDS, launched
from tests.served.test_servers import heard

LINE = re.compile(
    r"(\w+) takes frames of up to (\d+) bytes, .* more than the (\d+) of .* set (\S+)"
)
DEFAULTS = {
    "uvicorn": ("uvicorn", "16777216", "--ws-max-size"),
    "uvicorn-sansio": ("uvicorn", "16777216", "--ws-max-size"),
    "uvicorn-uvloop": ("uvicorn", "16777216", "--ws-max-size"),
    "hypercorn": ("hypercorn", "16777216", "websocket_max_message_size"),
    "daphne": ("daphne", "1048576", "--websocket-max-message-size"),
}


async def said(kind: str, folder: Path, *arguments: str) -> list[tuple[str, ...]]:
    """Return what a server's log says of frames, once two clients were there."""
    environment = {"JOURNAL": str(folder / "journal")}
    application = "tests.served.app:application"
    async with launched(kind, application, environment, folder / "journal", arguments) as server:
        for name in ("ada", "bob"):
            async with server.client(name) as client:
                await heard(client)
        await server.terminate()
    return [found.groups() for found in LINE.finditer(server.output)]


@pytest.mark.parametrize("kind", COMMANDS)
async def test_a_server_that_takes_larger_frames_is_named_once_with_its_option(
    kind: str, tmp_path: Path
) -> None:
    [(server, size, largest, option)] = await said(kind, tmp_path)
    assert (server, size, option) == DEFAULTS[kind]
    configuration = tmp_path / "hypercorn.toml"
    configuration.write_text(f"websocket_max_message_size = {largest}\n", "utf-8")
    arguments = ["--config", str(configuration)] if kind == "hypercorn" else [option, largest]
    assert await said(kind, tmp_path, *arguments) == []
