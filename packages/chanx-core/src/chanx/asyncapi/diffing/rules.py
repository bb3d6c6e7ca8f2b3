"""The table of rules for schemas: what a difference is called, what it says and what it means."""

from dataclasses import dataclass
from typing import Final

from chanx.asyncapi.diffing.change import Verdict


@dataclass(frozen=True, slots=True)
class Rule:
    """What a kind of difference is called.

    Attributes:
        stricter: Its id where the new schema allows less.
        looser: Its id where the new schema allows more.
        changed: Its id where each allows what the other does not; "" for both of the above.
    """

    stricter: str
    looser: str
    changed: str = ""


RULES: Final = {
    "required": Rule("property-required", "property-optional"),
    "added-required": Rule("property-added-required", "property-removed"),
    "closed-to": Rule("property-removed", "property-added"),
    "type": Rule("type-narrowed", "type-widened", "type-changed"),
    "branch": Rule("branch-removed", "branch-added"),
    "null": Rule("null-forbidden", "null-allowed"),
    "value": Rule("enum-value-removed", "enum-value-added", "const-changed"),
    "value-bound": Rule("bound-tightened", "bound-loosened"),
    "values": Rule("enum-set", "enum-lifted"),
    "bound": Rule("bound-tightened", "bound-loosened"),
    "pattern": Rule("pattern-set", "pattern-lifted", "pattern-changed"),
    "format": Rule("format-set", "format-lifted", "format-changed"),
    "condition": Rule("condition-added", "condition-lifted", "condition-changed"),
    "overlap": Rule("union-overlap", "union-overlap", "union-overlap"),
    "closed": Rule("objects-closed", "objects-opened"),
    "names": Rule("names-narrowed", "names-widened", "names-changed"),
    "more": Rule("more-differences", "more-differences"),
    "undecided": Rule("undecided", "undecided", "undecided"),
}
"""By the kinds of :class:`Fault` and :class:`Difference`."""

SENTENCES: Final = {
    "property-required": "{name} is required now.",
    "property-optional": "{name} may be left out now.",
    "property-added-required": "{name} is new, and required.",
    "property-added-optional": "{name} is new, and optional.",
    "property-added": "{name} is new; other names than the known were forbidden.",
    "property-removed": "{name} is gone.",
    "type-narrowed": "Fewer types are allowed{at}.",
    "type-widened": "More types are allowed{at}.",
    "type-changed": "The type has changed{at}.",
    "branch-removed": "One of several alternatives is gone{at}.",
    "branch-added": "There is a further alternative{at}.",
    "null-forbidden": "null is forbidden now{at}.",
    "null-allowed": "null is allowed now{at}.",
    "enum-value-removed": "The value {value} is gone{at}.",
    "enum-value-added": "The value {value} is new{at}.",
    "enum-set": "Only listed values are allowed now{at}.",
    "enum-lifted": "More than the listed values are allowed now{at}.",
    "const-changed": "The only value has changed{at}.",
    "bound-tightened": "A bound is tighter{at}.",
    "bound-loosened": "A bound is looser{at}.",
    "pattern-set": "A pattern has to match now{at}.",
    "pattern-lifted": "A pattern need not match any more{at}.",
    "pattern-changed": "The pattern has changed{at}.",
    "format-set": "A format is named now{at}; whether it is checked is up to the reader.",
    "format-lifted": "A format is not named any more{at}.",
    "format-changed": "The format has changed{at}; whether it is checked is up to the reader.",
    "condition-added": "A condition has to hold now{at}.",
    "condition-lifted": "A condition need not hold any more{at}.",
    "condition-changed": "A condition has changed{at}.",
    "union-overlap": "A value may be of two alternatives of a oneOf{at}.",
    "objects-closed": "Names that are not declared are forbidden or restricted now{at}.",
    "objects-opened": "Names that are not declared are allowed now{at}.",
    "names-narrowed": "Fewer names are allowed{at}.",
    "names-widened": "More names are allowed{at}.",
    "names-changed": "Other names are allowed{at}.",
    "key-case": "A name is spelled differently{at}: {value}.",
    "default-changed": "The default has changed{at}: {value}.",
    "more-differences": "There are further differences, which are not listed.",
    "undecided": "The schemas differ{at} in a way of which it is not decided what it means.",
}
"""By the ids of changes of schemas; ``{at}`` is where, and empty for a whole payload."""

NEVER_BREAKING: Final = frozenset({"union-overlap"})
"""Ids that are for review even with a witness: most readers take a oneOf as any of its branches."""


def sentence(rule: str, path: str, detail: str) -> str:
    """Return what a change of a schema says.

    Args:
        rule: Its id.
        path: Where in the payload, a JSON pointer.
        detail: The property or value that it is about.
    """
    at = f" at {path}" if path else ""
    name = f'"{detail}"{f" in {path}" if path else ""}'
    return SENTENCES[rule].format(name=name, at=at, value=detail)


def verdict_of(rule: str, is_shown: bool) -> Verdict:
    """Return the verdict on what a sender may send and a reader may refuse.

    Args:
        rule: The change's id.
        is_shown: Whether there is a witness.
    """
    return "breaking" if is_shown and rule not in NEVER_BREAKING else "review"


__all__ = ["RULES", "SENTENCES", "Rule", "sentence", "verdict_of"]
