"""The desk, to which one has to log in."""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from fastapi import FastAPI

from chanx.core.authenticator import BaseAuthenticator, Credential
from chanx.core.decorators import ws_handler
from chanx.core.errors import RefuseConnection
from chanx.ext.fast_channels import AsyncJsonWebsocketConsumer, ConsumerRouter, mount_asyncapi
from chanx.messages import BaseMessage


# --8<-- [start:users]
@dataclass
class User:
    id: int
    name: str
    helps: bool = False


TOKENS = {
    "token-of-ada": User(1, "ada"),
    "token-of-eve": User(2, "eve"),
    "token-of-grace": User(3, "grace", helps=True),
}
OWNERS = {1: 1, 2: 2}
"""The users whose cases these are."""
# --8<-- [end:users]


class Say(BaseMessage):
    """Something that a client says."""

    action: Literal["say"] = "say"
    payload: str


class Line(BaseMessage):
    """Something that somebody in the room said."""

    action: Literal["line"] = "line"
    payload: str
    by: str


# --8<-- [start:authenticator]
class TokenAuthenticator(BaseAuthenticator):
    """Lets in who presents a token, as the subprotocol after `token`."""

    credentials = (Credential("token", "subprotocol", "The token of your account."),)

    async def authenticate(self, scope: Any) -> bool:
        match scope["subprotocols"]:
            case ["token", token]:
                scope["user"] = TOKENS.get(token)
        return scope.get("user") is not None


# --8<-- [end:authenticator]
router = ConsumerRouter()


# --8<-- [start:consumer]
@router.consumer("/cases/{case}")
class Case(AsyncJsonWebsocketConsumer):
    """The room of one case, for its owner and those who help."""

    authenticator_class = TokenAuthenticator
    emits: ClassVar = [Line]
    user: User

    async def connect(self, case: int) -> None:
        if case not in OWNERS:
            raise RefuseConnection(404, "There is no such case.")
        if not self.user.helps and OWNERS[case] != self.user.id:
            raise RefuseConnection(403, "The case is somebody else's.")
        self.groups = [f"case {case}"]

    @ws_handler
    async def say(self, message: Say) -> None:
        """Say something to everyone in the room."""
        await self.broadcast_message(Line(payload=message.payload, by=self.user.name))


# --8<-- [end:consumer]
app = FastAPI(title="Desk")
app.include_router(router)
mount_asyncapi(app)
