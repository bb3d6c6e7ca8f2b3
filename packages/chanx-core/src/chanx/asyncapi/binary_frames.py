"""Binary frames in a document: one message of bytes, whose content is the project's own."""

from typing import Any, Final, Literal

from chanx.messages import BaseMessage

BINARY_TYPE: Final = "application/octet-stream"
"""The content type of what is bytes and nothing more (RFC 2046, 4.5.1)."""


class BinaryFrame(BaseMessage):
    """A binary frame, which has neither an action nor a ref."""

    action: Literal["binary"] = "binary"


def binary_schema() -> dict[str, Any]:
    """Return the schema of such a frame, as JSON Schema has it for what is no JSON."""
    return {
        "type": "string",
        "format": "binary",
        "description": "A binary frame, which has neither an action nor a ref.",
    }


__all__ = ["BINARY_TYPE", "BinaryFrame", "binary_schema"]
