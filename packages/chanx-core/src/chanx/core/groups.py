"""The groups of a connection, by names of any text."""

import asyncio
import hashlib
import re
from collections.abc import Iterable, Iterator, MutableSequence
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any, ClassVar, Final, overload

from chanx.core.cancellation import is_own
from chanx.core.clock import Clock
from chanx.core.declarations import merged
from chanx.core.errors import ConfigurationError
from chanx.layers import ChannelLayer

_ENCODED: Final = "chanx-"
_AT_ONCE: Final = nullcontext()
"""Stands for a turn, and for a time limit, where nothing waits."""

# What encoding yields is no name of its own: else the text "chanx-..." of a user would meet the
# digest of another.
_PLAIN: Final = re.compile(rf"(?!{_ENCODED})[A-Za-z0-9._-]{{1,99}}")


def encode_group_name(name: str) -> str:
    """Return the name under which a channel layer knows a group.

    Layers take ASCII letters, digits, ``-``, ``_`` and ``.``, under 100 characters. Such a name
    is its own; any other stands as its digest, so no two names meet.

    Args:
        name: Any text.

    Raises:
        ConfigurationError: If it is not a string.

    Example:
        >>> encode_group_name("room_1")
        'room_1'
        >>> encode_group_name("Küche / Bad")[:10]
        'chanx-e28d'
    """
    # Tried and not asked first, as it is called for each group of each broadcast.
    try:
        if _PLAIN.fullmatch(name):
            return name
    except TypeError:
        name = group_name(name)  # which raises
    # Any text has a name, half a surrogate pair included, which UTF-8 would refuse.
    return _ENCODED + hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()


def class_groups(consumer: type) -> tuple[str, ...]:
    """Return the groups that every connection of a consumer joins.

    Args:
        consumer: The consumer's class. ``groups`` counts as Python finds it, ``extra_groups`` of
            every class along the MRO, bases first; each name once.

    Raises:
        ConfigurationError: If they are not lists of names.
    """
    # As Python finds it: a subclass that names groups replaces those of its base; extra_groups add
    # to them.
    groups = getattr(consumer, "groups", None) or ()
    if not groups:
        return merged(consumer, "extra_groups")
    return tuple(dict.fromkeys((*group_names(groups), *merged(consumer, "extra_groups"))))


def group_names(names: Iterable[str]) -> Iterable[str]:
    """Return group names, unless they are none.

    Args:
        names: What is given as a list of names.

    Raises:
        ConfigurationError: If it is a string, which would be a list of its letters.
    """
    if isinstance(names, str):
        raise ConfigurationError(f"groups={names!r} is a string: write a list of group names.")
    return names


def group_name(name: object) -> str:
    """Return a group's name, unless it is none.

    Raises:
        ConfigurationError: If it is not a string.
    """
    if not isinstance(name, str):
        raise ConfigurationError(f"{name!r} is not a name of a group: use a string.")
    return name


class GroupNames(MutableSequence[str]):
    """The names of a connection's groups in the order of joining, each once.

    A list but for that, and for what it costs to look one up or to take one out: the same,
    however many there are.

    Args:
        names: The names to begin with.

    Raises:
        ConfigurationError: If they are not a list of strings.

    Example:
        >>> names = GroupNames(["lobby"])
        >>> names.append("attic")
        >>> names.append("lobby")
        >>> names
        ['lobby', 'attic']
    """

    __slots__ = ("_names",)

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._names = dict.fromkeys(map(group_name, group_names(names)))

    def append(self, value: str) -> None:
        """Add a name, unless it is there."""
        self._names[group_name(value)] = None

    def discard(self, value: str) -> None:
        """Take a name out, if it is there."""
        self._names.pop(value, None)

    def remove(self, value: str) -> None:
        """Take a name out.

        Raises:
            ValueError: If it is not there.
        """
        if value not in self._names:
            raise ValueError(f"{value!r} is not a group of the connection.")
        del self._names[value]

    def insert(self, index: int, value: str) -> None:
        """Add a name before a place, unless it is there."""
        if value not in self._names:
            names = [*self._names]
            names.insert(index, group_name(value))
            self._names = dict.fromkeys(names)

    def __contains__(self, value: object) -> bool:
        return value in self._names

    def __iter__(self) -> Iterator[str]:
        # Of a copy: who iterates may await, and groups are joined meanwhile.
        return iter([*self._names])

    def __len__(self) -> int:
        return len(self._names)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        return [*self._names][index]

    def __setitem__(self, index: Any, value: Any) -> None:
        names = [*self._names]
        names[index] = value
        self._names = GroupNames(names)._names  # noqa: SLF001 - of the same class

    def __delitem__(self, index: int | slice) -> None:
        names = [*self._names]
        del names[index]
        self._names = dict.fromkeys(names)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, list | tuple | GroupNames) and [*self] == [*other]

    __hash__: ClassVar[None] = None  # type: ignore[assignment]  # as that of a list

    def __repr__(self) -> str:
        return repr([*self._names])


