"""The handler records of a consumer: made once from its declarations, read by everything else."""

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, cast

from chanx.core.annotations import (
    MESSAGE_PARAMETER,
    MessageTypes,
    NotMessages,
    UnboundVariable,
    flatten,
    may_be_none,
    message_parameter,
    substitute,
    unwrap_stream,
)
from chanx.core.around import layers_of, layers_of_options
from chanx.core.binary import BinaryOutputs, check_input, outputs_of
from chanx.core.decorators import HANDLER_ATTRIBUTE, HandlerDeclaration
from chanx.core.errors import ConfigurationError
from chanx.core.expected import check_errors
from chanx.core.filling import HANDLER_GIVEN, Parameters, beyond, filled, is_filled
from chanx.core.handler import Handler, HandlerOption, Layer
from chanx.core.hints import MISSING, hint_of, signature_of
from chanx.core.type_arguments import type_arguments
from chanx.core.unfilled import refuse_markers
from chanx.core.usage import check_usage, ends_of
from chanx.messages import (
    BaseMessage,
    ErrorMessage,
    ExpectedErrorMessage,
    actions_of,
    is_error,
)


@dataclass(frozen=True, slots=True)
class HandlerTable:
    """All handlers of a consumer, in the order of their declaration, bases first.

    Attributes:
        handlers: Every handler.
        messages: The handler of each action that clients may send.
        events: The handler of each action that the channel layer may bring.
        binary: The handler of binary frames; None if there is none.
    """

    handlers: tuple[Handler, ...]
    messages: Mapping[str, Handler]
    events: Mapping[str, Handler]
    binary: Handler | None = None


def build_handler_table(consumer: type, root: type = object) -> HandlerTable:
    """Make a consumer's handler records from the decorated methods along its MRO.

    A method that overrides a handler replaces it; without a decorator of its own it keeps the
    base's. A base's handler is taken away with ``name = None``. A generic consumer has no record
    of a handler whose message is a type variable still; the classes that bind it do.

    Args:
        consumer: The consumer's class.
        root: The class of all consumers, whose own attributes no handler may hide.

    Raises:
        ConfigurationError: If a declaration cannot work; the text names class, method and fix.
    """
    arguments = type_arguments(consumer)
    # Once for the class; each handler's record has them, so that a call looks nothing up.
    layers = layers_of(consumer, root)
    handlers: list[Handler] = []
    for base, name, method, declaration, overridden in _declarations(consumer):
        # Of the root, and not of a base of the project's: there an override is what is meant.
        if hasattr(root, name):
            raise ConfigurationError(
                f"{consumer.__qualname__}.{name} hides the {name!r} that every consumer has: give "
                f"the handler another name, since its action is its message's."
            )
        try:
            # By what stands for the variables of the class that declares it: two bases may bind the
            # same variable to different messages.
            handler = _make_handler(consumer, name, method, declaration, arguments[base], layers)
        except UnboundVariable as error:
            # Generic itself: a class below it will say what the variable stands for.
            if getattr(consumer, "__parameters__", ()):
                continue
            raise ConfigurationError(
                f"{consumer.__qualname__}.{name}: nothing stands for {error}, a type variable of "
                f"{base.__qualname__}: write {base.__qualname__}[SomeMessage] among the bases."
            ) from error
        where = f"{consumer.__qualname__}.{name}"
        check_errors(where, handler.errors)
        for option in handler.options:
            check_errors(f"{where}: {type(option).__qualname__}", option.errors)
            option.check(consumer, handler)
        for option in overridden:
            # By the options that are gone, since those that came know nothing of them: what
            # protected the handler of the base decides whether it may go without.
            option.check_override(consumer, handler)
        handlers.append(handler)
    # When all are known: usages name each other's handlers.
    check_usage(consumer, (handler for handler in handlers if handler.kind == "message"))
    return HandlerTable(
        tuple(handlers),
        _by_action(consumer, [handler for handler in handlers if handler.kind == "message"]),
        _by_action(consumer, [handler for handler in handlers if handler.kind == "event"]),
        _binary(consumer, [handler for handler in handlers if handler.kind == "binary"]),
    )


def _binary(consumer: type, handlers: Sequence[Handler]) -> Handler | None:
    if len(handlers) > 1:
        names = " and ".join(f"{consumer.__qualname__}.{handler.name}" for handler in handlers)
        raise ConfigurationError(
            f"{names} both handle binary frames: keep one, and tell them apart by what they begin "
            f"with."
        )
    return handlers[0] if handlers else None


