"""The desk, which remembers what was said."""

from typing import Any, ClassVar

from fastapi import FastAPI

from chanx.core.authenticator import BaseAuthenticator, Credential
from chanx.core.decorators import ws_handler
from chanx.core.errors import RefuseConnection
from chanx.core.limits import Limits
from chanx.ext.fast_channels import AsyncJsonWebsocketConsumer, ConsumerRouter, mount_asyncapi
from desk import DESK, CaseFile, DeskDependency, User
from messages import Line, Say, Welcome


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
class Case(AsyncJsonWebsocketConsumer):
    """The room of one case, for its owner and those who help."""

    authenticator_class = TokenAuthenticator
    ready_message = Welcome
    emits: ClassVar = [Line]
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
    async def say(self, message: Say) -> Line:
        """Say something to everyone in the room."""
        line = Line(payload=self.file.add(self.user, message.payload))
        await self.broadcast_message(line, exclude_current=True)
        return line


# --8<-- [end:consumer]
app = FastAPI(title="Desk")
app.include_router(router)
mount_asyncapi(app)
