"""REST framework's permissions and throttles around single handlers."""

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from copy import copy
from dataclasses import dataclass, field
from typing import Any, Final

from asgiref.sync import sync_to_async
from django.contrib.auth.models import AnonymousUser
from rest_framework import exceptions
from rest_framework.generics import GenericAPIView
from rest_framework.permissions import DjangoModelPermissions
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle, ScopedRateThrottle

from chanx.core.errors import ConfigurationError, misnamed
from chanx.core.handler import Call, Handler, HandlerOption
from chanx.core.shown import shown
from chanx.ext.channels.auth_view import ChanxAuthView
from chanx.ext.channels.authenticator import AuthMethod, DjangoAuthenticator, declared
from chanx.ext.channels.handshake import handshake_request

_GENERIC: Final[Any] = GenericAPIView

# ModelBackend's names for what it keeps on the user. A connection's user lives for days, and
# permissions are taken away meanwhile.
_CACHES: Final = ("_perm_cache", "_user_perm_cache", "_group_perm_cache")
"""Where a user keeps permissions that were looked up; a request begins without them."""

_OF_PERMISSIONS: Final = {
    "not_authenticated": "The handler is for users who are logged in.",
    "permission_denied": "The user may not do this, or not to this object.",
}
_OF_THROTTLES: Final = {"throttled": "It was asked too often; `retry_after` has the seconds."}

# Of the call, as handlers run beside each other; sync_to_async copies it to the thread.
_current: Final = ContextVar["tuple[Restricted, Any] | None"]("chanx_handler_view", default=None)


@dataclass(frozen=True, slots=True)
class Restricted(HandlerOption):
    """Asks permissions and throttles before each call of a handler, and lets nothing else through.

    They see a request and a view as for HTTP: the request is the handshake, with the verb
    ``auth_method``, by the connection's user, whose permissions are looked up anew. The view is the
    authenticator's, with its queryset, and has ``action``, the message's, ``message``,
    ``handler``, the method's name, ``consumer``, and the route's values as ``kwargs``. The
    authenticator's object, if there is one, has to be permitted, too.

    Attributes:
        permission_classes: Who may use the handler; None if that is not said.
        throttle_classes: Who uses it too often; None if that is not said.
        throttle_scope: The view's scope, for ``ScopedRateThrottle``; None for none.
        auth_method: The HTTP verb.
        errors: The codes with which clients are refused, with those of the permissions' own.
    """

    permission_classes: tuple[Callable[[], Any], ...] | None
    throttle_classes: tuple[type[BaseThrottle], ...] | None
    throttle_scope: str | None
    auth_method: AuthMethod
    errors: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        errors = dict(_OF_THROTTLES if self.throttle_classes else {})
        if self.permission_classes:
            errors |= _OF_PERMISSIONS
        for kind in self.permission_classes or ():
            code, message = (getattr(kind, name, None) for name in ("code", "message"))
            if isinstance(code, str) and misnamed(code) is None:
                errors[code] = str(message or _OF_PERMISSIONS["permission_denied"])
        # The dataclass is frozen, and this is part of making it.
        object.__setattr__(self, "errors", errors)

    def check(self, consumer: type, handler: Handler) -> None:
        """Refuse what cannot be asked."""
        where = f"{consumer.__qualname__}.{handler.name}"
        for kind in self.permission_classes or ():
            made = _made(f"{where}: permission_classes", kind, "has_permission")
            asking = asking_for_model(made)
            if asking is not None and not _has_model(consumer):
                raise ConfigurationError(
                    f"{where}: {asking.__qualname__} asks for a model, which nothing names: set "
                    f"queryset on the consumer's DjangoAuthenticator."
                )
        for kind in self.throttle_classes or ():
            made = _made(f"{where}: throttle_classes", kind, "allow_request")
            if isinstance(made, ScopedRateThrottle) and self.throttle_scope is None:
                raise ConfigurationError(
                    f"{where}: {type(made).__qualname__} throttles nobody without a scope: give "
                    f"throttle_scope='...', one of DEFAULT_THROTTLE_RATES."
                )

    def check_override(self, consumer: type, handler: Handler) -> None:
        """Refuse an override that drops what restricts its base's handler, and does not say so."""
        # An override without a decorator has its base's options, and is not asked.
        own = handler.option(Restricted)
        for name in ("permission_classes", "throttle_classes"):
            if getattr(self, name) and getattr(own, name, None) is None:
                raise ConfigurationError(
                    f"{consumer.__qualname__}.{handler.name} overrides a handler that has {name}, "
                    f"and its own decorator does not say what becomes of them: leave out the "
                    f"decorator to keep all that the base's says, or give {name}=[...]; [] is for "
                    f"none."
                )

    async def around(self, consumer: Any, call: Call) -> None:
        """Ask, and go on.

        Raises:
            APIException: ``NotAuthenticated``, ``PermissionDenied`` or ``Throttled``, or what a
                permission raises, of which the client is told.
        """
        asks = self.permission_classes or self.throttle_classes
        # One hop for all of them; `[]` restricts nothing, and costs none.
        view = await sync_to_async(self._permitted)(consumer, call) if asks else None
        token = _current.set((self, view))
        try:
            await call()
        finally:
            _current.reset(token)

    def check_object(self, view: Any, obj: Any) -> None:
        """Refuse what may not be done to an object.

        Args:
            view: The view of the call.
            obj: The object.
        """
        for kind in self.permission_classes or ():
            permission = kind()
            if not permission.has_object_permission(view.request, view, obj):
                _deny(view.request, permission)

    # In the ORM's thread.

    def _permitted(self, consumer: Any, call: Call) -> Any:
        view = self._view(consumer, call)
        request = view.request
        for kind in self.permission_classes or ():
            permission = kind()
            if not permission.has_permission(request, view):
                _deny(request, permission)
        # As a view that is called again would look the object up and check it again.
        obj = getattr(consumer.authenticator, "obj", None)
        if obj is not None:
            self.check_object(view, obj)
        throttles = [kind() for kind in self.throttle_classes or ()]
        # Each is asked, since each counts.
        waits = [each.wait() for each in throttles if not each.allow_request(request, view)]
        if waits:
            known = (wait for wait in waits if wait is not None)
            raise exceptions.Throttled(max(known, default=None))
        return view

    def _view(self, consumer: Any, call: Call) -> Any:
        authenticator: object = consumer.authenticator
        view = _bare_view(type(authenticator))
        # A new one each time: permissions keep things on requests.
        request = Request(handshake_request(consumer.scope, self.auth_method))
        # A copy, or another handler that runs in another thread would lose the caches that it
        # reads.
        user = copy(AnonymousUser() if consumer.user is None else consumer.user)
        for name in _CACHES:
            if hasattr(user, name):
                delattr(user, name)
        request.user, request.auth = user, getattr(authenticator, "auth", None)
        route: Mapping[str, Any] = consumer.scope.get("url_route") or {}
        view.request, view.format_kwarg = request, None
        view.args, view.kwargs = route.get("args", ()), route.get("kwargs", {})
        view.action, view.handler = call.action, call.handler.name
        view.message, view.consumer = call.message, consumer
        view.throttle_scope = self.throttle_scope
        return view


