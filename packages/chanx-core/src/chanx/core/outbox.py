"""The one way out for the frames of a connection."""

from collections.abc import Awaitable, Mapping
from typing import Any

from chanx.constants import EVENT_ACTION_COMPLETE, GROUP_ACTION_COMPLETE, MESSAGE_ACTION_COMPLETE
from chanx.core.backlog import size_of
from chanx.core.codec import with_ref
from chanx.core.connection import Connection
from chanx.core.frames import Ref
from chanx.core.observer import Observer
from chanx.core.request import Frame, Request, current_request
from chanx.core.runtime import Runtime
from chanx.core.tracing import trace_of
from chanx.messages import BaseMessage


class Outbox:
    """Encodes, holds and sends the frames of one connection.

    Args:
        connection: The connection.
        runtime: The consumer's codec and settings.
        observer: Who is told of each frame that was sent; None for nobody.
    """

    __slots__ = ("_codec", "_connection", "_encode", "_is_direct", "_observer", "_settings")

    def __init__(self, connection: Connection, runtime: Runtime, observer: Observer | None) -> None:
        self._connection = connection
        self._codec = runtime.codec
        self._encode = runtime.codec.encode
        self._observer = observer
        self._settings = settings = runtime.settings
        # Whether there is nothing to do with a frame but to send it, as is usual.
        self._is_direct = settings.send_message_immediately and observer is None

    def reply(self, message: BaseMessage, ref: Ref | None) -> Awaitable[bool]:
        """Send what a handler returned.

        Args:
            message: The message.
            ref: The correlation id of the request; None for none.
        """
        # First: what cannot be encoded is not noted as the answer.
        text = self._encode(message, ref)
        if ref is not None and (request := self._request()) is not None:
            request.answer = type(message)
        # Returned and not awaited, here and below: a coroutine less for each reply.
        if self._is_direct:
            return self._connection.send_text(text)
        return self._put(Frame(text, message.action, ref))

    def ask(self, message: BaseMessage, ref: Ref | None) -> Awaitable[bool]:
        """Send a message at once, which answers nothing: its ``ref`` is for the client to answer.

        Args:
            message: The message.
            ref: The correlation id; None for none.
        """
        # Not held, whatever the settings say: the handler that asks waits for the answer, and what
        # it holds goes when it has ended.
        return self._post(Frame(self._encode(message, ref), message.action, ref))

    def tell(self, message: BaseMessage) -> Awaitable[bool]:
        """Send a message of the engine's own at once, which answers nothing.

        Args:
            message: The message.
        """
        # Whatever the running code serves: a timer keeps the context of the handler in which it was
        # set, and a handler that was cancelled leaves its request in that of its lane.
        return self.ask(message, None)

    def send(self, message: BaseMessage) -> Awaitable[bool]:
        """Send a message, as a reply if the running code serves a request of this connection.

        Args:
            message: The message; after the end of the connection it is not looked at.
        """
        # Before it is encoded: handlers that go on after the end would pay for what nobody gets.
        if self._connection.state == "closed":
            return _answer(False)
        request = self._request()
        return self.reply(message, None if request is None else request.ref)

    def send_text(self, text: str, action: object) -> Awaitable[bool]:
        """Send a frame as it is; keep it until the running handler is done, if replies wait.

        Args:
            text: The frame.
            action: Its action; None if it has none.
        """
        return self._put(Frame(text, action, None))

    def send_bytes(self, data: bytes) -> Awaitable[bool]:
        """Send a binary frame; keep it until the running handler is done, if replies wait.

        Args:
            data: The frame.
        """
        return self._put(Frame(data, None, None))

    def forward(self, text: str, action: object, envelope: Mapping[str, Any]) -> Awaitable[bool]:
        """Send a frame that came through the channel layer.

        Args:
            text: The frame.
            action: Its action.
            envelope: The layer message that brought it.
        """
        # Held for no handler: it answers nobody.
        if self._observer is None:
            return self._connection.send_text(text)
        self._observer.forwarding(action, trace_of(envelope))
        return self._post(Frame(text, action, None))

    def deliver(self, envelope: Mapping[str, Any]) -> Awaitable[object]:
        """Send a broadcast, unless this connection is the one that does not get it.

        Args:
            envelope: What :func:`~chanx.core.events.broadcast_envelope` made.

        Raises:
            LookupError: If it has no text.
            TypeError: If that is not a text.
        """
        exclude = envelope.get("exclude")
        # A sender that has no channel excludes "", which nobody is called who receives this.
        if exclude is not None and exclude == self._connection.channel:
            return _answer(False)
        text = envelope["text"]
        # Asked of each: a layer brings what others put there, and servers fail in their own ways at
        # what is not text, which would count as a client that is gone.
        if not isinstance(text, str):
            raise TypeError(f"The text of a broadcast is {type(text).__qualname__}.")
        if self._settings.send_completion:
            return self._deliver_completely(text, envelope)
        return self.forward(text, envelope.get("action"), envelope)

    async def _deliver_completely(self, text: str, envelope: Mapping[str, Any]) -> None:
        await self.forward(text, envelope.get("action"), envelope)
        # One for each broadcast, behind it, in the order in which clients get them.
        await self._post(Frame(self._codec.group_complete, GROUP_ACTION_COMPLETE, None))

    async def complete(self, ref: Ref | None) -> None:
        """Tell that a client's message is handled.

        Args:
            ref: The correlation id of the message; None for none.
        """
        text = self._codec.complete
        if ref is not None:
            # Into the text that all connections share, rather than encoding the message for each
            # ref.
            text = with_ref(text.encode(), ref)
        await self._post(Frame(text, MESSAGE_ACTION_COMPLETE, ref))

    async def complete_event(self) -> None:
        """Tell that an event is handled."""
        await self._post(Frame(self._codec.event_complete, EVENT_ACTION_COMPLETE, None))

    def begin(self, ref: Ref | None) -> Request:
        """Note the request that what is sent from now on belongs to.

        Args:
            ref: Its correlation id; None for none.
        """
        # Held frames are a list of the request, and not of the connection: handlers that run beside
        # each other hold theirs apart.
        request = Request(
            self._connection, ref, None if self._settings.send_message_immediately else []
        )
        # In the context of the lane, whose next frame would inherit it: flush() takes it back.
        current_request.set(request)
        return request

    async def flush(self, request: Request) -> None:
        """Send what was held for the end of a request, which comes to its end.

        Args:
            request: The request.
        """
        current_request.set(None)
        # From here on nothing is held: what tasks of the handler still send would never go.
        held, request.held = request.held, None
        for frame in held or ():
            await self._post(frame)

    def _request(self) -> Request | None:
        """Return the request that the running code serves, if it came by this connection."""
        # A handler may send by another connection's consumer: there it answers nothing.
        request = current_request.get()
        return request if request is not None and request.connection is self._connection else None

    def _put(self, frame: Frame) -> Awaitable[bool]:
        # Asked only where frames may be held, as it looks up a context variable.
        request = None if self._settings.send_message_immediately else self._request()
        if request is None or request.held is None:
            return self._post(frame)
        # Before it is held: whoever sends is told the truth, and nothing is kept for nobody.
        if self._connection.state == "closed":
            return _answer(False)
        request.held.append(frame)
        return _answer(True)

    async def _post(self, frame: Frame) -> bool:
        content = frame.content
        if isinstance(content, bytes):
            is_sent = await self._connection.send_bytes(content)
        else:
            is_sent = await self._connection.send_text(content)
        # Only what was handed to the server counts; a frame that nobody gets is none of the
        # client's traffic.
        if is_sent and self._observer is not None:
            size = len(content) if isinstance(content, bytes) else size_of(content)
            self._observer.sent(frame.action, size, frame.ref)
        return is_sent


async def _answer(is_sent_or_held: bool) -> bool:
    """Stand for a send that has nothing to wait for."""
    return is_sent_or_held


__all__ = ["Outbox"]
