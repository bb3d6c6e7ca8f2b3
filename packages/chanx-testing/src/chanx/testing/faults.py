"""A channel layer that loses, holds back, repeats or refuses messages, as real ones may."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from chanx.layers import Allowance, ChannelLayer, CountingLayer, LocalLayer, PushLayer, SyncLayer

FaultKind = Literal["drop", "delay", "duplicate", "fail"]


@dataclass(slots=True)
class Fault:
    """What is done to some of the messages that are sent through a layer.

    Attributes:
        kind: What is done.
        action: The action of the messages and events that it is done to; None for any.
        times: How many more it is done to; None for all of them.
        error: What is raised, if they fail.
        hits: How many it was done to so far.
    """

    kind: FaultKind
    action: str | None
    times: int | None
    error: Exception | None = None
    hits: int = 0

    def strikes(self, message: Any) -> bool:
        """Return whether a message is struck, which counts.

        Args:
            message: The layer message.
        """
        # It stays among the rules all the same: `hits` tells the test that it was met.
        if self.times is not None and self.hits >= self.times:
            return False
        if self.action is not None and message.get("action") != self.action:
            return False
        self.hits += 1
        return True


class FaultyLayer:
    """Wraps a channel layer, and does to the messages that are sent through it what rules say.

    The first rule that fits a message counts; a message that none fits goes through. Groups,
    channels and receiving are those of the wrapped layer. A message that is held back is not on
    its way: waiting for quiescence does not wait for it.

    Args:
        layer: The layer that is wrapped.
        pushes: Whether it calls its receivers, if the wrapped one does; False asks for each message
            with ``receive()``, as layers with a server have it, which :meth:`fail_receive` needs.

    Attributes:
        wrapped: The layer that is wrapped.

    Example:
        >>> import asyncio
        >>> from chanx.layers import MemoryLayer
        >>> async def second_message() -> int:
        ...     layer = FaultyLayer(MemoryLayer())
        ...     layer.drop(times=1)
        ...     await layer.group_add("room", "channel")
        ...     for number in (1, 2):
        ...         await layer.group_send("room", {"type": "count", "number": number})
        ...     return (await layer.receive("channel"))["number"]
        >>> asyncio.run(second_message())
        2
    """

    # What only some layers can do is an attribute of an instance that can: a protocol of the layers
    # is met by what an object has, and from Python 3.12 on isinstance() calls no property for that.
    subscribe: Callable[..., Callable[[], None]]
    take_tokens: Callable[..., Awaitable[Allowance]]
    send_sync: Callable[[str, Any], None]
    group_send_sync: Callable[[str, Any], None]

    def __init__(self, layer: ChannelLayer, *, pushes: bool = True) -> None:
        self.wrapped = layer
        given: Any = layer
        if pushes and _can(layer, PushLayer):
            self.subscribe = given.subscribe
        if _can(layer, CountingLayer):
            self.take_tokens = given.take_tokens
        if _can(layer, SyncLayer):
            self.send_sync = partial(self._send_sync, given.send_sync, given.send)
            self.group_send_sync = partial(self._send_sync, given.group_send_sync, given.group_send)
        self._outage: Fault | None = None
        self._faults: list[Fault] = []
        # With the layer's own asynchronous send, also of what a thread sent: release() is awaited.
        self._held: list[tuple[Callable[[str, Any], Any], str, Any]] = []

    # Rules

    def drop(self, action: str | None = None, *, times: int | None = None) -> Fault:
        """Lose messages, and let their sender believe that they were sent.

        Args:
            action: The action of the messages and events; None for any.
            times: How many; None for all.
        """
        return self._add(Fault("drop", action, times))

    def delay(self, action: str | None = None, *, times: int | None = None) -> Fault:
        """Hold messages back until :meth:`release`.

        Args:
            action: The action of the messages and events; None for any.
            times: How many; None for all.
        """
        return self._add(Fault("delay", action, times))

    def duplicate(self, action: str | None = None, *, times: int | None = None) -> Fault:
        """Deliver messages twice.

        Args:
            action: The action of the messages and events; None for any.
            times: How many; None for all.
        """
        return self._add(Fault("duplicate", action, times))

    def fail(
        self,
        action: str | None = None,
        *,
        times: int | None = None,
        error: Exception | None = None,
    ) -> Fault:
        """Raise an error in whoever sends messages, which do not arrive.

        Args:
            action: The action of the messages and events; None for any.
            times: How many; None for all.
            error: What is raised; None for a ``ConnectionError``.
        """
        refused = ConnectionError("The channel layer fails, as its test says.")
        return self._add(Fault("fail", action, times, error or refused))

    def fail_receive(self, *, times: int | None = None, error: Exception | None = None) -> Fault:
        """Raise an error in whoever is to receive; a call that waits already goes on.

        With :class:`~chanx.testing.clock.FrozenClock` a test sees what ``Limits.layer_timeout``
        makes of it. The layer has to be made with ``pushes=False``.

        Args:
            times: How many calls fail; None for all.
            error: What is raised; None for a ``ConnectionError``.

        Raises:
            RuntimeError: If the layer calls its receivers, so that nobody asks.
        """
        if hasattr(self, "subscribe"):
            raise RuntimeError(
                "Nobody calls receive() of this layer: make it with FaultyLayer(..., pushes=False)."
            )
        refused = ConnectionError("The channel layer fails, as its test says.")
        self._outage = Fault("fail", None, times, error or refused)
        return self._outage

    def heal(self) -> None:
        """Forget every rule; what is held back stays so."""
        self._faults.clear()
        self._outage = None

    @property
    def held(self) -> int:
        """How many messages are held back."""
        return len(self._held)

    async def release(self, count: int | None = None) -> None:
        """Deliver messages that are held back, in the order in which they were sent.

        Args:
            count: How many; None for all.
        """
        released = self._held[:count]
        # Before they are sent, which suspends: what is held back meanwhile is not among them.
        del self._held[:count]
        for send, target, message in released:
            await send(target, message)

    def _add(self, fault: Fault) -> Fault:
        self._faults.append(fault)
        return fault

    # A channel layer

    async def new_channel(self) -> str:
        """Return the name of a new channel."""
        return await self.wrapped.new_channel()

    async def receive(self, channel: str) -> Any:
        """Wait for the next message of a channel, unless a rule says otherwise.

        Raises:
            Exception: What a rule says.
        """
        outage = self._outage
        # Before the wrapped layer is asked, so that no message is taken and lost.
        if outage is not None and outage.error is not None and outage.strikes({}):
            raise outage.error
        return await self.wrapped.receive(channel)

    @property
    def is_local(self) -> bool:
        """Whether the wrapped layer is one within the process."""
        return isinstance(self.wrapped, LocalLayer) and self.wrapped.is_local

    async def group_add(self, group: str, channel: str) -> None:
        """Make a channel a member of a group."""
        await self.wrapped.group_add(group, channel)

    async def group_discard(self, group: str, channel: str) -> None:
        """Take a channel out of a group."""
        await self.wrapped.group_discard(group, channel)

    async def send(self, channel: str, message: Any) -> None:
        """Send a message to one channel, unless a rule says otherwise.

        Raises:
            Exception: What a rule says.
        """
        await self._send(self.wrapped.send, channel, message)

    async def group_send(self, group: str, message: Any) -> None:
        """Send a message to every channel of a group, unless a rule says otherwise.

        Raises:
            Exception: What a rule says.
        """
        await self._send(self.wrapped.group_send, group, message)

    async def _send(self, send: Callable[[str, Any], Any], target: str, message: Any) -> None:
        for _ in range(self._copies(send, target, message)):
            await send(target, message)

    def _send_sync(
        self,
        send: Callable[[str, Any], None],
        later: Callable[[str, Any], Any],
        target: str,
        message: Any,
    ) -> None:
        for _ in range(self._copies(later, target, message)):
            send(target, message)

    def _copies(self, later: Callable[[str, Any], Any], target: str, message: Any) -> int:
        """Return how often a message is to be sent now; one that is held back is sent later."""
        # The first that strikes, and no other: a strike counts.
        fault = next((fault for fault in self._faults if fault.strikes(message)), None)
        if fault is None:
            return 1
        if fault.error is not None:
            raise fault.error
        if fault.kind == "delay":
            self._held.append((later, target, message))
        return 2 if fault.kind == "duplicate" else 0


def _can(layer: ChannelLayer, kind: type) -> bool:
    """Return whether a layer has what a protocol names; it may be asked where no loop runs."""
    try:
        return isinstance(layer, kind)
    except RuntimeError:
        # As of sends_from_threads(): channels_redis.pubsub asks its event loop for what it lacks.
        return False


__all__ = ["Fault", "FaultKind", "FaultyLayer"]
