"""What mypy and pyright make of consumers under FastAPI; running it proves the same of Python."""

from typing import Annotated, Literal, assert_type

from fastapi import Depends, FastAPI
from starlette.routing import BaseRoute, Mount, WebSocketRoute

from chanx.ext.fast_channels import ConsumerRouter, FastAPIRouteDiscovery, asyncapi_spec_json
from chanx.ext.fast_channels.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import BaseMessage
from chanx.routing import RouteDiscovery


class News(BaseMessage):
    action: Literal["news"] = "news"
    payload: str


class Plain(AsyncJsonWebsocketConsumer):
    pass


async def name() -> str:
    return "ali"


router = ConsumerRouter()


@router.consumer("/rooms/{room}", name="room", dependencies=[Depends(name)])
class Room(AsyncJsonWebsocketConsumer[News]):
    capacity: int = 10
    passthrough_events = (News,)

    async def connect(self, room: int, name: Annotated[str, Depends(name)]) -> None:
        self.name = name


def test_a_decorated_consumer_keeps_its_type() -> None:
    assert_type(Room, type[Room])
    assert_type(Room.capacity, int)
    assert Room.__name__ == "Room"


def test_an_application_is_an_endpoint_and_a_mount() -> None:
    app = FastAPI()
    app.router.add_websocket_route("/plain", Plain.as_asgi())
    routes: list[BaseRoute] = [
        WebSocketRoute("/route", Plain.as_asgi()),
        Mount("/mount", Plain.as_asgi()),
    ]
    app.router.routes.extend(routes)
    discovery: RouteDiscovery = FastAPIRouteDiscovery(app)
    assert [route.path for route in discovery.discover()] == ["/plain", "/route", "/mount/"]


async def test_a_spec_needs_no_request() -> None:
    response = await asyncapi_spec_json(app=FastAPI(), config={"title": "Chat"})
    assert response.status_code == 200
