"""C7: it says nothing to binary frames."""

from chanx.core.asgi import Event, Send
from tests.conformance.right import app as right
from tests.conformance.wrong_servers.around import Around


class DeafToBytes(Around):
    async def takes(self, event: Event, send: Send) -> bool:
        return event.get("bytes") is None


app = DeafToBytes(right)