def check_object_permissions(obj: Any) -> None:
    """Refuse, in a handler with ``permission_classes``, what its user may not do to an object.

    Args:
        obj: The object.

    Raises:
        APIException: If a permission does not let it through.
        RuntimeError: In other code, where there are no permissions to ask.
    """
    current = _current.get()
    if current is None:
        raise RuntimeError(
            "There are no permissions to ask outside of a handler with permission_classes: give "
            "them to its ws_handler of chanx.ext.channels."
        )
    option, view = current
    option.check_object(view, obj)


def asking_for_model(permission: Any) -> type | None:
    """Return a permission's class, or of one that it is composed of, if that is for a model.

    Args:
        permission: The permission; None for none.
    """
    if permission is None:
        return None
    kind: type = permission.__class__
    asks: Any = DjangoModelPermissions
    # A subclass with a has_permission() of its own may do without a model.
    if getattr(kind, "has_permission", None) is asks.has_permission:
        return kind
    # What REST framework's AND, OR and NOT call what they are composed of.
    parts = (getattr(permission, name, None) for name in ("op1", "op2"))
    return next(filter(None, map(asking_for_model, parts)), None)


def _bare_view(authenticator: type) -> Any:
    if not issubclass(authenticator, DjangoAuthenticator):
        return ChanxAuthView()
    view: Any = authenticator.auth_view_class()
    own = declared(authenticator, "queryset")
    if own is not None and own is not True:
        view.queryset = own.all()
    return view


def _has_model(consumer: Any) -> bool:
    kind: Any = consumer.authenticator_class or type(None)
    view = _bare_view(kind)
    is_own = view.get_queryset.__func__ is not _GENERIC.get_queryset
    return view.queryset is not None or is_own


def _made(where: str, kind: Any, method: str) -> Any:
    try:
        made = kind()
    except Exception as error:
        raise ConfigurationError(
            f"{where} has {shown(kind)}, of which no instance can be made ({error}): name classes."
        ) from error
    if not callable(getattr(made, method, None)):
        raise ConfigurationError(
            f"{where} has {shown(kind)}, which has no {method}(): name classes of REST framework's "
            f"kind."
        )
    return made


def _deny(request: Request, permission: Any) -> None:
    # As APIView.permission_denied() tells 401 from 403.
    if not getattr(request.user, "is_authenticated", False):
        raise exceptions.NotAuthenticated
    message, code = (getattr(permission, name, None) for name in ("message", "code"))
    raise exceptions.PermissionDenied(message, code)


__all__ = [
    "Restricted",
    "asking_for_model",
    "check_object_permissions",
]
