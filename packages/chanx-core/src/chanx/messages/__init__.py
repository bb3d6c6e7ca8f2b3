"""The wire vocabulary: the base of every message, and the messages that chanx itself speaks."""

from chanx.messages._namespace import require_namespace
from chanx.messages.base import RESERVED_KEYS, BaseMessage, actions_of, is_error
from chanx.messages.incoming import PingMessage
from chanx.messages.outgoing import (
    ERROR_TEXTS,
    AuthenticationMessage,
    AuthenticationPayload,
    CompleteMessage,
    ErrorCode,
    ErrorMessage,
    ErrorPayload,
    EventCompleteMessage,
    ExpectedErrorMessage,
    ExpectedErrorPayload,
    FieldError,
    GroupCompleteMessage,
    PongMessage,
    ReconnectMessage,
    ReconnectPayload,
    RefusalData,
)

require_namespace()

__all__ = [
    "ERROR_TEXTS",
    "RESERVED_KEYS",
    "AuthenticationMessage",
    "AuthenticationPayload",
    "BaseMessage",
    "CompleteMessage",
    "ErrorCode",
    "ErrorMessage",
    "ErrorPayload",
    "EventCompleteMessage",
    "ExpectedErrorMessage",
    "ExpectedErrorPayload",
    "FieldError",
    "GroupCompleteMessage",
    "PingMessage",
    "PongMessage",
    "ReconnectMessage",
    "ReconnectPayload",
    "RefusalData",
    "actions_of",
    "is_error",
]
