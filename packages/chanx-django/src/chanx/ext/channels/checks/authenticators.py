"""What is wrong with the authenticators of consumers."""

from collections.abc import Iterator
from typing import Any

from django.core.checks import CheckMessage, Error, Warning
from rest_framework.permissions import AllowAny
from rest_framework.views import APIView

from chanx.core.authenticator import BaseAuthenticator
from chanx.ext.channels.authenticator import DjangoAuthenticator
from chanx.ext.channels.discovery import MountedConsumer


def authenticator_problems(mounted: MountedConsumer) -> Iterator[CheckMessage]:
    """Yield what is wrong with the authentication of a consumer.

    Args:
        mounted: The consumer, and what a connection passes on its way there.

    Returns:
        ``chanx.E009`` for an object that the route does not name, ``chanx.E010`` for what is no
        authenticator, ``chanx.W003`` for one that lets everyone in.
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
        yield from _lookup(mounted, kind)
        yield from _permissions(kind)


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
    if queryset is None or queryset is True:
        return
    if authenticator.get_object is not DjangoAuthenticator.get_object:
        return  # it finds the object in its own way
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


__all__ = ["authenticator_problems"]
