"""What is wrong with a project's routes and the consumers behind them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from channels.layers import channel_layers
from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning
from django.urls.converters import IntConverter, UUIDConverter

from chanx.core.declarations import merged
from chanx.core.errors import ChanxError
from chanx.core.groups import class_groups
from chanx.ext.channels.checks.authenticators import authenticator_problems
from chanx.ext.channels.checks.origins import origin_problems
from chanx.ext.channels.checks.settings import check_settings
from chanx.ext.channels.connect_parameters import connect_parameters
from chanx.ext.channels.discovery import DjangoRouteDiscovery, MountedConsumer
from chanx.ext.channels.utils.asgi import get_websocket_application
from chanx.ext.channels.websocket import AsyncJsonWebsocketConsumer
from chanx.layers import DEFAULT_ALIAS

_OWN_MODULE: Final = AsyncJsonWebsocketConsumer.__module__

# By class, as two routes may have converters of one class by different names.
_SAMPLES: Final[Mapping[type, object]] = {IntConverter: 1, UUIDConverter: UUID(int=0)}
"""A value of each of Django's converters that make something else than texts."""

Problems = Callable[[MountedConsumer], Iterator[CheckMessage]]


def check_routes(
    app_configs: Sequence[AppConfig] | None = None, **_: Any
) -> Sequence[CheckMessage]:
    """Report what is wrong with the consumers behind ``settings.ASGI_APPLICATION``.

    Args:
        app_configs: The applications that are checked; routes belong to all.

    Returns:
        Nothing as long as ``CHANX`` is wrong, which consumers stand on. Otherwise ``chanx.E006``
        if the application cannot be imported, ``chanx.W001`` if it serves no WebSockets,
        ``chanx.W005`` if no consumer is found in it, ``chanx.E012`` for each layer that cannot be
        made; of each consumer ``chanx.W002`` for a route
        that no path matches, ``chanx.E007`` for a class in place of its ``as_asgi()``,
        ``chanx.E008`` for groups or events without a channel layer, ``chanx.W006`` for one that is
        none of Django's, ``chanx.E014`` for parameters of ``connect`` that nothing can fill,
        ``chanx.E013`` for one that cannot be looked at, and those of
        :func:`~chanx.ext.channels.checks.authenticators.authenticator_problems` and
        :func:`~chanx.ext.channels.checks.origins.origin_problems`.
    """
    # What is only worth a note there (chanx.I001) leaves consumers as they are.
    if any(message.is_serious() for message in check_settings(app_configs)):
        return []
    name = getattr(settings, "ASGI_APPLICATION", None)
    try:
        application = get_websocket_application()
    except (ImportError, ChanxError) as error:
        hint = "Let it name the application of the project's asgi.py."
        return [
            Error(f"ASGI_APPLICATION is {name!r}: {error}", hint=hint, obj=name, id="chanx.E006")
        ]
    if application is None:
        return [_no_websockets(name)]
    found = DjangoRouteDiscovery(application).mounted()
    if not found:
        return [_no_consumers(name)]
    own = [message for mounted in found for message in _problems(mounted)]
    return [*_broken_layers(found), *own]


def _problems(mounted: MountedConsumer) -> Sequence[CheckMessage]:
    try:
        return [message for problems in _PROBLEMS for message in problems(mounted)]
    except Exception as error:  # noqa: BLE001 - a project's own code raises what it likes
        # What was set on a class after its creation, or a class of its own making.
        said = f"{_named(mounted)} cannot be looked at: {error!r}"
        hint = "Correct what its class, its authenticator's or their attributes are."
        return [Error(said, hint=hint, obj=mounted.route.consumer, id="chanx.E013")]


def _no_websockets(name: str | None) -> CheckMessage:
    if not name:
        said = "There is no ASGI_APPLICATION, so no consumer and no document is found."
        hint = 'Set ASGI_APPLICATION = "project.asgi.application".'
    else:
        said = f"The ASGI_APPLICATION {name!r} serves no WebSockets."
        hint = 'Write ProtocolTypeRouter({"http": ..., "websocket": URLRouter([...])}) there.'
    return Warning(said, hint=hint, id="chanx.W001")


def _no_consumers(name: str | None) -> CheckMessage:
    return Warning(
        f"No consumer is found in the ASGI_APPLICATION {name!r}: the document is empty.",
        hint="Mount consumers in a URLRouter; middleware of one's own keeps the application that "
        "it wraps as its attribute `inner`, where it is found.",
        id="chanx.W005",
    )


def _unreachable(mounted: MountedConsumer) -> Iterator[CheckMessage]:
    # URLRouter takes one slash off the path before it looks.
    if mounted.route.path.startswith("//"):
        yield Warning(
            f"No path matches the route of {_named(mounted)}: it begins with a slash, which is "
            "taken off before routes are looked at.",
            hint="Write the route without it, as in Django's URLconfs.",
            id="chanx.W002",
        )


