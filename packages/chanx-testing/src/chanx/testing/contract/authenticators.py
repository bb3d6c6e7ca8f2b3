"""Authenticators and consumers that let clients in, refuse them or fail."""

from typing import Any

from chanx.core.authenticator import BaseAuthenticator


class Rejecting(BaseAuthenticator):
    async def authenticate(self, scope: Any) -> bool:
        self.data: Any = {"missing": "key"}
        return False


class Broken(BaseAuthenticator):
    async def authenticate(self, scope: Any) -> bool:
        raise LookupError("secret of the server")


def authentication(status: int, text: str, data: Any) -> dict[str, Any]:
    payload = {"status_code": status, "status_text": text, "data": data}
    return {"action": "authentication", "payload": payload}


__all__ = ["Broken", "Rejecting", "authentication"]
