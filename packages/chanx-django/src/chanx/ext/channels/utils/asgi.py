"""The project's ASGI application."""

from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from chanx.ext.channels.applications import applications_within, leads_on


def get_websocket_application() -> Any | None:
    """Return what serves WebSockets in the project, with all its middleware.

    It is found by ``settings.ASGI_APPLICATION``: the ``"websocket"`` of its
    ``ProtocolTypeRouter``. Where middleware is around that router, or where there is no such router
    but routes or a consumer, it is the whole application.

    Returns:
        The WebSocket application; None if there is no ``ASGI_APPLICATION``, or if it serves none.

    Raises:
        ImportError: If ``ASGI_APPLICATION`` names nothing that can be imported.

    Example:
        >>> from django.test import override_settings
        >>> with override_settings(ASGI_APPLICATION=None):
        ...     get_websocket_application() is None
        True
    """
    name: str | None = getattr(settings, "ASGI_APPLICATION", None)
    if not name:
        return None
    application = import_string(name)
    if application is None:
        return None
    *around, router = applications_within(application)
    protocols = getattr(router, "application_mapping", None)
    # No ProtocolTypeRouter: the whole application is for WebSockets if it leads to any.
    if protocols is None:
        return application if leads_on(router) else None
    if "websocket" not in protocols:
        return None
    # Middleware around the router would be passed by otherwise, and what it adds to the scope be
    # missing.
    return application if around else protocols["websocket"]


__all__ = ["get_websocket_application"]
