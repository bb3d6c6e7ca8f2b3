"""What is wrong with the origins from which pages may connect."""

from collections.abc import Iterable, Iterator

from channels.auth import AuthMiddleware
from channels.security.websocket import OriginValidator
from django.core.checks import CheckMessage, Error, Warning

from chanx.ext.channels.checks.authenticators import can_authenticate
from chanx.ext.channels.discovery import MountedConsumer
from chanx.ext.channels.websocket import AsyncJsonWebsocketConsumer


def malformed_origins(origins: Iterable[str]) -> Iterator[CheckMessage]:
    """Yield ``chanx.E011`` for each origin that no page has.

    Args:
        origins: What ``CHANX`` names in ``ALLOWED_ORIGINS``.
    """
    for origin in origins:
        scheme, _, host = str(origin).partition("://")
        if origin != "*" and (scheme not in ("http", "https") or not host or "/" in host):
            yield Error(
                f"CHANX['ALLOWED_ORIGINS'] has {origin!r}, which is the origin of no page.",
                hint="Write scheme and host: https://example.com, or https://*.example.com.",
                id="chanx.E011",
            )


def origin_problems(mounted: MountedConsumer) -> Iterator[CheckMessage]:
    """Yield what is wrong with the origins that a consumer admits.

    Args:
        mounted: The consumer, and what a connection passes on its way there.

    Returns:
        ``chanx.W004`` for cookies without protection from foreign origins.
    """
    consumer = mounted.route.consumer
    if not can_authenticate(consumer):
        return  # which another check tells
    if _uses_cookies(mounted) and not _is_protected(mounted):
        yield Warning(
            f"{consumer.__qualname__} at {mounted.route.path} knows its users by cookies, and "
            "takes connections from any web page.",
            hint="Let allowed_origins name the pages, such as 'https://example.com', and not '*'; "
            "clients other than browsers, which send no Origin, are let in all the same.",
            obj=consumer,
            id="chanx.W004",
        )


def _uses_cookies(mounted: MountedConsumer) -> bool:
    authenticator = mounted.route.consumer.authenticator_class
    credentials = () if authenticator is None else authenticator.credentials
    # AuthMiddleware reads the session, whatever the authenticator looks at.
    return any(credential.location == "cookie" for credential in credentials) or any(
        isinstance(application, AuthMiddleware) for application in mounted.applications
    )


def _is_protected(mounted: MountedConsumer) -> bool:
    consumer = mounted.route.consumer
    allowed = consumer.current_runtime().settings.allowed_origins
    if allowed is None:
        # Django's consumer then looks at ALLOWED_HOSTS, the core's at nothing.
        is_guarded = issubclass(consumer, AsyncJsonWebsocketConsumer)
    else:
        is_guarded = "*" not in allowed
    return is_guarded or any(
        isinstance(application, OriginValidator) for application in mounted.applications
    )


__all__ = ["malformed_origins", "origin_problems"]
