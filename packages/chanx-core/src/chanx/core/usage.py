"""How clients use a handler, beyond its messages: told in the document, and kept by the server."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from chanx.core.annotations import MessageTypes, NotMessages, flatten
from chanx.core.errors import ConfigurationError


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """How clients use a handler.

    Attributes:
        cancels: The handler whose work a message to this one ends; None for none.
        end: What a stream ends with, as message classes; None if ``complete`` tells its end.
        heartbeat: Seconds of silence after which clients send this handler's message, to see
            whether the connection is alive; None if it is not a heartbeat.
        idempotent: Whether a message may be sent again when its answer was lost.
        refresh: Whether it takes new credentials while the connection is open.
    """

    cancels: str | None = None
    end: Any = None
    heartbeat: float | None = None
    idempotent: bool = False
    refresh: bool = False


class Used(Protocol):
    """A handler, as far as its usage is concerned."""

    @property
    def name(self) -> str:
        """The method's name."""
        ...

    @property
    def usage(self) -> Usage:
        """How clients use it."""
        ...

    @property
    def outputs(self) -> MessageTypes | None:
        """What it may reply; None if it does not say."""
        ...

    @property
    def streams(self) -> bool:
        """Whether it yields its replies."""
        ...


def ends_of(usage: Usage, outputs: MessageTypes | None, streams: bool) -> MessageTypes:
    """Return the classes that a stream is declared to end with; none if it is not.

    Args:
        usage: How clients use the handler.
        outputs: What it may yield; None if it does not say.
        streams: Whether it is a stream at all.

    Raises:
        ConfigurationError: If it is none, or does not yield what it is to end with.
    """
    if usage.end is None:
        return ()
    try:
        ends = flatten(usage.end)
    except NotMessages as error:
        raise ConfigurationError(f"it cannot end with what it declares: {error}") from error
    if not streams:
        raise ConfigurationError("end= is for streams: yield replies, or leave it out")
    for message in ends:
        if outputs is None or message not in outputs:
            raise ConfigurationError(
                f"it ends with {message.__qualname__}, which it does not yield: add the "
                f"class to AsyncIterator[...]"
            )
    return ends


def check_usage(consumer: type, handlers: Iterable[Used]) -> None:
    """Refuse handlers that name others which are not there, or of which there can be only one.

    Args:
        consumer: The consumer's class.
        handlers: Those that take client messages.

    Raises:
        ConfigurationError: If one cannot be used as it says; the text names it and the fix.
    """
    named = {handler.name: handler for handler in handlers}
    beats: list[str] = []
    for name, handler in named.items():
        usage, where = handler.usage, f"{consumer.__qualname__}.{name}"
        # By the method's name, since a decorator runs before the class knows its other methods.
        if usage.cancels is not None and (usage.cancels not in named or usage.cancels == name):
            known = ", ".join(other for other in named if other != name) or "none"
            raise ConfigurationError(
                f"{where}: cancels={usage.cancels!r} names no other handler of client messages: "
                f"there are {known}."
            )
        if usage.heartbeat is None:
            continue
        beats.append(name)
        # `not ... > 0` is true of NaN as well.
        if isinstance(usage.heartbeat, bool) or not usage.heartbeat > 0:
            raise ConfigurationError(
                f"{where}: heartbeat={usage.heartbeat!r}: write the seconds of silence, above zero."
            )
        # Clients take the answer for the sign of life: a stream, or none, would be none.
        if handler.streams or not handler.outputs:
            raise ConfigurationError(
                f"{where}: a heartbeat is answered at once: return a message, as PongMessage."
            )
    if len(beats) > 1:
        raise ConfigurationError(
            f"{consumer.__qualname__} has several heartbeats, {' and '.join(beats)}: clients send "
            f"one, so leave heartbeat= out at the others."
        )


__all__ = ["Usage", "Used", "check_usage", "ends_of"]
