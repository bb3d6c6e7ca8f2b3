"""The database: a schema of PostgreSQL for each tenant."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Annotated, Final

from fastapi import Depends, WebSocket
from sqlalchemy import event, orm
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from chanx.core.errors import LayerUnavailable

TENANTS: Final = ("acme", "globex")

# --8<-- [start:sessions]
engine = create_async_engine("postgresql+psycopg:///postgres", pool_size=10, max_overflow=0)
sessions = async_sessionmaker(engine, expire_on_commit=False)


@asynccontextmanager
async def session_of(tenant: str) -> AsyncIterator[AsyncSession]:
    """A session whose tables are those of a tenant's schema; committed unless something raises."""
    tables = engine.execution_options(schema_translate_map={None: tenant})
    async with sessions(bind=tables) as session:
        try:
            yield session
            await session.commit()
        finally:
            await tell_others(session)


async def get_session(websocket: WebSocket) -> AsyncIterator[AsyncSession]:
    """The session of one message, by the tenant that the connection is for."""
    async with session_of(websocket.path_params["tenant"]) as session:
        yield session


Session = Annotated[AsyncSession, Depends(get_session)]
# --8<-- [end:sessions]


# --8<-- [start:on_commit]
def on_commit(session: AsyncSession, tell: Callable[[], Awaitable[object]]) -> None:
    """Have others told once the session's transaction is committed; not if it is rolled back."""
    savepoint = session.sync_session.get_nested_transaction()
    session.info.setdefault("waiting", []).append((savepoint, tell))


@event.listens_for(orm.Session, "after_commit")
def committed(session: orm.Session) -> None:
    """Have what waited for this commit told, whatever becomes of the next transaction."""
    if not session.in_nested_transaction():  # else a savepoint is released, and nothing is settled
        waiting = session.info.pop("waiting", ())
        session.info.setdefault("committed", []).extend(tell for _, tell in waiting)


@event.listens_for(orm.Session, "after_rollback")
def rolled_back(session: orm.Session) -> None:
    """Forget what is not so: what was within a savepoint, or all of it."""
    ended = session.get_nested_transaction()
    waiting = session.info.pop("waiting", ())
    if ended is not None:
        session.info["waiting"] = [each for each in waiting if not is_within(each[0], ended)]


def is_within(savepoint: orm.SessionTransaction | None, outer: orm.SessionTransaction) -> bool:
    """Return whether a savepoint is another one, or was set within it."""
    while savepoint is not None and savepoint is not outer:
        savepoint = savepoint.parent
    return savepoint is outer


async def tell_others(session: AsyncSession) -> None:
    """Tell others of what is committed, which stays so though a layer is away."""
    for tell in session.info.pop("committed", ()):
        with suppress(LayerUnavailable):
            await tell()


# --8<-- [end:on_commit]


class Base(DeclarativeBase):
    """What all tables have in common."""


class Entry(Base):
    """What somebody said."""

    __tablename__ = "entries"
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]
