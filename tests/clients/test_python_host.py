"""The client in Python over real sockets, against a server that does what a test says."""

import asyncio
import gc
import logging
import logging.config
from pathlib import Path
from typing import Any

import pytest

from chanx.asyncapi.clients.python.runtime.address import Handshake
from chanx.asyncapi.clients.python.runtime.transport import Events, Socket
from tests.clients.generating import imported
from tests.clients.scripted import Script, Visitor, answering, closing, silent

ANSWERS = {"type": "array", "items": {"type": "object"}}


def message(action: str, **payload: Any) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "action": {"const": action},
        "payload": {"type": "object", "properties": payload, "required": [*payload]},
        "ref": {"type": ["integer", "null"]},
    }
    schema = {"type": "object", "properties": properties, "required": ["action", "payload"]}
    return {"payload": schema, "correlationId": {"location": "$message.payload#/ref"}}


def document(**channel: Any) -> dict[str, Any]:
    """A channel that can ask, stream, stop and tell."""
    messages = {
        "Ask": message("ask", answers=ANSWERS),
        "List": message("list", answers=ANSWERS),
        "Stop": {
            "payload": {
                "type": "object",
                "properties": {"action": {"const": "stop"}},
                "required": ["action"],
            }
        },
        "Answer": message("answer", text={"type": "string"}),
        "Done": message("done"),
        "Told": message("told", text={"type": "string"}),
        "Refusal": {**message("refusal", why={"type": "string"}), "x-outcome": "error"},
    }

    def reference(name: str) -> dict[str, str]:
        return {"$ref": f"#/channels/room/messages/{name}"}

    def operation(name: str, *replies: str, **more: Any) -> dict[str, Any]:
        made = {
            "action": "receive",
            "channel": {"$ref": "#/channels/room"},
            "messages": [reference(name)],
            **more,
        }
        listed = {"messages": [reference(reply) for reply in replies]}
        return {**made, "reply": listed} if replies else made

    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Room", "version": "1"},
        "channels": {"room": {"address": "/room", "messages": messages, **channel}},
        "operations": {
            "ask": operation("Ask", "Answer", "Refusal"),
            "list": operation(
                "List",
                "Answer",
                "Done",
                "Refusal",
                **{"x-stream": {"end": ["Done"]}, "x-cancel": {"$ref": "#/operations/stop"}},
            ),
            "stop": operation("Stop"),
            "tell": {
                "action": "send",
                "channel": {"$ref": "#/channels/room"},
                "messages": [reference("Told")],
            },
        },
    }


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The client of a channel."""
    return imported(document(), tmp_path_factory.mktemp("host") / "host_room")


@pytest.fixture(scope="module")
def secret_client(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The client of a channel that asks for a token."""
    made = document()
    made["operations"]["ask"]["security"] = [{"type": "http", "scheme": "bearer"}]
    return imported(made, tmp_path_factory.mktemp("host") / "host_secret")


@pytest.fixture(autouse=True)
async def _nothing_left() -> Any:
    """No task and no timer outlives its client."""
    before = asyncio.all_tasks()
    yield
    gc.collect()
    assert asyncio.all_tasks() - before - {asyncio.current_task()} == set()


def answer(text: str) -> dict[str, Any]:
    return {"action": "answer", "payload": {"text": text}}


REFUSAL = {"action": "refusal", "payload": {"why": "full"}}
TOLD = {"action": "told", "payload": {"text": "hi"}}
DONE: dict[str, Any] = {"action": "done", "payload": {}}


async def until(states: Any, kind: type[Any]) -> Any:
    """The next state of a kind."""
    async for state in states:
        if isinstance(state, kind):
            return state
    raise AssertionError("it is closed")


async def test_a_request_gets_its_reply_and_a_refusal_is_typed(client: Any) -> None:
    async with Script(answering).served() as script, client.connect_room(script.url) as room:
        assert (await room.ask(answers=[answer("yes")])).payload.text == "yes"
        with pytest.raises(client.AskRefused) as caught:
            await room.ask(answers=[REFUSAL])
        assert caught.value.reply.payload.why == "full"
        assert "full" in str(caught.value)


