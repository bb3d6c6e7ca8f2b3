"""The check that a frame of a channel is one of its messages only."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from chanx.asyncapi.disjoint import Disjointness
from chanx.asyncapi.linting.finding import Finding, finding
from chanx.asyncapi.reading import Contents, Message
from chanx.asyncapi.telling import Tags, deep_tags_of
from chanx.asyncapi.walk import located, pointer, tokens_of

_NAMED: Final = 3
"""Messages that a finding names."""


def check_ambiguity(contents: Contents) -> Iterator[Finding]:
    """One message of a channel matches a frame: types, constants or closed objects decide."""
    apart = Disjointness(contents.document, is_object_meant=True)
    told: set[tuple[str, ...]] = set()
    for messages in _by_channel(contents).values():
        for alike in _alike(contents, messages, apart):
            if alike in told:
                continue
            told.add(alike)
            names = [repr(tokens_of(reference)[-1]) for reference in alike]
            more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
            yield finding(
                "ambiguous-message",
                pointer(*tokens_of(alike[0])),
                f"A frame may be any of {', '.join(names[:_NAMED])}{more}.",
                "Give each a required property with a const of its own.",
            )


def _by_channel(contents: Contents) -> dict[tuple[str, str], dict[str, Message]]:
    """Return the messages by their references, by channel and by who sends them."""
    found: defaultdict[tuple[str, str], dict[str, Message]] = defaultdict(dict)
    other = {"send": "receive", "receive": "send"}
    for operation in contents.operations:
        directions = operation.action, other.get(operation.action, "send")
        for part, direction in zip((operation, operation.reply), directions, strict=True):
            for message in part.messages if part else ():
                if part and message.target and tokens_of(message.reference):
                    found[part.channel.reference, direction][message.reference] = message.target
    return found


def _alike(
    contents: Contents, messages: Mapping[str, Message], apart: Disjointness
) -> Iterator[tuple[str, ...]]:
    """Yield groups of messages, each of which may be taken for the first of its group."""
    tags = {
        reference: deep_tags_of(contents.document, message)
        for reference, message in sorted(messages.items())
        if _is_described(contents, message)
    }
    groups: list[list[str]] = []
    _group(tags, messages, apart, groups)
    yield from (tuple(group) for group in groups if len(group) > 1)


def _is_described(contents: Contents, message: Message) -> bool:
    """Return whether a payload is described here, and by a schema of AsyncAPI's own."""
    if message.payload is None:
        return False
    return located(contents.document, message.payload.schema, "")[0] is not None


def _group(
    tags: Mapping[str, Tags],
    messages: Mapping[str, Message],
    apart: Disjointness,
    groups: list[list[str]],
) -> None:
    """Add the groups of some messages.

    Messages are compared within a value of the property for which most of them have constants, and
    with those that have none; and with the first of each group only. So a thousand that are alike
    take a thousand comparisons, and a thousand that differ hardly any.
    """
    name = _telling_property(tags)
    untold = [reference for reference in tags if name not in tags[reference]]
    alike: list[list[str]] = []
    _sort(untold, alike, messages, apart)
    buckets: defaultdict[str, dict[str, Tags]] = defaultdict(dict)
    for reference in sorted(tags.keys() - set(untold)):
        if not _joins(reference, alike, messages, apart):
            rest = {key: values for key, values in tags[reference].items() if key != name}
            for value in tags[reference][name]:
                buckets[value][reference] = rest
    groups += alike
    for _, bucket in sorted(buckets.items()):
        if len(bucket) > 1:
            _group(dict(sorted(bucket.items())), messages, apart, groups)


def _sort(
    references: Iterable[str],
    groups: list[list[str]],
    messages: Mapping[str, Message],
    apart: Disjointness,
) -> None:
    """Put messages into the group of one that is like each, or into a new one."""
    for reference in references:
        if not _joins(reference, groups, messages, apart):
            groups.append([reference])


def _joins(
    reference: str,
    groups: list[list[str]],
    messages: Mapping[str, Message],
    apart: Disjointness,
) -> bool:
    for group in groups:
        if _may_be_both(messages[reference], messages[group[0]], apart):
            group.append(reference)
            return True
    return False


def _may_be_both(one: Message, other: Message, apart: Disjointness) -> bool:
    if one is other or one.payload is None or other.payload is None:
        return False
    return not apart.are_apart(one.payload.schema, other.payload.schema)


def _telling_property(tags: Mapping[str, Tags]) -> str:
    """Return the property that tells most messages apart; "" if none does."""
    counted: Counter[str] = Counter()
    values: defaultdict[str, set[frozenset[str]]] = defaultdict(set)
    for found in tags.values():
        for name, constants in found.items():
            counted[name] += 1
            values[name].add(constants)
    telling = [name for name in sorted(counted) if len(values[name]) > 1]
    return max(telling, key=lambda name: (counted[name], len(values[name])), default="")


CHECKS: Final = (check_ambiguity,)

__all__ = ["CHECKS", "check_ambiguity"]
