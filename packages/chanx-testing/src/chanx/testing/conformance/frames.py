"""The frames by which an operation is tried out, in each phase."""

import copy
from collections.abc import Iterator
from itertools import count
from random import Random
from typing import Any, Final

from chanx.asyncapi.diffing.wire import WireMessage
from chanx.asyncapi.examples import NoExample
from chanx.asyncapi.walk import array_of, is_object, located, object_of
from chanx.testing.conformance.drawing import Drawer
from chanx.testing.conformance.scripts import Raw, Step, written
from chanx.testing.conformance.subject import Operation, Subject, ref_of, ref_path
from chanx.testing.conformance.values import Variants

COVERED: Final = 60
"""Frames of the phase of coverage, for each message."""

_REFS: Final = (1, "a", 0, -1, "", "0", 2**53, "\U0001f600", "x" * 64)
_DEEP: Final = 5_000
_LARGEST_TRIED: Final = 4 * 1024 * 1024


class Frames:
    """Makes the frames of a connection.

    Args:
        subject: What the document says of it.
    """

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._variants = Variants(subject.schemas)
        self._refs = count(1)

    def one(self, operation: Operation) -> Any:
        """Return a valid frame of an operation, with a ``ref`` if it has one.

        Raises:
            NoExample: If none is found.
        """
        message = operation.messages[0] if operation.messages else None
        if message is None or message.payload is None:
            raise NoExample
        return self.with_ref(message, self._subject.schemas.one(message.payload.pointer))

    def with_ref(self, message: WireMessage, value: Any, ref: Any = None) -> Any:
        """Return a frame with an id by which its answers are known, if its message may have one.

        Args:
            message: Its message.
            value: What it holds.
            ref: The id; None for one that was not used yet.
        """
        path = ref_path(message)
        if not path or not is_object(value):
            return value
        frame = copy.deepcopy(value)
        holder = frame
        for key in path[:-1]:
            holder = holder.setdefault(key, {})
        holder[path[-1]] = next(self._refs) if ref is None else ref
        payload = message.payload
        is_valid = payload and self._subject.schemas.verdict(payload.pointer, frame) != "invalid"
        return frame if is_valid else value

    def examples(self, operation: Operation) -> Iterator[tuple[WireMessage, Any]]:
        """Yield the examples of an operation's messages, or one that is made where there is none.

        Args:
            operation: The operation.
        """
        for message in operation.messages:
            given, _ = located(self._subject.document, {"$ref": f"#{message.pointer}"}, "")
            own = [object_of(item) for item in array_of(object_of(given).get("examples"))]
            payloads = [item["payload"] for item in own if "payload" in item]
            if not payloads and message.payload is not None:
                try:
                    payloads = [self._subject.schemas.one(message.payload.pointer)]
                except NoExample:
                    payloads = []
            yield from ((message, payload) for payload in payloads)

    def covering(self, operation: Operation) -> Iterator[Step]:
        """Yield what tries an operation out from all sides, always the same.

        Args:
            operation: The operation.
        """
        for message in operation.messages:
            if message.payload is None:
                continue
            try:
                usual = self._subject.schemas.one(message.payload.pointer)
            except NoExample:
                continue
            if ref_path(message):
                yield from (Step(self.with_ref(message, usual, ref)) for ref in _REFS)
            yield from self._cancelled(operation, message, usual)
            given = ref_of(message, usual)
            for value in self._variants.of(message.payload.pointer, COVERED):
                is_same = is_object(value) and ref_of(message, value) == given is not None
                yield Step(self.with_ref(message, value) if is_same else value)

    def _cancelled(self, operation: Operation, message: WireMessage, usual: Any) -> Iterator[Step]:
        other = self._subject.cancelling(operation)
        if other is not None and operation.is_stream:
            yield Step(self.with_ref(message, usual), cancel=self.one(other))

    def drawn(self, operation: Operation, drawer: Drawer, random: Random) -> Any:
        """Return a frame of an operation that chance decides, valid or not.

        Args:
            operation: The operation.
            drawer: Draws values.
            random: What decides.
        """
        message = random.choice(operation.messages)
        assert message.payload is not None
        value = drawer.valid(message.payload.pointer)
        if random.random() < 0.3:
            return drawer.changed(value)
        return self.with_ref(message, value) if random.random() < 0.8 else value

    def sizes(self) -> Iterator[Step]:
        """Yield a frame of the greatest size (x-limits), and one of a byte more."""
        largest = self._subject.limits.get("maxMessageSize")
        beat = self._subject.heartbeat
        operations = [item for item in (beat, *self._subject.operations) if item is not None]
        if not isinstance(largest, int) or not operations or largest > _LARGEST_TRIED:
            return
        try:
            text = str(written(self.one(operations[0])))
        except NoExample:
            return
        blank = " " * (largest - len(text.encode()))  # which JSON has anywhere (RFC 8259, 2)
        if blank:
            yield Step(Raw(text + blank, f"A frame of {largest} bytes", "valid", "exact"))
            more = f"{text}{blank} "
            yield Step(Raw(more, f"A frame of {largest + 1} bytes", "open", "over"))

    def broken(self) -> Iterator[Step]:
        """Yield what is not a message, whatever the document says."""
        for data, note in (
            ("", "An empty frame"),
            ("not JSON", "What is not JSON"),
            ('{"action":', "JSON that is cut off"),
            ("null", "null"),
            ("[]", "An empty array"),
            ("1", "A number"),
            ('"text"', "A text of JSON"),
            ("{}", "An empty object"),
            ('{"action":"no such action"}', "An unknown action"),
            ('{"action":{}}', "An action that is an object"),
            ('{"a":1,"a":2}', "A key that is there twice"),
            ('{"action":"\\ud800"}', "Half a character"),
            ("NaN", "NaN, which JSON does not have"),
            ("[" * _DEEP + "]" * _DEEP, "A deeply nested frame"),
            ("1" * _DEEP, "A number of many digits"),
            (b"\x00\xff", "A binary frame"),
        ):
            yield Step(Raw(data, note))


__all__ = ["COVERED", "Frames"]
