"""FastAPI's and Starlette's own exceptions, raised by handlers: errors that are expected."""

from typing import Any

from starlette.exceptions import HTTPException, WebSocketException

from chanx.core import websocket
from chanx.core.errors import MessageError
from chanx.core.expected import code_of_status
from chanx.core.refusals import REFUSED
from chanx.ext.fast_channels.refusal import refusal_by

CLOSING = "closing"
"""The code of the error that a client is told before a ``WebSocketException`` closes."""

_UNSAID = "The request is refused."


def expect_framework_errors(consumer: type[websocket.AsyncJsonWebsocketConsumer[Any]]) -> None:
    """Have a consumer's handlers answer with FastAPI's own exceptions.

    ``HTTPException`` becomes an error whose code is that of the status
    (:func:`~chanx.core.expected.code_of_status`): ``not_found`` for 404. Its text is the detail, a
    detail of another kind goes into ``data``, beside what its headers ask for.
    ``WebSocketException`` becomes the error ``closing``, and closes with its code.

    Args:
        consumer: The class of all consumers of the framework.
    """
    consumer.exception_handler(HTTPException)(_told_of_status)
    consumer.exception_handler(WebSocketException)(_told_of_close)


def _told_of_status(consumer: Any, error: HTTPException) -> MessageError | None:
    # A redirect refuses nothing, and no close code stands for it: it is a failure of the handler.
    if not 400 <= error.status_code <= 599:
        return None
    refusal = refusal_by(error)
    assert refusal is not None
    payload = refusal.payload
    detail = _UNSAID if payload.detail == REFUSED else payload.detail  # no connection is refused
    code = code_of_status(error.status_code)
    return MessageError(code, detail, data=payload.data, status_code=error.status_code)


def _told_of_close(consumer: Any, error: WebSocketException) -> MessageError:
    refusal = refusal_by(error)
    assert refusal is not None
    return MessageError(CLOSING, refusal.payload.detail, closes=refusal.close_code)


__all__ = ["CLOSING", "expect_framework_errors"]
