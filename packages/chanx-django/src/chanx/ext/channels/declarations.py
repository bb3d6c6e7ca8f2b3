"""What the classes of a Django project's consumers and authenticators may not declare."""

from typing import Final

from chanx.core.errors import ConfigurationError
from chanx.core.shown import shown

_OF_AUTHENTICATORS: Final = frozenset(
    {
        "auth_method",
        "auth_view_class",
        "authentication_classes",
        "get_authenticators",
        "get_permissions",
        "get_throttles",
        "override_http_methods",
        "permission_classes",
        "throttle_classes",
        "token_locations",
        "token_scheme",
    }
)
"""What decides on clients where a view or an authenticator has it, and nothing on a consumer."""

_MIXINS_OF_VIEWS: Final = "django.contrib.auth.mixins"


def check_no_view(consumer: type) -> None:
    """Refuse what lets clients in to a view and, on a consumer, lets in everyone.

    Args:
        consumer: The consumer's class.

    Raises:
        ConfigurationError: If it has an attribute of REST framework's views, or a mixin of
            Django's; the text says where it belongs.
    """
    for base in consumer.__mro__:
        if base.__module__ == _MIXINS_OF_VIEWS:
            raise ConfigurationError(
                f"{consumer.__qualname__} has the mixin {base.__qualname__}, which is for views "
                f"and keeps nobody out of a WebSocket: set authenticator_class to a "
                f"DjangoAuthenticator with permission_classes = [...]."
            )
        for name in sorted(_OF_AUTHENTICATORS & vars(base).keys()):
            # None is how a class says that it has none of it, as an abstract base may.
            if vars(base)[name] is not None:
                raise ConfigurationError(
                    f"{consumer.__qualname__}.{name} decides on nobody: set it on a "
                    f"DjangoAuthenticator, and name that as authenticator_class."
                )


def check_threads(consumer: type) -> None:
    """Refuse a number of threads that is none.

    Args:
        consumer: The consumer's class.

    Raises:
        ConfigurationError: If ``database_threads`` is not a whole number from 0 on, nor None.
    """
    threads: object = getattr(consumer, "database_threads", None)
    if threads is None or (
        isinstance(threads, int) and not isinstance(threads, bool) and threads >= 0
    ):
        return
    raise ConfigurationError(
        f"{consumer.__qualname__}.database_threads is {shown(threads)}: it takes a whole number, 0 "
        f"for the thread that all share, or None for what CHANX['DATABASE_THREADS'] says."
    )


def check_parts_of_views(authenticator: type, root: type, view: type) -> None:
    """Refuse what views have and authenticators do not look at, such as ``get_permissions``.

    Args:
        authenticator: The authenticator's class.
        root: The class of all such authenticators.
        view: A view.

    Raises:
        ConfigurationError: If it has such an attribute or method; the text says where it belongs.
    """
    for base in authenticator.__mro__[: authenticator.__mro__.index(root)]:
        for name, value in vars(base).items():
            # By comparison with a view, so that what REST framework adds in a later release is
            # refused as well.
            is_views = hasattr(view, name) and not hasattr(root, name)
            if is_views and value is not None and not name.startswith("_"):
                raise ConfigurationError(
                    f"{authenticator.__qualname__}.{name} is looked at on a view alone: set it on "
                    f"a subclass of {view.__qualname__}, and name that as auth_view_class."
                )


__all__ = ["check_no_view", "check_parts_of_views", "check_threads"]
