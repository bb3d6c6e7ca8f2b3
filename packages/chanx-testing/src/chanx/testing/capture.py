"""Seeing what consumers' events are broadcast, with or without their delivery."""

import inspect
from collections.abc import Callable, Generator, Iterable
from contextlib import ExitStack, contextmanager, nullcontext
from contextvars import ContextVar
from types import TracebackType
from typing import Any, Final, Generic, TypeVar, overload

from chanx.core.groups import class_groups
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.layers import ChannelLayer, MemoryLayer
from chanx.messages import BaseMessage
from chanx.testing.errors import ExpectationFailed, is_told_by_its_text
from chanx.testing.expectations import Expectation, MessageT

EventT = TypeVar("EventT", bound=BaseMessage)
Consumer = type[AsyncJsonWebsocketConsumer[Any]]

_BROADCAST: Final = "broadcast_event"
_FIND_LAYER: Final = "find_channel_layer"

_muted: ContextVar[Consumer | None] = ContextVar("chanx_muted", default=None)
"""The consumer whose broadcast runs in full, but up to a layer that has no members."""


__tracebackhide__ = is_told_by_its_text


class CapturedEvents(list[EventT], Generic[EventT]):
    """The events that were broadcast, in order, and where each was broadcast to.

    Attributes:
        groups: The groups of each event, in the same order.
        consumers: The consumer whose method was called for each, in the same order.
    """

    def __init__(self) -> None:
        super().__init__()
        self.groups: list[tuple[str, ...]] = []
        self.consumers: list[Consumer] = []

    def add(self, event: EventT, groups: tuple[str, ...], consumer: Consumer) -> None:
        """Add an event.

        Args:
            event: The event.
            groups: The groups that it is broadcast to.
            consumer: The consumer whose method is called.
        """
        self.append(event)
        self.groups.append(groups)
        self.consumers.append(consumer)

    def to(self, group: str) -> list[EventT]:
        """Return the events that were broadcast to a group.

        Args:
            group: The group's name.
        """
        return [event for event, groups in zip(self, self.groups, strict=True) if group in groups]

    def by(self, consumer: Consumer) -> list[EventT]:
        """Return the events that were broadcast by a consumer or a subclass.

        Args:
            consumer: The consumer's class.
        """
        return [
            event
            for event, by in zip(self, self.consumers, strict=True)
            if issubclass(by, consumer)
        ]

    def expect(
        self, message_type: type[MessageT], /, *, to: str | None = None, **fields: Any
    ) -> MessageT:
        """Expect that an event was broadcast, and return the first such one.

        Args:
            message_type: The event's class.
            to: A group that it was broadcast to; None for any.
            fields: Values that its fields have. A mapping stands for a model of which only the
                named fields count.

        Raises:
            ExpectationFailed: If none was.
            TypeError: If the class has no such field.
        """
        expected = Expectation(message_type, fields)
        for event in self if to is None else self.to(to):
            message: BaseMessage = event
            if expected.is_met_by(message):
                return message
        raise self._failed(f"Expected a broadcast of {expected}{_to(to)}, and there was none.")

    def refute(
        self, message_type: type[BaseMessage], /, *, to: str | None = None, **fields: Any
    ) -> None:
        """Expect that no such event was broadcast.

        Args:
            message_type: The event's class.
            to: A group that it was not broadcast to; None for any.
            fields: Values that its fields do not have, as for :meth:`expect`.

        Raises:
            ExpectationFailed: If one was.
            TypeError: If the class has no such field.
        """
        refuted = Expectation(message_type, fields)
        for event in self if to is None else self.to(to):
            if refuted.is_met_by(event):
                raise self._failed(
                    f"Expected no broadcast of {refuted}{_to(to)}, and {event!r} was."
                )

    def _failed(self, outcome: str) -> ExpectationFailed:
        broadcasts = zip(self, self.groups, strict=True)
        arrived = [
            f"{event!r} to {', '.join(groups) or 'no group'}" for event, groups in broadcasts
        ]
        return ExpectationFailed(outcome, arrived)


