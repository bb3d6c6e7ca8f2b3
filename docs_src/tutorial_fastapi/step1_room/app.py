"""A desk at which customers and those who help them talk, one room for each case."""

from typing import ClassVar, Literal

from fastapi import FastAPI

from chanx.ext.fast_channels import (
    AsyncJsonWebsocketConsumer,
    BaseMessage,
    ConsumerRouter,
    mount_asyncapi,
    ws_handler,
)


# --8<-- [start:messages]
class Say(BaseMessage):
    """Something that a client says."""

    action: Literal["say"] = "say"
    payload: str


class Said(BaseMessage):
    """Something that somebody in the room said."""

    action: Literal["said"] = "said"
    payload: str


# --8<-- [end:messages]
router = ConsumerRouter()


# --8<-- [start:consumer]
@router.consumer("/cases/{case}")
class Case(AsyncJsonWebsocketConsumer):
    """The room of one case."""

    emits: ClassVar = [Said]

    async def connect(self, case: int) -> None:
        self.groups = [f"case {case}"]

    @ws_handler
    async def say(self, message: Say) -> None:
        """Say something to everyone in the room."""
        await self.broadcast_message(Said(payload=message.payload))


# --8<-- [end:consumer]
# --8<-- [start:app]
app = FastAPI(title="Desk")
app.include_router(router)
mount_asyncapi(app)
# --8<-- [end:app]
