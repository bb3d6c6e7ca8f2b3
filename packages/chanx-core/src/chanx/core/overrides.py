"""What a class overrides: hooks that can be called, and nothing that never is."""

import inspect
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from types import FunctionType
from typing import Any, Final

from chanx.core.errors import ConfigurationError

CONSUMER_HOOKS: Final = (
    "post_authentication",
    "disconnect",
    "on_layer_gap",
    "around",
    "handle_validation_error",
    "handle_message_handler_error",
    "handle_event_handler_error",
    "send_message",
    "admits_origin",
    "unit_of_work",
    "prepare",
    "resolver_of",
    "current_runtime",
    "project_settings",
    "find_channel_layer",
    "describe_user",
)
"""The methods of a consumer that the engine and adapters call, but for ``connect``: whoever mounts
the consumer knows what that is called with."""

_HANDLERS: Final = "messages reach methods with @ws_handler, and their classes say how they decode"

_NEVER_CALLED: Final[Mapping[str, str]] = {
    "websocket_connect": "override connect",
    "websocket_receive": _HANDLERS,
    "websocket_disconnect": "override disconnect",
    "on_connect": "override connect",
    "on_receive": _HANDLERS,
    "on_disconnect": "override disconnect",
    "dispatch": f"{_HANDLERS}, events those with @event_handler",
    "receive": _HANDLERS,
    "receive_json": _HANDLERS,
    "receive_message": _HANDLERS,
    "decode_json": _HANDLERS,
    "encode_json": "message classes say how they are encoded",
    "send": "replies and broadcasts do not pass it; send_message and send_json send",
}
"""What consumers of channels and endpoints of Starlette override, and what stands for it here."""

_SET_FOR_EACH_CONNECTION: Final[Mapping[str, str]] = {
    "authenticator": "name its class as authenticator_class",
    "channel_layer": "name it by channel_layer_alias",
    "channel_name": "its layer names a channel",
    "runtime": "its settings and handlers make it",
    "scope": "its server gives it",
}


def check_hooks(owner: type, root: type, names: Iterable[str]) -> None:
    """Refuse hooks that cannot be called as those of their base are.

    Args:
        owner: The class.
        root: The base that declares the hooks.
        names: The hooks.

    Raises:
        ConfigurationError: If one is asynchronous and may not be, is not and has to be, or does
            not take what it is called with; the text has the right form.
    """
    for name in names:
        own, base = inspect.getattr_static(owner, name), inspect.getattr_static(root, name)
        check_hook(owner, name, own, base)


def check_hook(owner: type, name: str, own: Any, base: Any) -> None:
    """Refuse a hook that cannot be called as that of its base is.

    Args:
        owner: The class that has it, for the text.
        name: The hook.
        own: What the class has under that name.
        base: What the base has.

    Raises:
        ConfigurationError: As :func:`check_hooks`.
    """
    # What is inherited from the root is right; anything else was put there by somebody.
    if own is not base and (trouble := _trouble(own, base, takes_any=name == "connect")):
        raise ConfigurationError(
            f"{owner.__qualname__}.{name} {trouble}: declare it as `{_form(name, base)}`."
        )


def check_connect(consumer: type, root: type, fix: str) -> None:
    """Refuse a ``connect`` that is not asynchronous, or has parameters which nothing fills.

    Args:
        consumer: The consumer's class.
        root: The class of all consumers.
        fix: What to do instead of taking parameters.

    Raises:
        ConfigurationError: If that is so.
    """
    check_hooks(consumer, root, ["connect"])
    connect: Any = inspect.getattr_static(consumer, "connect")
    parameters = [*_signature(getattr(connect, "__func__", connect)).parameters.values()]
    # A bool is the index of the first behind self, of which a static method has none.
    for parameter in parameters[not isinstance(connect, staticmethod) :]:
        is_optional = parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
        if parameter.default is parameter.empty and not is_optional:
            raise ConfigurationError(
                f"Nothing fills the parameter {parameter.name!r} of {consumer.__qualname__}."
                f"connect: {fix}."
            )