async def test_replies_find_their_requests_in_any_order(client: Any) -> None:
    async def turned(visitor: Visitor) -> None:
        frames = [await visitor.heard(), await visitor.heard()]
        for frame in frames[::-1]:
            await visitor.send({**frame["payload"]["answers"][0], "ref": frame["ref"]})
        await visitor.gone()

    async with Script(turned).served() as script, client.connect_room(script.url) as room:
        asked = [room.ask(answers=[answer(text)]) for text in "ab"]
        replies: list[Any] = await asyncio.gather(*asked)
        assert [reply.payload.text for reply in replies] == ["a", "b"]


async def test_a_request_times_out_and_its_late_reply_is_unknown(client: Any) -> None:
    async with Script(answering).served() as script, client.connect_room(script.url) as room:
        messages = room.messages()
        with pytest.raises(TimeoutError) as caught:
            await room.ask(answers=[], timeout=0.01)
        late_error: Any = caught.value
        assert late_error.after == 0.01
        late = {**answer("late"), "ref": 1}
        await room.ask(answers=[late, answer("now")])
        assert isinstance(await anext(messages), client.Unknown)


async def test_a_cancelled_task_leaves_its_request(client: Any) -> None:
    async with Script(answering).served() as script, client.connect_room(script.url) as room:
        asking = asyncio.create_task(room.ask(answers=[]))
        await room.ask(answers=[answer("so the other was sent")])
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert (await room.ask(answers=[answer("on")])).payload.text == "on"


async def test_a_stream_ends_with_its_message(client: Any) -> None:
    async with Script(answering).served() as script, client.connect_room(script.url) as room:
        stream = room.list(answers=[answer("a"), answer("b"), DONE])
        assert [item.payload.text async for item in stream] == ["a", "b"]
        assert (await stream.end()).action == "done"


async def test_leaving_a_stream_stops_it_at_the_server(client: Any) -> None:
    heard: asyncio.Queue[Any] = asyncio.Queue()

    async def streaming(visitor: Visitor) -> None:
        frame = await visitor.heard()
        await visitor.send({**answer("a"), "ref": frame["ref"]})
        heard.put_nowait(await visitor.heard())
        await visitor.gone()

    async with Script(streaming).served() as script, client.connect_room(script.url) as room:
        async with room.list(answers=[]) as stream:
            assert (await anext(stream)).payload.text == "a"
        assert await heard.get() == {"action": "stop"}
        with pytest.raises(client.Cancelled):
            await stream.end()


async def test_a_slow_taker_loses_its_stream_alone(client: Any) -> None:
    many = [answer(str(number)) for number in range(4)]
    async with (
        Script(answering).served() as script,
        client.connect_room(script.url, max_buffered=3) as room,
    ):
        stream = room.list(answers=many)
        async with stream:
            assert (await room.ask(answers=[answer("other")])).payload.text == "other"
            taken: list[str] = []
            while len(taken) < 3:
                taken.append((await anext(stream)).payload.text)
            with pytest.raises(client.Overflow):
                await anext(stream)
            assert taken == ["0", "1", "2"]


async def test_a_refused_stream_raises_where_it_is_taken(client: Any) -> None:
    async with Script(answering).served() as script, client.connect_room(script.url) as room:
        stream = room.list(answers=[answer("a"), REFUSAL])
        assert (await anext(stream)).payload.text == "a"
        with pytest.raises(client.ListRefused):
            await anext(stream)


