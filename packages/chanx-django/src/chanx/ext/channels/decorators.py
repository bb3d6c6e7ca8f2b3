"""The handler decorators for Django: the core's, with permissions, throttles and transactions."""

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Unpack, overload

from django.db import DEFAULT_DB_ALIAS
from rest_framework.throttling import BaseThrottle

from chanx.core import decorators
from chanx.core.decorators import (
    BinaryHandlerArguments,
    EventHandlerArguments,
    MethodT,
    WsHandlerArguments,
)
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
            connected. A handler that overrides one with permissions has them as long as it has no
            decorator of its own; one that has says which, ``[]`` for none.
        throttle_classes: Who uses it too often, by the error ``throttled``; None for nobody. The
            same holds for overrides.
        throttle_scope: The scope, for ``ScopedRateThrottle``; None for none.
        auth_method: The HTTP verb that permissions and throttles see.
        atomic: Whether the handler is one transaction, which is committed before its reply is sent,
            and rolled back if it fails; False keeps ``ATOMIC_REQUESTS`` from making it one. None
            leaves it to that for a handler declared with ``def``, and makes an asynchronous one
            none.
        using: The database of the transaction.
        arguments: Those of the core's decorator.

    Raises:
        ConfigurationError: As for the core's, and when a permission or throttle cannot be made, a
            stream is to be atomic, or an override does not say what becomes of its base's
            permissions or throttles.

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
    # Unpack[TypedDict] counts for type checkers only; at run time **arguments takes any keyword.
    _refuse_unknown(ws_handler, arguments, WsHandlerArguments)
    arguments["options"] = [
        *arguments.get("options", ()),
        # In this order: each option stands around those behind it.
        *_restricted(permission_classes, throttle_classes, throttle_scope, auth_method),
        *_atomic(atomic, using),
    ]
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
    _refuse_unknown(event_handler, arguments, EventHandlerArguments)
    arguments["options"] = [*arguments.get("options", ()), *_atomic(atomic, using)]
    return decorators.event_handler(**arguments)


@overload
def binary_handler(method: MethodT, /) -> MethodT: ...
@overload
def binary_handler(
    *,
    permission_classes: "Sequence[PermissionClass] | None" = None,
    throttle_classes: Sequence[type[BaseThrottle]] | None = None,
    throttle_scope: str | None = None,
    auth_method: AuthMethod = "post",
    atomic: bool | None = None,
    using: str = DEFAULT_DB_ALIAS,
    **arguments: Unpack[BinaryHandlerArguments],
) -> Callable[[MethodT], MethodT]: ...
def binary_handler(  # noqa: D417 - `method` is what Python gives a decorator
    method: Any = None,
    /,
    *,
    permission_classes: "Sequence[PermissionClass] | None" = None,
    throttle_classes: Sequence[type[BaseThrottle]] | None = None,
    throttle_scope: str | None = None,
    auth_method: AuthMethod = "post",
    atomic: bool | None = None,
    using: str = DEFAULT_DB_ALIAS,
    **arguments: Unpack[BinaryHandlerArguments],
) -> Any:
    """Let a method handle binary frames, as :func:`chanx.core.decorators.binary_handler` does.

    Args:
        permission_classes: As for :func:`ws_handler`; the view's ``message`` is the bytes, its
            ``action`` the method's name.
        throttle_classes: As for :func:`ws_handler`.
        throttle_scope: As for :func:`ws_handler`.
        auth_method: As for :func:`ws_handler`.
        atomic: As for :func:`ws_handler`.
        using: As for :func:`ws_handler`.
        arguments: Those of the core's decorator.

    Raises:
        ConfigurationError: As for :func:`ws_handler`.

    Example:
        >>> from rest_framework.permissions import IsAuthenticated
        >>> from chanx.ext.channels.websocket import AsyncJsonWebsocketConsumer
        >>> class Uploads(AsyncJsonWebsocketConsumer):
        ...     @binary_handler(permission_classes=[IsAuthenticated], atomic=True)
        ...     def store(self, data: bytes) -> None: ...
    """
    if method is not None:
        return decorators.binary_handler(method)
    _refuse_unknown(binary_handler, arguments, BinaryHandlerArguments)
    arguments["options"] = [
        *arguments.get("options", ()),
        *_restricted(permission_classes, throttle_classes, throttle_scope, auth_method),
        *_atomic(atomic, using),
    ]
    return decorators.binary_handler(**arguments)


def _refuse_unknown(
    decorator: Callable[..., Any], arguments: Mapping[str, object], core: type
) -> None:
    """Refuse keywords as Python does, and say which one may be meant."""
    of_core = inspect.get_annotations(core)
    for keyword in arguments.keys() - of_core.keys():
        known = [*inspect.signature(decorator).parameters, *of_core]
        name = decorator.__name__
        meant = [f" Did you mean {each!r}?" for each in get_close_matches(keyword, known, 1)]
        raise TypeError(f"{name}() got an unexpected keyword argument {keyword!r}.{''.join(meant)}")


def _restricted(
    permissions: "Sequence[PermissionClass] | None",
    throttles: Sequence[type[BaseThrottle]] | None,
    scope: str | None,
    auth_method: AuthMethod,
) -> Iterator[HandlerOption]:
    """Yield what comes before a transaction: who is refused begins none."""
    if scope is not None and not throttles:
        raise ConfigurationError(
            f"throttle_scope={scope!r} throttles nobody by itself: give "
            f"throttle_classes=[ScopedRateThrottle] as well."
        )
    if permissions is not None or throttles is not None:
        yield Restricted(
            None if permissions is None else tuple(permissions),
            None if throttles is None else tuple(throttles),
            scope,
            auth_method,
        )


def _atomic(atomic: bool | None, using: str) -> Iterator[HandlerOption]:
    # None is no option, by which a handler declared with `def` is known to be as ATOMIC_REQUESTS
    # has it.
    if atomic is not None:
        yield Atomic(atomic, using)


__all__ = ["binary_handler", "event_handler", "ws_handler"]
