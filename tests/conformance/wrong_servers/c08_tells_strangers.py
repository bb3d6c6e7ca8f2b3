"""C8: it welcomes strangers before it refuses them."""

from tests.conformance.right import app as right
from tests.conformance.wrong_servers.around import Around, Frame


class TellsStrangers(Around):
    def given(self, frame: Frame) -> list[Frame]:
        if frame["action"] == "authentication" and frame["payload"]["status_code"] >= 400:
            return [{"action": "welcome"}, frame]
        return [frame]


app = TellsStrangers(right)
