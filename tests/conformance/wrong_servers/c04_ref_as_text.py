"""C4: it gives the ref back as text."""

from tests.conformance.right import app as right
from tests.conformance.wrong_servers.around import Around, Frame


class RefAsText(Around):
    def given(self, frame: Frame) -> list[Frame]:
        return [{**frame, "ref": str(frame["ref"])} if "ref" in frame else frame]


app = RefAsText(right)
