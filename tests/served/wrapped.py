"""The application of the servers' tests behind Starlette, which wraps what a server gives."""

from starlette.applications import Starlette
from starlette.routing import WebSocketRoute

from tests.served.app import Room

application = Starlette(routes=[WebSocketRoute("/room", Room.as_asgi())])