async def test_what_is_told_reaches_handlers_and_iterators_in_order(client: Any) -> None:
    async def telling(visitor: Visitor) -> None:
        await visitor.heard()
        await visitor.send(TOLD)
        await visitor.send({"action": "nonsense"})
        await visitor.send({"action": "told", "payload": {"text": 7}})
        await visitor.socket.send("{")
        await visitor.socket.send(b"\0")
        await visitor.send({**TOLD, "more": 1})
        await visitor.gone()

    async with Script(telling).served() as script, client.connect_room(script.url) as room:
        heard: asyncio.Queue[str] = asyncio.Queue()
        failed = asyncio.Event()

        async def told(message: Any) -> None:
            heard.put_nowait(message.payload.text)

        def fail(message: Any) -> None:
            failed.set()
            raise ValueError(message)

        with pytest.raises(TypeError, match=r"a class of this client's models, not 'told'"):
            room.on("told", told)
        assert room.on(client.models.Told)(told) is told
        forget = room.on(client.models.Told, fail)
        messages = room.messages()
        await room.stop()
        kinds = [type(await anext(messages)).__name__ for _ in range(6)]
        assert kinds == ["Told", "Unknown", "Unknown", "Unknown", "Unknown", "Told"]
        assert [await heard.get(), await heard.get()] == ["hi", "hi"]
        assert failed.is_set()
        forget()


async def test_a_client_comes_back_and_what_was_pending_is_lost(client: Any) -> None:
    async def dying(visitor: Visitor) -> None:
        await visitor.heard()
        visitor.socket.transport.abort()

    hooked: list[bool] = []

    async def again(room: Any, first: bool) -> None:
        hooked.append(first)
        if not first:
            assert (await room.ask(answers=[answer("in the hook")])).payload.text

    async with (
        Script(dying, answering).served() as script,
        client.connect_room(script.url, on_connect=again) as room,
    ):
        states = room.states()
        with pytest.raises(client.ConnectionLost) as caught:
            await room.ask(answers=[])
        assert caught.value.sent
        assert caught.value.close.code == 1006
        names = [type(await anext(states)).__name__ for _ in range(4)]
        assert names == ["Open", "Waiting", "Connecting", "Open"]
        assert hooked == [True, False]
        assert (await room.ask(answers=[answer("back")])).payload.text == "back"


async def test_a_refused_handshake_has_its_status_as_code(client: Any) -> None:
    async with Script(silent, refusals={1: 404}).served() as script:
        with pytest.raises(client.ConnectionClosed) as caught:
            async with client.connect_room(script.url):
                raise AssertionError("it is not open")
        assert caught.value.close.code == 4404


async def test_a_server_that_is_gone_is_tried_again_until_there_is_one(client: Any) -> None:
    async with (
        Script(closing(1012), answering).served() as script,
        client.connect_room(script.url) as room,
    ):
        states = room.states()
        state = await until(states, client.Waiting)
        assert state.close.code == 1012
        room.wake()
        await until(states, client.Open)
        assert (await room.ask(answers=[answer("on")])).payload.text == "on"


async def test_a_server_says_when_to_come_back(client: Any) -> None:
    back = closing(1013, "Too much to do. Retry in 86400.0 s.")
    async with Script(back).served() as script, client.connect_room(script.url) as room:
        assert (await until(room.states(), client.Waiting)).retry_in == 86400


@pytest.mark.parametrize(
    ("header", "least"), [("86400", 86400), ("Fri, 31 Dec 1999 23:59:59 GMT", 0.1)]
)
async def test_a_refused_handshake_says_when_to_come_back(
    client: Any, header: str, least: float
) -> None:
    refusals = {1: 503}
    async with Script(silent, refusals=refusals, retry_after=header).served() as script:
        room = client.connect_room(script.url, lazy=True)
        async with room:
            states = room.states()
            room.connect()
            state = await until(states, client.Waiting)
            assert (state.close.code, state.retry_in >= least) == (4503, True)
            assert state.retry_in == least or least < 1


async def test_a_verdict_of_the_user_wins(client: Any) -> None:
    def again(close: Any) -> str:
        return "backoff"

    async with Script(closing(4404), answering).served() as script:
        room = client.connect_room(script.url, decide=again)
        async with room:
            states = room.states()
            await until(states, client.Waiting)
            room.wake()
            await until(states, client.Open)


