"""The handler decorators for Django: the core's, with permissions, throttles and transactions."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Unpack, overload

from django.db import DEFAULT_DB_ALIAS
from rest_framework.throttling import BaseThrottle

from chanx.core import decorators
from chanx.core.decorators import EventHandlerArguments, MethodT, WsHandlerArguments
from chanx.core.errors import ConfigurationError
from chanx.core.handler import HandlerOption
from chanx.ext.channels.authenticator import AuthMethod
from chanx.ext.channels.permissions import Restricted
from chanx.ext.channels.transactions import Atomic

if TYPE_CHECKING:
    # What permissions may be, `A & B` included; it exists in the stubs only.
    from rest_framework.permissions import (
        _PermissionClass as PermissionClass,  # pyright: ignore[reportPrivateUsage]
    )


@overload
def ws_handler(method: MethodT, /) -> MethodT: ...
@overload
def ws_handler(
    *,
    permission_classes: "Sequence[PermissionClass] | None" = None,
    throttle_classes: Sequence[type[BaseThrottle]] | None = None,
    throttle_scope: str | None = None,
    auth_method: AuthMethod = "post",
    atomic: bool | None = None,
    using: str = DEFAULT_DB_ALIAS,
    **arguments: Unpack[WsHandlerArguments],
) -> Callable[[MethodT], MethodT]: ...
def ws_handler(  # noqa: D417 - `method` is what Python gives a decorator
    method: Any = None,
    /,
    *,
    permission_classes: "Sequence[PermissionClass] | None" = None,
    throttle_classes: Sequence[type[BaseThrottle]] | None = None,
    throttle_scope: str | None = None,
    auth_method: AuthMethod = "post",
    atomic: bool | None = None,
    using: str = DEFAULT_DB_ALIAS,
    **arguments: Unpack[WsHandlerArguments],
) -> Any:
    """Let a method handle a client's messages, as :func:`chanx.core.decorators.ws_handler` does.

    The method may also be declared with ``def``: it then runs in the thread of the ORM, as a view
    does, and ``ATOMIC_REQUESTS`` counts for it.

    Args:
        permission_classes: Who may use the handler: REST framework's permissions, composed as for
            a view; None for everybody who is connected. They see the connection's user, the
            authenticator's object, and a view with ``action``, ``message`` and ``kwargs``. Who is
            refused gets an error, ``not_authenticated`` or ``permission_denied``, and stays
            connected.
        throttle_classes: Who uses it too often, by the error ``throttled``; None for nobody.
        throttle_scope: The scope, for ``ScopedRateThrottle``; None for none.
        auth_method: The HTTP verb that permissions and throttles see.
        atomic: Whether the handler is one transaction, which is committed before its reply is sent,
            and rolled back if it fails; False keeps ``ATOMIC_REQUESTS`` from making it one. None
            leaves it to that for a handler declared with ``def``, and makes an asynchronous one
            none.
        using: The database of the transaction.
        arguments: Those of the core's decorator.

    Raises:
        ConfigurationError: As for the core's, and when a permission or throttle cannot be made, or
            a stream is to be atomic.

    Example:
        >>> from rest_framework.permissions import IsAdminUser
        >>> from chanx.ext.channels.websocket import AsyncJsonWebsocketConsumer
        >>> from chanx.messages import PingMessage, PongMessage
        >>> class Room(AsyncJsonWebsocketConsumer):
        ...     @ws_handler(permission_classes=[IsAdminUser], atomic=True)
        ...     def ping(self, message: PingMessage) -> PongMessage:
        ...         return PongMessage()
    """
    if method is not None:
        return decorators.ws_handler(method)
    options = list(arguments.get("options", ()))
    permissions, throttles = tuple(permission_classes or ()), tuple(throttle_classes or ())
    if permissions or throttles:
        options.append(Restricted(permissions, throttles, throttle_scope, auth_method))
    elif throttle_scope is not None:
        raise ConfigurationError(
            f"throttle_scope={throttle_scope!r} throttles nobody by itself: give "
            f"throttle_classes=[ScopedRateThrottle] as well."
        )
    # Within the permissions: what they refuse begins no transaction.
    arguments["options"] = [*options, *_atomic(atomic, using)]
    return decorators.ws_handler(**arguments)


@overload
def event_handler(method: MethodT, /) -> MethodT: ...
@overload
def event_handler(
    *,
    atomic: bool | None = None,
    using: str = DEFAULT_DB_ALIAS,
    **arguments: Unpack[EventHandlerArguments],
) -> Callable[[MethodT], MethodT]: ...
def event_handler(  # noqa: D417 - `method` is what Python gives a decorator
    method: Any = None,
    /,
    *,
    atomic: bool | None = None,
    using: str = DEFAULT_DB_ALIAS,
    **arguments: Unpack[EventHandlerArguments],
) -> Any:
    """Let a method handle events, as :func:`chanx.core.decorators.event_handler` does.

    Args:
        atomic: As for :func:`ws_handler`.
        using: As for :func:`ws_handler`.
        arguments: Those of the core's decorator.

    Raises:
        ConfigurationError: As for :func:`ws_handler`.

    Example:
        >>> from typing import Literal
        >>> from chanx.ext.channels.websocket import AsyncJsonWebsocketConsumer
        >>> from chanx.messages import BaseMessage
        >>> class Paid(BaseMessage):
        ...     action: Literal["paid"] = "paid"
        >>> class Orders(AsyncJsonWebsocketConsumer[Paid]):
        ...     @event_handler
        ...     def paid(self, event: Paid) -> Paid:
        ...         return event
    """
    if method is not None:
        return decorators.event_handler(method)
    arguments["options"] = [*arguments.get("options", ()), *_atomic(atomic, using)]
    return decorators.event_handler(**arguments)


def _atomic(atomic: bool | None, using: str) -> Sequence[HandlerOption]:
    return () if atomic is None else (Atomic(atomic, using),)


__all__ = ["event_handler", "ws_handler"]
