"""The desk, whose cases are closed by a request over HTTP."""

from typing import Any, ClassVar

from fastapi import FastAPI, HTTPException

from chanx.core.authenticator import BaseAuthenticator, Credential
from chanx.core.decorators import event_handler, ws_handler
from chanx.core.errors import RefuseConnection
from chanx.core.limits import Limits
from chanx.ext.fast_channels import AsyncJsonWebsocketConsumer, ConsumerRouter, mount_asyncapi
from desk import DESK, CaseFile, DeskDependency, User
from messages import Closed, Delete, Deleted, Line, Rejected, Say, Welcome


class TokenAuthenticator(BaseAuthenticator):
    """Lets in who presents a token, as the subprotocol after `token`."""

    credentials = (Credential("token", "subprotocol", "The token of your account."),)

    async def authenticate(self, scope: Any) -> bool:
        match scope["subprotocols"]:
            case ["token", token]:
                scope["user"] = DESK.users.get(token)
        return scope.get("user") is not None


router = ConsumerRouter()


# --8<-- [start:consumer]
@router.consumer("/cases/{case}")
class Case(AsyncJsonWebsocketConsumer[Closed]):
    """The room of one case, for its owner and those who help."""

    authenticator_class = TokenAuthenticator
    ready_message = Welcome
    emits: ClassVar = [Line, Deleted]
    limits = Limits(max_messages_per_second=5, max_burst=20)
    user: User
    file: CaseFile

    async def connect(self, case: int, desk: DeskDependency) -> None:
        file = desk.cases.get(case)
        if file is None:
            raise RefuseConnection(404, "There is no such case.")
        if not file.is_open_to(self.user):
            raise RefuseConnection(403, "The case is somebody else's.")
        self.file = file
        self.groups = [f"case {case}"]

    async def post_authentication(self) -> None:
        await self.send_message(Welcome(payload=self.file.entries))

    @ws_handler
    async def say(self, message: Say) -> Line | Rejected:
        """Say something to everyone in the room."""
        if self.file.is_closed:
            return Rejected(payload="The case is closed.")
        line = Line(payload=self.file.add(self.user, message.payload))
        await self.broadcast_message(line, exclude_current=True)
        return line

    # --8<-- [start:delete]
    @ws_handler
    async def delete(self, message: Delete) -> Deleted | Rejected:
        """Take back something that one said oneself."""
        if not self.file.take_back(self.user, message.payload):
            return Rejected(payload="You have said no such thing.")
        deleted = Deleted(payload=message.payload)
        await self.broadcast_message(deleted, exclude_current=True)
        return deleted

    # --8<-- [end:delete]
    # --8<-- [start:event]
    @event_handler
    async def closed(self, event: Closed) -> Closed:
        """Tell the client that its case was closed, wherever that was done."""
        return event

    # --8<-- [end:event]


# --8<-- [end:consumer]
app = FastAPI(title="Desk")
app.include_router(router)
mount_asyncapi(app)


# --8<-- [start:endpoint]
@app.post("/cases/{case}/close")
async def close(case: int, why: str, desk: DeskDependency) -> None:
    """Close a case, and tell everybody who has it open."""
    file = desk.cases.get(case)
    if file is None:
        raise HTTPException(404, "There is no such case.")
    file.is_closed = True
    await Case.broadcast_event(Closed(payload=why), [f"case {case}"])


# --8<-- [end:endpoint]