def failing(*_: Any) -> Any:
    raise ValueError("it is the user's")


async def test_a_verdict_that_fails_is_told_and_the_client_comes_back(client: Any) -> None:
    told: list[Exception] = []
    async with Script(closing(1012), answering).served() as script:
        options: dict[str, Any] = {"decide": failing, "on_error": told.append}
        async with client.connect_room(script.url, **options) as room:
            states = room.states()
            await until(states, client.Waiting)
            room.wake()
            await until(states, client.Open)
            assert (await room.ask(answers=[answer("on")])).payload.text == "on"
    assert [str(error) for error in told] == ["it is the user's"]


async def test_a_verdict_may_wake_the_client(client: Any) -> None:
    def decide(close: Any) -> None:
        room.wake()

    async with Script(closing(1012), answering).served() as script:
        room: Any = client.connect_room(script.url, decide=decide)
        async with room:
            states = room.states()
            await until(states, client.Waiting)
            await until(states, client.Open)
            assert (await room.ask(answers=[answer("on")])).payload.text == "on"


async def test_a_provider_that_fails_is_asked_again(secret_client: Any) -> None:
    asked: list[str] = []

    async def token(request: Any) -> str:
        asked.append(request.reason)
        if len(asked) == 1:
            failing()
        if len(asked) == 2:
            gone: asyncio.Future[str] = asyncio.get_running_loop().create_future()
            gone.cancel()
            return await gone
        return "token"

    async with Script(answering).served() as script:
        room = secret_client.connect_room(script.url, token=token, on_error=failing, lazy=True)
        async with room:
            states = room.states()
            room.connect()
            for _ in range(2):
                await until(states, secret_client.Waiting)
                room.wake()
            await until(states, secret_client.Open)
    assert asked == ["connect"] * 3


async def test_a_hook_that_fails_drops_the_connection(client: Any) -> None:
    async def hook(room: Any, first: bool) -> None:
        if script.accepted == 1:
            failing()

    async with (
        Script(silent).served() as script,
        client.connect_room(script.url, on_connect=hook, on_error=failing) as room,
    ):
        assert script.accepted == 2
        assert room.state == client.Open(first=True)


async def test_whoever_hears_of_failures_may_fail(
    client: Any, caplog: pytest.LogCaptureFixture
) -> None:
    async with (
        Script(answering).served() as script,
        client.connect_room(script.url, on_error=failing) as room,
    ):
        room.on(client.models.Told, failing)
        messages = room.messages()
        await room.ask(answers=[{**TOLD, "ref": None}, answer("a")])
        await anext(messages)
        assert (await room.ask(answers=[answer("b")])).payload.text == "b"
    assert [record.exc_info[0] for record in caplog.records if record.exc_info] == [ValueError]


async def test_a_token_that_is_rejected_is_asked_for_again(secret_client: Any) -> None:
    asked: list[str] = []

    async def token(request: Any) -> str:
        asked.append(request.reason)
        return f"token-{len(asked)}"

    async with Script(answering, refusals={1: 401}).served() as script:
        async with secret_client.connect_room(script.url, token=token) as room:
            assert (await room.ask(answers=[answer("in")])).payload.text == "in"
        sent = [request.headers["Authorization"] for request in script.requests]
        assert (asked, sent) == (["connect", "rejected"], ["Bearer token-1", "Bearer token-2"])


async def test_a_provider_without_a_token_ends_it(secret_client: Any) -> None:
    async def token(request: Any) -> str:
        raise secret_client.Unauthorized("logged out")

    async with Script(answering).served() as script:
        with pytest.raises(secret_client.ConnectionClosed) as caught:
            async with secret_client.connect_room(script.url, token=token):
                raise AssertionError("it is not open")
        assert caught.value.close.code == 4401
        assert script.requests == []


