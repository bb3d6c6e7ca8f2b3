"""The database: a schema of PostgreSQL for each tenant."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Final

from fastapi import Depends, WebSocket
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

TENANTS: Final = ("acme", "globex")

# --8<-- [start:sessions]
engine = create_async_engine("postgresql+psycopg:///postgres", pool_size=10, max_overflow=0)
sessions = async_sessionmaker(engine, expire_on_commit=False)


@asynccontextmanager
async def session_of(tenant: str) -> AsyncIterator[AsyncSession]:
    """A session whose tables are those of a tenant's schema; committed unless something raises."""
    tables = engine.execution_options(schema_translate_map={None: tenant})
    async with sessions(bind=tables) as session:
        yield session
        await session.commit()


async def get_session(websocket: WebSocket) -> AsyncIterator[AsyncSession]:
    """The session of one message, by the tenant that the connection is for."""
    async with session_of(websocket.path_params["tenant"]) as session:
        yield session


Session = Annotated[AsyncSession, Depends(get_session)]
# --8<-- [end:sessions]


class Base(DeclarativeBase):
    """What all tables have in common."""


class Entry(Base):
    """What somebody said."""

    __tablename__ = "entries"
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]