def _declarations(
    consumer: type,
) -> Iterator[tuple[type, str, Any, HandlerDeclaration, tuple[HandlerOption, ...]]]:
    """Yield each handler's class, name, method and declaration, and the options that it replaces.

    Of an override with a declaration of its own, these are the options of what it overrides.
    """
    found: dict[str, tuple[type, Any, HandlerDeclaration, tuple[HandlerOption, ...]]] = {}
    # Bases first, so that what comes later overrides, as in Python. The order of the document is
    # this one.
    for base in reversed(consumer.__mro__):
        # Not by dir() and getattr(), which call properties, and lose which class declares what.
        for name, value in vars(base).items():
            # A classmethod, staticmethod or property hides what was declared, and is refused later.
            declared = getattr(value, "__func__", getattr(value, "fget", value))
            declaration = getattr(declared, HANDLER_ATTRIBUTE, None)
            if isinstance(declaration, HandlerDeclaration):
                overridden = found[name][2].options if name in found else ()
                # Put again under its name, it keeps its place: that of the first declaration.
                found[name] = base, value, declaration, overridden
            # As Python itself has it for __hash__: None says that there is none.
            elif name in found and value is None:
                del found[name]
            elif name in found:
                # An override without a decorator is the same handler: what the base declared of it
                # counts, and its own annotations.
                declaration = found[name][2]
                # Where the override stands is not known; its module's names count first.
                own = getattr(inspect.unwrap(value), "__globals__", {})
                namespace = {**declaration.namespace, **own}
                found[name] = base, value, replace(declaration, namespace=namespace), found[name][3]
    for name, (base, method, declaration, overridden) in found.items():
        yield base, name, method, declaration, overridden


def _make_handler(
    consumer: Any,
    name: str,
    method: Any,
    declaration: HandlerDeclaration,
    arguments: Mapping[Any, Any],
    layers: tuple[Layer, ...],
) -> Handler:
    where = f"{consumer.__qualname__}.{name}"
    if not inspect.isfunction(method):
        raise ConfigurationError(
            f"{where} is not a method of an instance, but of type {type(method).__name__}: "
            f"declare it as `async def {name}(self, message: SomeMessage)`."
        )
    # Beneath decorators of others, which have to use functools.wraps: annotations and kind are the
    # method's own.
    function = inspect.unwrap(method)
    streams = inspect.isasyncgenfunction(function)
    # Refused, unless an adapter runs it: called in the event loop it would hold up all connections.
    if not streams and not inspect.iscoroutinefunction(function):
        method = _asynchronous(consumer, where, method, declaration)
    called = _filled(consumer, where, method, declaration, streams)
    if called is not method:
        setattr(consumer, name, called)  # for `super()` in an override, and who else calls it
    sends_bytes = False
    routes: Mapping[str, type[BaseMessage]] = {}
    try:
        if declaration.kind == "binary":
            outputs, sends_bytes = _binary_outputs(function, declaration, streams, arguments)
        else:
            inputs, outputs = _types(function, declaration, streams, arguments)
            routes = _routes(inputs, declaration.action)
        ends = ends_of(declaration.usage, outputs, streams)
    except ConfigurationError as error:
        # What is raised within knows annotations alone, and neither class nor method.
        raise ConfigurationError(f"{where}: {error}.") from error
    text = (declaration.description or inspect.getdoc(method) or "").strip() or None
    return Handler(
        declaration.kind,
        name,
        called,
        MappingProxyType(routes),
        outputs,
        # For isinstance(), which is asked of each reply: a tuple of classes, made here once.
        ((BaseMessage,) if outputs is None else outputs) + ((bytes,) if sends_bytes else ()),
        streams,
        declaration.concurrent,
        declaration.shield,
        text,
        declaration.summary,
        declaration.tags,
        declaration.usage,
        ends,
        # Errors end every stream: chanx's own, those of the project, and messages that refuse
        # (outcome="error").
        (*ends, *filter(is_error, outputs or ()), ErrorMessage, ExpectedErrorMessage),
        not streams and _always_replies(function, declaration),
        declaration.errors,
        declaration.options,
        # In the order of nesting: those of classes stand around those of options.
        layers + layers_of_options(declaration.options),
        sends_bytes,
    )


def _binary_outputs(
    function: Callable[..., Any],
    declaration: HandlerDeclaration,
    streams: bool,
    arguments: Mapping[Any, Any],
) -> BinaryOutputs:
    if streams:
        raise ConfigurationError("it yields: send several replies with send_bytes or send_message")
    name = message_parameter(function).name
    check_input(hint_of(function, name, declaration.namespace), name)
    return outputs_of(hint_of(function, "return", declaration.namespace), arguments)


