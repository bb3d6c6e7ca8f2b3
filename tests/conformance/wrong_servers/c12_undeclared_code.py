"""C12: it closes with a code that its document does not have."""

from tests.conformance.right import app as right
from tests.conformance.wrong_servers.around import Around, Frame


class UndeclaredCode(Around):
    def given(self, frame: Frame) -> list[Frame]:
        is_reply = frame["action"] == "said" and "ref" in frame
        return [frame, {"close": 4999}] if is_reply else [frame]


app = UndeclaredCode(right)
