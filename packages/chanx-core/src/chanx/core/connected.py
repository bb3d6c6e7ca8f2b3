"""What a consumer does with its connection: it sends, asks, runs tasks, joins groups, closes."""

import asyncio
from collections.abc import Coroutine, Iterable, Mapping
from datetime import datetime
from typing import Any, ClassVar

from pydantic_core import to_json

from chanx.core.asgi import Header
from chanx.core.asks import NOTHING_ASKED, Asks, ReplyT, asks_of
from chanx.core.authenticator import BaseAuthenticator, unix_time
from chanx.core.background import ResultT
from chanx.core.close_codes import is_sendable
from chanx.core.closing import unsendable
from chanx.core.errors import ConfigurationError, ConnectionEnded
from chanx.core.events import broadcast_envelope, send_to_groups
from chanx.core.groups import group_names, required
from chanx.core.outbox import Outbox
from chanx.core.reachable import EventT, Reachable
from chanx.core.runtime import Runtime
from chanx.core.session import Session
from chanx.core.tracing import traced
from chanx.layers import ChannelLayer
from chanx.messages import BaseMessage
from chanx.messages.plain import plain


class Connected(Reachable[EventT]):
    """A class whose instances have one connection each, and act on it.

    It is what :class:`~chanx.core.websocket.AsyncJsonWebsocketConsumer` can do for handlers and
    hooks; only that subclasses it, and says what is declared, called and overridden.
    """

    ask_table: ClassVar[Asks] = NOTHING_ASKED
    """What the class asks its clients; made once, when it is created."""

    authenticator: BaseAuthenticator | None

    _session: Session
    _outbox: Outbox
    _expires_at: float | None = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.ask_table = asks_of(cls)

    @property
    def runtime(self) -> Runtime:
        """What the connection shares with others of its class: settings, codec and handlers.

        They are those in force when the connection began.
        """
        return self._session.runtime

    @property
    def expires_at(self) -> float | None:
        """Until when who is connected may stay, in seconds of Unix time; None for ever.

        It is the authenticator's ``expires_at`` where there is one. Without one, ``connect`` sets
        it to what a dependency or a middleware has found out, as the ``exp`` of a token; it may be
        a ``datetime`` with a time zone, too. ``Limits.authentication_grace`` after that the
        connection is closed with 4401. A handler that takes new credentials
        (``@ws_handler(refresh=True)``) sets it anew.

        Raises:
            ConfigurationError: If it is set to anything else.
        """
        return self._expires_at if self.authenticator is None else self.authenticator.expires_at

    @expires_at.setter
    def expires_at(self, value: float | datetime | None) -> None:
        if self.authenticator is not None:
            self.authenticator.expires_at = value
        else:
            self._expires_at = unix_time(value, type(self))
            self._session.renew()

    @property
    def channel_name(self) -> str:
        """The connection's own channel in the channel layer, to which events can be sent.

        It is made when something first needs it: groups, event handlers, or a method of the class
        that reads this; in ``connect`` if it is read there, else once the connection is
        accepted. It keeps its name after the end, and is empty if there is no layer.

        Raises:
            RuntimeError: If there is no channel yet, since only code elsewhere reads this.
        """
        return self._session.subscriber.address()

    @property
    def channel_layer(self) -> ChannelLayer | None:
        """The channel layer; None if there is none.

        Its ``group_add(name, self.channel_name)`` is :meth:`join_group`, its ``group_discard``
        :meth:`leave_group`.
        """
        return self._session.subscriber.view()

    # Connection

    async def accept(self, subprotocol: str | None = None, headers: Iterable[Header] = ()) -> bool:
        """Accept the connection, from within ``connect``.

        Args:
            subprotocol: One of those the client offered (``scope["subprotocols"]``); None for
                none.
            headers: Further headers of the handshake's response, as pairs of bytes.

        Returns:
            Whether the connection is open; False if it has ended already.

        Raises:
            RuntimeError: If it was accepted already.
            ConfigurationError: If the client did not offer the subprotocol, or a header is not a
                pair of bytes.
        """
        return await self._session.connection.accept(subprotocol, headers)

    async def close(self, code: int = 1000, reason: str | None = "") -> bool:
        """Close the connection. Other handlers are cancelled; the calling one may finish.

        Before the connection is accepted, in ``connect``, that refuses it: it is accepted, told
        the reason in a message, and closed, since browsers see nothing of an earlier end.

        Args:
            code: 1000, or 3000 to 4999; see :class:`~chanx.core.close_codes.CloseCode`. The
                protocol's own that an endpoint may send (1001 to 1003, 1007 to 1014) become what
                :data:`~chanx.core.close_codes.SUBSTITUTES` says where the server, as daphne,
                does not send them.
            reason: For the client, at most 123 bytes; the rest is cut.

        Returns:
            Whether this call closed it; False if it had ended already.

        Raises:
            ConfigurationError: If no close frame may carry the code; the connection is closed all
                the same, with 4500.
        """
        # channels and Starlette take None for no reason; a lazy translation becomes its text.
        return await self._session.close(code, str(reason or ""))

    # Requests to the client

    async def request(
        self,
        message: BaseMessage,
        *,
        expect: type[ReplyT] | tuple[type[ReplyT], ...],
        timeout: float | None = 30.0,
    ) -> ReplyT:
        """Ask the client, and return its answer.

        The message carries a ``ref`` of the server's own, and the client sends its answer with the
        same. The answer passes the frames that wait for the handler that asks. What may be asked
        stands in ``asks``, for the document.

        Args:
            message: The message.
            expect: The class of the answer, or a tuple of them.
            timeout: Seconds to wait for it; None for any time.

        Returns:
            The answer.

        Raises:
            RequestTimeout: If none came in time.
            RequestRefused: If the client answers with an error, or with what is not an answer.
            ConnectionEnded: If the connection ends before.
            RuntimeError: If the connection is not accepted yet.
            ConfigurationError: If ``asks`` does not say so.

        Example:
            >>> from typing import Literal
            >>> from chanx.core.decorators import ws_handler
            >>> from chanx.core.websocket import AsyncJsonWebsocketConsumer
            >>> class Confirm(BaseMessage):
            ...     action: Literal["confirm"] = "confirm"
            ...     payload: str
            >>> class Confirmed(BaseMessage):
            ...     action: Literal["confirmed"] = "confirmed"
            ...     payload: bool
            >>> class Delete(BaseMessage):
            ...     action: Literal["delete"] = "delete"
            >>> class Files(AsyncJsonWebsocketConsumer):
            ...     asks = {Confirm: Confirmed}
            ...
            ...     @ws_handler
            ...     async def delete(self, message: Delete) -> None:
            ...         answer = await self.request(Confirm(payload="All?"), expect=Confirmed)
            ...         if answer.payload: ...
        """
        classes = expect if isinstance(expect, tuple) else (expect,)
        # None for a consumer that asks nothing, and after the end (Session._release).
        questions = self._session.questions
        # It asks, but its session has let go of what asked: the end, and no mistake of the class.
        if questions is None and self.ask_table.answers:
            raise ConnectionEnded("The connection has ended: nobody is asked.")
        if questions is None:
            names = " | ".join(kind.__qualname__ for kind in classes)
            raise ConfigurationError(
                f"{type(self).__qualname__} asks nothing: write asks = "
                f"{{{type(message).__qualname__}: {names}}} in the class."
            )
        # One of the classes, as Questions._take sees to: no type checker can follow that.
        answer: Any = await questions.ask(message, classes, timeout)
        reply: ReplyT = answer
        return reply

    # Tasks

    def start_task(
        self,
        coroutine: Coroutine[Any, Any, ResultT],
        *,
        name: str | None = None,
        closes: int | None = None,
    ) -> "asyncio.Task[ResultT]":
        """Run a coroutine beside the handlers, as long as the connection lives.

        At the end of the connection it is cancelled, and has ended when ``disconnect`` is
        called. If it fails, that is logged once; what is expected of handlers
        (:class:`~chanx.core.errors.MessageError`, ``exception_handler``) the client is told
        instead. What it sends carries no ``ref``: it answers no request. It runs in no
        ``unit_of_work``, since it may go on for hours.

        Args:
            coroutine: What runs.
            name: What the log calls it; None for the coroutine's own name.
            closes: The code with which the connection closes if it fails; None to let it live.

        Returns:
            The task, which may be awaited for the result, or cancelled.

        Raises:
            RuntimeError: If the connection has ended.
            TooManyTasks: If there are ``Limits.max_tasks`` already.
            ConfigurationError: If no close frame may carry ``closes``, or it is given no coroutine.

        Example:
            >>> import asyncio
            >>> from chanx.core.websocket import AsyncJsonWebsocketConsumer
            >>> from chanx.messages import PongMessage
            >>> class Ticker(AsyncJsonWebsocketConsumer):
            ...     async def post_authentication(self) -> None:
            ...         self.start_task(self.tick(), closes=4500)
            ...
            ...     async def tick(self) -> None:
            ...         while True:
            ...             await self.send_message(PongMessage())
            ...             await asyncio.sleep(5)
        """
        called: str = getattr(coroutine, "__name__", type(coroutine).__name__)
        if not isinstance(coroutine, Coroutine):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ConfigurationError(
                f"{type(self).__qualname__}.start_task runs a coroutine, and is given an object of "
                f"type {type(coroutine).__name__}: call the method, as in start_task(self.work())."
            )
        if closes is not None and not is_sendable(closes):
            # Not started, it would be warned of as never awaited.
            coroutine.close()
            raise unsendable(closes)
        return self._session.background.start(coroutine, name or called, closes)

    # Sending

    async def send_message(self, message: BaseMessage) -> bool:
        """Send a message to this connection's client.

        Within a handler it carries the request's ``ref``. Before the connection is accepted it is
        held until then.

        Args:
            message: The message.

        Returns:
            Whether it was sent or is held; False if the connection has ended.

        Raises:
            pydantic_core.PydanticSerializationError: If the message holds what JSON cannot.
        """
        return await self._outbox.send(message)

    async def send_bytes(self, data: bytes) -> bool:
        """Send a binary frame to this connection's client. It carries no ``ref``.

        Args:
            data: What is sent, as it is.

        Returns:
            Whether it was sent or is held; False if the connection has ended.

        Raises:
            TypeError: If it is not bytes.
        """
        # bytes(3) would be three zeros.
        return await self._outbox.send_bytes(b"".join((data,)))

    async def send_json(self, content: Mapping[str, Any]) -> bool:
        """Send a frame that no message class describes, as it is.

        Args:
            content: What is sent; anything pydantic can turn into JSON. NaN and the infinities,
                which JSON does not have, are sent as null.

        Returns:
            Whether it was sent or is held; False if the connection has ended.
        """
        # By the key of this consumer's wire, for the log alone: the frame goes out as it is.
        action = content.get(self.runtime.codec.wire.discriminator)
        # pydantic writes NaN as such by default here, which is not JSON (RFC 8259, 6).
        text = to_json(content, fallback=plain, inf_nan_mode="null").decode()
        return await self._outbox.send_text(text, action)

    async def broadcast_message(
        self,
        message: BaseMessage,
        groups: Iterable[str] | None = None,
        *,
        exclude_current: bool = False,
    ) -> None:
        """Send a message to every client in groups; it is encoded once.

        Args:
            message: The message.
            groups: The groups; None for those this connection is in.
            exclude_current: Leave this connection out.

        Raises:
            ConfigurationError: If there is no channel layer, or it is not a message.
        """
        # Once for all, in the spelling of this consumer: members of another one get it as it is.
        text = self.runtime.codec.encode(message)
        # The channel's name, as only that is known to all processes.
        exclude = self._session.connection.channel if exclude_current else None
        envelope = broadcast_envelope(message, text, exclude)
        if observers := self.runtime.settings.observers:
            traced(envelope, observers)
        # The connection's own layer, and not the view of channel_layer: names are encoded in
        # send_to_groups.
        layer = required(self._session.subscriber.layer, "broadcast")
        names = group_names(self.groups if groups is None else groups)
        await send_to_groups(layer, names, envelope)

    # Groups

    async def join_group(self, name: str) -> None:
        """Join a group; joining it again does nothing.

        Args:
            name: Any text.

        Raises:
            ConfigurationError: If there is no channel layer.
        """
        await self._session.subscriber.join(name)

    async def leave_group(self, name: str) -> None:
        """Leave a group, if the connection is in it.

        Args:
            name: Any text.
        """
        await self._session.subscriber.leave(name)


__all__ = ["Connected"]
