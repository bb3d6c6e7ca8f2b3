"""The floor: ASGI, one validation, one serialisation, and nothing else."""

from collections.abc import Awaitable, Callable, Iterable

from pydantic import BaseModel, TypeAdapter
from pydantic_core import to_json

from benchmarks.driver import Application, Event
from benchmarks.payloads import Shape


def echo(shape: Shape) -> Application:
    """Return an application that sends each typed message of a shape back."""
    adapter: TypeAdapter[BaseModel] = TypeAdapter(shape.message)

    async def application(
        scope: object,
        receive: Callable[[], Awaitable[Event]],
        send: Callable[[Event], Awaitable[None]],
    ) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        while (event := await receive())["type"] == "websocket.receive":
            # No name for the message: it would live on while the next one is made.
            text = to_json(adapter.validate_json(event["text"])).decode()
            await send({"type": "websocket.send", "text": text})

    return application


async def broadcast(
    message: BaseModel, sends: Iterable[Callable[[Event], Awaitable[None]]]
) -> None:
    """Encode a message once, and send it to each member."""
    text = to_json(message).decode()
    for send in sends:
        await send({"type": "websocket.send", "text": text})
