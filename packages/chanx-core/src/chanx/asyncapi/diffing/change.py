"""What has changed between two documents."""

import json
import re
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Final, Literal

from chanx.asyncapi.walk import is_array, is_object

Verdict = Literal["breaking", "review", "safe", "none"]
"""What a change means for whoever relies on the old document.

``"breaking"``: something that worked does not. ``"review"``: it may, which cannot be decided from
the documents. ``"safe"``: all that worked does. ``"none"``: words only.
"""

Level = Literal["wire", "source"]
Direction = Literal["client", "server", ""]
"""Who sends; "" for what is not a message."""

VERDICTS: Final[tuple[Verdict, ...]] = ("breaking", "review", "safe", "none")
"""The verdicts, the gravest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference between an old and a new document.

    Attributes:
        id: What kind of change, stable over releases, as in ``property-required``.
        verdict: What it means.
        place: What it is about on the wire: the channel's address, and what of it.
        sender: Who sends the frames that it is about: ``"client"``, ``"server"``, or "".
        message: What tells these frames from others, as in ``say``; "" for none.
        path: Where in their payload, a JSON pointer in which ``*`` is any item or name.
        detail: What of several of its kind it is about: a property, a value, a name; "" for none.
        sentence: What has changed, in a sentence.
        witness: A frame that one side may send and the other refuses, or that it refused before;
            it stands in a tuple of its own, which is empty for none.
        old_pointer: Where the old document says so, a JSON pointer (RFC 6901); "" for nowhere.
        new_pointer: Where the new document says so.
    """

    id: str
    verdict: Verdict
    place: str
    sentence: str
    sender: Direction = ""
    message: str = ""
    path: str = ""
    detail: str = ""
    witness: tuple[()] | tuple[Any] = ()
    old_pointer: str = ""
    new_pointer: str = ""

    @property
    def fingerprint(self) -> str:
        """Twelve hexadecimal digits that stay the same as long as it is the same change.

        They are made of what is on the wire: the kind of change, the address, the message, the
        place in its payload, what it is about there, and the shape of the witness; not of keys,
        sentences or pointers.
        """
        shape = _shape(self.witness[0]) if self.witness else None
        place = re.sub(r"\{[^{}]*\}", "{}", self.place)  # parameters are known by their position
        parts = [self.id, place, self.sender, self.message, self.path, self.detail, shape]
        return sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Told:
    """What has changed at a place that is known to whoever asks.

    Attributes:
        id: As of a :class:`Change`, as all of these.
        verdict: What it means.
        sentence: What has changed.
        detail: What of several of its kind it is about.
    """

    id: str
    verdict: Verdict
    sentence: str
    detail: str = ""

    def applied(self, plain: Change) -> Change:
        """Return the change at a place.

        Args:
            plain: A change at this place; its kind does not matter.
        """
        return replace(
            plain,
            id=self.id,
            verdict=self.verdict,
            sentence=self.sentence,
            detail=self.detail,
        )


def _shape(value: Any) -> Any:
    """Return what remains of a value without what is accidental: its keys and types."""
    if is_object(value):
        return {key: _shape(item) for key, item in value.items()}
    if is_array(value):
        return [_shape(item) for item in value[:1]]
    return type(value).__name__


__all__ = ["VERDICTS", "Change", "Direction", "Level", "Told", "Verdict"]