def _classes(mounted: MountedConsumer) -> Iterator[CheckMessage]:
    if isinstance(mounted.applications[-1], type):
        consumer = mounted.route.consumer
        yield Error(
            f"The route {mounted.route.path} leads to the class {_named(mounted)}, which serves "
            "no connection.",
            hint=f"Write {consumer.__qualname__}.as_asgi().",
            obj=consumer,
            id="chanx.E007",
        )


def _strangers(mounted: MountedConsumer) -> Iterator[CheckMessage]:
    consumer = mounted.route.consumer
    if not issubclass(consumer, AsyncJsonWebsocketConsumer):
        yield Warning(
            f"{_named(mounted)} at {mounted.route.path} is not a consumer of Django's: neither "
            "CHANX nor CHANNEL_LAYERS counts for it, and its broadcasts stay within this process.",
            hint=f"Derive it from the AsyncJsonWebsocketConsumer of {_OWN_MODULE}.",
            obj=consumer,
            id="chanx.W006",
        )


def _parameters(mounted: MountedConsumer) -> Iterator[CheckMessage]:
    consumer = mounted.route.consumer
    if not issubclass(consumer, AsyncJsonWebsocketConsumer):
        return
    parameters = connect_parameters(consumer)
    where = f"of {_named(mounted)}.connect at {mounted.route.path}"
    for name in parameters.unfilled(mounted.kwargs):
        yield Error(
            f"Nothing fills the parameter {name!r} {where}: the route does not capture it, and a "
            "query has texts alone.",
            hint=f"Capture it (<{name}>), or take what a text can be: a number, a date, a list.",
            obj=consumer,
            id="chanx.E014",
        )
    samples = {
        name: _SAMPLES[type(converter)]
        for name, converter in mounted.converters.items()
        # A project's own converter may make anything.
        if type(converter) in _SAMPLES
    }
    for name, why in parameters.unfit(samples):
        yield Error(
            f"The parameter {name!r} {where} takes nothing that the route captures: {why}.",
            hint=f"Annotate it with {type(samples[name]).__name__}, or capture it otherwise.",
            obj=consumer,
            id="chanx.E014",
        )


def _layers(mounted: MountedConsumer) -> Iterator[CheckMessage]:
    consumer = mounted.route.consumer
    if not issubclass(consumer, AsyncJsonWebsocketConsumer):
        return  # its layers are none of CHANNEL_LAYERS
    alias = consumer.channel_layer_alias
    # That it can be made is looked at once for all consumers (_broken_layers).
    if alias in channel_layers:
        return
    needs = ["groups"] if class_groups(consumer) else []
    if consumer.handler_table.events or merged(consumer, "passthrough_events"):
        needs.append("events")
    if needs or alias != DEFAULT_ALIAS:
        purpose = f" for its {' and '.join(needs)}" if needs else ""
        yield Error(
            f"{_named(mounted)} has no channel layer{purpose}.",
            hint=(
                f"Give CHANNEL_LAYERS a layer {alias!r}, such as "
                f'CHANNEL_LAYERS = {{"{alias}": {{"BACKEND": "chanx.layers.MemoryLayer"}}}}, which '
                f"serves one process; chanx.layers.RedisLayer serves several."
            ),
            obj=consumer,
            id="chanx.E008",
        )


def _broken_layers(found: Sequence[MountedConsumer]) -> Iterator[CheckMessage]:
    consumers = [mounted.route.consumer for mounted in found]
    used = {
        kind.channel_layer_alias
        for kind in consumers
        if issubclass(kind, AsyncJsonWebsocketConsumer)
    }
    # Those that consumers use: one that is broken and unused breaks nothing of theirs.
    for alias in sorted(used & channel_layers.configs.keys()):
        try:
            # Made for the check, and not by indexing, which would keep it for the process.
            channel_layers.make_backend(alias)
        except Exception as error:  # noqa: BLE001 - a project's own code raises what it likes
            yield Error(
                f"The layer {alias!r} of CHANNEL_LAYERS cannot be made: {error!r}{_missing(error)}",
                hint="Correct its BACKEND or its CONFIG; until then consumers refuse clients.",
                id="chanx.E012",
            )


def _missing(error: Exception) -> str:
    # channels says what it cannot import, and not why: a layer's own words have the package to
    # install.
    cause = error.__context__
    return f" {cause}" if isinstance(cause, ImportError) else ""


def _named(mounted: MountedConsumer) -> str:
    return mounted.route.consumer.__qualname__


_PROBLEMS: Final[Sequence[Problems]] = (
    _unreachable,
    _classes,
    _strangers,
    _parameters,
    _layers,
    authenticator_problems,
    origin_problems,
)


__all__ = ["check_routes"]