class Membership:
    """One connection in its channel layer: its channel and its groups, one change after the other.

    The channel is made when something first needs it: on layers with a server it is a subscription
    there, which a connection that needs none should not cost.

    Args:
        layer: The connection's channel layer.
        is_local: Whether nothing that the layer is told suspends; there are no turns to take then.

    Attributes:
        channel: The channel's name; empty as long as there is none.
    """

    __slots__ = ("_has_ended", "_is_joined", "_is_local", "_layer", "_turns", "channel")

    def __init__(self, layer: ChannelLayer, *, is_local: bool = False) -> None:
        self.channel: str = ""
        self._layer = layer
        self._is_local = is_local
        self._has_ended = False
        # False where only the layer knows: a call that failed or was cut off may have joined or
        # left all the same. The next join adds again then, and the end leaves the group.
        self._is_joined: dict[str, bool] = {}
        # One change after the other: a leave that overtook the join of the same group would leave
        # it joined for good.
        self._turns: AbstractAsyncContextManager[None] = _AT_ONCE if is_local else asyncio.Lock()

    async def open(self) -> None:
        """Make the channel, if there is none.

        Raises:
            Exception: What the layer raises.
        """
        async with self._turns:
            await self._open()

    @property
    def joined(self) -> list[str]:
        """The groups that the connection is in for certain."""
        return [name for name, is_joined in self._is_joined.items() if is_joined]

    def is_in(self, name: str) -> bool:
        """Return whether the connection is in a group for certain."""
        return self._is_joined.get(name, False)

    async def join(self, name: str) -> bool:
        """Join a group; joining it again, or after the end, does nothing.

        Returns:
            Whether the connection is in it.

        Raises:
            Exception: What the layer raises.
        """
        async with self._turns:
            if self._has_ended:
                return False
            return self._is_joined.get(name) or await self._add(name)

    async def leave(self, name: str) -> None:
        """Leave a group, if the connection is in it.

        Raises:
            Exception: What the layer raises.
        """
        async with self._turns:
            if name in self._is_joined:
                # Before the layer is told: cut off there, nobody knows.
                self._is_joined[name] = False
                await self._discard(name)

    async def renew(self) -> None:
        """Join every group again, since the layer may have forgotten.

        Raises:
            Exception: What the layer raises.
        """
        for name in self.joined:
            # A turn for each and not for all: a handler that joins meanwhile does not wait for a
            # thousand groups.
            async with self._turns:
                # Asked again within the turn: it may have been left since, or have ended.
                if self._is_joined.get(name) and not self._has_ended:
                    await self._layer.group_add(encode_group_name(name), self.channel)

    async def leave_all(self, clock: Clock, patience: float) -> None:
        """Leave every group for good, also where leaving one fails or is cancelled.

        A join that is under way leaves again by itself; nothing here waits for its turn.

        Args:
            clock: Tells when the time is over.
            patience: Seconds for all of them together.

        Raises:
            BaseException: What came between first.
        """
        # Before anything is left: a join that is under way finds it, and leaves by itself.
        self._has_ended = True
        if not self._is_joined:
            return
        # Before the time-out begins: its own cancellation has to find the time over.
        until = clock.time() + patience
        failure: BaseException | None = None
        cancelled, task = 0, asyncio.current_task()
        async with _AT_ONCE if self._is_local else clock.timeout(patience):
            while self._is_joined:
                try:
                    # The last one, which popitem() takes out below where that fails.
                    await self._discard(next(reversed(self._is_joined)))
                except (Exception, asyncio.CancelledError) as error:
                    is_cut = is_own(error)
                    if is_cut and clock.time() >= until:
                        raise
                    failure = error if is_cut else failure or error
                    # A group whose leaving was cut off is left once more; not so where the layer
                    # lets a cancellation leak, of which there may be no end.
                    if is_cut and task is not None and task.cancelling() > cancelled:
                        cancelled = task.cancelling()
                    else:
                        self._is_joined.popitem()
        if failure is not None:
            raise failure

    async def _open(self) -> None:
        if not self.channel:
            self.channel = await self._layer.new_channel()

    async def _add(self, name: str) -> bool:
        await self._open()
        # Uncertain from before the call on, so that the end leaves the group if the call is cut
        # off.
        self._is_joined[name] = False
        await self._layer.group_add(encode_group_name(name), self.channel)
        # The end came while the layer was told: it has found nothing certain to leave, or left too
        # early.
        if self._has_ended:
            await self._discard(name)
            return False
        self._is_joined[name] = True
        return True

    async def _discard(self, name: str) -> None:
        await self._layer.group_discard(encode_group_name(name), self.channel)
        # Once it is certain; what fails stays, to be left at the end.
        self._is_joined.pop(name, None)


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


__all__ = [
    "GroupNames",
    "Membership",
    "class_groups",
    "encode_group_name",
    "group_name",
    "group_names",
    "required",
]