def _asynchronous(
    consumer: Any, where: str, method: Any, declaration: HandlerDeclaration
) -> Callable[..., Any]:
    # A generator that is run in a thread would yield nothing there, but be returned.
    is_generator = inspect.isgeneratorfunction(inspect.unwrap(method))
    if not is_generator:
        made: Callable[..., Any] | None = consumer.asynchronous(method, declaration.options)
        if made is not None:
            return made
    raise ConfigurationError(
        f"{where} is not asynchronous: declare it with `async def`, "
        f"and call blocking code through {consumer.blocking_calls}."
    )


def _filled(
    consumer: Any, where: str, method: Any, declaration: HandlerDeclaration, streams: bool
) -> Callable[..., Any]:
    """Return what is called with consumer and message, whatever else the method takes."""
    function = inspect.unwrap(method)
    given = list(signature_of(function).parameters)[1:HANDLER_GIVEN]
    refuse_markers(where, function, given, "message")
    declared = beyond(function, HANDLER_GIVEN)
    # One of a base is wrapped already, and resolves by the consumer that it is called with.
    if not declared or is_filled(method):
        return cast("Callable[..., Any]", method)
    parameters = Parameters(where, function, declared, declaration.namespace)
    whole = filled(consumer, method, parameters, streams=streams)
    # Nobody fills them, and defaults count: so one without a default could not be called.
    if whole is method and any(each.default is each.empty for each in declared):
        raise ConfigurationError(f"{where}: {MESSAGE_PARAMETER}.")
    return whole


def _always_replies(function: Callable[..., Any], declaration: HandlerDeclaration) -> bool:
    if declaration.output_type is not None:
        return False  # It says what may be returned, and None always may.
    returned = hint_of(function, "return", declaration.namespace)
    return returned is not MISSING and not may_be_none(returned)


def _types(
    function: Callable[..., Any],
    declaration: HandlerDeclaration,
    streams: bool,
    arguments: Mapping[Any, Any],
) -> tuple[MessageTypes, MessageTypes | None]:
    parameter = message_parameter(function)
    declared = declaration.input_type
    if declared is None:
        declared = hint_of(function, parameter.name, declaration.namespace)
    if declared is MISSING:
        raise ConfigurationError(
            f"annotate {parameter.name!r} with the message it takes, or give input_type="
        )
    try:
        # Variables first: an annotation of the base may be one, and becomes a message only by what
        # the class binds it to.
        inputs = flatten(substitute(declared, arguments))
    except NotMessages as error:
        raise ConfigurationError(f"it cannot take what it declares: {error}") from error
    if not inputs:
        raise ConfigurationError("it declares no message to take: give its message class")
    return inputs, _outputs(function, declaration, streams, arguments)


def _outputs(
    function: Callable[..., Any],
    declaration: HandlerDeclaration,
    streams: bool,
    arguments: Mapping[Any, Any],
) -> MessageTypes | None:
    declared = declaration.output_type
    if declared is None:
        declared = hint_of(function, "return", declaration.namespace)
        if declared is MISSING:
            return None
        declared, is_stream = unwrap_stream(declared)
        # An `async def` with a yield is a generator whatever it declares, and one without is none:
        # replies would be sent in another way than the document says.
        if is_stream != streams:
            raise ConfigurationError(
                "a handler with `yield` returns AsyncIterator[Reply], one without it Reply | None"
            )
    try:
        return flatten(substitute(declared, arguments))
    except NotMessages as error:
        raise ConfigurationError(f"it cannot return what it declares: {error}") from error


def _routes(inputs: MessageTypes, only: str | None) -> dict[str, type[BaseMessage]]:
    routes: dict[str, type[BaseMessage]] = {}
    for message in inputs:
        for action in actions_of(message):
            if action in routes:
                raise ConfigurationError(
                    f"{routes[action].__qualname__} and {message.__qualname__} share the action "
                    f"{action!r}: give one of them another"
                )
            routes[action] = message
    if not routes:
        names = ", ".join(message.__qualname__ for message in inputs)
        raise ConfigurationError(f"{names} has no action: take a concrete message class")
    if only is None:
        return routes
    if only not in routes:
        raise ConfigurationError(
            f"action={only!r} is not one of its message's actions: {', '.join(routes)}"
        )
    # Of a message with several actions, for one of them: others may have other handlers.
    return {only: routes[only]}


def _by_action(consumer: type, handlers: Sequence[Handler]) -> Mapping[str, Handler]:
    table: dict[str, Handler] = {}
    for handler in handlers:
        for action in handler.routes:
            if action in table:
                raise ConfigurationError(
                    f"{consumer.__qualname__}.{table[action].name} and "
                    f"{consumer.__qualname__}.{handler.name} both handle {action!r}: give one of "
                    f"them another message, or restrict one with action=."
                )
            table[action] = handler
    return MappingProxyType(table)


__all__ = ["HandlerTable", "build_handler_table"]
