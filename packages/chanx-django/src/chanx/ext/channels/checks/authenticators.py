"""What is wrong with the authenticators of consumers."""

from collections.abc import Iterator
from typing import Any

from django.core.checks import CheckMessage, Error, Warning
from rest_framework.permissions import AllowAny
from rest_framework.views import APIView

from chanx.core.authenticator import BaseAuthenticator
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.ext.channels.authenticator import DjangoAuthenticator, declared
from chanx.ext.channels.checks.attributes import attribute_faults, looked_up_in
from chanx.ext.channels.discovery import MountedConsumer


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
        faults = [*attribute_faults(kind)]
        # One thing at a time: a broken attribute makes the others fail as well.
        yield from faults or [*_lookup(mounted, kind), *_permissions(kind)]


def can_authenticate(consumer: type[AsyncJsonWebsocketConsumer[Any]]) -> bool:
    """Return whether a consumer's authenticator has no fault that stands in the way of others.

    Args:
        consumer: The consumer.
    """
    kind: object = consumer.authenticator_class
    if not (isinstance(kind, type) and issubclass(kind, DjangoAuthenticator)):
        return kind is None or _is_authenticator(kind)
    return not any(attribute_faults(kind))


def _is_authenticator(kind: object) -> bool:
    return (
        isinstance(kind, type)
        and issubclass(kind, BaseAuthenticator)
        and kind.authenticate is not BaseAuthenticator.authenticate
    )


def _lookup(
    mounted: MountedConsumer, authenticator: type[DjangoAuthenticator]
) -> Iterator[CheckMessage]:
    objects = looked_up_in(authenticator)
    own = declared(authenticator, "queryset")
    # Nothing is looked up, or a method finds it, by whatever it likes.
    if objects in (None, False) or own is True:
        return
    view: Any = authenticator.auth_view_class
    field = declared(authenticator, "lookup_field") or view.lookup_field
    name = authenticator.lookup_url_kwarg or view.lookup_url_kwarg or field
    if not isinstance(name, property) and name not in mounted.kwargs:
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
    # view.permission_classes is DEFAULT_PERMISSION_CLASSES there, which REST framework read when
    # its view was made.
    if not is_chosen and all(kind is AllowAny for kind in view.permission_classes):
        yield Warning(
            f"{authenticator.__qualname__} lets everyone in: it has no permission_classes, and "
            "REST framework's default permits anything.",
            hint="Set permission_classes, such as [IsAuthenticated]; [AllowAny] if this is meant.",
            obj=authenticator,
            id="chanx.W003",
        )


__all__ = ["authenticator_problems", "can_authenticate"]
