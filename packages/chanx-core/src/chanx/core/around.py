"""What stands around a consumer's handlers: the ``around`` of each class of its MRO."""

import inspect
from collections.abc import Iterable
from typing import Any

from chanx.core.errors import ConfigurationError
from chanx.core.handler import HandlerOption, Layer
from chanx.core.overrides import check_hook

AROUND = "around"


def layers_of(consumer: type, root: type) -> tuple[Layer, ...]:
    """Return the ``around`` of each class, the most derived first, which is the outermost.

    Args:
        consumer: The consumer's class.
        root: The class of all consumers, whose own does nothing.

    Raises:
        ConfigurationError: If one cannot be called, or calls that of its base, which is entered
            anyway.
    """
    layers: list[Layer] = []
    for base in consumer.__mro__:
        # Of the class itself: each is entered once, where getattr() would find the nearest twice.
        layer: Any = vars(base).get(AROUND)
        # The root's own does nothing, and would cost each call of each consumer.
        if layer is None or base in root.__mro__:
            continue
        where = f"{base.__qualname__}.{AROUND}"
        if isinstance(layer, staticmethod | classmethod):
            raise ConfigurationError(
                f"{where} is not a method of an instance: declare it as "
                f"`async def around(self, call)`."
            )
        check_hook(base, AROUND, layer, inspect.getattr_static(root, AROUND))
        # super() without arguments closes over __class__. Where it names `around` as well, that of
        # the base would run twice: by itself, and by this.
        code = getattr(inspect.unwrap(layer), "__code__", None)
        if code is not None and "__class__" in code.co_freevars and AROUND in code.co_names:
            raise ConfigurationError(
                f"{where} calls super().around: that of each class is entered without it, so write "
                f"`await call()` to go on."
            )
        layers.append(layer)
    return tuple(layers)


def layers_of_options(options: Iterable[HandlerOption]) -> tuple[Layer, ...]:
    """Return the ``around`` of those options that have one of their own.

    Args:
        options: What is kept with a handler.
    """
    # Asked of the class: an option that has none is not entered.
    own = (option for option in options if type(option).around is not HandlerOption.around)
    return tuple(option.around for option in own)


__all__ = ["AROUND", "layers_of", "layers_of_options"]
