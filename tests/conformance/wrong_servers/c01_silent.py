"""C1: it does what is asked, and answers nothing."""

from tests.conformance.right import app as right
from tests.conformance.wrong_servers.around import Around, Frame


class Silent(Around):
    def given(self, frame: Frame) -> list[Frame]:
        return [] if frame["action"] == "said" and "ref" in frame else [frame]


app = Silent(right)
