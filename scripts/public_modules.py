"""The modules that the stability policy is about: the reference of the site describes them."""

from collections.abc import Mapping
from typing import Final

PUBLIC_MODULES: Final[Mapping[str, tuple[str, ...]]] = {
    "chanx-core": (
        "chanx.messages",
        "chanx.constants",
        "chanx.core.decorators",
        "chanx.core.websocket",
        "chanx.core.limits",
        "chanx.core.errors",
        "chanx.core.close_codes",
        "chanx.core.authenticator",
        "chanx.core.settings",
        "chanx.core.observer",
        "chanx.core.tracing",
        "chanx.core.live_sessions",
        "chanx.core.shutdown",
        "chanx.core.asgi",
        "chanx.layers",
        "chanx.layers.outages",
        "chanx.observing.inspector",
        "chanx.observing.opentelemetry",
        "chanx.observing.prometheus",
        "chanx.routing",
        "chanx.asyncapi",
        "chanx.asyncapi.diffing",
        "chanx.cli",
    ),
    "chanx-fastapi": (
        "chanx.ext.fast_channels",
        "chanx.ext.fast_channels.websocket",
        "chanx.ext.fast_channels.routing",
        "chanx.ext.fast_channels.token_credential",
        "chanx.ext.fast_channels.views",
        "chanx.ext.fast_channels.mounting",
        "chanx.ext.fast_channels.documents",
        "chanx.ext.fast_channels.inspector",
    ),
    "chanx-django": (
        "chanx.ext.channels",
        "chanx.ext.channels.decorators",
        "chanx.ext.channels.websocket",
        "chanx.ext.channels.routing",
        "chanx.ext.channels.authenticator",
        "chanx.ext.channels.lazy",
        "chanx.ext.channels.settings",
        "chanx.ext.channels.views",
        "chanx.ext.channels.documents",
        "chanx.ext.channels.inspector",
        "chanx.ext.channels.testing",
        "chanx.ext.channels.utils.asgi",
        "chanx.ext.channels.utils.settings",
    ),
    "chanx-testing": (
        "chanx.testing",
        "chanx.testing.conformance",
        "chanx.testing.contract",
        "chanx.testing.conformance",
    ),
}
"""By distribution, in the order in which one reads them."""