async def test_nothing_secret_is_in_texts_and_logs(
    secret_client: Any, caplog: pytest.LogCaptureFixture
) -> None:
    async def wrong(room: Any, first: bool) -> None:
        raise ValueError("a hook that fails")

    # As Django and uvicorn do, which puts every logger that there is back to work.
    logging.config.dictConfig({"version": 1, "disable_existing_loggers": False})
    with caplog.at_level(logging.DEBUG):
        async with Script(answering, refusals={1: 401}).served() as script:
            room = secret_client.connect_room(script.url, token="s3cret", extra_headers={"X": "y"})
            with pytest.raises(secret_client.ConnectionClosed) as caught:
                async with room:
                    raise AssertionError("it is not open")
            failing = secret_client.connect_room(
                script.url, token="s3cret", on_connect=wrong, max_attempts=0
            )
            with pytest.raises(secret_client.ConnectionClosed):
                async with failing:
                    raise AssertionError("it is not open")
    texts = [repr(room), str(caught.value), repr(caught.value.close)]
    # The server of this test is not the client's: it may say what it heard.
    texts += [
        record.getMessage() + str(record.exc_info)
        for record in caplog.records
        if not record.name.startswith("websockets.server")
    ]
    assert any("a hook that fails" in text for text in texts)
    assert not [text for text in texts if "s3cret" in text]


async def test_what_is_sent_while_nothing_is_open_is_refused_or_queued(client: Any) -> None:
    async with Script(answering).served() as script:
        lazy = client.connect_room(script.url, lazy=True)
        async with lazy:
            with pytest.raises(client.NotConnected):
                await lazy.ask(answers=[])
        queueing = client.connect_room(script.url, lazy=True, offline="queue")
        async with queueing:
            sending = asyncio.create_task(queueing.stop())
            queueing.connect()
            await sending


async def test_a_socket_that_takes_nothing_is_dropped(client: Any) -> None:
    stop = asyncio.Event()

    async def deaf(visitor: Visitor) -> None:
        visitor.socket.transport.pause_reading()
        await stop.wait()

    large = [answer("x" * 100_000)] * 300  # more than the buffers of the system take
    async with (
        Script(deaf).served() as script,
        client.connect_room(script.url, send_timeout=0.05) as room,
    ):
        states = room.states()
        asking = asyncio.create_task(room.ask(answers=large))
        state = await until(states, client.Waiting)
        assert state.close.code == 1006
        with pytest.raises(client.ConnectionLost):
            await asking
        stop.set()


async def test_a_frame_that_is_too_large_ends_the_connection_only(client: Any) -> None:
    async with (
        Script(answering).served() as script,
        client.connect_room(script.url, max_frame=1000) as room,
    ):
        with pytest.raises(client.ConnectionLost):
            await room.ask(answers=[answer("x" * 2000)])


async def test_wrong_use_is_told_at_once(client: Any) -> None:
    with pytest.raises(ValueError, match="server is a URL"):
        client.connect_room("chat.example.org")
    room = client.connect_room("ws://localhost", lazy=True)
    with pytest.raises(ValueError, match="1000, or 3000 to 4999"):
        await room.close(1001)
    with pytest.raises(ValueError, match="123 bytes"):
        await room.close(1000, "é" * 62)
    with pytest.raises(RuntimeError, match="was not open yet"):
        _ = room.ready
    await room.close()


async def test_what_is_waited_for_ends_when_the_client_is_closed(client: Any) -> None:
    async with Script(silent).served() as script:
        room = client.connect_room(script.url)
        async with room:
            asking = asyncio.create_task(room.ask(answers=[]))
            taking = asyncio.create_task(anext(room.messages(), None))
            await asyncio.sleep(0)
        with pytest.raises(client.ConnectionClosed):
            await asking
        assert await taking is None
        with pytest.raises(client.ConnectionClosed):
            await room.ask(answers=[])


