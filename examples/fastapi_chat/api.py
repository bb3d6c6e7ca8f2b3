"""The HTTP endpoints beside the WebSocket: what rooms there are, and announcements to them."""

from fastapi import APIRouter, HTTPException, status
from pydantic import BaseModel

from fastapi_chat.consumer import ChatRoom, room_group
from fastapi_chat.dependencies import RoomName, RoomsDependency
from fastapi_chat.messages import Announcement, TextPayload

router = APIRouter(prefix="/api", tags=["rooms"])


class RoomOverview(BaseModel):
    """A room and what goes on there."""

    name: str
    people: int
    messages: int


@router.get("/rooms")
async def list_rooms(rooms: RoomsDependency) -> list[RoomOverview]:
    """List the rooms in alphabetical order."""
    return [
        RoomOverview(name=name, people=len(room.members), messages=len(room.messages))
        for name, room in await rooms.by_name()
    ]


@router.post(
    "/rooms/{room}/announcements",
    status_code=status.HTTP_202_ACCEPTED,
    responses={404: {"description": "There is no such room."}},
)
async def announce(
    room: RoomName, announcement: TextPayload, rooms: RoomsDependency
) -> Announcement:
    """Announce something to everyone who is in a room now."""
    if await rooms.find(room) is None:
        raise HTTPException(status.HTTP_404_NOT_FOUND, "There is no such room.")
    event = Announcement(payload=announcement)
    await ChatRoom.broadcast_event(event, groups=[room_group(room)])
    return event
