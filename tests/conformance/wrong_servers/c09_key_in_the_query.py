"""C9: it takes the key from the query as well, of which its document says nothing."""

from urllib.parse import parse_qs

from chanx.core.asgi import Scope
from tests.conformance.right import app as right
from tests.conformance.wrong_servers.around import Around


class KeyInTheQuery(Around):
    def opened(self, scope: Scope) -> Scope:
        [token] = parse_qs(scope["query_string"].decode()).get("token", [""])
        header = [(b"x-key", token.encode())] if token else []
        return {**scope, "headers": [*scope["headers"], *header]}


app = KeyInTheQuery(right)
