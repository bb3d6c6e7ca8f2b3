"""Paths that no route has: they are not found, as elsewhere, and no failure of the server.

channels' outermost ``URLRouter`` raises a ``ValueError`` for them, which servers take for a
failure: status 500 and a traceback for each client that mistypes a path. Nothing of chanx stands
between the server and that router, which the project makes itself, so its class is told what to
answer.
"""

import logging
from collections.abc import Awaitable, Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, Final

from channels.routing import URLRouter

from chanx.core.asgi import Receive, Scope, Send, path_in_log
from chanx.core.close_codes import close_code_for
from chanx.core.connection import Connection
from chanx.core.wire import WireFormat
from chanx.ext.channels.applications import consumer_at
from chanx.ext.channels.settings import chanx_settings
from chanx.messages import ErrorMessage, ErrorPayload

logger: Final = logging.getLogger("chanx.websocket")

_ANSWERS: Final = "_chanx_answers_unrouted"

_Call = Callable[[URLRouter, Scope, Receive, Send], Awaitable[None]]


def answer_unrouted() -> None:
    """Have channels' routers answer 404 where they have no route."""
    call: Any = URLRouter.__call__
    if not hasattr(call, _ANSWERS):  # applications become ready again where tests change them
        setattr(URLRouter, "__call__", _answering(call))  # noqa: B010 - checkers forbid methods


def _answering(call: _Call) -> _Call:
    @wraps(call)
    async def answering(router: URLRouter, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await call(router, scope, receive, send)
        except ValueError as error:
            if scope["type"] != "websocket" or not _is_the_routers_own(error):
                raise
            text = "No route has the path %s: 404.%s"
            logger.warning(text, path_in_log(scope), _advice(router, scope))
            await _refuse(Connection(scope, receive, send))

    setattr(answering, _ANSWERS, True)
    return answering


def _is_the_routers_own(error: ValueError) -> bool:
    """Return whether the router raised an error, and not what is behind one of its routes."""
    # Two frames: this one, and that of URLRouter.__call__ which raised. A ValueError of a consumer
    # or of middleware behind a route has more.
    here = error.__traceback__
    return here is not None and here.tb_next is not None and here.tb_next.tb_next is None


def _advice(router: URLRouter, scope: Scope) -> str:
    """Return what to say where a path has a slash too few or too many at its end; else nothing."""
    # Views have APPEND_SLASH, and browsers follow no redirect of a handshake.
    path = str(scope["path"])
    meant = path[:-1] if path.endswith("/") else f"{path}/"
    # As URLRouter reads it.
    remaining = meant.removeprefix(scope.get("root_path", "")).lstrip("/")
    if not remaining or consumer_at(router, remaining) is None:
        return ""
    return f" There is one for {path_in_log({'path': meant})}."


async def _refuse(connection: Connection) -> None:
    # The connect event comes first (ASGI): what is sent before it is received some servers refuse.
    await connection.open()
    detail = "There is nothing at this path."
    message = ErrorMessage(payload=ErrorPayload(code="refused", detail=detail))
    settings = chanx_settings.consumer_settings
    wire = WireFormat(settings.discriminator_field, settings.camelize)
    told = wire.serializer(ErrorMessage).to_json(message, by_alias=True)
    if connection.can_deny:
        await connection.deny(HTTPStatus.NOT_FOUND, [(b"content-type", b"application/json")], told)
        return
    # Where the server can say no status, the close code does, as of any refusal.
    await connection.accept()
    await connection.send_text(told.decode())
    await connection.close(close_code_for(HTTPStatus.NOT_FOUND))


__all__ = ["answer_unrouted"]
