"""A log of each tenant, which its members write and read."""

from collections.abc import AsyncIterator
from typing import Literal

from django.db import transaction

from chanx.core.errors import RefuseConnection
from chanx.core.handler import Call
from chanx.ext.channels import AsyncJsonWebsocketConsumer, BaseMessage, ws_handler
from desk.models import Entry
from desk.tenants import TENANTS, current


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


class Log(AsyncJsonWebsocketConsumer):
    """The log of one tenant."""

    tenant: str

    async def connect(self, tenant: str) -> None:
        if tenant not in TENANTS:
            raise RefuseConnection(404, "There is no such tenant.")
        self.tenant = tenant
        self.groups = [f"log of {tenant}"]

    # --8<-- [start:around]
    async def around(self, call: Call) -> None:
        token = current.set(self.tenant)
        try:
            await call()
        finally:
            current.reset(token)

    @ws_handler
    def write(self, message: Write) -> Line:
        with transaction.atomic(using=self.tenant):  # `atomic=True` is for the default database
            return Line(payload=Entry.objects.create(text=message.payload).text)

    # --8<-- [end:around]
    # --8<-- [start:export]
    @ws_handler(concurrent=True, end=Exported)
    async def export(self, message: Export) -> AsyncIterator[Line | Exported]:
        async for entry in Entry.objects.order_by("pk").aiterator(chunk_size=100):
            yield Line(payload=entry.text)  # as fast as the client reads
        yield Exported()

    # --8<-- [end:export]
