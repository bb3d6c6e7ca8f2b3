"""What a test leaves behind: tasks, and what they stand at; channels and group members."""

import asyncio
from dataclasses import dataclass
from traceback import StackSummary
from types import CoroutineType, FrameType, TracebackType
from typing import Any, Final, Self

from chanx.core.cancellation import guarded
from chanx.layers import MemoryLayer
from chanx.testing.errors import LayerNotEmpty, TasksLeft
from chanx.testing.layers import unwrapped
from chanx.testing.loop import running_loop

END_CYCLES: Final = 10
"""Cycles of the event loop in which a task that is about to end may do so."""

CANCEL_TIMEOUT: Final = 1.0
"""Seconds to wait for the end of what was cancelled."""


def stack_of(task: asyncio.Task[Any]) -> str:
    """Return where a task stands, as the lines of a traceback, innermost call last.

    Args:
        task: A task that waits for something.
    """
    frames: list[FrameType] = []
    awaited: object = task.get_coro()
    while isinstance(awaited, CoroutineType) and awaited.cr_frame is not None:
        frames.append(awaited.cr_frame)
        # Through chanx's own Guard, which stands between a task and the coroutine of a handler.
        awaited = guarded(awaited.cr_await)
    stack = StackSummary.extract((frame, frame.f_lineno) for frame in frames)
    return "".join(stack.format())


class LeakCheck:
    """Sees to it that what begins in its context has ended with it: an asynchronous context.

    Tasks that still run at its end are cancelled and reported; so are channels and group members
    that are new in the memory layers it watches.

    Args:
        layers: Layers to watch from the beginning.

    Example:
        >>> async def test_a_timer_ends() -> None:
        ...     async with LeakCheck():
        ...         await asyncio.create_task(asyncio.sleep(0))
        >>> asyncio.run(test_a_timer_ends())
    """

    def __init__(self, *layers: MemoryLayer) -> None:
        self._before: set[asyncio.Task[Any]] = set()
        self._layers: dict[MemoryLayer, _Contents] = {}
        for layer in layers:
            self.watch(layer)

    def watch(self, layer: object) -> None:
        """Watch a channel layer from now on, unless that has begun already.

        Args:
            layer: A memory layer, also a wrapped one; any other is let be.
        """
        # By the layer itself, so that one and the same behind two wrappers is watched once.
        watched = unwrapped(layer)
        if isinstance(watched, MemoryLayer) and watched not in self._layers:
            self._layers[watched] = _contents_of(watched)

    async def __aenter__(self) -> Self:
        """Note what runs already.

        Raises:
            RuntimeError: If asyncio does not run.
        """
        # Of this loop: what runs in others, or ran before, is not the test's.
        self._before = asyncio.all_tasks(running_loop())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Cancel the tasks that began since, and look into the layers.

        Raises:
            TasksLeft: If there was something to cancel, unless the test has failed already.
            LayerNotEmpty: If a layer holds more than before, unless the test has failed already.
        """
        try:
            await self._require_no_tasks()
            self.require_empty_layers()
        # A test that failed is told what it left, too, which often follows from that.
        except (TasksLeft, LayerNotEmpty) as failure:
            if error is None:
                raise
            error.add_note(f"Besides, {type(failure).__name__}: {failure}")

    def require_empty_layers(self) -> None:
        """Require that the layers hold no more than when they began to be watched.

        Raises:
            LayerNotEmpty: If one holds more.
        """
        for layer, before in self._layers.items():
            # Compared with what was there: a layer of the process may hold what others began.
            left = _contents_of(layer)
            channels = left.channels - before.channels
            members: dict[str, list[str]] = {}
            for group, channel in sorted(left.members - before.members):
                members.setdefault(group, []).append(channel)
            if channels or members:
                raise LayerNotEmpty(sorted(channels), members)

    async def _require_no_tasks(self) -> None:
        # Cancelled tasks end in the cycles after: that is no leak.
        for _ in range(END_CYCLES):
            await asyncio.sleep(0)
        # The task that looks may be new itself: unittest runs each cleanup in one of its own.
        left = list(asyncio.all_tasks() - self._before - {asyncio.current_task()})
        if not left:
            return
        # Before they are cancelled, after which none stands anywhere.
        failure = TasksLeft([stack_of(task) for task in left])
        for task in left:
            task.cancel()
        await asyncio.wait(left, timeout=CANCEL_TIMEOUT)
        raise failure


@dataclass(frozen=True, slots=True)
class _Contents:
    channels: frozenset[str]
    members: frozenset[tuple[str, str]]


def _contents_of(layer: MemoryLayer) -> _Contents:
    members = ((group, channel) for group in layer.groups() for channel in layer.members_of(group))
    return _Contents(layer.channels(), frozenset(members))


__all__ = ["LeakCheck", "stack_of"]
