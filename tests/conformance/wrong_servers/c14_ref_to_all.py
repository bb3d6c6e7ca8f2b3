"""C14: it sends the ref of a request to everybody."""

from tests.conformance.right import app as right
from tests.conformance.wrong_servers.around import Around, Frame


class RefToAll(Around):
    def given(self, frame: Frame) -> list[Frame]:
        return [{"ref": 1, **frame} if frame["action"] == "said" else frame]


app = RefToAll(right)
