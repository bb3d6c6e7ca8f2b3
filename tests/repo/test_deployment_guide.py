"""The files that docs/deployment.md shows do what it says: nginx and systemd take them."""

import json
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import unix_connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from tests.served.servers import Server, launched

SERVICE = Path(__file__).resolve().parents[2] / "docs_src" / "tutorial_fastapi" / "step5_service"


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Server]:
    """The tutorial's service, which reads what proxies forward."""
    arguments = ["--app-dir", str(SERVICE), "--forwarded-allow-ips", "127.0.0.1"]
    async with launched("uvicorn", "app:app", {}, tmp_path / "journal", arguments) as server:
        yield server


@pytest.fixture
def proxy(service: Server, tmp_path: Path) -> Iterator[str]:
    """The guide's nginx in front of it, by the path of the socket on which it listens."""
    binary = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/opt/homebrew/bin")
    if binary is None:
        pytest.skip("NOT CHECKED: no nginx on this machine to pass connections on")
    shown = (SERVICE / "nginx.conf").read_text("utf-8")
    for given, here in (
        ("listen 80;", f"listen unix:{tmp_path}/proxy.sock;"),
        ("http://127.0.0.1:8000;", f"http://127.0.0.1:{service.port};"),
    ):
        assert given in shown
        shown = shown.replace(given, here)
    (tmp_path / "nginx.conf").write_text(
        f"pid {tmp_path}/nginx.pid; events {{}} http {{ access_log off; {shown} }}", "utf-8"
    )
    nginx = [binary, "-e", f"{tmp_path}/errors", "-c", f"{tmp_path}/nginx.conf"]
    # Returns once it listens, and leaves its workers behind.
    subprocess.run(nginx, check=True, timeout=20)
    yield f"{tmp_path}/proxy.sock"
    subprocess.run([*nginx, "-s", "quit"], check=True, timeout=20)


async def test_nginx_passes_a_connection_on_and_its_end(service: Server, proxy: str) -> None:
    token = [Subprotocol("token"), Subprotocol("token-of-ada")]
    async with unix_connect(
        proxy, "ws://desk.example.com/cases/1", subprotocols=token, proxy=None
    ) as client:
        for action in ("authentication", "welcome"):
            assert json.loads(await client.recv())["action"] == action
        await client.send(json.dumps({"action": "say", "payload": "Through a proxy.", "ref": 1}))
        said = json.loads(await client.recv())
        assert (said["action"], said["payload"]["text"]) == ("line", "Through a proxy.")
        await service.terminate()
        with pytest.raises(ConnectionClosed) as ended:
            await client.recv()
    assert ended.value.rcvd is not None
    assert ended.value.rcvd.code == 1012


async def test_the_document_behind_nginx_names_the_host_that_clients_asked(proxy: str) -> None:
    transport = httpx.AsyncHTTPTransport(uds=proxy)
    async with httpx.AsyncClient(transport=transport) as http:
        document = (await http.get("http://desk.example.com/asyncapi.json")).json()
    [server] = document["servers"].values()
    assert (server["protocol"], server["host"]) == ("ws", "desk.example.com")


def test_systemd_finds_nothing_to_say_about_the_unit(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("NOT CHECKED: no systemd-analyze on this machine to read the unit")
    shown = (SERVICE / "desk.service").read_text("utf-8")
    program = "/srv/desk/.venv/bin/uvicorn"
    assert program in shown
    unit = tmp_path / "desk.service"
    unit.write_text(shown.replace(program, sys.executable), "utf-8")
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", unit],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (verified.returncode, verified.stderr) == (0, "")
