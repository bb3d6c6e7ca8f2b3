"""A log of each tenant, which its members write and read."""

from collections.abc import AsyncIterator, Sequence
from typing import ClassVar, Final, Literal

from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from chanx.core.errors import MessageError, RefuseConnection
from chanx.ext.fast_channels import (
    AsyncJsonWebsocketConsumer,
    BaseMessage,
    ConsumerRouter,
    ws_handler,
)
from chanx.layers import MemoryLayer, register_layer
from database import TENANTS, Entry, Session, on_commit, session_of

PAGE: Final = 100


class Write(BaseMessage):
    """Keep a line."""

    action: Literal["write"] = "write"
    payload: str


class Line(BaseMessage):
    """A line that was kept."""

    action: Literal["line"] = "line"
    payload: str


class Export(BaseMessage):
    """Send every line there is."""

    action: Literal["export"] = "export"


class Exported(BaseMessage):
    """That was every line."""

    action: Literal["exported"] = "exported"


router = ConsumerRouter()


@router.consumer("/{tenant}/log")
class Log(AsyncJsonWebsocketConsumer[Line]):
    """The log of one tenant."""

    passthrough_events: ClassVar = [Line]
    tenant: str

    async def connect(self, tenant: str) -> None:
        if tenant not in TENANTS:
            raise RefuseConnection(404, "There is no such tenant.")
        self.tenant = tenant
        self.groups = [f"log of {tenant}"]

    # --8<-- [start:write]
    @ws_handler(errors={"empty": "There is nothing to keep."})
    async def write(self, message: Write, session: Session) -> None:
        entry = Entry(text=message.payload)
        session.add(entry)
        if not message.payload:
            raise MessageError("empty", "There is nothing to keep.")  # rolls back
        await session.commit()  # before anybody is told
        await self.broadcast_message(Line(payload=entry.text))

    # --8<-- [end:write]
    # --8<-- [start:export]
    @ws_handler(concurrent=True, end=Exported)
    async def export(self, message: Export) -> AsyncIterator[Line | Exported]:
        last = 0
        while entries := await self.page(after=last):
            for entry in entries:
                yield Line(payload=entry.text)  # as fast as the client reads
            last = entries[-1].id
        yield Exported()

    async def page(self, after: int) -> Sequence[Entry]:
        async with session_of(self.tenant) as session:
            found = select(Entry).where(Entry.id > after).order_by(Entry.id).limit(PAGE)
            return (await session.scalars(found)).all()

    # --8<-- [end:export]


register_layer("default", MemoryLayer())
app = FastAPI()
app.include_router(router)


# --8<-- [start:keep]
def keep(session: AsyncSession, tenant: str, text: str) -> None:
    """Keep a line, and have those told who follow the log; whoever has the session commits."""
    session.add(Entry(text=text))
    line = Line(payload=text)
    on_commit(session, lambda: Log.broadcast_event(line, [f"log of {tenant}"]))


@app.post("/{tenant}/entries", status_code=201)
async def post(tenant: str, text: str) -> None:
    """Keep a line that comes by HTTP."""
    async with session_of(tenant) as session:
        keep(session, tenant, text)
    # Committed, and told of.


# --8<-- [end:keep]
