"""What a consumer's class does from anywhere: events for its connections, and their ends."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, ClassVar, Generic

from asgiref.sync import async_to_sync
from typing_extensions import TypeVar

from chanx.core.close_codes import CloseCode
from chanx.core.errors import ConfigurationError
from chanx.core.events import (
    disconnect_envelope,
    event_envelope,
    group_of_user,
    send_to_groups,
    send_to_groups_sync,
)
from chanx.core.groups import class_groups, group_names, required
from chanx.core.observer import ObserverFactory
from chanx.core.settings import Settings
from chanx.core.tasks import is_in_event_loop
from chanx.core.tracing import traced
from chanx.layers import DEFAULT_ALIAS, ChannelLayer, SyncLayer, get_layer
from chanx.layers.protocol import sends_from_threads
from chanx.messages import BaseMessage

EventT = TypeVar("EventT", bound=BaseMessage, default=BaseMessage)

# One instance: the keys of runtimes compare settings for each connection, and the same one at once.
_DEFAULT_SETTINGS = Settings()


class Reachable(Generic[EventT]):
    """A class whose connections are reached over a channel layer, from any code of any process.

    It is what :class:`~chanx.core.websocket.AsyncJsonWebsocketConsumer` can do without a
    connection of its own; only that subclasses it.

    Attributes:
        groups: Groups that every connection joins.
        extra_groups: Further groups, merged along the MRO.
        channel_layer_alias: Which channel layer carries broadcasts and events.
        observers: Who traces what is sent; None for whom the project's settings name.
    """

    # Not ClassVar, as an instance of a consumer has its own.
    groups: Sequence[str] = ()
    extra_groups: ClassVar[Sequence[str]] = ()
    channel_layer_alias: ClassVar[str] = DEFAULT_ALIAS
    observers: ClassVar[Collection[ObserverFactory] | None]

    @classmethod
    def project_settings(cls) -> Settings:
        """Return the settings that count where the class says nothing; adapters override this."""
        return _DEFAULT_SETTINGS

    @classmethod
    def find_channel_layer(cls) -> ChannelLayer | None:
        """Return the channel layer of ``channel_layer_alias``; adapters override this.

        Raises:
            UnknownLayerError: If there is none of that alias.
        """
        return get_layer(cls.channel_layer_alias)

    # Events

    @classmethod
    async def send_event(cls, event: EventT, channel_name: str) -> None:
        """Send a typed event to one connection of this consumer.

        Args:
            event: The event; the consumer has an event handler for it.
            channel_name: The connection's ``channel_name``.

        Raises:
            ConfigurationError: If there is no channel layer.
            ChannelFull: If the connection's channel is full.
        """
        layer = required(cls.find_channel_layer(), "send events")
        await layer.send(channel_name, cls._envelope_of(event))

    @classmethod
    async def broadcast_event(cls, event: EventT, groups: Iterable[str] | None = None) -> None:
        """Send a typed event to every connection in groups.

        Args:
            event: The event; the consumer has an event handler for it.
            groups: The groups; None for those that the class names.

        Raises:
            ConfigurationError: If there is no channel layer, or no group is named.
        """
        # First: to name no group is a mistake also where there is no layer yet.
        names = cls._groups_of_event(groups)
        layer = required(cls.find_channel_layer(), "broadcast events")
        await send_to_groups(layer, names, cls._envelope_of(event))

    @classmethod
    def send_event_sync(cls, event: EventT, channel_name: str) -> None:
        """:meth:`send_event`, from code that is not asynchronous.

        Over a layer that can send from threads, such as ``RedisLayer``, no event loop is started.

        Args:
            event: The event.
            channel_name: The connection's ``channel_name``.

        Raises:
            RuntimeError: If called from asynchronous code; await :meth:`send_event` there.
        """
        layer = cls._sync_layer("send_event")
        if layer is None:
            # asgiref runs it in the event loop whose sync_to_async() called this thread, if one
            # did: a layer's connections are that loop's.
            async_to_sync(cls.send_event)(event, channel_name)
        else:
            layer.send_sync(channel_name, cls._envelope_of(event))

    @classmethod
    def broadcast_event_sync(cls, event: EventT, groups: Iterable[str] | None = None) -> None:
        """:meth:`broadcast_event`, from code that is not asynchronous.

        Over a layer that can send from threads, such as ``RedisLayer``, no event loop is started.

        Args:
            event: The event.
            groups: The groups; None for those that the class names.

        Raises:
            RuntimeError: If called from asynchronous code; await :meth:`broadcast_event` there.
        """
        layer = cls._sync_layer("broadcast_event")
        if layer is None:
            async_to_sync(cls.broadcast_event)(event, groups)
        else:
            names = cls._groups_of_event(groups)
            send_to_groups_sync(layer, names, cls._envelope_of(event))

    @classmethod
    def _envelope_of(cls, event: EventT) -> dict[str, Any]:
        """Return the layer message of an event, with its trace where an observer traces."""
        envelope = event_envelope(event)
        # Of the class and then of the project, as settled() has it; no runtime is made for what a
        # sender without connections sends.
        observers = cls.observers
        if observers is None:
            observers = cls.project_settings().observers
        return traced(envelope, observers) if observers else envelope

    # Ends

    @classmethod
    async def disconnect_group(
        cls, name: str, code: int = CloseCode.FORBIDDEN, reason: str = ""
    ) -> None:
        """Close every connection in a group, in every process that the channel layer reaches.

        Args:
            name: The group.
            code: The close code.
            reason: For the clients; an empty one for what the table of close codes says.

        Raises:
            ConfigurationError: If there is no channel layer, or no close frame may carry the code.
        """
        # Before the layer is looked for: a code that cannot be sent is a mistake anywhere.
        envelope = disconnect_envelope(code, reason)
        layer = required(cls.find_channel_layer(), "disconnect a group")
        await send_to_groups(layer, [name], envelope)

    @classmethod
    async def disconnect_user(
        cls, user_id: object, code: int = CloseCode.UNAUTHORIZED, reason: str = ""
    ) -> None:
        """Close every connection of a user, of whichever consumer on the same channel layer.

        It reaches those whose setting ``disconnect_users`` is on, in every process that the layer
        reaches.

        Args:
            user_id: What :attr:`user_id` is of the user's connections: a primary key.
            code: The close code.
            reason: For the clients; an empty one for what the table of close codes says.

        Raises:
            ConfigurationError: If there is no channel layer, or no close frame may carry the code.

        Example:
            >>> from chanx.core.websocket import AsyncJsonWebsocketConsumer
            >>> async def ban(user):
            ...     await AsyncJsonWebsocketConsumer.disconnect_user(user.pk, 4403, "Banned.")
        """
        await cls.disconnect_group(group_of_user(user_id), code, reason)

    @classmethod
    def disconnect_group_sync(
        cls, name: str, code: int = CloseCode.FORBIDDEN, reason: str = ""
    ) -> None:
        """:meth:`disconnect_group`, from code that is not asynchronous.

        Args:
            name: The group.
            code: The close code.
            reason: For the clients.

        Raises:
            RuntimeError: If called from asynchronous code; await :meth:`disconnect_group` there.
        """
        layer = cls._sync_layer("disconnect_group")
        if layer is None:
            async_to_sync(cls.disconnect_group)(name, code, reason)
        else:
            send_to_groups_sync(layer, [name], disconnect_envelope(code, reason))

    @classmethod
    def disconnect_user_sync(
        cls, user_id: object, code: int = CloseCode.UNAUTHORIZED, reason: str = ""
    ) -> None:
        """:meth:`disconnect_user`, from code that is not asynchronous.

        Args:
            user_id: What :attr:`user_id` is of the user's connections: a primary key.
            code: The close code.
            reason: For the clients.

        Raises:
            RuntimeError: If called from asynchronous code; await :meth:`disconnect_user` there.
        """
        if cls._sync_layer("disconnect_user") is None:
            async_to_sync(cls.disconnect_user)(user_id, code, reason)
        else:
            cls.disconnect_group_sync(group_of_user(user_id), code, reason)

    @classmethod
    def _groups_of_event(cls, groups: Iterable[str] | None) -> Iterable[str]:
        names = class_groups(cls) if groups is None else group_names(groups)
        if groups is None and not names:
            raise ConfigurationError(
                f"{cls.__qualname__} names no groups of its own: give broadcast_event groups=[...]."
            )
        return names

    @classmethod
    def _sync_layer(cls, name: str) -> SyncLayer | None:
        """Return the layer if it can send from here, and nothing else is to be run for that.

        Args:
            name: The asynchronous twin; one that is overridden has to run.
        """
        own, base = getattr(cls, name), getattr(Reachable, name)
        # In an event loop async_to_sync() says what is wrong, which the layer's own way would not.
        if own.__func__ is not base.__func__ or is_in_event_loop():
            return None
        layer = cls.find_channel_layer()
        return layer if sends_from_threads(layer) else None


__all__ = ["EventT", "Reachable"]
