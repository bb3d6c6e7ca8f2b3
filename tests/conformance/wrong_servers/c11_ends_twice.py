"""C11: its streams end twice."""

from tests.conformance.right import app as right
from tests.conformance.wrong_servers.around import Around, Frame


class EndsTwice(Around):
    def given(self, frame: Frame) -> list[Frame]:
        return [frame, frame] if frame["action"] == "counted" else [frame]


app = EndsTwice(right)
