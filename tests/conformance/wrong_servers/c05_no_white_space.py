"""C5: it refuses texts that begin with white space, of which its document says nothing."""

import json

from chanx.core.asgi import Event, Send
from tests.conformance.right import app as right
from tests.conformance.wrong_servers.around import Around, refuse


class NoWhiteSpace(Around):
    async def takes(self, event: Event, send: Send) -> bool:
        try:
            frame = json.loads(event.get("text") or "")
            text, ref = frame["payload"]["text"], frame.get("ref")
            is_refused = frame["action"] == "say" and 0 < len(text) <= 40 and not text.strip()
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            return True
        if is_refused:
            await refuse(send, "validation_error", ref if isinstance(ref, str | int) else None)
        return not is_refused


app = NoWhiteSpace(right)