def test_a_server_in_use_is_the_documents_own_if_none_is_said(tmp_path: Path) -> None:
    made = document()
    made["servers"] = {"main": {"host": "chat.example.org", "protocol": "wss", "pathname": "/v1"}}
    module: Any = imported(made, tmp_path / "host_server")

    async def shown() -> str:
        return repr(module.connect_room())

    assert "wss://chat.example.org/v1/room" in asyncio.run(shown())


async def test_what_raises_a_cancellation_is_told_and_the_client_lives(client: Any) -> None:
    told: list[Exception] = []
    asked = asyncio.Event()

    def look(*_: Any) -> Any:
        gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        gone.cancel()
        gone.result()

    async def wait(message: Any) -> None:
        gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        gone.cancel()
        await gone

    def tell(error: Exception) -> None:
        told.append(error)
        if len(told) == 3:
            asked.set()
        if len(told) == 1:
            look()

    async def leaving(visitor: Visitor) -> None:
        frame = await visitor.heard()
        await visitor.send(TOLD)
        await visitor.send({"ref": frame["ref"], **answer("a")})
        await asked.wait()

    async with (
        Script(leaving, answering).served() as script,
        client.connect_room(script.url, decide=look, on_error=tell) as room,
    ):
        room.on(client.models.Told, look)
        room.on(client.models.Told, wait)
        room.on(client.models.Told, failing)
        states = room.states()
        assert (await room.ask(answers=[])).payload.text == "a"
        await until(states, client.Closed)
        assert [type(error) for error in told] == [
            RuntimeError,
            ValueError,
            RuntimeError,
            RuntimeError,
        ]


async def test_half_of_a_surrogate_pair_stops_nothing(client: Any) -> None:
    async with Script(answering).served() as script, client.connect_room(script.url) as room:
        assert (await room.ask(answers=[answer("\ud83d")])).payload.text == "\ud83d"


async def test_what_is_no_json_is_neither_sent_nor_taken(tmp_path: Path) -> None:
    made = document()
    ask = message("ask", answers=ANSWERS, share={"type": "number"})
    made["channels"]["room"]["messages"]["Ask"] = ask
    module: Any = imported(made, tmp_path / "host_numbers")

    async def telling(visitor: Visitor) -> None:
        await visitor.socket.send('{"action": "told", "payload": {"text": "a"}, "more": NaN}')
        await answering(visitor)

    async with Script(telling).served() as script:
        room = module.connect_room(script.url, lazy=True)
        async with room:
            messages = room.messages()
            room.connect()
            assert (await anext(messages)).problem == "not_json"
            with pytest.raises(ValueError, match="not JSON compliant"):
                await room.ask(answers=[], share=float("nan"))
            assert (await room.ask(answers=[answer("a")], share=0.5)).payload.text == "a"


async def test_a_hook_that_ends_late_counts_for_no_other_connection(client: Any) -> None:
    begun, late, done = asyncio.Event(), asyncio.Event(), asyncio.Event()
    hooks = 0

    async def hook(room: Any, first: bool) -> None:
        nonlocal hooks
        hooks += 1
        if hooks == 2:
            begun.set()
            await done.wait()
            return
        try:
            await done.wait()
        except asyncio.CancelledError:
            await begun.wait()
            late.set()

    async with Script(closing(1012), silent).served() as script:
        room = client.connect_room(script.url, on_connect=hook, lazy=True)
        async with room:
            states = room.states()
            room.connect()
            await until(states, client.Waiting)
            room.wake()
            await late.wait()
            await asyncio.sleep(0)
            assert isinstance(room.state, client.Connecting)
            done.set()
            await until(states, client.Open)


