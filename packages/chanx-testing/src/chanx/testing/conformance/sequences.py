"""Conversations that chance decides: what replies say is used in later frames, by two members."""

from collections.abc import Iterator
from random import Random
from typing import Any, Final

from chanx.asyncapi.diffing.wire import WireMessage
from chanx.asyncapi.examples import NoExample
from chanx.asyncapi.walk import is_object
from chanx.testing.conformance.drawing import Drawer
from chanx.testing.conformance.frames import Frames
from chanx.testing.conformance.scripts import Script, Seen, Step
from chanx.testing.conformance.subject import Subject, ref_path

_LONGEST: Final = 8

Path = tuple[str, ...]


class Sequences:
    """Makes scripts of a connection.

    A property of a request is linked to one of what the server sends if both have the same name
    and a value of the same type, such as the ``id`` of a message that is said and then edited.

    Args:
        subject: What the document says of the connection.
        frames: Makes its frames.
    """

    def __init__(self, subject: Subject, frames: Frames) -> None:
        self._subject = subject
        self._frames = frames
        self._operations = [item for item in subject.operations if item.messages]
        self._links: dict[str, dict[Path, list[Seen]]] = {}
        for operation in self._operations:
            for message in operation.messages:
                self._links[message.pointer] = self._linked(message)

    def drawn(self, drawer: Drawer, random: Random) -> Script:
        """Return a script that chance decides.

        Args:
            drawer: Draws values.
            random: What decides.
        """
        count = random.randint(2, _LONGEST)
        return tuple(self._step(drawer, random) for _ in range(count))

    def _step(self, drawer: Drawer, random: Random) -> Step:
        operation = random.choice(self._operations)
        message = random.choice(operation.messages)
        assert message.payload is not None
        frame = self._frames.with_ref(message, drawer.valid(message.payload.pointer))
        for path, places in self._links[message.pointer].items():
            if random.random() < 0.8:
                frame = _put(frame, path, random.choice(places))
        return Step(frame, member=random.randint(0, 1))

    def _linked(self, message: WireMessage) -> dict[Path, list[Seen]]:
        found = dict[Path, list[Seen]]()
        for path, value in self._leaves(message):
            for sent in self._subject.channel.messages["server"]:
                for other, theirs in self._leaves(sent):
                    if other[-1:] == path[-1:] and type(theirs) is type(value):
                        found.setdefault(path, []).append(Seen(sent.name, other, value))
        return found

    def _leaves(self, message: WireMessage) -> Iterator[tuple[Path, Any]]:
        if message.payload is None:
            return
        try:
            value = self._subject.schemas.one(message.payload.pointer)
        except NoExample:
            return
        for path, leaf in _leaves(value, ()):
            is_of_protocol = [*path] == ref_path(message) or repr(leaf) in message.values
            if path and not is_of_protocol and isinstance(leaf, str | int):
                yield path, leaf


def _leaves(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    if is_object(value):
        for key, item in value.items():
            yield from _leaves(item, (*path, key))
    else:
        yield path, value


def _put(frame: Any, path: Path, place: Seen) -> Any:
    """Return a frame with a place in it; the frame as it is where it has nothing there."""
    if not is_object(frame) or path[0] not in frame:
        return frame
    if len(path) == 1:
        return {**frame, path[0]: Seen(place.message, place.path, frame[path[0]])}
    return {**frame, path[0]: _put(frame[path[0]], path[1:], place)}


__all__ = ["Sequences"]
