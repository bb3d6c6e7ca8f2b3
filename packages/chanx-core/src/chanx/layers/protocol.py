"""What a channel layer is: the six coroutines that Django Channels specifies."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol, TypeAlias, TypeGuard, runtime_checkable

# Read-only to a type checker: every receiver of a process has the same object.
LayerMessage: TypeAlias = Mapping[str, Any]
"""What travels through a layer: a mapping with a ``type``, of values that msgpack can hold."""


# isinstance() of these protocols asks whether the names are there, not whether they are coroutines
# (typing.runtime_checkable).
@runtime_checkable
class ChannelLayer(Protocol):
    """Carries messages between connections, of one process or of many.

    Any channel layer of Django Channels fits. What else a layer can do, it says by the protocols
    below. A message that was received is shared with other receivers and must not be changed.

    A channel ends when its pending ``receive()`` is cancelled; there is no other clean-up.
    """

    async def new_channel(self) -> str:
        """Return the name of a new channel that only this process receives from."""
        ...

    async def send(self, channel: str, message: Any) -> None:
        """Send a message to one channel."""
        ...

    async def receive(self, channel: str) -> Any:
        """Wait for the next message of a channel; one caller at a time for each channel."""
        ...

    async def group_add(self, group: str, channel: str) -> None:
        """Make a channel a member of a group."""
        ...

    async def group_discard(self, group: str, channel: str) -> None:
        """Take a channel out of a group, if it is in it."""
        ...

    async def group_send(self, group: str, message: Any) -> None:
        """Send a message to every channel of a group."""
        ...


# What a connection needs to know of its layer is asked once for each layer and event loop
# (core/layer_use.py): isinstance() of a protocol takes longer than all else that it does with it.
@runtime_checkable
class PushLayer(Protocol):
    """A channel layer that can call its receivers, which saves each of them a waiting task."""

    def subscribe(
        self,
        channel: str,
        receiver: Callable[[LayerMessage], bool],
        on_gap: Callable[[float], None] | None = None,
    ) -> Callable[[], None]:
        """Let a function receive a channel's messages, instead of ``receive()``.

        Args:
            channel: The channel; messages that wait in it are received at once.
            receiver: Called with each message, in the event loop that runs now. It returns whether
                so much waits for it that senders should let others run.
            on_gap: Called there, once the layer works again, with the seconds for which messages
                may have been missed; None if nobody wants to know.

        Returns:
            A function that ends it, and the channel.
        """
        ...


@runtime_checkable
class LocalLayer(Protocol):
    """A channel layer that says whether it is one within the process.

    If it is, its ``new_channel``, ``group_add`` and ``group_discard`` never suspend: no two of them
    meet, and no cancellation cuts one off. For all other layers consumers see to that, which costs
    each connection something.
    """

    @property
    def is_local(self) -> bool:
        """Whether none of them suspends."""
        ...


@runtime_checkable
class SyncLayer(Protocol):
    """A channel layer that sends from threads without an event loop: views, tasks, commands."""

    def send_sync(self, channel: str, message: Any) -> None:
        """Send a message to one channel."""
        ...

    def group_send_sync(self, group: str, message: Any) -> None:
        """Send a message to every channel of a group."""
        ...


class Allowance(NamedTuple):
    """What a counter grants.

    Attributes:
        granted: How many tokens.
        wait: Seconds until there is one, where none is granted; else 0.
    """

    granted: int
    wait: float


@runtime_checkable
class CountingLayer(Protocol):
    """A channel layer that counts for all processes which share it, as the rate of a user needs."""

    async def take_tokens(
        self, name: str, count: int, *, rate: float, burst: int, unused: int = 0
    ) -> Allowance:
        """Take tokens from a bucket that fills at a rate, as many as there are.

        Args:
            name: The bucket; one that nobody asked for yet is full.
            count: How many tokens.
            rate: How many there are new each second.
            burst: How many it holds.
            unused: How many of those taken before are given back.

        Raises:
            Exception: If it cannot be counted now.
        """
        ...


@runtime_checkable
class ClosableLayer(Protocol):
    """A channel layer that holds what is to be let go of when a process or its test ends."""

    async def close(self) -> None:
        """Let go of connections and tasks of the event loop that runs now."""
        ...


def sends_from_threads(layer: object) -> TypeGuard[SyncLayer]:
    """Return whether a layer is a :class:`SyncLayer`; it is asked where no event loop runs."""
    try:
        # isinstance() reads the attributes, so whatever a layer's __getattr__ raises comes out
        # here: on Python 3.11 by hasattr(), from 3.12 on by inspect.getattr_static(), which calls
        # none.
        return isinstance(layer, SyncLayer)
    except RuntimeError:
        # channels_redis.pubsub asks an event loop's own layer for whatever it lacks itself.
        return False


def checked(message: Any) -> LayerMessage:
    """Return a layer message, unless it is none.

    Args:
        message: What is to be sent.

    Raises:
        TypeError: If it is not a mapping.
    """
    # Refused at the sender: within a process nothing else would look at it before all its receivers
    # do.
    if isinstance(message, Mapping):
        return message  # pyright: ignore[reportUnknownVariableType]
    raise TypeError(
        f"A layer message is a mapping, and this is {type(message).__qualname__}: send "
        f"{{'type': ..., ...}}, or a typed event with send_event or broadcast_event."
    )


__all__ = [
    "Allowance",
    "ChannelLayer",
    "ClosableLayer",
    "CountingLayer",
    "LayerMessage",
    "LocalLayer",
    "PushLayer",
    "SyncLayer",
    "checked",
    "sends_from_threads",
]
