"""From a layer's message to the handler of a typed event, and from there to replies."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from chanx.core.dispatch import failure_of
from chanx.core.errors import MessageError
from chanx.core.events import EVENT, LayerGap, read_event
from chanx.core.excerpt import excerpt
from chanx.core.handler import Handler
from chanx.core.journal import Journal
from chanx.core.observer import Observer, Outcome
from chanx.core.outbox import Outbox
from chanx.core.runner import Run, Runner
from chanx.core.runtime import Runtime
from chanx.core.tracing import trace_of
from chanx.messages import BaseMessage


class EventDispatcher:
    """Handles what a channel layer brings to one connection, but for broadcasts.

    Those are frames already: the lane of events gives them to the outbox.

    Args:
        owner: The name of the consumer.
        runtime: The consumer's declarations and settings.
        outbox: Where events go that are passed through.
        runner: Runs the handlers.
        journal: Where failures are logged.
        observer: Who is told of what is handled; None for nobody.
        end: Ends the connection with a close code.
    """

    __slots__ = (
        "_completes",
        "_end",
        "_journal",
        "_observer",
        "_outbox",
        "_owner",
        "_runner",
        "_runtime",
    )

    def __init__(
        self,
        owner: str,
        runtime: Runtime,
        outbox: Outbox,
        runner: Runner,
        journal: Journal,
        observer: Observer | None,
        end: Callable[[int], object],
    ) -> None:
        self._owner = owner
        self._runtime = runtime
        self._outbox = outbox
        self._runner = runner
        self._journal = journal
        self._observer = observer
        self._end = end
        self._completes = runtime.settings.send_completion

    def handle(self, envelope: Mapping[str, Any]) -> Awaitable[object]:
        """Return what is to be awaited to handle one message of the channel layer.

        Args:
            envelope: An event's layer message, or what a layer tells of itself; others are logged
                and left.

        Raises:
            Exception: If something else sends what looks like ours.
        """
        # Other software may write to the same layer: nothing is known of what comes but that it
        # came.
        is_mapping = isinstance(envelope, Mapping)  # pyright: ignore[reportUnnecessaryIsInstance]
        kind = envelope.get("type") if is_mapping else envelope
        if kind != EVENT:
            return self._handle_other(envelope, kind)
        # Raises where another has written chanx's type and not its keys: the lane logs that, and
        # goes on with the next.
        action = envelope["action"]
        handler = self._runtime.table.events.get(action)
        if handler is None:
            return self._forward(action, envelope)
        # Read within what runs, so that an event that does not validate counts as handled, with its
        # outcome.
        handling = partial(self._run, handler, action, envelope)
        run: Run = handling
        if self._observer is not None:
            trace = trace_of(envelope)
            # Only where somebody observes is a trace read, and time taken.
            run = partial(self._runner.timed, self._observer, handler.kind, action, handling, trace)
        apart = self._runner.apart
        # An event's own guard, as events run beside the lane of frames, which has the other.
        return apart(run, handler) if handler.has_task else self._runner.guarded(run, handler.name)

    async def _handle_other(self, envelope: Mapping[str, Any], kind: object) -> None:
        if isinstance(envelope, LayerGap):
            if self._observer is not None:
                self._observer.layer_gap(envelope.seconds)
            gap = partial(self._runner.answers, "on_layer_gap", None, envelope.age())
            # Awaited by the lane, so that what came before the gap is handled before, and what
            # comes after it later.
            await self._runner.guarded(gap, "on_layer_gap")
        else:
            self._journal.warning(
                "Ignored a layer message of type %s: send events with send_event or "
                "broadcast_event.",
                excerpt(repr(kind)),
            )

    async def _forward(self, action: str, envelope: Mapping[str, Any]) -> None:
        """Handle an event for which there is no handler."""
        if action in self._runtime.passthrough:
            # Of the runtime, and not of the connection: all members of a group whose consumer it is
            # share the text.
            text = self._runtime.passed_through(action, envelope)
            await self._outbox.forward(text, action, envelope)
            if self._completes:
                await self._outbox.complete_event()
            return
        if self._observer is not None:
            # Not refused where it was sent: the sender may be of another release, or mean other
            # consumers of the group.
            self._observer.dropped("no_handler", 1)
        self._journal.warning(
            "Ignored an event %r: %s has no event handler for it; add one with @event_handler, "
            "or name the event in passthrough_events.",
            action,
            self._owner,
            action=action,
        )

    async def _run(self, handler: Handler, action: str, envelope: Mapping[str, Any]) -> Outcome:
        # None until it is read, which is what the hook is told of an event that does not validate.
        event: BaseMessage | None = None
        outcome: Outcome = "done"
        told: MessageError | None = None
        try:
            event = read_event(handler.routes[action], envelope)
            await self._runner.call(handler, event, None)
        except (Exception, asyncio.CancelledError) as error:
            # A cancellation that is not this task's leaked from what the handler awaited, and is
            # its failure.
            if self._runner.is_end(error):
                raise
            told = await self._runner.tells(handler.name, error, handler)
            if told is None:
                self._journal.failure(handler.name, error, action)
                await self._runner.answers("handle_event_handler_error", action, error, event)
                # The client has asked for nothing, so the hook's default sends nothing; observers
                # count it all the same.
                outcome = failure_of(error).code
            else:
                outcome = told.code
        if self._completes:
            await self._outbox.complete_event()
        # Behind what the client is told, which the end would cut off.
        if told is not None and told.closes is not None:
            self._end(told.closes)
        return outcome


__all__ = ["EventDispatcher"]