class BroadcastCapture(Generic[EventT]):
    """A context, synchronous or asynchronous, in which broadcast events are collected.

    Args:
        consumers: The consumers whose events are collected.
        suppress: Whether the events are kept from the channel layer.
    """

    def __init__(self, consumers: Iterable[Consumer], suppress: bool) -> None:
        given = list(dict.fromkeys(consumers))
        # What a subclass broadcasts passes through its base, where it would be collected again.
        self._consumers = [
            consumer
            for consumer in given
            if not any(base in given for base in consumer.__mro__[1:])
        ]
        self._suppress = suppress
        # Puts methods back in the reverse order, as captures may be within each other.
        self._stack = ExitStack()

    def __enter__(self) -> CapturedEvents[EventT]:
        """Begin, and return the list that the events are added to."""
        captured: CapturedEvents[EventT] = CapturedEvents()
        for consumer in self._consumers:
            self._capture(consumer, captured)
            if self._suppress:
                self._mute(consumer)
        return captured

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Collect no more."""
        self._stack.close()

    async def __aenter__(self) -> CapturedEvents[EventT]:
        """Begin, and return the list that the events are added to."""
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Collect no more."""
        self._stack.close()

    def _capture(self, consumer: Consumer, captured: CapturedEvents[EventT]) -> None:
        # Unbound, as the class has it: bound, it would be the base's for every subclass that calls
        # it.
        found: Any = inspect.getattr_static(consumer, _BROADCAST)

        async def broadcast_event(
            cls: Consumer, event: EventT, groups: Iterable[str] | None = None
        ) -> None:
            # An iterable of groups is used up by the broadcast. A text is left as it is, for the
            # error that it gets there.
            names = None if groups is None or isinstance(groups, str) else tuple(groups)
            with _muting(cls) if self._suppress else nullcontext():
                # Also where it is suppressed: a call that would fail in production fails here, and
                # is not captured.
                await found.__get__(None, cls)(event, groups if names is None else names)
            captured.add(event, class_groups(cls) if names is None else names, cls)

        self._replace(consumer, _BROADCAST, broadcast_event)

    def _mute(self, consumer: Consumer) -> None:
        found: Any = inspect.getattr_static(consumer, _FIND_LAYER)

        def find_channel_layer(cls: Consumer) -> ChannelLayer | None:
            # By the context and not for everybody: what else the consumer sends meanwhile goes its
            # way.
            if _muted.get() is cls:
                # A new one, which has no members: the call goes through to its end, and reaches
                # nobody.
                return MemoryLayer()
            layer: ChannelLayer | None = found.__get__(None, cls)()
            return layer

        self._replace(consumer, _FIND_LAYER, find_channel_layer)

    def _replace(self, consumer: Consumer, name: str, method: Callable[..., Any]) -> None:
        # The class's own or nothing: to put back what it inherits would hide later changes of its
        # base.
        own = vars(consumer).get(name)
        setattr(consumer, name, classmethod(method))
        if own is None:
            self._stack.callback(delattr, consumer, name)
        else:
            self._stack.callback(setattr, consumer, name, own)


@overload
def capture_broadcast_events(
    consumer: type[AsyncJsonWebsocketConsumer[EventT]], suppress: bool = True
) -> BroadcastCapture[EventT]: ...
@overload
def capture_broadcast_events(
    consumer: Iterable[Consumer], suppress: bool = True
) -> BroadcastCapture[BaseMessage]: ...
def capture_broadcast_events(
    consumer: Consumer | Iterable[Any], suppress: object = True
) -> BroadcastCapture[Any]:
    """Collect the events that are broadcast with a consumer's ``broadcast_event`` or its twin.

    Whoever calls it counts: views, tasks, scripts, handlers, also through a subclass that does not
    override it.

    Args:
        consumer: The consumer's class, or several, whose events are collected in one list.
        suppress: Whether the events are kept from the channel layer; False delivers them as well.

    Returns:
        A context manager for ``with`` and ``async with``, which gives the list that the events are
        added to.

    Raises:
        TypeError: If something else than consumers, or than True or False, is given.

    Example:
        >>> import asyncio
        >>> from typing import Literal
        >>> class Renamed(BaseMessage):
        ...     action: Literal["renamed"] = "renamed"
        ...     payload: str
        >>> class Room(AsyncJsonWebsocketConsumer[Renamed]):
        ...     pass
        >>> with capture_broadcast_events(Room) as events:
        ...     asyncio.run(Room.broadcast_event(Renamed(payload="Attic"), ["room_1"]))
        >>> assert events == [Renamed(payload="Attic")]
        >>> renamed = events.expect(Renamed, to="room_1", payload="Attic")
        >>> events.refute(Renamed, to="room_2")
    """
    consumers: list[Any] = [consumer] if isinstance(consumer, type) else list(consumer)
    for each in consumers:
        if not (isinstance(each, type) and issubclass(each, AsyncJsonWebsocketConsumer)):
            raise TypeError(f"{each!r} is not a consumer, whose events could be captured.")
    if not isinstance(suppress, bool):
        raise TypeError(
            f"suppress is True or False, not {suppress!r}: give several consumers as one list, "
            f"capture_broadcast_events([A, B])."
        )
    return BroadcastCapture(consumers, suppress)


@contextmanager
def _muting(consumer: Consumer) -> Generator[None]:
    token = _muted.set(consumer)
    try:
        yield
    finally:
        _muted.reset(token)


def _to(group: str | None) -> str:
    return "" if group is None else f" to {group!r}"


__all__ = ["BroadcastCapture", "CapturedEvents", "capture_broadcast_events"]
