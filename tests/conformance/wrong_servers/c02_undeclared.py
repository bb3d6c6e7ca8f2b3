"""C2: it sends a message that its document does not have."""

from tests.conformance.right import app as right
from tests.conformance.wrong_servers.around import Around, Frame


class Undeclared(Around):
    def given(self, frame: Frame) -> list[Frame]:
        more = {"action": "debug", "payload": frame}
        return [frame, more] if frame["action"] == "said" and "ref" in frame else [frame]


app = Undeclared(right)
