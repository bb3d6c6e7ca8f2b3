"""What is wrong with the authenticators of consumers."""

from collections.abc import Iterator
from typing import Any, Final, get_args

from django.core.checks import CheckMessage, Error, Warning
from rest_framework.generics import GenericAPIView
from rest_framework.permissions import AllowAny
from rest_framework.views import APIView

from chanx.core.authenticator import BaseAuthenticator
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.ext.channels.authenticator import AuthMethod, DjangoAuthenticator
from chanx.ext.channels.discovery import MountedConsumer

_GENERIC: Final[Any] = GenericAPIView


def authenticator_problems(mounted: MountedConsumer) -> Iterator[CheckMessage]:
    """Yield what is wrong with the authentication of a consumer.

    Args:
        mounted: The consumer, and what a connection passes on its way there.

    Returns:
        ``chanx.E009`` for an object that the route does not name, ``chanx.E010`` for what is no
        authenticator or cannot be one, ``chanx.W003`` for one that lets everyone in.
    """
    consumer = mounted.route.consumer
    kind: object = consumer.authenticator_class
    if kind is not None and not _is_authenticator(kind):
        yield Error(
            f"{consumer.__qualname__}.authenticator_class is {kind!r}, which cannot authenticate.",
            hint="Name a subclass of DjangoAuthenticator, or of BaseAuthenticator that defines "
            "`async def authenticate(scope)`.",
            obj=consumer,
            id="chanx.E010",
        )
    elif isinstance(kind, type) and issubclass(kind, DjangoAuthenticator):
        faults = [*_faults(kind)]
        yield from faults or [*_lookup(mounted, kind), *_permissions(kind)]


def can_authenticate(consumer: type[AsyncJsonWebsocketConsumer[Any]]) -> bool:
    """Return whether a consumer's authenticator has no fault that stands in the way of others.

    Args:
        consumer: The consumer.
    """
    kind: object = consumer.authenticator_class
    if not (isinstance(kind, type) and issubclass(kind, DjangoAuthenticator)):
        return kind is None or _is_authenticator(kind)
    return not any(_faults(kind))


def _faults(authenticator: type[DjangoAuthenticator]) -> Iterator[CheckMessage]:
    """Yield ``chanx.E010`` for each attribute with which every client would be refused."""
    view: Any = authenticator.auth_view_class
    if not (isinstance(view, type) and issubclass(view, _GENERIC)):
        hint = "Use a generic view of REST framework, such as ChanxAuthView, or a view set."
        yield _fault(authenticator, "auth_view_class", hint)
    if authenticator.auth_method not in get_args(AuthMethod):
        hint = f"Use one of {', '.join(map(repr, get_args(AuthMethod)))}."
        yield _fault(authenticator, "auth_method", hint)
    for name in ("authentication_classes", "permission_classes", "throttle_classes"):
        # Permissions may be combined, `A | B`, to what is called as a class is.
        if not all(callable(kind) for kind in getattr(authenticator, name) or ()):
            yield _fault(authenticator, name, "Use classes, not their instances or their names.")


def _fault(authenticator: type[DjangoAuthenticator], name: str, hint: str) -> CheckMessage:
    value = getattr(authenticator, name)
    said = f"{authenticator.__qualname__}.{name} is {value!r}, which cannot authenticate."
    return Error(said, hint=hint, obj=authenticator, id="chanx.E010")


def _is_authenticator(kind: object) -> bool:
    return (
        isinstance(kind, type)
        and issubclass(kind, BaseAuthenticator)
        and kind.authenticate is not BaseAuthenticator.authenticate
    )


def _lookup(
    mounted: MountedConsumer, authenticator: type[DjangoAuthenticator]
) -> Iterator[CheckMessage]:
    view: Any = authenticator.auth_view_class
    queryset = view.queryset if authenticator.queryset is None else authenticator.queryset
    is_found_otherwise = (
        authenticator.get_object is not DjangoAuthenticator.get_object
        or view.get_object is not _GENERIC.get_object
    )
    is_looked_up = (
        queryset is not None
        or authenticator.get_queryset is not DjangoAuthenticator.get_queryset
        or view.get_queryset is not _GENERIC.get_queryset
    )
    if queryset is True or is_found_otherwise or not is_looked_up:
        return
    field = authenticator.lookup_field
    if field == DjangoAuthenticator.lookup_field:
        field = view.lookup_field
    name = authenticator.lookup_url_kwarg or view.lookup_url_kwarg or field
    if name not in mounted.kwargs:
        yield Error(
            f"{authenticator.__qualname__} looks an object up by {name!r}, which the route "
            f"{mounted.route.path} does not capture.",
            hint=f"Capture it (<int:{name}>), or set lookup_url_kwarg to what the route captures: "
            f"{', '.join(sorted(mounted.kwargs)) or 'nothing'}.",
            obj=authenticator,
            id="chanx.E009",
        )


def _permissions(authenticator: type[DjangoAuthenticator]) -> Iterator[CheckMessage]:
    view = authenticator.auth_view_class
    is_chosen = (
        authenticator.permission_classes is not None
        or view.permission_classes is not APIView.permission_classes
        or view.get_permissions is not APIView.get_permissions
    )
    if not is_chosen and all(kind is AllowAny for kind in view.permission_classes):
        yield Warning(
            f"{authenticator.__qualname__} lets everyone in: it has no permission_classes, and "
            "REST framework's default permits anything.",
            hint="Set permission_classes, such as [IsAuthenticated]; [AllowAny] if this is meant.",
            obj=authenticator,
            id="chanx.W003",
        )


__all__ = ["authenticator_problems", "can_authenticate"]
