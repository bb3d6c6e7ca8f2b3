"""What the type variables of generic consumers stand for."""

from collections.abc import Collection
from typing import Any, get_args, get_origin

from typing_extensions import NoDefault

from chanx.core.annotations import NotMessages, UnboundVariable, default_of, flatten, substitute
from chanx.core.errors import ConfigurationError
from chanx.messages import BaseMessage, actions_of


def type_arguments(consumer: type) -> dict[type, dict[Any, Any]]:
    """Return, for each class along the MRO, what stands for its own type variables.

    Two bases may share a variable and have it bound to different things.

    Args:
        consumer: The consumer's class.
    """
    # For each class its own: the variables of a class are known only where it is subscripted, in
    # one of those below.
    found: dict[type, dict[Any, Any]] = {base: {} for base in consumer.__mro__}
    # From the consumer to the root: what a class binds is known before its bases are asked.
    for cls in consumer.__mro__:
        own = found[cls]
        for variable in getattr(cls, "__parameters__", ()):
            # A default that is any message, as EventT's, stands for none that could be handled.
            if (default := default_of(variable)) not in (NoDefault, BaseMessage):
                # Only where nothing is given: a default may name variables that stand before it
                # (PEP 696).
                own.setdefault(variable, substitute(default, own))
        for alias in vars(cls).get("__orig_bases__", ()):
            base = get_origin(alias)
            # The first that binds it counts, as the most derived does.
            if base in found and not found[base]:
                variables: tuple[Any, ...] = getattr(base, "__parameters__", ())
                given = zip(variables, get_args(alias), strict=False)
                # typing fills in defaults itself, but leaves other variables of the base in them.
                found[base] = {
                    variable: substitute(argument, own)
                    for variable, argument in given
                    if argument is not default_of(variable)
                }
    return found


def check_events(consumer: type, root: type, taken: Collection[str]) -> None:
    """Refuse a consumer that is typed with events of which it does nothing with any.

    A class that inherits its type is let be: its base may be typed for all of a project's events.

    Args:
        consumer: The consumer's class.
        root: The class of all consumers, which is generic in the event.
        taken: The actions of events that it handles, or that go to the client as they are.

    Raises:
        ConfigurationError: If the class would ignore whatever event it is sent.
    """
    declared = _event_type(consumer, root)
    if any(_event_type(base, root) == declared for base in consumer.__bases__):
        return
    try:
        events = flatten(declared)
    # Nothing to hold against the handlers: Any, or a variable still.
    except (NotMessages, UnboundVariable):
        return
    actions = {action for event in events for action in actions_of(event)}
    if actions and actions.isdisjoint(taken):
        names = ", ".join(event.__qualname__ for event in events)
        raise ConfigurationError(
            f"{consumer.__qualname__} is typed with the event {names}, and would ignore it: "
            f"take it in a method with @event_handler, name it in passthrough_events, or leave the "
            f"type out."
        )


def _event_type(consumer: type, root: type) -> Any:
    arguments = type_arguments(consumer).get(root, {})
    return next(iter(arguments.values()), None)


__all__ = ["check_events", "type_arguments"]
