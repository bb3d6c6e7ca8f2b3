"""C13: it fails where a text has a NUL, as databases do."""

import json

from chanx.core.asgi import Event, Send
from tests.conformance.right import app as right
from tests.conformance.wrong_servers.around import Around


class FailsOnNul(Around):
    async def takes(self, event: Event, send: Send) -> bool:
        text = event.get("text") or ""
        if '"say"' in text and json.dumps("\u0000")[1:-1] in text:
            raise ValueError("A string literal cannot contain NUL (0x00) characters.")
        return True


app = FailsOnNul(right)
