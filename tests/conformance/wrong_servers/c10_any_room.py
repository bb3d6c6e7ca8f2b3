"""C10: it takes any room for the first one."""

import re

from chanx.core.asgi import Scope
from tests.conformance.right import app as right
from tests.conformance.wrong_servers.around import Around


class AnyRoom(Around):
    def opened(self, scope: Scope) -> Scope:
        path = scope["path"] if re.fullmatch("/rooms/[1-9]", scope["path"]) else "/rooms/1"
        return {**scope, "path": path, "raw_path": path.encode()}


app = AnyRoom(right)
