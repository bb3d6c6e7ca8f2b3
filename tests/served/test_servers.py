"""Consumers behind real servers and sockets."""

import asyncio
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from tests.served.servers import Server, launched


async def talk(client: ClientConnection, **message: Any) -> dict[str, Any]:
    """Send a message and return the next one that comes."""
    await client.send(json.dumps(message))
    return await heard(client)


async def heard(client: ClientConnection) -> dict[str, Any]:
    async with asyncio.timeout(30):
        message: dict[str, Any] = json.loads(await client.recv())
    return message


async def closed(client: ClientConnection) -> tuple[int | None, str | None]:
    """Return the code and reason with which the server closes next."""
    with pytest.raises(ConnectionClosed):
        await heard(client)
    return client.close_code, client.close_reason


async def test_messages_are_echoed_in_order_and_bad_frames_leave_the_socket_open(
    server: Server,
) -> None:
    async with server.client("ada") as client:
        assert (await heard(client))["payload"] == "welcome"
        for frame in ("hello", b"bytes", "", '{"action":"say","payload":5,"ref":"r"}'):
            await client.send(frame)
            assert (await heard(client))["action"] == "error"
        for number in range(100):
            await client.send(json.dumps({"action": "say", "payload": str(number), "ref": number}))
        got = [await heard(client) for _ in range(100)]
        assert [message["ref"] for message in got] == list(range(100))
        large = "é" * 50_000
        assert (await talk(client, action="say", payload=large))["payload"] == large


async def test_a_refusal_can_be_read(server: Server) -> None:
    for path, code, action in (("/private", 4401, "authentication"), ("/missing", 4404, "error")):
        async with server.client("eve", path) as client:
            assert (await heard(client))["action"] == action
            assert (await closed(client))[0] == code


