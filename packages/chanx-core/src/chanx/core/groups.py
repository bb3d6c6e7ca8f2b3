"""The groups of a connection, by names of any text."""

import asyncio
import hashlib
import re
from typing import Final

from chanx.core.errors import ConfigurationError
from chanx.layers import ChannelLayer

_ENCODED: Final = "chanx-"
_PLAIN: Final = re.compile(rf"(?!{_ENCODED})[A-Za-z0-9._-]{{1,99}}")


def encode_group_name(name: str) -> str:
    """Return the name under which a channel layer knows a group.

    Layers take ASCII letters, digits, ``-``, ``_`` and ``.``, under 100 characters. Such a name
    is its own; any other stands as its digest, so no two names meet.

    Args:
        name: Any text.

    Example:
        >>> encode_group_name("room_1")
        'room_1'
        >>> encode_group_name("Küche / Bad")[:10]
        'chanx-e28d'
    """
    if _PLAIN.fullmatch(name):
        return name
    return _ENCODED + hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()


def class_groups(consumer: type) -> tuple[str, ...]:
    """Return the groups that every connection of a consumer joins.

    Args:
        consumer: The consumer's class. ``groups`` counts as Python finds it, ``extra_groups`` of
            every class along the MRO, bases first; each name once.
    """
    names: list[str] = list(getattr(consumer, "groups", None) or ())
    for base in reversed(consumer.__mro__):
        names += vars(base).get("extra_groups", None) or ()
    return tuple(dict.fromkeys(names))


class Membership:
    """The groups that one connection is a member of.

    Args:
        layer: The connection's channel layer; None if it has none.
        channel: The connection's channel name.
    """

    __slots__ = ("_channel", "_has_ended", "_layer", "joined")

    def __init__(self, layer: ChannelLayer | None, channel: str) -> None:
        self._layer = layer
        self._channel = channel
        self._has_ended = False
        self.joined: list[str] = []

    async def join(self, name: str) -> None:
        """Join a group; joining it again, or after the end, does nothing.

        Raises:
            ConfigurationError: If there is no channel layer.
        """
        if name in self.joined or self._has_ended:
            return
        layer = required(self._layer, f"join the group {name!r}")
        # Noted first: a cancelled call may have joined, and to leave without having harms nobody.
        self.joined.append(name)
        try:
            await layer.group_add(encode_group_name(name), self._channel)
        except Exception:
            self.joined.remove(name)
            raise
        if self._has_ended:
            await self._discard(name)

    async def leave(self, name: str) -> None:
        """Leave a group, if the connection is in it."""
        if name in self.joined:
            await self._discard(name)
            self.joined = [group for group in self.joined if group != name]

    async def leave_all(self) -> None:
        """Leave every group for good, also where leaving one fails or is cancelled.

        Raises:
            BaseException: What came between first.
        """
        self._has_ended = True
        failure: BaseException | None = None
        while self.joined:
            try:
                await self._discard(self.joined[-1])
            except asyncio.CancelledError as error:
                failure = error
                continue
            except Exception as error:
                failure = failure or error
            self.joined.pop()
        if failure is not None:
            raise failure

    async def _discard(self, name: str) -> None:
        if self._layer is not None:
            await self._layer.group_discard(encode_group_name(name), self._channel)


def required(layer: ChannelLayer | None, purpose: str) -> ChannelLayer:
    """Return the layer, or say what it is needed for.

    Raises:
        ConfigurationError: If there is no channel layer.
    """
    if layer is None:
        raise ConfigurationError(
            f"There is no channel layer to {purpose}: configure one (CHANNEL_LAYERS in Django, "
            f"chanx.layers.register_layer elsewhere)."
        )
    return layer


__all__ = ["Membership", "class_groups", "encode_group_name", "required"]
