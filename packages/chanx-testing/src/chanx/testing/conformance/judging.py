"""Holds what came of a step against what the document says of it."""

import json
from collections.abc import Container, Iterable, Iterator
from typing import Final

from chanx.asyncapi.diffing.wire import WireMessage
from chanx.asyncapi.walk import object_of
from chanx.core.close_codes import CloseCode
from chanx.testing.conformance.checks import Finding
from chanx.testing.conformance.conversation import Arrival
from chanx.testing.conformance.scripts import Exchange, Frame, Raw, Received
from chanx.testing.conformance.streams import of_stream
from chanx.testing.conformance.subject import (
    BEHIND_FAILURES,
    BEHIND_REFUSALS,
    Subject,
    is_refusal,
    ref_of,
    ref_path,
)

NO_ERROR_IN_LOG: Final = 'not [r for r in caplog.records if r.levelname in ("ERROR", "CRITICAL")]'
"""What a test asserts of pytest's ``caplog``."""

_REMEMBERED: Final = 1_000
_IS_OPEN: Final = "client.close_code is None"
_FAILED: Final[frozenset[int]] = frozenset({CloseCode.INTERNAL_ERROR, 1006, 1011})


class Judge:
    """Finds what is wrong, the cause before what follows from it.

    Args:
        subject: What the document says of the connection.
        is_strict: Whether a server may not take what its document calls invalid.
    """

    def __init__(self, subject: Subject, *, is_strict: bool) -> None:
        self._subject = subject
        self._is_strict = is_strict
        self._known: dict[Frame, list[WireMessage]] = {}

    @property
    def _accepted(self) -> str:
        return self.refused.removeprefix("not ")

    @property
    def refused(self) -> str:
        """What a test asserts of names to see an error."""
        names = {item.name for item in self._subject.channel.messages["server"] if is_refusal(item)}
        return f"not {{*names}}.isdisjoint({sorted(names)!r})"

    @property
    def _is_alive(self) -> str:
        beat = self._subject.heartbeat
        names = sorted(item.name for item in beat.replies) if beat else []
        return f"not {{*names}}.isdisjoint({names!r})  # is_alive"

    def of(self, exchange: Exchange) -> Finding | None:
        """Return what is wrong with what came of a step; None if nothing is."""
        if self.code_of(exchange, {"too_many_requests"}):
            return None  # the document does not say of which limit
        return next(self._findings(exchange), None)

    def of_arrival(self, arrival: Arrival) -> Finding | None:
        """Return what is wrong with what came before anything was sent; None if nothing is."""
        return next(self._of_arrival(arrival), None)

    def is_lenient(self, exchange: Exchange) -> bool:
        """Return whether a server has taken a frame that its document calls invalid."""
        return exchange.kind == "invalid" and self._is_taken(exchange)

    def code_of(self, exchange: Exchange, codes: Container[object]) -> str:
        """Return the first of chanx's error codes among the answers that is one of these."""
        for answer in exchange.answers:
            code = object_of(object_of(answer.value).get("payload")).get("code")
            if code in codes and any(map(is_refusal, self._named(answer))):
                return str(code)
        return ""

    def _of_arrival(self, arrival: Arrival) -> Iterator[Finding]:
        closed = arrival.closed
        for error in arrival.errors:
            yield Finding("C13", f"When a client connects, {error}.", NO_ERROR_IN_LOG)
        if closed is not None and closed.code in _FAILED:
            yield Finding("C13", f"The handshake ends with {closed.code}.", _IS_OPEN)
        yield from self._undeclared(arrival.received, "C2")
        codes = self._subject.close_codes
        if closed is not None and codes and arrival.code not in codes:
            text = (
                f"The handshake is refused with {closed.code}, which x-close-codes does not have."
            )
            yield Finding("C12", text, _IS_OPEN)
        names = {message.name for item in arrival.received for message in self._named(item)}
        if closed is None and self._subject.ready and not names & self._subject.ready:
            expected = " or ".join(sorted(self._subject.ready))
            yield Finding("C2", f"{expected} is said to come first (x-ready), and does not come.")

    def _findings(self, exchange: Exchange) -> Iterator[Finding]:
        yield from self._failures(exchange)
        yield from self._closes(exchange)
        yield from self._undeclared([*exchange.before, *exchange.answers], "C2")
        yield from self._pushes(exchange)
        if isinstance(exchange.step.frame, Raw) and exchange.step.frame.size:
            yield from self._of_size(exchange, exchange.step.frame)
        elif exchange.kind == "broken":
            yield from self._of_broken(exchange)
        elif exchange.kind == "invalid":
            yield from self._of_invalid(exchange)
        elif exchange.operation is not None:
            yield from self._of_valid(exchange)

    def _failures(self, exchange: Exchange) -> Iterator[Finding]:
        if code := self.code_of(exchange, BEHIND_FAILURES):
            told = "".join(f": {error}" for error in exchange.errors[:1])
            yield Finding("C13", f"The server answers {code}{told}.", NO_ERROR_IN_LOG)
        for error in exchange.errors:
            yield Finding("C13", f"The server fails: {error}.", NO_ERROR_IN_LOG)
        if exchange.closed is not None and exchange.closed.code in _FAILED:
            yield Finding("C13", f"The server closes with {exchange.closed.code}.", _IS_OPEN)

    def _closes(self, exchange: Exchange) -> Iterator[Finding]:
        codes, closed = self._subject.close_codes, exchange.closed
        if closed is None or not codes or closed.code in codes:
            return
        check = "C7" if exchange.kind == "broken" else "C12"
        yield Finding(
            check,
            f"The server closes with {closed.code}, which x-close-codes does not have.",
            f"client.close_code in {[None, *sorted(codes)]}",
        )

    def _undeclared(self, received: Iterable[Received], check: str) -> Iterator[Finding]:
        for item in received:
            if item.value is None or not self._named(item):
                yield Finding(
                    check,
                    f"The server sends what is none of its messages: {item.text}",
                    "all(map(described.names, others))"
                    if check == "C14"
                    else "all(map(described.names, texts))",
                )

    def _pushes(self, exchange: Exchange) -> Iterator[Finding]:
        for _, item in exchange.pushes:
            yield from self._undeclared([item], "C14")
            for message in self._named(item):
                ref = ref_of(message, item.value)
                if ref_path(message) and ref is not None:
                    yield Finding(
                        "C14",
                        f"Another client is sent a ref that it did not choose: {item.text}",
                        "not [text for text in others if described.ref(text) is not None]",
                    )

    def _of_size(self, exchange: Exchange, frame: Raw) -> Iterator[Finding]:
        is_refused = self.code_of(exchange, {"too_large"}) or exchange.closed is not None
        if frame.size == "exact" and is_refused:
            yield Finding("C15", f"{frame.note} (maxMessageSize) is refused.", _IS_OPEN)
        elif frame.size == "over" and not is_refused and not self.is_refused(exchange):
            text = f"{frame.note} is taken, which is one more than maxMessageSize."
            yield Finding("C15", text, f"client.close_code is not None or {self.refused}")

    def _of_broken(self, exchange: Exchange) -> Iterator[Finding]:
        note = exchange.step.frame.note
        if exchange.closed is None and not self.is_refused(exchange):
            if self._subject.tells_errors:
                yield Finding("C7", f"{note}: no error, and no close.", self.refused)
        elif exchange.is_alive is False:
            yield Finding("C7", f"{note}: the connection is open and dead.", self._is_alive)

    def _of_invalid(self, exchange: Exchange) -> Iterator[Finding]:
        if exchange.closed is not None:
            text = f"An invalid frame closes the connection, with {exchange.closed.code}."
            yield Finding("C6", text, _IS_OPEN)
        elif exchange.is_alive is False:
            yield Finding("C6", "A ping behind an invalid frame is not answered.", self._is_alive)
        elif self.is_refused(exchange):
            return
        elif self._is_taken(exchange):
            if self._is_strict:
                yield Finding("C6", "An invalid frame is taken for a valid one.", self.refused)
        elif self._subject.tells_errors and (exchange.operation is None or not exchange.answers):
            yield Finding("C6", "An invalid frame gets no error.", self.refused)

    def is_refused(self, exchange: Exchange) -> bool:
        """Return whether a frame was answered with an error."""
        return any(
            is_refusal(message) for item in exchange.answers for message in self._named(item)
        )

    def _is_taken(self, exchange: Exchange) -> bool:
        """Return whether some operation has answered, as it does what it understands."""
        replies = {
            message.name
            for operation in self._subject.operations
            for message in operation.replies
            if not is_refusal(message)
        }
        return any(
            message.name in replies for item in exchange.answers for message in self._named(item)
        )

    def _of_valid(self, exchange: Exchange) -> Iterator[Finding]:
        operation = exchange.operation
        assert operation is not None
        refused = self.code_of(exchange, BEHIND_REFUSALS)
        if refused:
            if exchange.kind == "valid":
                yield Finding(
                    "C5", f"A valid frame is refused: {self._told(exchange)}", self._accepted
                )
            return
        if exchange.ref is None or not operation.replies:
            return
        answers = [item for item in exchange.answers if self._is_answer(item, exchange)]
        allowed = {message.name for message in operation.replies}
        for item in answers:
            names = {message.name for message in self._named(item)}
            if not names & allowed:
                yield Finding(
                    "C3",
                    f"{operation.name} is answered with {', '.join(sorted(names))}, and may be "
                    f"with {', '.join(sorted(allowed))}.",
                    f"not [text for text in texts if described.ref(text) is not None "
                    f"and described.names(text) == {sorted(names)!r}]",
                )
        yield from self._refs(exchange, answers, allowed)
        if operation.is_stream:
            yield from of_stream(self._subject, exchange, answers)

    def _refs(
        self, exchange: Exchange, answers: list[Received], allowed: set[str]
    ) -> Iterator[Finding]:
        cancelling = self._ref_of_cancel(exchange)
        refs = "[repr(described.ref(text)) for text in texts]"
        own = f"{repr(exchange.ref)!r} in {refs}"
        for item in exchange.answers:
            for message in self._named(item):
                ref = ref_of(message, item.value)
                is_known = any(_same(ref, known) for known in (exchange.ref, cancelling, None))
                if message.name in allowed and not is_known:
                    text = f"The ref {exchange.ref!r} comes back as {ref!r}: {item.text}"
                    yield Finding("C4", text, f"{repr(ref)!r} not in {refs}")
        if answers or exchange.closed is not None:
            return
        for item in exchange.answers:
            if any(message.name in allowed for message in self._named(item)):
                yield Finding("C4", f"The answer carries no ref: {item.text}", own)
        rest = "" if exchange.is_quiet else " The server has not come to rest."
        yield Finding("C1", f"Nothing answers the ref {exchange.ref!r}.{rest}", own)

    def _ref_of_cancel(self, exchange: Exchange) -> object:
        frame = exchange.step.cancel
        operation = self._subject.operation_of(frame) if frame is not None else None
        return ref_of(operation.messages[0], frame) if operation is not None else None

    def _is_answer(self, item: Received, exchange: Exchange) -> bool:
        return any(
            ref_path(message) and _same(ref_of(message, item.value), exchange.ref)
            for message in self._named(item)
        )

    def _told(self, exchange: Exchange) -> str:
        for item in exchange.answers:
            if any(map(is_refusal, self._named(item))):
                return json.dumps(object_of(item.value).get("payload"))
        return ""

    def _named(self, item: Received) -> list[WireMessage]:
        if item.frame not in self._known:
            if len(self._known) > _REMEMBERED:
                self._known.clear()
            self._known[item.frame] = self._subject.matching("server", item.value)
        return self._known[item.frame]


def _same(one: object, other: object) -> bool:
    return type(one) is type(other) and one == other


__all__ = ["NO_ERROR_IN_LOG", "Judge"]
