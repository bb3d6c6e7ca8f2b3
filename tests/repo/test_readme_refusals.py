"""What the README says of a refused browser is what a refused browser gets."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException, Path, Query, WebSocket
from fastapi.responses import JSONResponse
from fastapi.security import HTTPBearer
from playwright.async_api import Browser
from starlette.exceptions import WebSocketException

from chanx.core.authenticator import BaseAuthenticator
from chanx.core.errors import RefuseConnection
from chanx.core.limits import Limits
from chanx.ext.fast_channels import AsyncJsonWebsocketConsumer, ConsumerRouter

WHY: dict[str, tuple[int, str]] = {}
"""By address: the close code of its refusal, and what its client is told."""

app = FastAPI()
sub_app = FastAPI()
router = ConsumerRouter(prefix="/ws")
mounted = ConsumerRouter()


class Open(AsyncJsonWebsocketConsumer):
    """Lets everybody in, whom nothing refuses before."""


def is_consumer(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, AsyncJsonWebsocketConsumer)


def refuses(path: str, code: int, why: str) -> Callable[[Any], Any]:
    """Register a consumer that refuses; or a dependency, before one that would let in."""

    def register(refusing: Any) -> Any:
        where, _, _ = path.partition("?")
        consumer, before = (refusing, []) if is_consumer(refusing) else (Open, [Depends(refusing)])
        router.add_consumer(where, consumer, dependencies=before)
        WHY[f"/ws{path}"] = code, why
        return refusing

    return register


@refuses("/authenticator", 4401, "Unauthorized")
class Authenticated(AsyncJsonWebsocketConsumer):
    class authenticator_class(BaseAuthenticator):
        async def authenticate(self, scope: Any) -> bool:
            return False


@refuses("/authenticator/refuses", 4402, "Pay first.")
class Paid(AsyncJsonWebsocketConsumer):
    class authenticator_class(BaseAuthenticator):
        async def authenticate(self, scope: Any) -> bool:
            raise RefuseConnection(402, "Pay first.")


@refuses("/authenticator/fails", 4500, "The server failed; what happened stands in its log.")
class Broken(AsyncJsonWebsocketConsumer):
    class authenticator_class(BaseAuthenticator):
        async def authenticate(self, scope: Any) -> bool:
            raise ZeroDivisionError("secret")


@refuses("/origin", 4403, "This origin may not connect.")
class Origin(AsyncJsonWebsocketConsumer):
    allowed_origins = ("https://example.com",)


@refuses("/timeout", 4408, "The handshake took too long.")
class Slow(AsyncJsonWebsocketConsumer):
    limits = Limits(handshake_timeout=0.05)

    async def connect(self) -> None:
        await asyncio.Event().wait()


@refuses("/connect/refuses", 4404, "No such room.")
class Refusing(AsyncJsonWebsocketConsumer):
    async def connect(self) -> None:
        raise RefuseConnection(404, "No such room.")


@refuses("/connect/raises", 4409, "That name is taken.")
class Raising(AsyncJsonWebsocketConsumer):
    async def connect(self) -> None:
        raise HTTPException(409, "That name is taken.")


@refuses("/connect/closes", 4404, "closed by hand")
class Closing(AsyncJsonWebsocketConsumer):
    async def connect(self) -> None:
        await self.close(4404, "closed by hand")


@refuses("/connect/closes-the-websocket", 4321, "closed by hand")
class ClosingTheWebSocket(AsyncJsonWebsocketConsumer):
    async def connect(self, websocket: WebSocket) -> None:
        await websocket.close(4321, "closed by hand")


class Numbered(AsyncJsonWebsocketConsumer):
    async def connect(
        self, number: Annotated[int, Path()], limit: Annotated[int, Query(le=10)] = 1
    ) -> None: ...


router.add_consumer("/parameters/{number}", Numbered)
for address in ("/parameters/one", "/parameters/1?limit=11"):
    WHY[f"/ws{address}"] = 4422, "The handshake's parameters do not validate."


@refuses("/dependency", 4401, "Who are you?")
async def nobody() -> None:
    raise HTTPException(401, "Who are you?")


@refuses("/dependency/in-a-thread", 4403, "Not you.")
def nobody_in_a_thread() -> None:
    raise HTTPException(403, "Not you.")


@refuses("/dependency/yields", 4429, "Not so often.")
async def nobody_for_now() -> AsyncIterator[None]:
    raise HTTPException(429, "Not so often.")
    yield


@refuses("/dependency/refuses", 4404, "No such room.")
async def nowhere() -> None:
    raise RefuseConnection(404, "No such room.")


@refuses("/dependency/closes", 4321, "Not today.")
async def never() -> None:
    raise WebSocketException(4321, "Not today.")


@refuses("/dependency/closes-the-websocket", 4321, "closed by hand")
async def closing(websocket: WebSocket) -> None:
    await websocket.close(4321, "closed by hand")


@refuses("/dependency/fails", 4500, "The server failed; what happened stands in its log.")
async def broken() -> None:
    raise ZeroDivisionError("secret")


@refuses("/dependency/needs?limit=many", 4422, "The handshake's parameters do not validate.")
async def limited(limit: int) -> None: ...


class Full(Exception):
    """An exception of the application's own."""


@refuses("/dependency/own", 4418, "The house is full.")
async def full() -> None:
    raise Full


@app.exception_handler(Full)
async def tell_full(_request: Any, _error: Full) -> JSONResponse:
    return JSONResponse({"detail": "The house is full."}, 418)


refuses("/security", 4401, "Not authenticated")(HTTPBearer())

# And wherever a consumer may be put.
mounted.add_consumer("/room", Open, dependencies=[Depends(nobody)])
mounted.add_consumer("/refused", Refusing)
sub_app.include_router(mounted)
app.include_router(router)
app.mount("/mounted", mounted)
app.mount("/sub", sub_app)
app.mount("/consumer", Refusing.as_asgi())
app.router.add_websocket_route("/route", Refusing.as_asgi())
for place in ("/mounted", "/sub"):
    WHY[f"{place}/room"] = 4401, "Who are you?"
    WHY[f"{place}/refused"] = 4404, "No such room."
WHY["/consumer/"] = WHY["/route"] = 4404, "No such room."


SOCKET = """(url) => new Promise((done) => {
    const frames = [];
    const socket = new WebSocket(url);
    socket.onmessage = ({ data }) => frames.push(JSON.parse(data));
    socket.onclose = ({ code, reason }) => done([code, reason, frames]);
})"""


async def test_a_browser_that_is_refused_can_read_why(
    browser: Browser, serve: Callable[..., str]
) -> None:
    host = serve(app)
    page = await browser.new_page()
    await page.goto(f"http://{host}/openapi.json")  # any page of a host of its own
    for path, (status, why) in WHY.items():
        code, reason, frames = await page.evaluate(SOCKET, f"ws://{host}{path}")
        told = [value for frame in frames for value in frame["payload"].values()] or [reason]
        assert (path, code, why in told) == (path, status, True), told
