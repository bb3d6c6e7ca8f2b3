"""Tries one case out, from the first connection to the report of what has failed."""

import asyncio
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from random import Random
from typing import Any

from chanx.testing.conformance.cases import FRAMES, HANDSHAKE, Case
from chanx.testing.conformance.chance import try_many
from chanx.testing.conformance.checks import CHECKS, ConformanceError, Finding
from chanx.testing.conformance.conversation import Conversation
from chanx.testing.conformance.drawing import Drawer
from chanx.testing.conformance.frames import Frames
from chanx.testing.conformance.handshakes import Handshakes
from chanx.testing.conformance.hooks import Hooks
from chanx.testing.conformance.hosts import Host
from chanx.testing.conformance.judging import Judge
from chanx.testing.conformance.opening import Opening
from chanx.testing.conformance.pasting import Target, test_of
from chanx.testing.conformance.scripts import Exchange, Raw, Script, Step, written
from chanx.testing.conformance.sequences import Sequences
from chanx.testing.conformance.shrinking import shrunk
from chanx.testing.conformance.subject import Operation, Subject


@dataclass(frozen=True, slots=True)
class Settings:
    """How cases are tried out.

    Attributes:
        is_strict: Whether a server may not take what its document calls invalid.
        seed: What decides where chance does.
        count: How many frames and conversations chance makes, for each case.
        shrink_seconds: How long a failure may be made smaller.
    """

    is_strict: bool = False
    seed: int = 0
    count: int = 50
    shrink_seconds: float = 10


