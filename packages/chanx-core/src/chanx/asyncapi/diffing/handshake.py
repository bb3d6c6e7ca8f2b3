"""The changes of how to connect, and of what holds for a connection as a whole."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final, TypeAlias

from chanx.asyncapi.diffing.cell import is_number
from chanx.asyncapi.diffing.change import Change, Told, Verdict
from chanx.asyncapi.diffing.messages import Comparison
from chanx.asyncapi.diffing.schemas import SchemaChange
from chanx.asyncapi.diffing.wire import WireChannel
from chanx.asyncapi.reading import SchemaRoot
from chanx.asyncapi.walk import Schema, array_of, is_array, is_object, object_of

_Told: TypeAlias = Iterator[Told]

_NO_NAMES: Final[Schema] = {"type": "object", "properties": {}}


def compare_handshake(
    comparison: Comparison, old: WireChannel, new: WireChannel
) -> Iterator[Change]:
    """Yield the changes of parameters, query, headers, and of the channel's extensions.

    Args:
        comparison: What to compare with.
        old: The old channel.
        new: The new channel.
    """
    plain = Change(
        id="",
        verdict="review",
        place=new.address,
        sentence="",
        old_pointer=old.pointer,
        new_pointer=new.pointer,
    )
    if old.shape == new.shape:
        yield from _parameters(comparison, plain, old, new)
    for kind, before, after in (
        ("query", old.query, new.query),
        ("header", old.headers, new.headers),
        ("cookie", _cookies(old), _cookies(new)),
    ):
        for change in _names(comparison, before, after):
            yield _placed(plain, kind, change)
    for compare in (_close_codes, _limits, _heartbeat, _ready, _reconnect, _subprotocols):
        for told in compare(old.extensions, new.extensions):
            yield told.applied(plain)


def _cookies(channel: WireChannel) -> SchemaRoot | None:
    """Return the schema of cookies, by name; to AsyncAPI they are one header."""
    given = channel.extensions.get("x-cookies")
    return SchemaRoot(f"{channel.pointer}/x-cookies", given) if is_object(given) else None


def _parameters(
    comparison: Comparison, plain: Change, old: WireChannel, new: WireChannel
) -> Iterator[Change]:
    for (name, before), (other, after) in zip(old.parameters, new.parameters, strict=True):
        for change in comparison.schemas.changes("server", [before], [after]):
            yield _placed(replace(plain, message=other), "parameter", change)
        if comparison.is_source and name != other:
            said = f"The parameter {name} is called {other} now."
            yield replace(plain, id="parameter-renamed", verdict="breaking", sentence=said)


def _names(
    comparison: Comparison, old: SchemaRoot | None, new: SchemaRoot | None
) -> Iterator[SchemaChange]:
    """Yield the changes of the handshake's query or headers, which the server reads."""
    if old is None and new is None:
        return
    before = old.schema if old else _NO_NAMES
    after = new.schema if new else _NO_NAMES
    for change in comparison.schemas.changes("server", [before], [after]):
        if change.id in ("objects-opened", "objects-closed") and not (old and new):
            continue
        if change.id == "property-removed" and change.verdict == "safe":
            # Clients go on to send it, and the server does not heed it any more.
            yield replace(change, verdict="review")
        else:
            yield change


def _placed(plain: Change, kind: str, change: SchemaChange) -> Change:
    named = change.id.replace("property-", "")
    return replace(
        plain,
        id=f"{kind}-{named}",
        verdict=change.verdict,
        path=change.path,
        detail=change.detail,
        sentence=f"In the handshake's {kind}: {change.sentence}"
        if kind != "parameter"
        else f"The parameter {plain.message}: {change.sentence}",
        witness=change.witness,
    )


def _close_codes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Told]:
    before, after = (object_of(given.get("x-close-codes")) for given in (old, new))
    for code in sorted({*before, *after}):
        was, is_now = (object_of(codes.get(code)).get("retry") for codes in (before, after))
        if code not in before:
            yield Told("close-code-added", "safe", f"The close code {code} is new.", code)
        elif code not in after:
            yield Told("close-code-removed", "safe", f"The close code {code} is gone.", code)
        elif was != is_now:
            verdict: Verdict = "safe" if was == "never" or was is None else "review"
            yield Told(
                "close-code-retry-changed",
                verdict,
                f"After {code}, retry was {was or 'not told'}, and is {is_now or 'not told'}.",
                f"{code} {is_now}",
            )


def _limits(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Told]:
    before, after = (object_of(given.get("x-limits")) for given in (old, new))
    for name in sorted({*before, *after}):
        was, is_now = before.get(name), after.get(name)
        if not is_number(was):
            if is_number(is_now):
                yield Told(
                    "limit-told",
                    "review",
                    f"{name} is limited to {is_now}, of which nothing was told.",
                    f"{name} {is_now}",
                )
        elif not is_number(is_now):
            yield Told(
                "limit-lifted", "safe", f"{name} was limited to {was}, and is not any more.", name
            )
        elif is_now < was:
            yield Told(
                "limit-lowered",
                "breaking",
                f"{name} was limited to {was}, and is to {is_now}.",
                f"{name} {is_now}",
            )
        elif is_now > was:
            yield Told(
                "limit-raised",
                "safe",
                f"{name} was limited to {was}, and is to {is_now}.",
                f"{name} {is_now}",
            )


def _heartbeat(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Told]:
    was, is_now = old.get("x-heartbeat"), new.get("x-heartbeat")
    if was is None and is_now is not None:
        yield Told("heartbeat-added", "safe", "It is told now what keeps a connection alive.")
    elif was != is_now:
        yield Told("heartbeat-changed", "review", "What keeps a connection alive has changed.")


def _ready(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Told]:
    was, is_now = (_text(given.get("x-ready")) for given in (old, new))
    if was == is_now:
        return
    if not was:
        yield Told(
            "ready-added", "breaking", f"A connection is ready only when {is_now} has come.", is_now
        )
    elif not is_now:
        yield Told(
            "ready-removed", "review", f"{was} does not tell any more that a connection is ready."
        )
    else:
        yield Told(
            "ready-changed",
            "breaking",
            f"A connection was ready with {was}, and is with {is_now}.",
            is_now,
        )


def _reconnect(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Told]:
    was, is_now = old.get("x-reconnect"), new.get("x-reconnect")
    if was is None and is_now is not None:
        yield Told("reconnect-added", "safe", "A message says now when to come back.")
    elif was != is_now:
        yield Told("reconnect-changed", "review", "What says when to come back has changed.")


def _text(names: object) -> str:
    return ", ".join(f'"{name}"' for name in array_of(names))


def _names_of(given: object) -> list[str]:
    """Return the names that a list has, or a mapping of names to descriptions."""
    return [*map(str, given if is_array(given) else object_of(given))]


def _subprotocols(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Told]:
    before, after = (_names_of(given.get("x-subprotocols")) for given in (old, new))
    for name in before:
        if name not in after:
            yield Told(
                "subprotocol-removed",
                "breaking",
                f"The subprotocol {name} is not spoken any more.",
                name,
            )
    for name in after:
        if name not in before:
            yield Told("subprotocol-added", "safe", f"The subprotocol {name} is spoken now.", name)


__all__ = ["compare_handshake"]
