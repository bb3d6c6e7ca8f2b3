"""The chat over its sockets: what people do, what they are told, and what the document says.

The server holds every frame of these tests against the document.
"""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from inspect import isclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx
import jsonschema_rs
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from chanx.messages import BaseMessage, actions_of
from fastapi_chat import assistant, messages
from fastapi_chat.rooms import Rooms

if TYPE_CHECKING:
    from tests.examples.conftest import Server

Frame = dict[str, Any]
TIMEOUT = 30.0


class Person:
    """Somebody's connection."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    async def send(self, action: str, payload: Any = None, ref: str | int | None = None) -> None:
        frame: Frame = {"action": action}
        frame |= {} if payload is None else {"payload": payload}
        frame |= {} if ref is None else {"ref": ref}
        await self.socket.send(json.dumps(frame))

    async def receive(self, action: str) -> Frame:
        """The next frame, which is to have this action."""
        frame: Frame = json.loads(await self.socket.recv())
        assert frame["action"] == action, frame
        return frame


Join = Callable[..., Awaitable[Person]]


@pytest.fixture
async def client(server: "Server") -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=server.url, timeout=TIMEOUT) as client:
        yield client


@pytest.fixture
async def document(client: httpx.AsyncClient) -> dict[str, Any]:
    content: dict[str, Any] = (await client.get("/asyncapi.json")).json()
    return content


@pytest.fixture
async def join(server: "Server") -> AsyncIterator[Join]:
    async with AsyncExitStack() as stack:

        async def join(name: str, room: str = "lobby", *, visitor: str | None = None) -> Person:
            url = f"ws://{server.host}/ws/rooms/{quote(room)}?name={quote(name)}"
            headers = {"Cookie": f"visitor={visitor or name}"}
            socket = await stack.enter_async_context(
                connect(url, additional_headers=headers, open_timeout=TIMEOUT)
            )
            return Person(socket)

        yield join


async def two(join: Join) -> tuple[Person, Person]:
    """Ada and Grace in the lobby, who have been told of each other."""
    ada = await join("Ada")
    await ada.receive("welcome")
    grace = await join("Grace")
    await grace.receive("welcome")
    await ada.receive("presence")
    return ada, grace


async def test_a_newcomer_is_welcomed_and_the_others_are_told(join: Join) -> None:
    ada = await join("Ada")
    first = (await ada.receive("welcome"))["payload"]
    assert first["you"]["name"] == "Ada"
    assert first["members"] == [first["you"]]
    assert first["history"] == []

    grace = await join("Grace")
    second = (await grace.receive("welcome"))["payload"]
    assert second["members"] == [first["you"], second["you"]]
    assert (await ada.receive("presence"))["payload"] == second["members"]


async def test_who_leaves_is_not_there_any_more(join: Join) -> None:
    ada, grace = await two(join)
    await grace.socket.close()
    assert [member["name"] for member in (await ada.receive("presence"))["payload"]] == ["Ada"]


async def test_what_one_says_answers_the_request_and_reaches_the_others(join: Join) -> None:
    ada, grace = await two(join)
    await ada.send("say", {"text": "  Hello!  "}, ref="first")
    reply = await ada.receive("said")
    assert reply["ref"] == "first"
    assert reply["payload"]["text"] == "Hello!"
    assert reply["payload"]["author"]["name"] == "Ada"
    broadcast = await grace.receive("said")
    assert broadcast["payload"] == reply["payload"]
    assert "ref" not in broadcast


async def test_what_was_said_is_there_for_who_comes_later(join: Join) -> None:
    ada = await join("Ada")
    await ada.receive("welcome")
    await ada.send("say", {"text": "Is anybody here?"})
    said = await ada.receive("said")
    grace = await join("Grace")
    assert (await grace.receive("welcome"))["payload"]["history"] == [said["payload"]]
    elsewhere = await join("Barbara", "random")
    assert (await elsewhere.receive("welcome"))["payload"]["history"] == []


async def test_an_author_edits_and_deletes(join: Join) -> None:
    ada, grace = await two(join)
    await ada.send("say", {"text": "Helo"})
    message = (await ada.receive("said"))["payload"]
    await grace.receive("said")

    await ada.send("edit", {"id": message["id"], "text": "Hello"}, ref=2)
    edited = await ada.receive("edited")
    assert edited["ref"] == 2
    assert edited["payload"] == {**message, "text": "Hello", "revision": 1}
    assert (await grace.receive("edited"))["payload"] == edited["payload"]

    await ada.send("delete", {"id": message["id"]}, ref=3)
    assert (await ada.receive("deleted"))["ref"] == 3
    assert (await grace.receive("deleted"))["payload"] == {"id": message["id"]}


@pytest.mark.parametrize(("action", "more"), [("edit", {"text": "Mine"}), ("delete", {})])
async def test_nobody_changes_what_another_said(
    join: Join, action: str, more: dict[str, str]
) -> None:
    ada, grace = await two(join)
    await ada.send("say", {"text": "Mine"})
    message = (await grace.receive("said"))["payload"]

    await grace.send(action, {"id": message["id"], **more}, ref="x")
    rejected = await grace.receive("rejected")
    assert rejected["ref"] == "x"
    assert rejected["payload"]["code"] == "not_yours"
    await grace.send(action, {"id": message["id"] + 1, **more})
    assert (await grace.receive("rejected"))["payload"]["code"] == "not_found"

    late = await join("Barbara")
    assert (await late.receive("welcome"))["payload"]["history"] == [message]


async def test_a_browser_that_comes_back_owns_what_it_said(join: Join) -> None:
    before = await join("Ada", visitor="a browser's secret")
    you = (await before.receive("welcome"))["payload"]["you"]
    assert "secret" not in json.dumps(you)
    await before.send("say", {"text": "Helo"})
    message = (await before.receive("said"))["payload"]
    await before.socket.close()

    after = await join("Ada", visitor="a browser's secret")
    assert (await after.receive("welcome"))["payload"]["you"] == you
    await after.send("edit", {"id": message["id"], "text": "Hello"})
    await after.receive("edited")


async def test_a_name_is_refused_while_another_browser_has_it(join: Join) -> None:
    ada = await join("Ada")
    await ada.receive("welcome")
    impostor = await join("ada", visitor="another browser")
    refusal = (await impostor.receive("error"))["payload"]
    assert refusal["code"] == "refused"
    assert "choose another name" in refusal["detail"]
    with pytest.raises(ConnectionClosed) as closed:
        await impostor.socket.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4409


async def test_a_room_whose_name_does_not_fit_is_refused(join: Join) -> None:
    ada = await join("Ada", "No Room")
    refused = (await ada.receive("error"))["payload"]
    assert refused["errors"][0]["loc"] == ["path", "room"]
    with pytest.raises(ConnectionClosed) as closed:
        await ada.socket.recv()
    assert closed.value.rcvd
    assert closed.value.rcvd.code == 4422


async def test_an_announcement_over_http_reaches_everyone_in_the_room(
    join: Join, client: httpx.AsyncClient
) -> None:
    ada, grace = await two(join)
    elsewhere = await join("Barbara", "random")
    await elsewhere.receive("welcome")
    response = await client.post("/api/rooms/lobby/announcements", json={"text": "Tea!"})
    assert response.status_code == 202
    for person in (ada, grace):
        assert (await person.receive("announcement"))["payload"] == {"text": "Tea!"}
    await elsewhere.send("ping")
    await elsewhere.receive("pong")  # and nothing before


async def test_an_announcement_that_cannot_be_made_says_why(client: httpx.AsyncClient) -> None:
    response = await client.post("/api/rooms/nowhere/announcements", json={"text": "Tea!"})
    assert response.status_code == 404
    response = await client.post("/api/rooms/lobby/announcements", json={"text": ""})
    assert response.status_code == 422
    assert response.json()["detail"][0]["loc"] == ["body", "text"]


async def test_the_announcement_is_in_the_openapi_document(client: httpx.AsyncClient) -> None:
    paths = (await client.get("/openapi.json")).json()["paths"]
    operation = paths["/api/rooms/{room}/announcements"]["post"]
    assert operation["responses"].keys() >= {"202", "404", "422"}


async def test_rooms_are_listed_with_what_goes_on(join: Join, client: httpx.AsyncClient) -> None:
    ada = await join("Ada", "tea-time")
    await ada.receive("welcome")
    await ada.send("say", {"text": "Hello?"})
    await ada.receive("said")
    assert (await client.get("/api/rooms")).json() == [
        {"name": "lobby", "people": 0, "messages": 0},
        {"name": "tea-time", "people": 1, "messages": 1},
    ]


async def test_an_answer_comes_word_by_word_to_the_asker_alone(join: Join) -> None:
    ada, grace = await two(join)
    await ada.send("ask", {"text": "What is a ref?"}, ref="q")
    words = list[str]()
    frame = await ada.receive("answer_word")
    while frame["action"] == "answer_word":
        assert frame["ref"] == "q"
        words.append(frame["payload"])
        frame = json.loads(await ada.socket.recv())
    assert frame == {"action": "answer_end", "payload": "finished", "ref": "q"}
    assert len(words) > 10
    assert "".join(words) == assistant.TOPICS["ref"]
    await grace.send("ping")
    await grace.receive("pong")  # and nothing before


@pytest.mark.usefixtures("pausing_assistant")
async def test_an_answer_stops_when_its_asker_says_so(join: Join) -> None:
    ada, _ = await two(join)
    for ref in ("first", "second"):
        await ada.send("ask", {"text": "How do groups work?"}, ref=ref)
        await ada.receive("answer_word")
        await ada.send("stop")
        end = await ada.receive("answer_end")
        assert end == {"action": "answer_end", "payload": "stopped", "ref": ref}


@pytest.mark.usefixtures("pausing_assistant")
async def test_while_an_answer_comes_one_can_talk_but_not_ask(join: Join) -> None:
    ada, grace = await two(join)
    await ada.send("ask", {"text": "How do groups work?"}, ref="q")
    await ada.receive("answer_word")
    await ada.send("ask", {"text": "And streams?"}, ref="r")
    rejected = await ada.receive("rejected")
    assert (rejected["ref"], rejected["payload"]["code"]) == ("r", "busy")
    await ada.send("say", {"text": "Moment."}, ref="s")
    assert (await ada.receive("said"))["ref"] == "s"
    await grace.receive("said")


@pytest.mark.usefixtures("pausing_assistant")
async def test_who_leaves_while_an_answer_comes_leaves_nothing_behind(join: Join) -> None:
    ada, grace = await two(join)
    await grace.send("ask", {"text": "How do groups work?"})
    await grace.receive("answer_word")
    await grace.socket.close()
    assert len((await ada.receive("presence"))["payload"]) == 1


BAD_FRAMES: list[tuple[str | bytes, str, str | int | None, list[list[str]] | None]] = [
    ("", "invalid_json", None, None),
    ("{", "invalid_json", None, None),
    (b"{}", "unsupported_data", None, None),
    ("[]", "validation_error", None, [[]]),
    ('{"action": "shout", "ref": 7}', "unknown_action", 7, None),
    ('{"ref": "a"}', "unknown_action", "a", None),
    ('{"action": "say", "ref": 1}', "validation_error", 1, [["payload"]]),
    (
        '{"action": "edit", "payload": {"id": "x", "text": " "}, "ref": 2}',
        "validation_error",
        2,
        [["payload", "text"], ["payload", "id"]],
    ),
]


@pytest.mark.parametrize(("frame", "code", "ref", "locations"), BAD_FRAMES)
async def test_a_frame_that_is_no_message_is_answered_and_the_socket_lives(
    join: Join,
    frame: str | bytes,
    code: str,
    ref: str | int | None,
    locations: list[list[str]] | None,
) -> None:
    ada = await join("Ada")
    await ada.receive("welcome")
    await ada.socket.send(frame)
    error = await ada.receive("error")
    assert error["payload"]["code"] == code
    assert error.get("ref") == ref
    errors = error["payload"].get("errors")
    assert (errors and [item["loc"] for item in errors]) == locations
    await ada.send("ping", ref="still here")
    assert (await ada.receive("pong"))["ref"] == "still here"


async def test_who_sends_too_fast_is_told_for_each_frame(join: Join) -> None:
    ada = await join("Ada")
    await ada.receive("welcome")
    for ref in range(60):
        await ada.send("ping", ref=ref)
    answers = [json.loads(await ada.socket.recv()) for _ in range(60)]
    assert [answer["ref"] for answer in answers] == list(range(60))
    refused = [answer for answer in answers if answer["action"] == "error"]
    assert {answer["payload"]["code"] for answer in refused} == {"too_many_requests"}


async def test_the_document_is_valid_asyncapi(
    document: dict[str, Any], asyncapi_schema: dict[str, Any]
) -> None:
    jsonschema_rs.validator_for(asyncapi_schema).validate(document)


async def test_the_document_lists_every_message(document: dict[str, Any]) -> None:
    documented = {message["name"] for message in document["components"]["messages"].values()}
    declared = {
        action
        for value in vars(messages).values()
        if isclass(value) and issubclass(value, BaseMessage) and value is not BaseMessage
        for action in actions_of(value)
    }
    assert documented == declared | {"ping", "pong", "error", "complete"}
    (channel,) = document["channels"].values()
    assert channel["address"] == "/ws/rooms/{room}"


async def test_a_room_forgets_its_oldest_messages() -> None:
    author = messages.Member(id="1", name="Ada")
    async with Rooms(history=2).open("lobby") as room:
        for text in ("one", "two", "three"):
            room.say(author, text)
    assert [message.text for message in room.messages] == ["two", "three"]


async def test_an_empty_room_makes_place_for_a_new_one() -> None:
    rooms = Rooms(["busy", "empty"], capacity=2)
    async with rooms.open("busy") as room:
        room.enter("connection", messages.Member(id="1", name="Ada"))
    async with rooms.open("new"):
        pass
    assert [name for name, _ in await rooms.by_name()] == ["busy", "new"]
