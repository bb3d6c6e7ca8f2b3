"""C6: it closes the connection of whoever sends an invalid payload."""

from tests.conformance.right import app as right
from tests.conformance.wrong_servers.around import Around, Frame


class HangsUp(Around):
    def given(self, frame: Frame) -> list[Frame]:
        errors = frame["payload"].get("errors") if frame["action"] == "error" else None
        if errors and errors[0]["loc"][:1] == ["payload"]:
            return [frame, {"close": 4400}]
        return [frame]


app = HangsUp(right)
