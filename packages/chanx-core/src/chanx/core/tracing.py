"""The trace to which what is sent belongs, and how it comes through a channel layer."""

import logging
from collections.abc import Iterable, Mapping
from typing import Any, Final

from chanx.core.observer import ConnectionFacts, Observer, ObserverFactory

logger: Final = logging.getLogger("chanx.websocket")

TRACE: Final = "trace"
"""Key of a layer message: the trace that it belongs to, where somebody traces."""


class Tracer:
    """One of the setting ``observers`` that has broadcasts and events carry the trace they are of.

    Observers are told it where these arrive (:meth:`~chanx.core.observer.Observer.handling` and
    :meth:`~chanx.core.observer.Observer.forwarding`), in whatever process. Where no tracer is
    among the observers of the consumer that sends, nothing is added to what is sent.
    """

    def __call__(self, facts: ConnectionFacts) -> Observer | None:
        """Make the observer of a connection; None if it is of no interest.

        Args:
            facts: The connection.
        """
        raise NotImplementedError

    def trace(self) -> Mapping[str, str]:
        """Return the trace of the running code by names and texts, such as W3C's ``traceparent``.

        It is asked wherever a broadcast or an event is sent, in any thread; empty for none.
        """
        raise NotImplementedError


def traced(envelope: dict[str, Any], factories: Iterable[ObserverFactory]) -> dict[str, Any]:
    """Return a layer message with the trace that it belongs to, if one of the observers traces.

    Args:
        envelope: The layer message, to which it is added.
        factories: What the setting ``observers`` holds.
    """
    for factory in factories:
        # By its class, as any callable may be a factory, and have a `trace` of another kind.
        if not isinstance(factory, Tracer):
            continue
        try:
            trace = factory.trace()
        except Exception as error:
            # A project's own code raises what it likes. As with observers: what watches must not
            # keep anything from being sent.
            logger.error("The tracer %s failed", type(factory).__qualname__, exc_info=error)
            continue
        if trace:
            # Several tracers write into one mapping, each under its own names.
            envelope[TRACE] = {**envelope.get(TRACE, {}), **trace}
    return envelope


def trace_of(envelope: Mapping[str, Any]) -> Mapping[str, str] | None:
    """Return the trace that a layer message belongs to; None if it says nothing of that.

    Args:
        envelope: The layer message, of which others may have made anything.
    """
    # Of another process, perhaps of another release or of other software: only names with texts are
    # taken.
    trace = envelope.get(TRACE)
    if not isinstance(trace, Mapping):
        return None
    texts = {
        name: value
        for name, value in trace.items()  # pyright: ignore[reportUnknownVariableType]
        if isinstance(name, str) and isinstance(value, str)
    }
    return texts or None


__all__ = ["TRACE", "Tracer", "trace_of", "traced"]
