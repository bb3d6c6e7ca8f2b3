"""The applications that are measured, one module for each way to write them."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from benchmarks.candidates import (
    channels,
    chanx,
    chanx_django,
    chanx_fastapi,
    fastapi,
    floor,
    starlette,
)
from benchmarks.driver import Application
from benchmarks.payloads import Shape

FLOOR: Final = "bare ASGI"
CHANX: Final = "chanx"
CAMEL: Final = "chanx, camelCase"
MEMBER: Final = "chanx, in a group"
STARLETTE: Final = "Starlette"
FASTAPI: Final = "FastAPI"
CHANNELS: Final = "channels"
IN_FASTAPI: Final = "chanx in FastAPI"
IN_DJANGO: Final = "chanx in Django"

ECHOES: Final[Mapping[str, Callable[[Shape], Application]]] = {
    FLOOR: floor.echo,
    CHANX: chanx.echo,
    CAMEL: partial(chanx.echo, camelize=True),
    MEMBER: partial(chanx.echo, groups=["room"]),
    STARLETTE: starlette.echo,
    FASTAPI: fastapi.echo,
    CHANNELS: channels.echo,
}
"""By name, what makes an application that sends each typed message back."""

LATER: Final[Mapping[str, Callable[[Shape], Application]]] = {
    STARLETTE: starlette.echo_later,
    CHANX: chanx.echo_later,
}
"""The same, with one wait for what is not there yet."""

SERVED: Final[Mapping[str, Callable[[Shape], Application]]] = {
    **{name: make for name, make in ECHOES.items() if name not in (CAMEL, MEMBER)},
    IN_FASTAPI: chanx_fastapi.echo,
    IN_DJANGO: chanx_django.routed_echo,
}
"""Those that are served under load."""
