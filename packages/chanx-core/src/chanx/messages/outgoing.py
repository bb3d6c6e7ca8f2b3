"""Messages that the server sends of its own accord."""

from collections.abc import Mapping
from typing import Any, Final, Literal

from pydantic import Field

from chanx.messages.base import BaseMessage
from chanx.messages.plain import PlainModel

# Closed, so that a client can tell all of them apart. A project's own codes travel by
# ExpectedErrorPayload, and must not be among these.
ErrorCode = Literal[
    "invalid_json",
    "unsupported_data",
    "validation_error",
    "unknown_action",
    "too_large",
    "too_deep",
    "too_many_requests",
    "handler_error",
    "handler_timeout",
    "refused",
    "internal_error",
]
"""The closed set of error codes; :data:`ERROR_TEXTS` says what each means."""

# The table in docs is made of it by scripts/generated_parts.py, which fails where a code has no
# text.
ERROR_TEXTS: Final[Mapping[ErrorCode, str]] = {
    "invalid_json": "The frame is not JSON (RFC 8259), is empty, or repeats a key (RFC 7493, 2.3).",
    "unsupported_data": "The frame is binary; messages are JSON text.",
    "validation_error": "The frame is not an object, has a number of more digits than are read "
    "(4,300), or its message does not validate; see `errors`.",
    "unknown_action": "The action is missing or no handler takes it.",
    "too_large": "The frame exceeds `Limits.max_message_size`; the connection closes (4413).",
    "too_deep": "The frame nests deeper than `Limits.max_depth`.",
    "too_many_requests": "The frame exceeds the rate of `Limits`; it was not handled.",
    "handler_error": "The handler failed; what happened stands in the server's log.",
    "handler_timeout": "The handler took longer than `Limits.handler_timeout`, and was cancelled.",
    "refused": "The connection was refused; the close code says why.",
    "internal_error": "The connection could not be served; reconnect later.",
}
"""What each error code means, in Markdown."""


class PongMessage(BaseMessage):
    """The answer to a ping: ``{"action": "pong"}``."""

    action: Literal["pong"] = "pong"


# The next three have no payload: which message, broadcast or event it was says the `ref`, or the
# order in which frames arrive.
class CompleteMessage(BaseMessage):
    """Everything that one client message caused in its handler has been sent."""

    action: Literal["complete"] = "complete"


class GroupCompleteMessage(BaseMessage):
    """A broadcast has been delivered to this client."""

    action: Literal["group_complete"] = "group_complete"


class EventCompleteMessage(BaseMessage):
    """Everything that one layer event caused in its handler has been sent."""

    action: Literal["event_complete"] = "event_complete"


class FieldError(PlainModel):
    """One thing that is wrong with a client's message."""

    loc: list[str | int] = Field(
        description="Where: keys in the client's own spelling, and list positions."
    )
    msg: str = Field(description="What is wrong, for a person.")
    # A text and no Literal: each release of pydantic has more of them.
    type: str = Field(description="What is wrong, for a program; pydantic's error types.")


# For exclude_if: a field that is absent stays away from the wire and is optional in the document,
# whereas exclude_none is a choice of each call that writes, and would take the nulls out of `data`
# as well.
def _is_absent(value: object) -> bool:
    return value is None


class RefusalData(PlainModel):
    """What an HTTP response that refuses would say besides its status and its reason."""

    www_authenticate: str | None = Field(
        default=None,
        exclude_if=_is_absent,
        description="How to authenticate, as the header WWW-Authenticate has it.",
    )
    # Both forms of Retry-After (RFC 9110, 10.2.3); a date is not turned into seconds, which would
    # need the client's clock to be the server's.
    retry_after: float | str | None = Field(
        default=None,
        exclude_if=_is_absent,
        description="When to try again: seconds, or a date as the header Retry-After has it.",
    )
    body: Any = Field(
        default=None, exclude_if=_is_absent, description="The body, where it says more."
    )


class ErrorPayload(PlainModel):
    """What went wrong with a frame, or why a connection is not served."""

    code: ErrorCode = Field(description="What went wrong, for a program.")
    detail: str = Field(description="What went wrong, for a person.")
    errors: list[FieldError] | None = Field(
        default=None,
        exclude_if=_is_absent,
        description="Present on validation errors: each field that is wrong.",
    )
    data: RefusalData | None = Field(
        default=None,
        exclude_if=_is_absent,
        description="Present on some refusals: what else there is to know.",
    )


class ErrorMessage(BaseMessage, outcome="error"):
    """An error, carrying the ``ref`` of the request that caused it where it could be read.

    On the wire: ``{"action": "error", "payload": {"code": ..., "detail": ..., "errors": [...]}}``.
    The socket stays open unless the code's description says otherwise.
    """

    action: Literal["error"] = "error"
    payload: ErrorPayload


class ExpectedErrorPayload(PlainModel):
    """What a handler says it cannot do."""

    # Not ErrorCode, whose values it must not have: clients tell the two kinds of errors apart by
    # it.
    code: str = Field(description="What went wrong, for a program: a code of the project's own.")
    detail: str = Field(description="What went wrong, for a person.")
    data: Any = Field(
        default=None, exclude_if=_is_absent, description="What else there is to know."
    )


class ExpectedErrorMessage(BaseMessage, outcome="error"):
    """An error that the project expects, as a handler raises it: nothing has failed.

    On the wire: ``{"action": "error", "payload": {"code": "busy", "detail": ..., "data": ...}}``,
    with the ``ref`` of the request. The code is none of :data:`ErrorCode`.
    """

    action: Literal["error"] = "error"
    payload: ExpectedErrorPayload


class AuthenticationPayload(PlainModel):
    """The outcome of a connection's authentication."""

    # Also where a refusal has no HTTP response: browsers see nothing of those but the close
    # (core/refusals.py).
    status_code: int = Field(description="HTTP status code: 200, or why the connection closes.")
    status_text: str = Field(description="The status in words.")
    data: Any = Field(default=None, description="What the authenticator tells the client.")


class AuthenticationMessage(BaseMessage):
    """The first message after a handshake with an authenticator, before a refusal's close too.

    On the wire: ``{"action": "authentication", "payload": {"status_code": 200, "status_text":
    "OK", "data": null}}``. A refused connection closes with code 4000 plus the status.
    """

    action: Literal["authentication"] = "authentication"
    payload: AuthenticationPayload


class ReconnectPayload(PlainModel):
    """When to come back."""

    retry_after: float = Field(
        description="Seconds to wait before connecting again; another number for each client."
    )


class ReconnectMessage(BaseMessage):
    """The last message before the server closes: to be reached again soon, perhaps elsewhere.

    On the wire: ``{"action": "reconnect", "payload": {"retry_after": 3.2}}``; the close code says
    why: 1012 where the server stops, 4511 where the connection is just old. What was sent and not
    answered by then was not handled, or not to its end.
    """

    action: Literal["reconnect"] = "reconnect"
    payload: ReconnectPayload


__all__ = [
    "ERROR_TEXTS",
    "AuthenticationMessage",
    "AuthenticationPayload",
    "CompleteMessage",
    "ErrorCode",
    "ErrorMessage",
    "ErrorPayload",
    "EventCompleteMessage",
    "ExpectedErrorMessage",
    "ExpectedErrorPayload",
    "FieldError",
    "GroupCompleteMessage",
    "PongMessage",
    "ReconnectMessage",
    "ReconnectPayload",
    "RefusalData",
]
