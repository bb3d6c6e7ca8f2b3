"""C3: it answers with a message that belongs to another operation."""

from tests.conformance.right import app as right
from tests.conformance.wrong_servers.around import Around, Frame


class OtherReply(Around):
    def given(self, frame: Frame) -> list[Frame]:
        return [{**frame, "action": "pong"}] if frame["action"] == "complete" else [frame]


app = OtherReply(right)