async def test_binary_frames_questions_and_expected_errors_pass_a_server(server: Server) -> None:
    async with server.client("ada", "/desk") as client:
        for size in (0, 3, 60_000):
            data = bytes(range(256)) * (size // 256) + b"end"
            await client.send(data)
            async with asyncio.timeout(30):
                assert await client.recv() == data[::-1]
        error = await talk(client, action="fail", ref=1)
        assert (error["payload"]["code"], error["ref"]) == ("busy", 1)
        question = await talk(client, action="hang", ref=2)
        answer = await talk(client, action="said", payload="yes", ref=question["ref"])
        assert answer == {"action": "said", "payload": "yesyes", "ref": 2}


async def test_a_shielded_handler_finishes_though_its_client_has_left(server: Server) -> None:
    async with server.client("ada", "/desk") as client:
        await client.send(json.dumps({"action": "work"}))
        await server.noted("work begins")
    await server.noted("desk left")
    assert server.journal() == ["work begins", "work ends", "desk left"]


async def test_a_frame_that_is_too_large_ends_the_connection(server: Server) -> None:
    async with server.client("ada") as client:
        await heard(client)
        assert (await talk(client, action="say", payload="x" * 500_000))["payload"] == {
            "code": "too_large",
            "detail": "A frame has at most 500000 bytes.",
        }
        code, reason = await closed(client)
        assert code == 4413
        assert bool(reason) == (server.kind != "daphne")  # which drops reasons


async def test_a_failing_handler_tells_nothing_and_is_logged_once(server: Server) -> None:
    async with server.client("ada") as client:
        await heard(client)
        error = await talk(client, action="fail", ref=1)
        assert (error["payload"]["code"], error["ref"]) == ("handler_error", 1)
        assert "secret" not in json.dumps(error)
        assert (await talk(client, action="say", payload="alive"))["payload"] == "alive"
    await server.noted("left ada")
    assert server.output.count("RuntimeError: secret of the server") == 1


@pytest.mark.parametrize("action", ["hang", "stream"])
async def test_a_client_that_vanishes_cancels_its_handler(server: Server, action: str) -> None:
    async with server.client("ada") as client:
        await heard(client)
        await talk(client, action=action)
        client.transport.abort()
        await server.noted("cancelled ada" if action == "hang" else "closed ada")
        assert (await server.noted("left ada")).endswith("True")
    assert [line for line in server.journal() if line.startswith("left")] == [
        await server.noted("left ada")
    ]


async def test_a_clean_close_is_told_with_its_code(server: Server) -> None:
    async with server.client("ada") as client:
        await heard(client)
        await client.close(4321)
    code = 1006 if server.kind == "hypercorn" else 4321  # hypercorn tells no code
    assert await server.noted("left ada") == f"left ada {code} True"


async def test_a_code_is_sent_where_the_server_can_and_else_what_stands_for_it(
    server: Server,
) -> None:
    for code, instead in ((1001, 4503), (1008, 4403), (1011, 4500), (1013, 4503), (3000, 3000)):
        expected = instead if server.kind == "daphne" else code
        name = f"ada{code}"
        async with server.client(name) as client:
            await heard(client)
            await client.send(json.dumps({"action": "leave", "payload": code}))
            assert (await closed(client))[0] == expected
        assert (await server.noted(f"left {name}")).startswith(f"left {name} {expected}")
    assert "Traceback" not in server.output


def frame(opcode: int, payload: bytes = b"") -> bytes:
    """Return a client's frame as it is on the wire (RFC 6455, 5.2), with a mask of zeros."""
    return bytes([0x80 | opcode, 0x80 | len(payload)]) + bytes(4) + payload


async def test_what_is_answered_after_a_broken_frame_fails_without_a_traceback(
    server: Server,
) -> None:
    async with server.client("ada") as client:
        await heard(client)
        say = frame(0x1, b'{"action":"say"}')
        reserved = frame(0xB)
        client.transport.write(say * 3 + reserved + say * 3)
        await server.noted("left ada")
    assert "Traceback" not in server.output


# The others let an application send to a client that is gone.
@pytest.mark.parametrize("server", ["uvicorn", "uvicorn-sansio"], indirect=True)
@pytest.mark.parametrize("end", ["abort", "terminate"])
async def test_a_flood_is_dropped_when_its_connection_has_ended(server: Server, end: str) -> None:
    async with server.client("ada", max_queue=None) as client:
        await heard(client)
        client.transport.write(frame(0x1, b'{"action":"work"}') * 3000)
        await heard(client)
        if end == "abort":
            client.transport.abort()
        else:
            await server.terminate()
        await server.noted("left ada")
    # All of them, if none were dropped, would take a minute.
    assert int((await server.noted("worked ada")).split()[-1]) < 1500


async def test_termination_ends_every_connection_once(server: Server) -> None:
    async with (
        server.client("ada") as ada,
        server.client("bob") as bob,
        server.client("eve") as eve,
    ):
        for client in (ada, bob, eve):
            await heard(client)
        await talk(ada, action="hang")
        await talk(eve, action="stream")
        draining = asyncio.create_task(drain(eve))
        await server.terminate()
        await draining
    journal = server.journal()
    for name in ("ada", "bob", "eve"):
        (line,) = (line for line in journal if line.startswith(f"left {name} "))
        assert line.endswith("True"), line
    assert {"cancelled ada", "closed eve"} <= set(journal)
    if server.kind != "daphne":  # which knows no lifespan
        assert "shut down 0 0" in journal


async def test_a_handler_that_clings_to_its_connection_keeps_no_server(server: Server) -> None:
    async with server.client("ada") as client:
        await heard(client)
        await talk(client, action="cling")
        await server.terminate()
    assert (await server.noted("left ada")).endswith("True")
    assert "Room.cling was left behind" in server.output


async def drain(client: ClientConnection) -> None:
    """Read until the connection ends."""
    with suppress(ConnectionClosed):
        while True:
            await client.recv()


async def test_five_thousand_frames_at_once_are_bounded(server: Server) -> None:
    async with server.client("ada", max_queue=None) as client:
        await heard(client)
        for number in range(5000):
            await client.send(json.dumps({"action": "memory", "ref": number}))
        async with asyncio.timeout(60):
            got = [json.loads(await client.recv()) for _ in range(5000)]
        assert sorted(message["ref"] for message in got) == list(range(5000))
        assert {message["payload"] for message in got} <= {"1", "2", "3", "4"}


# daphne takes whatever is sent, and lets a sender wait in Django only: tests/served/test_daphne.py
@pytest.mark.parametrize("server", ["uvicorn", "uvicorn-sansio", "hypercorn"], indirect=True)
async def test_a_client_that_does_not_read_is_given_up(server: Server) -> None:
    await assert_is_given_up(server)


@pytest.mark.parametrize("kind", ["uvicorn", "uvicorn-sansio", "hypercorn"])
async def test_a_client_that_does_not_read_is_given_up_behind_a_framework(
    kind: str, tmp_path: Path
) -> None:
    journal = tmp_path / "journal"
    environment = {"JOURNAL": str(journal)}
    async with launched(kind, "tests.served.wrapped:application", environment, journal) as server:
        await assert_is_given_up(server)


async def assert_is_given_up(server: Server) -> None:
    async with server.client("bob") as bob, server.client("ada", max_queue=1) as ada:
        for client in (bob, ada):
            await heard(client)
        ada.transport.pause_reading()
        bob_ends = await talk(bob, action="flood")
        assert bob_ends["payload"] == "flooded"
        assert await server.noted("left ada") == "left ada 4509 True", server.output
        port = ada.transport.get_extra_info("sockname")[1]
        await server.let_go(port)
        ada.transport.abort()