class Trial:
    """Tries one case out, in an event loop of its own.

    Args:
        case: The case.
        subject: The connection.
        host: The server.
        hooks: What the project adds.
        settings: How it is tried out.
        target: How tests name the server.

    Attributes:
        notes: What is not a failure, and yet to be told.
    """

    def __init__(
        self,
        case: Case,
        subject: Subject,
        host: Host,
        hooks: Hooks,
        settings: Settings,
        target: Target,
    ) -> None:
        self._case = case
        self._subject = subject
        self._host = host
        self._hooks = hooks
        self._settings = settings
        self._target = target
        self._frames = Frames(subject)
        self._judge = Judge(subject, is_strict=settings.is_strict)
        self._conversation = Conversation(host, subject, hooks)
        self.notes: list[str] = []

    def run(self) -> None:
        """Try it out.

        Raises:
            ConformanceError: If the server does not do what its document says.
            ConfigurationError: If the server lets nobody in.
        """
        with asyncio.Runner() as runner:
            stack = AsyncExitStack()
            runner.run(self._enter(stack))
            try:
                self._run(runner)
            finally:
                runner.run(self._leave(stack))

    async def _enter(self, stack: AsyncExitStack) -> None:
        await stack.enter_async_context(self._host.running())

    async def _leave(self, stack: AsyncExitStack) -> None:
        await self._conversation.end()
        await stack.aclose()

    def _run(self, runner: asyncio.Runner) -> None:
        case = self._case
        if case.subject == HANDSHAKE:
            runner.run(self._shake_hands())
        elif case.subject == FRAMES:
            runner.run(self._say_all([*self._frames.sizes(), *self._frames.broken()]))
        elif case.phase == "sequences":
            sequences = Sequences(self._subject, self._frames)
            self._by_chance(runner, sequences.drawn, self._say_script)
        else:
            operation = next(item for item in self._subject.operations if item.name == case.subject)
            if case.phase == "examples":
                runner.run(self._say_all(self._examples(operation)))
            elif case.phase == "coverage":
                runner.run(self._say_all(self._frames.covering(operation)))
            else:

                def drawn(drawer: Drawer, random: Random) -> Script:
                    return (Step(self._frames.drawn(operation, drawer, random)),)

                self._by_chance(runner, drawn, self._say_all)

    def _by_chance(self, runner: asyncio.Runner, make: Any, say: Any) -> None:
        failure: list[Exception] = []

        def attempt(script: Script) -> bool:
            try:
                runner.run(say(script))
            except Exception as error:  # noqa: BLE001 - raised again once Hypothesis has ended
                # It would try it out again, and tell of its own doubts where that is not the same.
                failure.append(error)
            return not failure

        settings = self._settings
        is_long = self._case.phase == "sequences"
        try_many(
            self._subject.schemas,
            self._hooks,
            make,
            attempt,
            count=max(1, settings.count // (3 if is_long else 1)),
            seed=settings.seed,
        )
        if failure:
            raise failure[0]

    def _examples(self, operation: Operation) -> Iterator[Step]:
        for message, payload in self._frames.examples(operation):
            if message.payload is not None:
                at = message.payload.pointer
                if self._subject.schemas.verdict(at, payload) == "invalid":
                    shown = written(payload)
                    text = f"The document's example of {message.name} is not valid: {shown!r}"
                    raise ConformanceError("C5", f"C5 {CHECKS['C5'].says}\n{text}")
            yield Step(self._frames.with_ref(message, payload))

    # Saying

    async def _say_script(self, script: Script) -> None:
        await self._conversation.end()
        await self._say_all(script)

    async def _say_all(self, steps: Iterable[Step]) -> None:
        for step in steps:
            asked = self._asked(step)
            if asked is None:
                continue
            exchange, finding = await self._say(asked)
            if finding is not None:
                raise await self._failed(finding)
            if self._judge.is_lenient(exchange):
                self.notes.append(
                    f"C6: what the document calls invalid is taken: {exchange.sent!r}"
                )

    def _asked(self, step: Step) -> Step | None:
        """Return a step as the hooks have it; None if it is to be left out."""
        if isinstance(step.frame, Raw):
            return step
        if self._hooks.skip(step.frame):
            return None
        return Step(self._hooks.change(step.frame), step.member, step.cancel)

    async def _say(self, step: Step) -> tuple[Exchange, Finding | None]:
        exchange = await self._conversation.say(step)
        for arrival in self._conversation.arrivals:
            is_new, arrival.is_judged = not arrival.is_judged, True
            if is_new and (finding := self._judge.of_arrival(arrival)) is not None:
                self._conversation.exchanges.clear()
                return exchange, finding
        return exchange, self._judge.of(exchange)

    async def _shake_hands(self) -> None:
        handshakes = Handshakes(self._conversation)
        async for arrival, finding in handshakes.found():
            raise ConformanceError(finding.check, self._report(finding, [arrival.opening], [], ""))
        self.notes += handshakes.notes

    # Failing

    async def _failed(self, finding: Finding) -> ConformanceError:
        """Return the failure, of a script that is as small as may be."""
        conversation = self._conversation
        if not conversation.exchanges:
            openings = [arrival.opening for arrival in conversation.arrivals]
            return ConformanceError(finding.check, self._report(finding, openings[-1:], [], ""))
        said = tuple(exchange.step for exchange in conversation.exchanges)
        before = len(conversation.exchanges[-1].sent)
        openings = [arrival.opening for arrival in conversation.arrivals]
        report = self._report(finding, openings, conversation.exchanges, "seen once, and not again")
        latest = [finding]

        async def fails(script: Script) -> bool:
            await conversation.end()
            for step in script:
                _, found = await self._say(step)
                if found is not None and found.check == finding.check:
                    latest[0] = found
                    return True
            return False

        with self._host.silent():
            script = said[-1:] if await fails(said[-1:]) else said
            if await fails(script):
                script = await shrunk(script, fails, self._settings.shrink_seconds)
                if await fails(script):
                    after = len(conversation.exchanges[-1].sent)
                    how = f"shrunk from {before} bytes" if after < before else ""
                    openings = [arrival.opening for arrival in conversation.arrivals]
                    report = self._report(latest[0], openings, conversation.exchanges, how)
        return ConformanceError(finding.check, report)

    def _report(
        self,
        finding: Finding,
        openings: Sequence[Opening],
        exchanges: Sequence[Exchange],
        how: str,
    ) -> str:
        case, check = self._case, CHECKS[finding.check]
        is_chance = case.phase in ("random", "sequences")
        facts = [f"seed {self._settings.seed}"] if is_chance else []
        facts += [how] if how else []
        lines = [f"{check.id} {check.says}", f"{case.id}: {finding.text}"]
        lines += [f"({', '.join(facts)})"] if facts else []
        for exchange in exchanges:
            shown = exchange.sent if len(exchange.sent) <= 300 else f"{exchange.sent[:300]!r}..."
            lines.append(f"  sent  {shown!s}")
            lines += [f"  came  {item.text}" for item in exchange.answers]
            lines += [f"  close {exchange.closed.code}"] if exchange.closed else []
        members = 2 if _needs_two(finding, exchanges) else 1
        name = re.sub(r"\W+", "_", case.subject).strip("_")
        test = test_of(name, self._target, case.channel, finding, openings[:members], exchanges)
        return "\n".join([*lines, "", "A test to paste:", "", test])


def _needs_two(finding: Finding, exchanges: Sequence[Exchange]) -> bool:
    return finding.check == "C14" or any(exchange.step.member for exchange in exchanges)


__all__ = ["Settings", "Trial"]
