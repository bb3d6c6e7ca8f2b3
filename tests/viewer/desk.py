"""A desk that helps: a document with everything that a reader fills in, and its sockets."""

from typing import Any

from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from tests.viewer.applications import serving


def desk(channels: int = 1, operations: int = 3) -> Starlette:
    """An application with the desk's page and sockets, and so many channels of so many operations.

    A socket tells its own address first, and what it then receives it sends back.

    Args:
        channels: How many channels there are beside the desk's own.
        operations: How many operations each of them has.
    """
    app = serving(_document(channels, operations))
    app.router.routes.append(WebSocketRoute("/desks/{number:path}", _echo))
    return app


async def _echo(websocket: WebSocket) -> None:
    offered = websocket.scope["subprotocols"]
    await websocket.accept(offered[0] if offered else None)
    await websocket.send_json({"asked": str(websocket.url), "offered": offered})
    try:
        while True:
            await websocket.send_text(await websocket.receive_text())
    except WebSocketDisconnect:
        return


def _document(channels: int, operations: int) -> dict[str, Any]:
    names = [f"item{number}" for number in range(operations, 0, -1)]
    lists = [f"list{number}" for number in range(channels, 0, -1)]
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Desk", "version": "1"},
        "channels": {"desk": DESK, **{key: _channel(f"/{key}", names) for key in lists}},
        "operations": {
            "desk.watch": {
                "action": "receive",
                "channel": {"$ref": "#/channels/desk"},
                "messages": [{"$ref": "#/channels/desk/messages/Watch"}],
                "security": [
                    {"$ref": "#/components/securitySchemes/key"},
                    {"$ref": "#/components/securitySchemes/offer"},
                ],
            },
            **{
                f"{key}.{name}": {
                    "action": "receive",
                    "channel": {"$ref": f"#/channels/{key}"},
                    "messages": [{"$ref": f"#/channels/{key}/messages/{name}"}],
                }
                for key in lists
                for name in names
            },
        },
        "components": {
            "schemas": {"Watched": {"type": "string", "description": "What is watched."}},
            "securitySchemes": {
                "key": {"type": "httpApiKey", "in": "query", "name": "token"},
                "offer": {
                    "type": "httpApiKey",
                    "in": "header",
                    "name": "Sec-WebSocket-Protocol",
                },
            },
        },
    }


def _channel(address: str, names: list[str]) -> dict[str, Any]:
    messages = {name: {"name": name, "payload": {"const": name}} for name in names}
    return {"address": address, "messages": messages}


DESK: dict[str, Any] = {
    "address": "/desks/{number}",
    "parameters": {"number": {"x-schema": {"type": "integer", "minimum": 1}, "default": "1"}},
    "bindings": {
        "ws": {
            "query": {
                "type": "object",
                "properties": {
                    "version": {"const": "2"},
                    "limit": {"anyOf": [{"type": "integer", "maximum": 50}, {"type": "null"}]},
                    "tags": {"type": "array", "items": {"type": "string", "minLength": 2}},
                    "token": {"type": "string"},
                },
                "required": ["version"],
            }
        }
    },
    "messages": {
        "Watch": {
            "name": "watch|unwatch",
            "title": "Watch",
            "payload": {
                "type": "object",
                "properties": {
                    "action": {"type": "string", "enum": ["watch", "unwatch"]},
                    "payload": {"$ref": "#/components/schemas/Watched"},
                },
                "required": ["action", "payload"],
            },
            "examples": [{"payload": {"action": "watch", "payload": "the door"}}],
        }
    },
}
