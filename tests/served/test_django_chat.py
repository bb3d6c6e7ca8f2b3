"""The example with Django behind real servers: members, strangers, tokens, views and the end."""

import json

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.served.django_chat import Chat, ended, heard, post, say


async def test_two_members_hear_each_other_and_what_was_said_before(chat: Chat) -> None:
    async with chat.member("ada") as ada, chat.member("grace") as grace:
        await ada.send(json.dumps({"action": "typing"}))
        assert await heard(grace) == {"action": "is_typing", "payload": "ada"}
        await say(ada, "Hello, Grace.")
        for socket in (ada, grace):
            said = await heard(socket)
            assert (said["action"], said["payload"]["author"]) == ("said", "ada")
            assert said["payload"]["text"] == "Hello, Grace."
        await say(grace, " ")
        assert (await heard(grace))["payload"]["code"] == "validation_error"
    async with chat.browser("grace") as browser:
        headers = {"Cookie": f"sessionid={browser.cookies['sessionid']}"}
        async with chat.socket(additional_headers=headers) as grace:
            assert (await heard(grace))["action"] == "authentication"
            welcome = (await heard(grace))["payload"]
    assert (welcome["you"], welcome["room"]) == ("grace", "Lobby")
    assert [entry["text"] for entry in welcome["history"]] == [
        "Welcome to the lobby.",
        "Hello, Grace.",
    ]


async def test_what_is_posted_by_http_is_stored_and_heard_by_the_members_alone(
    chat: Chat,
) -> None:
    async with chat.member("ada") as ada, chat.member("ada", "attic") as upstairs:
        async with chat.browser("grace") as browser:
            posted = await post(browser, "/api/rooms/lobby/messages/", json={"text": "By HTTP."})
            assert posted.status_code == 201
            said = await heard(ada)
            assert (said["action"], said["payload"]["author"]) == ("said", "grace")
            assert said["payload"]["id"] == posted.json()["id"]
            stored = (await browser.get("/api/rooms/lobby/messages/")).json()
            assert stored[-1] == posted.json()
            refused = await post(browser, "/api/rooms/attic/messages/", json={"text": "Hello?"})
            assert refused.status_code == 403
            invalid = await post(browser, "/api/rooms/lobby/messages/", json={"text": ""})
            assert invalid.status_code == 400
        await say(upstairs, "Nobody else here.")
        assert (await heard(upstairs))["payload"]["text"] == "Nobody else here."


async def test_who_may_not_enter_is_told_why(chat: Chat) -> None:
    right = {"Authorization": f"Token {await chat.token('grace')}"}
    wrong = {"Authorization": "Token nonsense"}
    for room, headers, status, detail in (
        ("attic", right, 403, "Only its members may enter this room."),
        ("cellar", right, 404, "No Room matches the given query."),
        ("lobby", wrong, 401, "Invalid token."),
        ("lobby", {}, 401, "Authentication credentials were not provided."),
    ):
        async with chat.socket(room, additional_headers=headers) as socket:
            payload = (await heard(socket))["payload"]
            assert (payload["status_code"], payload["data"]["detail"]) == (status, detail)
            assert await ended(socket) == 4000 + status


async def test_a_token_may_come_as_a_subprotocol_and_is_not_sent_back(chat: Chat) -> None:
    token = await chat.token("ada")
    async with chat.socket(subprotocols=["chat", "token", token]) as socket:
        assert socket.subprotocol in (None, "chat")
        assert (await heard(socket))["payload"]["status_code"] == 200


async def test_a_session_counts_on_the_pages_of_the_server_alone(chat: Chat) -> None:
    async with chat.browser("ada") as browser:
        headers = {"Cookie": f"sessionid={browser.cookies['sessionid']}"}
        async with chat.socket(origin=f"http://{chat.host}", additional_headers=headers) as own:
            assert (await heard(own))["payload"]["status_code"] == 200
        async with chat.socket(origin="http://evil.example", additional_headers=headers) as other:
            assert (await heard(other))["payload"]["code"] == "refused"
            assert await ended(other) == 4403


async def test_the_pages_are_for_those_who_are_logged_in_and_fetch_nothing_elsewhere(
    chat: Chat,
) -> None:
    async with chat.browser() as stranger:
        assert (await stranger.get("/rooms/lobby/")).url.path == "/login/"
    async with chat.browser("ada") as browser:
        for path in ("/", "/rooms/lobby/", "/asyncapi/docs/", "/admin/"):
            page = await browser.get(path)
            assert page.status_code == 200
            assert page.headers["content-security-policy"].startswith("default-src 'none'")
            assert "https://" not in page.text
        for path in ("/static/chat/room.js", "/static/chat/style.css"):
            assert (await browser.get(path)).status_code == 200
        document = (await browser.get("/asyncapi/schema/")).json()
    (channel,) = document["channels"].values()
    assert channel["address"] == "/ws/rooms/{slug}/"
    assert document["servers"]["default"]["host"] == chat.host


async def test_a_server_that_stops_ends_its_connections(chat: Chat) -> None:
    async with chat.member("ada") as ada, chat.member("grace") as grace:
        assert await chat.server.terminate() in (0, -15)
        codes = {await ended(ada), await ended(grace)}
    assert codes == {4503 if chat.server.kind == "daphne" else 1012}
    assert "Traceback" not in chat.server.output


async def test_a_path_that_no_route_has_is_not_found_and_one_line_in_the_log(chat: Chat) -> None:
    for path in ("/ws/rooms/lobby", "/nowhere/"):
        url = f"ws://{chat.host}{path}?token=secret"
        if chat.server.kind == "daphne":  # which answers a refused handshake with 403 alone
            async with connect(url, proxy=None) as socket:
                assert (await heard(socket))["payload"]["code"] == "refused"
                assert await ended(socket) == 4404
        else:
            with pytest.raises(InvalidStatus) as refused:
                await connect(url, proxy=None)
            response = refused.value.response
            assert response.status_code == 404
            assert json.loads(response.body)["payload"]["code"] == "refused"
        async with chat.browser() as browser:
            assert (await browser.get(path)).status_code == 404
    await chat.server.terminate()
    output = chat.server.output
    assert output.count("No route has the path") == 2
    assert "Traceback" not in output