def check_overrides(consumer: type, root: type, handlers: Collection[str]) -> None:
    """Refuse methods that other frameworks call and nothing here does.

    Args:
        consumer: The consumer's class.
        root: The class of all consumers.
        handlers: The names of its handlers, which may be any.

    Raises:
        ConfigurationError: If it has such a method; the text names what to override here.
    """
    for name, value in _own(consumer, root):
        where = f"{consumer.__qualname__}.{name}"
        # None is what a class writes that annotates the attribute, and sets nothing.
        if name in _SET_FOR_EACH_CONNECTION and value is not None:
            raise ConfigurationError(
                f"{where} is set anew for each connection: {_SET_FOR_EACH_CONNECTION[name]}."
            )
        # An attribute is no method: `receive = 5` is nobody's mistake.
        if name in handlers or not callable(getattr(value, "__func__", value)):
            continue
        if name in _NEVER_CALLED:
            raise ConfigurationError(
                f"{where} would never be called: {_NEVER_CALLED[name]}. A method of one's own has "
                f"another name."
            )
        if not name.startswith("_") and not hasattr(root, name) and _takes_layer_messages(value):
            raise ConfigurationError(
                f"{where} would never be called by a layer's message of its name: decorate it with "
                f"@event_handler, annotate {_EVENT!r} with a message class, and send that with "
                f"broadcast_event. A method of one's own calls its parameter otherwise."
            )


_EVENT: Final = "event"
_UNTYPED: Final = frozenset({"dict", "Dict", "Mapping", "MutableMapping", "Any", "object"})


def _takes_layer_messages(value: object) -> bool:
    """Return whether it is what channels calls with messages: ``async def name(self, event)``."""
    if not (inspect.isfunction(value) and _is_asynchronous(value)):
        return False
    if [*_signature(value).parameters][1:] != [_EVENT]:
        return False
    try:
        # As it is written: only the untyped forms count, which name nothing that is to be looked
        # up.
        hint = inspect.get_annotations(value).get(_EVENT, Any)
    except NameError:
        return False  # what is evaluated late (PEP 649) and names something else
    text = hint if isinstance(hint, str) else inspect.formatannotation(hint)
    return text.partition("[")[0].rpartition(".")[2] in _UNTYPED


def _own(consumer: type, root: type) -> Iterator[tuple[str, Any]]:
    for base in consumer.__mro__:
        # Mixins as well, which nobody has checked before.
        if base not in root.__mro__:
            yield from vars(base).items()


def _trouble(own: Any, base: Any, *, takes_any: bool) -> str | None:
    function, original = (getattr(each, "__func__", each) for each in (own, base))
    if not callable(function):
        return "is not a method"
    # A static method is called on the class as well, without it.
    if isinstance(base, classmethod) and not isinstance(own, classmethod | staticmethod):
        return "is not a classmethod"
    if _is_asynchronous(original):
        # Beneath its wrappers as well: one of these may return the coroutine without being
        # asynchronous itself.
        if not (_is_asynchronous(function) or _is_asynchronous(inspect.unwrap(function))):
            return "is not asynchronous"
    # Its coroutine would be true: an asynchronous admits_origin would admit every page.
    elif _is_asynchronous(function):
        return "is asynchronous"
    # By the base's own names, for bind() is to find what the engine gives by position.
    given = _positional(original)[isinstance(own, staticmethod) :]
    if takes_any or _takes(function, given):
        return None
    return "does not take what it is called with"


def _takes(function: Callable[..., Any], given: Iterable[str]) -> bool:
    # What is no function, as a partial or a mock, may take anything.
    if not inspect.isfunction(function):
        return True
    try:
        # What a decorator passes on is its own concern.
        _signature(function).bind(*given)
    except TypeError:
        return False
    return True


def _is_asynchronous(function: object) -> bool:
    # On Python 3.11, asgiref marks so what sync_to_async makes of a function.
    return inspect.iscoroutinefunction(function) or hasattr(function, "_is_coroutine")


def _signature(function: Callable[..., Any]) -> inspect.Signature:
    """Return a signature without annotations, which may name what only type checkers know."""
    if not inspect.isfunction(function):
        return inspect.signature(function)
    # The same code without its annotations, which inspect.signature() would evaluate from Python
    # 3.14 on.
    bare = FunctionType(
        function.__code__, {}, function.__name__, function.__defaults__, function.__closure__
    )
    bare.__kwdefaults__ = function.__kwdefaults__
    return inspect.signature(bare)


def _positional(function: Callable[..., Any]) -> list[str]:
    parameters = _signature(function).parameters.values()
    return [each.name for each in parameters if each.kind is each.POSITIONAL_OR_KEYWORD]


def _form(name: str, base: Any) -> str:
    function = getattr(base, "__func__", base)
    decorator = "@classmethod " if isinstance(base, classmethod) else ""
    keyword = "async def" if _is_asynchronous(function) else "def"
    return f"{decorator}{keyword} {name}({', '.join(_positional(function))})"


__all__ = ["CONSUMER_HOOKS", "check_connect", "check_hook", "check_hooks", "check_overrides"]
