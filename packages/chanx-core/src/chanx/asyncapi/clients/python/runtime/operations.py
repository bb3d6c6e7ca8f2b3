# SPDX-License-Identifier: 0BSD
"""What a client can do, as objects that are called."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, Generic, Literal, TypeVar

from pydantic import BaseModel

from .connection import Connection, Pending
from .effects import Settle
from .errors import (
    Cancelled,
    ClientError,
    ConnectionClosed,
    ConnectionLost,
    Expired,
    FrameTooLarge,
    InvalidReply,
    NotConnected,
    Overflow,
    QueueFull,
    Refused,
    TimedOut,
)
from .items import Items
from .protocol import Rules
from .states import Close

Sent = TypeVar("Sent", bound=BaseModel)
Reply = TypeVar("Reply")
Item = TypeVar("Item")
End = TypeVar("End")


class Unset(Enum):
    """Stands for an argument that is not given, and so not sent."""

    UNSET = 0


UNSET: Final = Unset.UNSET


def given(arguments: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments that are given."""
    return {name: value for name, value in arguments.items() if value is not UNSET}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What the document says of an operation.

    Attributes:
        rules: What the machine is told.
        refused: What is raised for a reply that refuses.
        max_size: Bytes of a frame.
        max_buffered: Items that a stream keeps.
    """

    rules: Rules
    refused: type[Refused[Any]] = Refused
    max_size: int = 0
    max_buffered: int = 1024


class Operation(Generic[Sent]):
    """Something that a client can do.

    Args:
        connection: Where it is sent.
        plan: What the document says of it.
    """

    def __init__(self, connection: Connection, plan: Plan) -> None:
        self._connection = connection
        self._plan = plan

    def _call(
        self,
        kind: Literal["send", "request", "stream"],
        message: Sent,
        settled: Any,
        *,
        timeout: float | None,
        item_timeout: float | None = None,
        on_item: Any = None,
    ) -> Pending:
        frame = message.model_dump(mode="json", by_alias=True, exclude_unset=True)
        # Models let NaN pass, which is no JSON: it fails here, at whoever says it. Where the frame
        # is written, it would fail at whoever has the turn.
        json.dumps(frame, allow_nan=False)
        call = Pending(
            kind=kind,
            frame=frame,
            rules=self._plan.rules,
            timeout=timeout,
            item_timeout=item_timeout,
            on_settled=settled,
        )
        if on_item is not None:
            call.on_item = on_item
        return call

    async def _answer(
        self, kind: Literal["send", "request"], message: Sent, timeout: float | None
    ) -> Any:
        waiting: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

        def settled(effect: Settle[Pending], answer: Any) -> None:
            # Its task was cancelled, and the machine hears of that a moment later.
            if waiting.done():
                return
            error = self._error(effect, answer)
            if error is not None:
                waiting.set_exception(error)
            else:
                waiting.set_result(answer if effect.frame is not None else None)

        call = self._call(kind, message, settled, timeout=timeout)
        self._connection.submit(call)
        try:
            return await waiting
        except asyncio.CancelledError:
            # The server is told too, where the document has an operation for that (R24).
            self._connection.cancel(call)
            raise

    def _error(self, effect: Settle[Pending], answer: Any) -> ClientError | None:
        """Return why a call failed; None if it did not."""
        close = effect.close or Close(1000, "", "never")
        match effect.error:
            case None:
                return None
            case "server_error":
                return self._plan.refused(answer)
            case "connection_lost":
                return ConnectionLost(close, sent=effect.sent)
            case "closed":
                return ConnectionClosed(close)
            case "timeout":
                return TimedOut(effect.amount)
            case "too_large":
                return FrameTooLarge(int(effect.amount), self._plan.max_size)
            case "not_connected":
                return NotConnected(self._connection.state)
            case "queue_full":
                return QueueFull("As much waits for a connection as may.")
            case "expired":
                return Expired(
                    "There was no connection for too long: this was not sent."
                )
            case "overflow":
                return Overflow("More came than was taken.")
            case "invalid":
                return InvalidReply(answer.raw, answer.problem)
            case "cancelled":
                return Cancelled("Nobody wants it any more.")


class Send(Operation[Sent]):
    """Sends something that nothing answers."""

    async def raw(self, message: Sent) -> None:
        """Send a whole message.

        Args:
            message: The message.

        Raises:
            ClientError: If it was not sent.
        """
        await self._answer("send", message, None)


class Request(Operation[Sent], Generic[Sent, Reply]):
    """Asks for one reply."""

    async def raw(self, message: Sent, *, timeout: float | None = None) -> Reply:
        """Send a whole message, and return its reply.

        Args:
            message: The message, without an id.
            timeout: Seconds; None for the client's own.

        Raises:
            Refused: If the server refuses.
            ClientError: If no reply comes.
        """
        reply: Reply = await self._answer("request", message, timeout)
        return reply


class StreamRequest(Operation[Sent], Generic[Sent, Item, End]):
    """Asks for any number of replies."""

    def raw(
        self,
        message: Sent,
        *,
        timeout: float | None = None,
        item_timeout: float | None = None,
    ) -> "Stream[Item, End]":
        """Return what answers a whole message, which is sent when the stream is begun.

        Args:
            message: The message, without an id.
            timeout: Seconds for the first item; None for the client's own.
            item_timeout: Seconds between two items; None for the client's own.
        """
        return Stream(self, message, timeout, item_timeout)

    def begin(
        self,
        stream: "Stream[Item, End]",
        message: Sent,
        times: tuple[float | None, float | None],
    ) -> Pending:
        """Send what a stream is to answer.

        Args:
            stream: The stream.
            message: The message.
            times: For the first item, and between two items.
        """

        def settled(effect: Settle[Pending], answer: Any) -> None:
            stream.settled(self._error(effect, answer))

        call = self._call(
            "stream",
            message,
            settled,
            timeout=times[0],
            item_timeout=times[1],
            on_item=stream.received,
        )
        self._connection.submit(call)
        return call

    def leave(self, call: Pending, error: Literal["cancelled", "overflow"]) -> None:
        """End a stream before its time; nothing is done if it is over."""
        self._connection.cancel(call, error)

    @property
    def max_buffered(self) -> int:
        """Items that a stream keeps."""
        return self._plan.max_buffered


class Stream(AsyncIterator[Item], Generic[Item, End]):
    """Items as they come. ``async with`` ends it at the server too, when it is left.

    Args:
        operation: What it answers.
        message: Likewise.
        timeout: For the first item.
        item_timeout: Between two items.
    """

    def __init__(
        self,
        operation: StreamRequest[Any, Item, End],
        message: BaseModel,
        timeout: float | None,
        item_timeout: float | None,
    ) -> None:
        self._operation = operation
        self._message = message
        self._times = (timeout, item_timeout)
        self._items: Items[Item] = Items(operation.max_buffered, self._overflow)
        self._call: Pending | None = None
        self._last: Any = None
        self._over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def __aenter__(self) -> "Stream[Item, End]":
        """Send what the stream answers."""
        self._begin()
        return self

    async def __aexit__(self, *exception: object) -> None:
        """End it before its time, if it is not over."""
        await self.cancel()

    def __aiter__(self) -> "Stream[Item, End]":
        """Return itself: there is one taker."""
        self._begin()
        return self

    async def __anext__(self) -> Item:
        """Return the next item, when there is one.

        Raises:
            ClientError: If it ended in another way than it should.
        """
        self._begin()
        return await self._items.__anext__()

    async def end(self) -> End:
        """Wait for the end, and return the message that ended it; None if none did.

        Raises:
            ClientError: As the iteration does; ``Cancelled`` after it was left.
        """
        self._begin()
        # Several may wait; one that is cancelled would cancel it for the others.
        await asyncio.shield(self._over)
        end: End = self._last
        return end

    async def cancel(self) -> None:
        """End it before its time."""
        if self._call is not None:
            self._operation.leave(self._call, "cancelled")

    def received(self, item: Any, is_end: bool) -> None:
        """Take an item."""
        if is_end:
            self._last = item
        elif item is not None:
            self._items.put(item)

    def settled(self, error: ClientError | None) -> None:
        """Take the end."""
        # Who left the loop is not told that it left; who asks for the end is.
        self._items.end(None if isinstance(error, Cancelled) else error)
        if self._over.done():
            return
        if error is None:
            self._over.set_result(None)
        else:
            self._over.set_exception(error)
            self._over.exception()  # whoever does not ask for it is not told by the loop

    def _begin(self) -> None:
        if self._call is None:
            self._call = self._operation.begin(self, self._message, self._times)

    def _overflow(self) -> None:
        if self._call is not None:
            self._operation.leave(self._call, "overflow")


__all__ = [
    "UNSET",
    "Operation",
    "Plan",
    "Request",
    "Send",
    "Stream",
    "StreamRequest",
    "Unset",
    "given",
]
