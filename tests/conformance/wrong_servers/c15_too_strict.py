"""C15: it refuses frames that are a little smaller than its greatest size."""

from chanx.core.asgi import Event, Send
from tests.conformance.right import app as right
from tests.conformance.wrong_servers.around import Around, refuse


class TooStrict(Around):
    async def takes(self, event: Event, send: Send) -> bool:
        if 1000 < len(event.get("text") or "") <= 1024:
            await refuse(send, "too_large")
            await send({"type": "websocket.close", "code": 4413})
            return False
        return True


app = TooStrict(right)
