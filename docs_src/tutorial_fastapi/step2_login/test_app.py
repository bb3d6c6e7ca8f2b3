import pytest

from app import Case, Line, Say, app
from chanx.testing import WebsocketCommunicator


# --8<-- [start:client]
def client(case: int, *, token: str | None) -> WebsocketCommunicator:
    subprotocols = ["token", token] if token else []
    path = f"/cases/{case}"
    return WebsocketCommunicator(app, path, consumer=Case, subprotocols=subprotocols)


@pytest.mark.asyncio
async def test_owner_and_helper_talk() -> None:
    async with client(1, token="token-of-ada") as ada, client(1, token="token-of-grace") as grace:
        await ada.send_message(Say(payload="hello"))
        line = await grace.expect(Line)
        assert (line.payload, line.by) == ("hello", "ada")


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("case", "token", "code"),
    [(1, None, 4401), (1, "guessed", 4401), (1, "token-of-eve", 4403), (9, "token-of-ada", 4404)],
)
async def test_others_are_refused(case: int, token: str | None, code: int) -> None:
    stranger = client(case, token=token)
    await stranger.connect()
    await stranger.expect_closed(code)


# --8<-- [end:client]
