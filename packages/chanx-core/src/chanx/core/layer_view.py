"""A channel layer as one connection's consumer sees it."""

from typing import Any, Protocol

from chanx.core.groups import encode_group_name
from chanx.layers import ChannelLayer


class Member(Protocol):
    """A connection that may be in groups."""

    @property
    def channel(self) -> str:
        """The connection's own channel; empty as long as it has none."""
        ...

    async def join(self, name: str) -> None:
        """Join a group."""
        ...

    async def leave(self, name: str) -> None:
        """Leave a group."""
        ...


class LayerView:
    """A channel layer to which a consumer may give its own channel, as channels' consumers do.

    ``group_add(name, self.channel_name)`` does what ``join_group(name)`` does, ``group_discard``
    what ``leave_group`` does. Names of groups may be any text, as everywhere. All else is the
    layer's, which the view equals, and of whose class it is.

    Args:
        layer: The channel layer.
        member: The connection on it.
    """

    __slots__ = ("_layer", "_member")

    def __init__(self, layer: ChannelLayer, member: Member) -> None:
        self._layer = layer
        self._member = member

    async def group_add(self, group: str, channel: str) -> None:
        """Make a channel a member of a group; the connection's own joins it."""
        if channel and channel == self._member.channel:
            # Its own, so that the connection knows what it is in: it has to leave at the end, to
            # renew, and to list.
            await self._member.join(group)
        else:
            await self._layer.group_add(encode_group_name(group), channel)

    async def group_discard(self, group: str, channel: str) -> None:
        """Take a channel out of a group; the connection's own leaves it."""
        if channel and channel == self._member.channel:
            await self._member.leave(group)
        else:
            await self._layer.group_discard(encode_group_name(group), channel)

    async def group_send(self, group: str, message: Any) -> None:
        """Send a message to every channel of a group."""
        await self._layer.group_send(encode_group_name(group), message)

    async def new_channel(self, *args: Any, **kwargs: Any) -> str:
        """Return the name of a new channel."""
        return await self._layer.new_channel(*args, **kwargs)

    async def send(self, channel: str, message: Any) -> None:
        """Send a message to one channel."""
        await self._layer.send(channel, message)

    async def receive(self, channel: str) -> Any:
        """Wait for the next message of a channel."""
        return await self._layer.receive(channel)

    def __getattr__(self, name: str) -> Any:
        # Whatever else a layer has, as flush() or valid_group_name() of Django Channels: only where
        # the class has no such attribute is this asked.
        return getattr(self._layer, name)

    @property  # type: ignore[misc]  # as Django's lazy objects do, for isinstance
    def __class__(self) -> type:  # pyright: ignore[reportIncompatibleMethodOverride]
        return type(self._layer)

    def __eq__(self, other: object) -> bool:
        # By type(): __class__ is that of the layer.
        if type(other) is LayerView:
            return self._layer == other._layer
        return self._layer == other

    def __hash__(self) -> int:
        # As __eq__ has it: layers and their views are one key.
        return hash(self._layer)

    def __repr__(self) -> str:
        return repr(self._layer)


__all__ = ["LayerView", "Member"]
