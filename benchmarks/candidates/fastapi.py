"""The loop that FastAPI's documentation shows, with pydantic in it."""

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

from benchmarks.driver import Application
from benchmarks.payloads import Shape


def echo(shape: Shape) -> Application:
    """Return an application that sends each typed message of a shape back."""
    application = FastAPI()

    @application.websocket("/")
    async def serve(websocket: WebSocket) -> None:  # pyright: ignore[reportUnusedFunction]
        await websocket.accept()
        try:
            while True:
                message = shape.message.model_validate(await websocket.receive_json())
                await websocket.send_json(message.model_dump())
        except WebSocketDisconnect:
            return

    return application
