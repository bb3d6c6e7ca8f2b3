"""What stands in a document beside what comes from its routes."""

from collections.abc import Mapping
from typing import Any

from chanx.asyncapi.config import EXTRA_PARTS, AsyncAPIConfig
from chanx.asyncapi.definitions import MessageUse
from chanx.core.errors import ConfigurationError
from chanx.core.wire import WireFormat
from chanx.messages import actions_of


def extra_uses(config: AsyncAPIConfig) -> tuple[MessageUse, ...]:
    """Return the messages that a configuration names beside those of consumers.

    Args:
        config: The configuration.
    """
    wire = WireFormat(camelize=config.get("camelize") or False)
    return tuple(
        MessageUse(message, actions_of(message), "sent", wire)
        for message in config.get("messages") or ()
    )


def with_extra(document: Mapping[str, Any], config: AsyncAPIConfig) -> dict[str, Any]:
    """Return a document with what its configuration adds.

    Args:
        document: What comes from the routes.
        config: The configuration.

    Raises:
        ConfigurationError: If a key is there already.
    """
    whole = dict(document)
    for part in EXTRA_PARTS:
        added: Mapping[str, Any] = (config.get("extra") or {}).get(part, {})
        if part == "components":
            components = dict(whole.get(part, {}))
            for kind, things in added.items():
                components[kind] = _joined(f"{part}/{kind}", components.get(kind, {}), things)
            whole[part] = components
        else:
            whole[part] = _joined(part, whole.get(part, {}), added)
    return whole


def _joined(part: str, there: Mapping[str, Any], added: Mapping[str, Any]) -> dict[str, Any]:
    for key in added:
        if key in there:
            raise ConfigurationError(
                f"extra: /{part}/{key} comes from the routes already: give it another key."
            )
    return {**there, **added}


__all__ = ["extra_uses", "with_extra"]
