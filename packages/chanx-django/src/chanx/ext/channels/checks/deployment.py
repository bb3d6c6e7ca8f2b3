"""What is wrong only where a project is deployed: ``manage.py check --deploy``."""

from collections.abc import Sequence
from typing import Any

from channels.layers import channel_layers
from django.apps import AppConfig
from django.core.checks import CheckMessage, Warning

from chanx.core.reach import is_within_process


def check_deployment(
    app_configs: Sequence[AppConfig] | None = None, **_: Any
) -> Sequence[CheckMessage]:
    """Report channel layers that reach nobody outside of their own process.

    Args:
        app_configs: The applications that are checked; layers belong to all.

    Returns:
        ``chanx.W007`` for each; none for layers that cannot be made, which
        :func:`~chanx.ext.channels.checks.routes.check_routes` reports.
    """
    return [
        Warning(
            f"CHANNEL_LAYERS[{alias!r}] reaches the connections of its own process alone.",
            hint="With several workers or servers, use chanx.layers.RedisLayer; with a single one, "
            'silence this check: SILENCED_SYSTEM_CHECKS = ["chanx.W007"].',
            obj=f"CHANNEL_LAYERS[{alias!r}]",
            id="chanx.W007",
        )
        # All that are configured, whether or not a consumer of this project uses them: tasks and
        # views may.
        for alias in channel_layers.configs
        if is_within_process(_made(alias))
    ]


def _made(alias: str) -> object:
    try:
        return channel_layers[alias]
    except Exception:  # noqa: BLE001 - a layer that cannot be made has a check of its own
        return None


__all__ = ["check_deployment"]
