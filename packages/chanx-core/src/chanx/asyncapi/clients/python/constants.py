"""What the runtime is told of a channel, as a constant of Python."""

from collections.abc import Iterable, Iterator

from chanx.asyncapi.clients.description import ClientChannel, ClientMessage, Credential
from chanx.asyncapi.clients.python.layout import Group, laid_out, literal, quoted, tuple_of


def constant_name(channel: ClientChannel) -> str:
    """Return the name of a channel's constant.

    Args:
        channel: The channel.
    """
    return f"_{channel.name.upper()}"


def constant(channel: ClientChannel) -> str:
    """Return the constant of a channel.

    Args:
        channel: The channel.
    """
    said = Group(
        f"{constant_name(channel)} = Channel(",
        (
            Group("protocol=Protocol(", tuple(_protocol(channel)), ")"),
            f"telling={quoted(channel.telling)}",
            tuple_of((_incoming(message) for message in channel.incoming), "incoming="),
            f"path={quoted(channel.address)}",
            tuple_of(map(quoted, channel.servers), "servers="),
            tuple_of(map(_credential, channel.credentials), "credentials="),
        ),
        ")",
    )
    return f"{laid_out(said)}\n"


def _protocol(channel: ClientChannel) -> Iterator[str | Group]:
    yield Group("messages=frozenset(", (_set(message.key for message in channel.pushes),), ")")
    for message in channel.incoming:
        if message.is_complete:
            yield f"complete={quoted(message.key)}"
    if channel.ready:
        yield f"ready={quoted(channel.ready.key)}"
    if channel.correlation:
        yield tuple_of(map(quoted, channel.correlation), "ref=")
        if channel.correlation_kind == "string":
            yield "is_ref_text=True"
    if beat := channel.heartbeat:
        interval = () if beat.interval is None else (repr(beat.interval),)
        yield Group(
            "heartbeat=Heartbeat(", (literal(beat.ping), literal(beat.pong), *interval), ")"
        )
    if asked := channel.server_heartbeat:
        yield Group(
            "server_heartbeat=ServerHeartbeat(",
            (quoted(asked.ping.key), literal(asked.pong.constants)),
            ")",
        )
    if back := channel.reconnect:
        yield Group(
            "reconnect=Reconnect(",
            (quoted(back.message.key), tuple_of(map(quoted, back.retry_after))),
            ")",
        )
    limits = channel.limits
    if limits.max_message_size is not None:
        yield f"max_size={limits.max_message_size}"
    if limits.messages_per_second is not None:
        burst = 1 if limits.burst is None else limits.burst
        yield f"rate=Rate({limits.messages_per_second}, {burst})"
    if channel.close_codes:
        codes = (
            tuple_of((literal(said.retry), literal(said.description or None)), f"{code}: ")
            for code, said in channel.close_codes.items()
        )
        yield Group("close_codes={", tuple(codes), "}")


def _set(names: Iterable[str]) -> str | Group:
    listed = tuple(map(quoted, sorted(set(names))))
    return Group("{", listed, "}") if listed else "()"


def _incoming(message: ClientMessage) -> Group:
    values = (literal(message.values),) if message.values else ()
    return Group("Incoming(", (quoted(message.key), f"m.{message.name}", *values), ")")


def _credential(item: Credential) -> Group:
    form = ('form="suffix"',) if item.form == "suffix" else ()
    scheme = (quoted(item.scheme),) if item.scheme else ()
    return Group("Credential(", (quoted(item.location), quoted(item.name), *scheme, *form), ")")


__all__ = ["constant", "constant_name"]
