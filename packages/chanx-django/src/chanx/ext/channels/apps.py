"""The Django application: ``INSTALLED_APPS += ["chanx.ext.channels"]``."""

from typing import Any

from django.apps import AppConfig, apps
from django.core.checks import register


class ChanxChannelsConfig(AppConfig):
    """Configures ``chanx.ext.channels``; its label leaves ``channels`` to Django Channels."""

    name = "chanx.ext.channels"
    label = "chanx_channels"
    verbose_name: Any = "chanx"

    def ready(self) -> None:
        """Register system checks and the page's static files, and have unknown paths answered.

        The connections of users end with what their accounts allowed.
        """
        # What they look at needs the applications to be loaded.
        from chanx.ext.channels.checks import (
            check_deployment,
            check_routes,
            check_server,
            check_settings,
        )
        from chanx.ext.channels.static_files import add_to_static_files
        from chanx.ext.channels.unrouted import answer_unrouted

        if apps.is_installed("django.contrib.auth"):
            from chanx.ext.channels.account_changes import follow_accounts

            follow_accounts()
        # In ready() and not by decorators: imported for their functions alone, checks register
        # nothing.
        register(check_settings, "chanx")
        register(check_routes, "chanx")
        register(check_server, "chanx")
        register(check_deployment, "chanx", deploy=True)
        add_to_static_files()
        answer_unrouted()


__all__ = ["ChanxChannelsConfig"]