async def test_a_provider_that_fails_late_counts_for_no_other_attempt(secret_client: Any) -> None:
    asked: list[str] = []
    told: list[str] = []
    late, done = asyncio.Event(), asyncio.Event()

    async def token(request: Any) -> str:
        asked.append(request.reason)
        if request.reason == "connect":
            try:
                await done.wait()
            except asyncio.CancelledError:
                raise ValueError("late") from None
        if request.reason == "rejected":
            await late.wait()
        return str(request.reason)

    def tell(error: Exception) -> None:
        told.append(str(error))
        late.set()

    async with Script(answering, refusals={1: 401}).served() as script:
        room = secret_client.connect_room(script.url, token=token, on_error=tell, lazy=True)
        async with room:
            states = room.states()
            room.connect()
            await asyncio.sleep(0)
            assert await room.refresh_token() == "expiring"
            names = [type(await anext(states)).__name__ for _ in range(4)]
            assert names == ["Idle", "Connecting", "Connecting", "Open"]
        sent = [request.headers["Authorization"] for request in script.requests]
    assert (asked, told) == (["connect", "expiring", "rejected"], ["late"])
    assert sent == ["Bearer expiring", "Bearer rejected"]


async def test_no_header_has_the_end_of_a_line(secret_client: Any) -> None:
    broken = "s3cret\r\nX-Other: y"

    async def token(request: Any) -> str:
        return broken

    async with Script(answering).served() as script:
        for options in (
            {"token": broken},
            {"extra_headers": {"X": broken}},
            {"subprotocols": [broken]},
        ):
            with pytest.raises(ValueError, match="the end of a line") as caught:
                secret_client.connect_room(script.url, **options)
            assert "s3cret" not in str(caught.value)
        with pytest.raises(secret_client.ConnectionClosed) as closed:
            async with secret_client.connect_room(script.url, token=token):
                raise AssertionError("it is not open")
        assert closed.value.close.code == 1002
        assert script.requests == []


async def test_a_password_in_the_url_is_in_no_text(client: Any) -> None:
    room = client.connect_room("wss://ada:s3cret@chat.example.org/v1", lazy=True)
    assert "wss://chat.example.org/v1/room" in repr(room)


async def test_a_wrong_reply_is_told_with_what_is_wrong(client: Any) -> None:
    wrong = {"action": "answer", "payload": {"text": 7}}
    foreign = {"action": "nonsense"}
    async with Script(answering).served() as script, client.connect_room(script.url) as room:
        messages = room.messages()
        problems: list[str] = []
        replies: list[dict[str, Any]] = [wrong, foreign]
        for number, reply in enumerate(replies, start=1):
            with pytest.raises(client.InvalidReply) as caught:
                await room.ask(answers=[reply])
            assert caught.value.raw == {"ref": number, **reply}
            problems.append(caught.value.problem)
        unknown = (await anext(messages)).problem
        assert problems == [unknown, "it is not a message of the document."]
        assert (await anext(messages)).problem == "no_message"


async def test_a_socket_tells_with_each_frame_that_it_takes_some() -> None:
    told: list[bool] = []
    opened, drained = asyncio.Event(), asyncio.Event()

    def blocked(is_blocked: bool) -> None:
        told.append(is_blocked)
        if not is_blocked:
            drained.set()

    def ignore(*_: Any) -> None:
        """Nothing else is looked at."""

    events = Events(opened=opened.set, received=ignore, closed=ignore, blocked=blocked)
    async with Script(silent).served() as script:
        socket = Socket(Handshake(script.url, (), ()), events, max_frame=1024, options={})
        await opened.wait()
        for _ in range(3):
            socket.send("x" * 100_000)
        await drained.wait()
        assert told == [True, True, True, False]
        socket.drop(1000, "")
        await socket.closed()


async def test_a_handler_may_close_the_client_though_others_have_not_begun(client: Any) -> None:
    closed = asyncio.Event()

    async def telling(visitor: Visitor) -> None:
        await visitor.heard()
        await visitor.send(TOLD)
        await visitor.send(TOLD)
        await visitor.gone()

    async def told(message: Any) -> None:
        await room.close()
        closed.set()

    async with Script(telling).served() as script:
        room: Any = client.connect_room(script.url)
        async with room:
            room.on(client.models.Told, told)
            asking = asyncio.create_task(room.ask(answers=[]))
            await closed.wait()
            with pytest.raises(client.ConnectionClosed):
                await asking
