"""What a client is told whose handshake FastAPI or Starlette refused."""

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any, Final

from fastapi.exceptions import WebSocketRequestValidationError
from pydantic_core import to_jsonable_python
from starlette.exceptions import HTTPException, WebSocketException

from chanx.core.asgi import Header
from chanx.core.close_codes import CloseCode, close_code_for, status_of
from chanx.core.connection import MAX_REASON_BYTES
from chanx.core.errors import RefuseConnection
from chanx.core.farewell import hint
from chanx.core.refusals import REFUSED, denial_headers
from chanx.messages import ErrorMessage, ErrorPayload, FieldError, RefusalData

logger: Final = logging.getLogger("chanx.websocket")

_INVALID: Final = "The handshake's parameters do not validate."

_UNSENDABLE: Final = frozenset({1004, 1005, 1006})
"""Close codes that no frame may carry (RFC 6455, 7.4.1)."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a connection is refused.

    Attributes:
        status: The HTTP status that says why.
        close_code: The code with which the connection closes.
        payload: What the client is told.
        reason: The reason of the close frame.
        further: Headers of the HTTP response that tells it.
    """

    status: int
    close_code: int
    payload: ErrorPayload
    reason: str = ""
    further: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def message(self) -> ErrorMessage:
        """The message that tells the client."""
        return ErrorMessage(payload=self.payload)

    @property
    def headers(self) -> list[Header]:
        """The headers of the HTTP response that tells it."""
        data = self.payload.data
        seconds = None if data is None else data.retry_after
        return denial_headers(None if isinstance(seconds, str) else seconds, self.further)

    def after(self, retry_after: float | None) -> "Refusal":
        """Return the refusal of a client that is to come back.

        Args:
            retry_after: Seconds; None to tell nothing of it.
        """
        if retry_after is None:
            return self
        data = RefusalData(retry_after=retry_after)
        payload = self.payload.model_copy(update={"data": data})
        return replace(self, payload=payload, reason=hint(retry_after))


FAILURE: Final = Refusal(
    500,
    int(CloseCode.INTERNAL_ERROR),
    ErrorPayload(code="internal_error", detail=CloseCode.INTERNAL_ERROR.description),
)
"""Of a server that fails; what happened stands in its log."""


def refusal_by(error: Exception) -> Refusal | None:
    """Return the refusal that an exception means by itself; None if it means none.

    Args:
        error: What was raised before the handshake was answered.
    """
    match error:
        case RefuseConnection():
            refusal = _with_status(error.status_code, error.detail, errors=error.errors)
            return refusal.after(error.retry_after)
        # Starlette's, of which FastAPI's is a subclass.
        case HTTPException():
            names: Mapping[str, str] = getattr(error, "headers", None) or {}
            told = _by_content(error.status_code, list(names.items()), {"detail": error.detail})
            return replace(told, further=names)
        case WebSocketException():
            return refusal_by_close(error.code, error.reason)
        case WebSocketRequestValidationError():
            return _by_fields(error.errors())
        case _:
            return None


def refusal_by_response(status: int, headers: Iterable[Header], body: bytes) -> Refusal:
    """Return the refusal that an HTTP response means.

    Args:
        status: Its status.
        headers: Its headers.
        body: Its body.
    """
    texts = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers]
    kind = next((value for name, value in texts if name.lower() == "content-type"), "")
    return _by_content(status, texts, _content(kind, body))


def refusal_by_close(code: int, reason: Any) -> Refusal:
    """Return the refusal that closing a handshake means.

    Args:
        code: The close code.
        reason: The reason; FastAPI gives the list of what does not validate.
    """
    if isinstance(reason, list):
        return _by_fields(reason)  # pyright: ignore[reportUnknownArgumentType]
    # Cut by bytes: a reason of more than 123 breaks the close frame (RFC 6455, 5.5), and half a
    # character is not UTF-8.
    text = str(reason or "").encode(errors="ignore")  # half a surrogate pair has no encoding
    payload = ErrorPayload(code="refused", detail=text.decode() or REFUSED)
    cut = text[:MAX_REASON_BYTES].decode(errors="ignore")
    return Refusal(status_of(code), _close_code(code), payload, cut)


def _close_code(code: int) -> int:
    # What RFC 6455, 7.4.1 and 7.4.2, and IANA's registry let a server send.
    if (1000 <= code <= 1014 and code not in _UNSENDABLE) or 3000 <= code <= 4999:
        return code
    # An HTTP status in the place of a close code is a common slip, and says what is meant.
    instead = close_code_for(code if 400 <= code <= 599 else 403)
    logger.warning(
        "A handshake was refused with %d, which no close frame may carry (RFC 6455, 7.4): it "
        "closes with %d. Raise HTTPException(status), or WebSocketException(code) with 1008 or "
        "one of 4000 to 4999.",
        code,
        instead,
    )
    return instead


def _by_fields(errors: Sequence[Any]) -> Refusal:
    """Return what FastAPI means by 422 (RFC 9110, 15.5.21): parameters that do not validate."""
    fields = [
        FieldError(loc=list(error["loc"]), msg=str(error["msg"]), type=str(error["type"]))
        for error in errors
    ]
    payload = ErrorPayload(code="refused", detail=_INVALID, errors=fields)
    return Refusal(422, close_code_for(422), payload)


def _by_content(status: int, headers: Sequence[tuple[str, str]], content: Any) -> Refusal:
    named = {name.lower(): value for name, value in headers}
    detail = content
    if isinstance(content, Mapping):
        detail = content.get("detail")  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
        # A detail and nothing else is all told in the text.
        if isinstance(detail, str) and len(content) == 1:  # pyright: ignore[reportUnknownArgumentType]
            content = None
    elif isinstance(content, str):
        content = None
    retry_after = named.get("retry-after")
    told = RefusalData(
        www_authenticate=named.get("www-authenticate"),
        retry_after=int(retry_after) if retry_after and retry_after.isdecimal() else retry_after,
        body=to_jsonable_python(content, fallback=str),  # what a plain exception's detail holds
    )
    return _with_status(
        status,
        detail if isinstance(detail, str) and detail else _phrase(status),
        told if told != RefusalData() else None,
    )


def _with_status(
    status: int,
    detail: str,
    data: RefusalData | None = None,
    errors: list[FieldError] | None = None,
) -> Refusal:
    payload = ErrorPayload(code="refused", detail=detail, data=data, errors=errors)
    return Refusal(status, close_code_for(status), payload)


def _content(kind: str, body: bytes) -> Any:
    """Return what a body says: JSON, text, or None for what is neither."""
    try:
        if "json" in kind:
            return json.loads(body)
        return body.decode() if kind.startswith("text/plain") else None
    except ValueError:
        return None


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return REFUSED


__all__ = ["FAILURE", "Refusal", "refusal_by", "refusal_by_close", "refusal_by_response"]
