"""Parameters of handlers and hooks beyond what the engine gives: an adapter fills them, by call.

The engine knows what a handler is called with: the consumer and a message. Whatever else a method
declares, a consumer's ``resolver_of`` is asked about once, when the class is created. Where that
says how it is filled, the method is wrapped, so that nothing is added to the way of a message for
methods that take nothing more.
"""

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, aclosing, nullcontext
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Final, TypeAlias

from chanx.core.errors import ConfigurationError
from chanx.core.hints import signature_of

FILLED_HOOKS: Final = ("post_authentication", "disconnect", "on_layer_gap")
"""The hooks whose parameters are filled as a handler's are."""

Values: TypeAlias = AbstractAsyncContextManager[Mapping[str, Any]]
"""The values of parameters by name, as a context that swallows no exception: what they hold open is
closed at its end."""

Resolver: TypeAlias = Callable[[Any], Values]
"""Called with a consumer, returns the values of a method's parameters for one call."""

HANDLER_GIVEN: Final = 2
"""How many arguments the engine gives a handler: the consumer and the message."""

_RESOLVER: Final = "__chanx_resolver__"
_NOTHING: Final[Mapping[str, Any]] = {}
_NOBODYS: Final[frozenset[str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Parameters:
    """What a method declares beyond what the engine gives it.

    Attributes:
        where: Consumer and method, for texts.
        function: The method, undecorated.
        declared: The parameters, each with its annotation as it is written.
        namespace: Names that are visible where the method was defined, besides its module's.
    """

    where: str
    function: Callable[..., Any]
    declared: tuple[inspect.Parameter, ...]
    namespace: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def names(self) -> frozenset[str]:
        """The names of the parameters."""
        return frozenset(each.name for each in self.declared)

    @property
    def positional(self) -> tuple[str, ...]:
        """The names of those that may be given by position, in their order."""
        return tuple(each.name for each in self.declared if each.kind is not each.KEYWORD_ONLY)


def filled(
    consumer: Any,
    method: Callable[..., Any],
    parameters: Parameters,
    *,
    streams: bool,
) -> Callable[..., Any]:
    """Return a handler's method that is called with consumer and message alone.

    Who calls it himself, as ``super().say(message)`` does, has the others resolved as well; those
    that he gives, ``super().say(message, session)``, stand.

    Args:
        consumer: The consumer's class, which knows what fills parameters.
        method: The method.
        parameters: What it declares beyond its message.
        streams: Whether it is an asynchronous generator.

    Raises:
        ConfigurationError: If nothing fills one that needs a value.
    """
    resolve = _resolver(consumer, parameters)
    if resolve is None:
        return method
    # Two wrappers: what yields has to stay an asynchronous generator function, by which its handler
    # is told from others.
    fill = _stream if streams else _call
    return _marked(fill(method, HANDLER_GIVEN, parameters, resolve), resolve)


def is_filled(method: object) -> bool:
    """Return whether a method fills what it declares by itself, as that of a base does.

    Args:
        method: The method.
    """
    return hasattr(method, _RESOLVER)


def fill_hooks(consumer: Any, root: type) -> None:
    """Wrap those of a consumer's hooks that declare parameters beyond what the engine gives them.

    Who calls such a hook himself gives the engine's arguments, as ``super().disconnect(code)``
    does, and has the others resolved; those that he gives stand.

    Args:
        consumer: The consumer's class.
        root: The class of all consumers.

    Raises:
        ConfigurationError: If nothing fills one that needs a value.
    """
    for name in FILLED_HOOKS:
        owner: type = next(base for base in consumer.__mro__ if name in vars(base))
        # By vars() and not getattr(): a static method would be a plain function there.
        hook: Any = vars(owner)[name]
        # That of a base was wrapped when the base was created; a mixin's is wrapped for each
        # consumer.
        is_done = owner is not consumer and issubclass(owner, root)
        if is_done or not inspect.isfunction(hook) or not inspect.iscoroutinefunction(hook):
            continue  # what is wrong with it, check_hooks says
        # As the root declares it, so that a hook that gets another argument needs nothing here.
        given = vars(root)[name].__code__.co_argcount
        function = inspect.unwrap(hook)
        where = f"{consumer.__qualname__}.{name}"
        declared = beyond(function, given)
        if declared:
            parameters = Parameters(where, function, declared)
            resolve = _resolver(consumer, parameters)
            if resolve is not None:
                called = _call(hook, given, parameters, resolve)
                # On the consumer: a mixin serves others as well, which have other resolvers.
                setattr(consumer, name, _marked(called, resolve))


def beyond(function: Callable[..., Any], given: int) -> tuple[inspect.Parameter, ...]:
    """Return the parameters of a method that the engine gives nothing for.

    Args:
        function: The method, undecorated.
        given: How many arguments the engine gives, ``self`` included.
    """
    # By position: what the engine gives comes first, whatever it is called.
    parameters = list(signature_of(function).parameters.values())[given:]
    # What takes any number of arguments asks for none.
    several = inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD
    return tuple(each for each in parameters if each.kind not in several)


def resolvers(consumer: Any) -> Iterator[Resolver]:
    """Yield what fills the parameters of a consumer's handlers and hooks.

    Args:
        consumer: The consumer's class.
    """
    methods: Iterable[Any] = [handler.method for handler in consumer.handler_table.handlers]
    for method in (*methods, *(getattr(consumer, name) for name in FILLED_HOOKS)):
        resolve = getattr(method, _RESOLVER, None)
        if resolve is not None:
            yield resolve


def _resolver(consumer: Any, parameters: Parameters) -> Resolver | None:
    for parameter in parameters.declared:
        # Values come by name, as a resolver knows them.
        if parameter.kind is parameter.POSITIONAL_ONLY:
            raise ConfigurationError(
                f"The parameter {parameter.name!r} of {parameters.where} is positional-only, and "
                f"is filled by its name: move it behind the slash."
            )
    resolve: Resolver | None = consumer.resolver_of(parameters)
    return resolve


def _marked(method: Any, resolve: Resolver) -> Callable[..., Any]:
    setattr(method, _RESOLVER, resolve)
    filled_method: Callable[..., Any] = method
    return filled_method


def _call(
    function: Callable[..., Any], given: int, parameters: Parameters, resolve: Resolver
) -> Callable[..., Any]:
    names, positional = parameters.names, parameters.positional

    @wraps(function)
    async def call(consumer: Any, *args: Any, **kwargs: Any) -> Any:
        stand = _standing(positional, args[given - 1 :], kwargs)
        # Called by an override, which has resolved them: nothing is opened twice. Or by a test, as
        # the method that it is.
        if names <= stand or (stand and _is_unserved(consumer)):
            return await function(consumer, *args, **kwargs)
        # Around the call alone: what is held open is released before the reply is sent, as the
        # runner sends it.
        async with resolve(consumer) as values:
            return await function(consumer, *args, **_rest(values, stand), **kwargs)

    return call


def _stream(
    function: Callable[..., Any], given: int, parameters: Parameters, resolve: Resolver
) -> Callable[..., Any]:
    names, positional = parameters.names, parameters.positional

    @wraps(function)
    async def stream(consumer: Any, *args: Any, **kwargs: Any) -> Any:
        stand = _standing(positional, args[given - 1 :], kwargs)
        is_given = names <= stand or (stand and _is_unserved(consumer))
        async with (
            # First opened and last closed: what a stream uses lives until it has ended.
            nullcontext(_NOTHING) if is_given else resolve(consumer) as values,
            aclosing(function(consumer, *args, **_rest(values, stand), **kwargs)) as replies,
        ):
            async for reply in replies:
                yield reply

    return stream


def _standing(
    positional: tuple[str, ...], args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> frozenset[str]:
    """Return the names of parameters that a caller gives, by position or by name.

    The engine gives none; what a layer has added to a call, and an override, may.
    """
    return frozenset((*positional[: len(args)], *kwargs)) if args or kwargs else _NOBODYS


def _is_unserved(consumer: Any) -> bool:
    """Return whether a consumer serves no connection, of which nothing could be resolved."""
    return "scope" not in vars(consumer)


def _rest(values: Mapping[str, Any], stand: frozenset[str]) -> Mapping[str, Any]:
    # Not merged and left to the later one: what is given by position would be given twice.
    return {name: values[name] for name in values if name not in stand} if stand else values


__all__ = [
    "FILLED_HOOKS",
    "HANDLER_GIVEN",
    "Parameters",
    "Resolver",
    "Values",
    "beyond",
    "fill_hooks",
    "filled",
    "is_filled",
    "resolvers",
]
