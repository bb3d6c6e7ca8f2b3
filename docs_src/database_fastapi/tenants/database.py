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
    session.info.setdefault("waiting", []).append(tell)


@event.listens_for(orm.Session, "after_commit")
def committed(session: orm.Session) -> None:
    """Have what waited for this commit told, whatever becomes of the next transaction."""
    session.info.setdefault("committed", []).extend(session.info.pop("waiting", ()))


@event.listens_for(orm.Session, "after_rollback")
def rolled_back(session: orm.Session) -> None:
    """Forget what is not so."""
    session.info.pop("waiting", None)


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
