"""What a document says of frames, for tests."""

from collections.abc import Iterable, Mapping
from typing import Any

from chanx.core.errors import ConfigurationError
from chanx.testing.conformance.scripts import Frame, read_frame
from chanx.testing.conformance.subject import Subject, ref_of, ref_path, subjects_of


class Described:
    """The messages of a server, as its document describes a connection.

    Args:
        subject: What the document says.
    """

    def __init__(self, subject: Subject) -> None:
        self._subject = subject

    def names(self, frame: Frame) -> list[str]:
        """Return the names of the messages that a frame of the server may be; empty for none.

        Args:
            frame: The frame's text or bytes.
        """
        value = read_frame(frame).value
        return sorted({message.name for message in self._subject.matching("server", value)})

    def all_names(self, frames: Iterable[Frame]) -> list[str]:
        """Return the names of the messages that frames of the server may be, in their order."""
        return [name for frame in frames for name in self.names(frame)]

    def ref(self, frame: Frame) -> Any:
        """Return the id of a request that a frame of the server carries; None for none.

        Args:
            frame: The frame's text or bytes.
        """
        value = read_frame(frame).value
        found = [
            ref_of(message, value)
            for message in self._subject.matching("server", value)
            if ref_path(message)
        ]
        return next((ref for ref in found if ref is not None), None)


def described(document: Mapping[str, Any], channel: str) -> Described:
    """Return what a document says of the frames of a server.

    Args:
        document: The document.
        channel: The key of the channel in it.

    Raises:
        ConfigurationError: If it has no such channel.

    Example:
        >>> document = {
        ...     "asyncapi": "3.0.0",
        ...     "channels": {
        ...         "echo": {"address": "/", "messages": {"said": {"payload": {"const": "hello"}}}}
        ...     },
        ... }
        >>> echo = described(document, "echo")
        >>> echo.names('"hello"'), echo.names('"good bye"')
        (['said'], [])
    """
    found = {key: item for item in subjects_of(document) for key in item.channel.keys}
    if channel not in found:
        keys = ", ".join(found) or "none"
        raise ConfigurationError(f"The document has no channel {channel!r}: it has {keys}.")
    return Described(found[channel])


__all__ = ["Described", "described"]
