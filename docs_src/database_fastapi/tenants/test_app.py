"""Two tenants write, and neither sees what the other wrote."""

from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
import pytest_asyncio
from sqlalchemy.schema import CreateSchema, DropSchema

from app import PAGE, Export, Exported, Line, Log, Write, app, keep, post
from chanx.core.errors import LayerUnavailable
from chanx.layers import MemoryLayer
from chanx.testing import FaultyLayer, WebsocketCommunicator, default_layer
from database import TENANTS, Base, Entry, engine, session_of


@pytest_asyncio.fixture(autouse=True)
async def schemas() -> AsyncIterator[None]:
    """An empty schema for each tenant."""
    for tenant in TENANTS:
        async with engine.begin() as connection:
            await connection.execute(DropSchema(tenant, cascade=True, if_exists=True))
            await connection.execute(CreateSchema(tenant))
            mapped = await connection.execution_options(schema_translate_map={None: tenant})
            await mapped.run_sync(Base.metadata.create_all)
    yield
    await engine.dispose()


def client(tenant: str) -> WebsocketCommunicator:
    return WebsocketCommunicator(app, f"/{tenant}/log", consumer=Log)


@pytest.mark.asyncio
async def test_what_one_tenant_writes_no_other_reads() -> None:
    async with client("acme") as acme, client("globex") as globex:
        await acme.send_message(Write(payload="of acme"))
        assert await acme.expect(Line) == Line(payload="of acme")
        await globex.send_message(Write(payload="of globex"))
        assert await globex.expect(Line) == Line(payload="of globex")
        await acme.send_message(Export())
        assert await acme.expect(Line) == Line(payload="of acme")
        assert await acme.expect(Exported)


@pytest.mark.asyncio
async def test_what_is_refused_is_not_kept() -> None:
    async with client("acme") as acme:
        await acme.send_message(Write(payload=""))
        await acme.expect_error("empty")
        await acme.send_message(Export())
        assert await acme.expect(Exported)


@pytest.mark.asyncio
async def test_an_export_of_many_pages_holds_no_session_while_its_client_reads() -> None:
    texts = [f"line {number}" for number in range(2 * PAGE + 1)]
    async with session_of("acme") as session:
        session.add_all(Entry(text=text) for text in texts)
    async with client("acme") as acme:
        await acme.send_message(Export())
        heard = [(await acme.expect(Line)).payload for _ in texts]
        assert await acme.expect(Exported)
    assert heard == texts


async def exported(client: WebsocketCommunicator) -> list[str]:
    """What is kept."""
    await client.send_message(Export())
    messages = await client.receive_all_messages(stop_action="exported")
    return [message.payload for message in messages if isinstance(message, Line)]


@pytest.mark.asyncio
async def test_what_is_committed_is_told_once_it_is_there() -> None:
    async with client("acme") as acme, client("globex") as globex:
        async with session_of("acme") as session:
            keep(session, "acme", "first")
            await session.flush()
            await acme.refute(Line)
        assert await acme.expect(Line) == Line(payload="first")
        await post("acme", "second")
        assert await acme.expect(Line) == Line(payload="second")
        await globex.refute(Line)
        assert await exported(acme) == ["first", "second"]


async def half_kept() -> None:
    """Keeps one line, and fails before it keeps another."""
    async with session_of("acme") as session:
        keep(session, "acme", "kept")
        await session.commit()
        keep(session, "acme", "not kept")
        raise ZeroDivisionError


@pytest.mark.asyncio
async def test_what_is_rolled_back_is_told_to_nobody() -> None:
    async with client("acme") as acme:
        with pytest.raises(ZeroDivisionError):
            await half_kept()
        async with session_of("acme") as session:
            keep(session, "acme", "taken back")
            await session.rollback()
        assert await acme.expect(Line) == Line(payload="kept")
        await acme.refute(Line)
        assert await exported(acme) == ["kept"]


@pytest.mark.asyncio
async def test_what_a_savepoint_takes_back_is_told_to_nobody_and_the_rest_is() -> None:
    async with client("acme") as acme:
        async with session_of("acme") as session:
            keep(session, "acme", "before")
            with suppress(ZeroDivisionError):
                async with session.begin_nested():
                    keep(session, "acme", "taken back")
                    async with session.begin_nested():
                        keep(session, "acme", "taken back with it")
                    raise ZeroDivisionError
            async with session.begin_nested():
                keep(session, "acme", "released")
        heard = [frame["payload"] for frame in await acme.receive_all_json()]
        assert heard == ["before", "released"]
        assert await exported(acme) == ["before", "released"]


@pytest.mark.asyncio
async def test_a_savepoint_that_is_released_is_no_commit() -> None:
    async with client("acme") as acme:
        with suppress(ZeroDivisionError):
            async with session_of("acme") as session:
                async with session.begin_nested():
                    keep(session, "acme", "taken back")
                raise ZeroDivisionError
        await acme.refute(Line)
        assert await exported(acme) == []


@pytest.mark.asyncio
async def test_what_nobody_can_be_told_of_is_kept_all_the_same() -> None:
    with default_layer(FaultyLayer(MemoryLayer())) as layer:
        layer.fail("line", error=LayerUnavailable("Redis is away."))
        async with client("acme") as acme:
            await post("acme", "in silence")
            assert await exported(acme) == ["in silence"]


@pytest.mark.asyncio
async def test_a_tenant_that_is_not_there_is_refused() -> None:
    stranger = client("umbrella")
    await stranger.connect()
    await stranger.expect_closed(4404)
