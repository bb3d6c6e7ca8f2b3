"""Calling what a consumer's class defines besides its handlers."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from chanx.core.websocket import AsyncJsonWebsocketConsumer

ResultT = TypeVar("ResultT")


async def call_hook(
    consumer: "AsyncJsonWebsocketConsumer[Any]",
    hook: Callable[..., Awaitable[ResultT]],
    *args: Any,
    **kwargs: Any,
) -> ResultT:
    """Call a hook in a unit of work of its own, and return what it returns.

    Args:
        consumer: The consumer, which knows what a unit of work is.
        hook: One of its hooks, or one of its authenticator's.
        args: The hook's arguments.
        kwargs: The hook's arguments.

    Raises:
        Exception: What the hook raises.
    """
    unit = consumer.unit_of_work()
    if unit is None:
        return await hook(*args, **kwargs)
    async with unit:
        return await hook(*args, **kwargs)


__all__ = ["call_hook"]
