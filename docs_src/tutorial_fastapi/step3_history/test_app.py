from collections.abc import Iterator

import pytest

from app import Case, app
from chanx.testing import WebsocketCommunicator
from desk import DESK, CaseFile, Desk, desk
from messages import Entry, Line, Say, Welcome


# --8<-- [start:fixture]
@pytest.fixture(autouse=True)
def cases() -> Iterator[dict[int, CaseFile]]:
    """A desk of the test's own, with one case."""
    own = Desk(DESK.users, cases={1: CaseFile(owner=1)})
    app.dependency_overrides[desk] = lambda: own
    yield own.cases
    app.dependency_overrides.clear()


# --8<-- [end:fixture]
def client(name: str) -> WebsocketCommunicator:
    subprotocols = ["token", f"token-of-{name}"]
    return WebsocketCommunicator(app, "/cases/1", consumer=Case, subprotocols=subprotocols)


@pytest.mark.asyncio
async def test_who_comes_later_reads_what_was_said() -> None:
    async with client("ada") as ada:
        assert (await ada.expect(Welcome)).payload == []
        line = await ada.request(Say(payload="My printer is on fire."), expect=Line)
        async with client("grace") as grace:
            assert (await grace.expect(Welcome)).payload == [line.payload]


@pytest.mark.asyncio
async def test_the_others_hear_it_too(cases: dict[int, CaseFile]) -> None:
    async with client("ada") as ada, client("grace") as grace:
        await ada.send_message(Say(payload="Help!"))
        assert (await grace.expect(Line)).payload == Entry(id=1, by="ada", text="Help!")
    assert [entry.text for entry in cases[1].entries] == ["Help!"]


@pytest.mark.asyncio
async def test_strangers_are_refused() -> None:
    eve = client("eve")
    await eve.connect()
    await eve.expect_closed(4403)
