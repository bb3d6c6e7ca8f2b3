"""What the runtime is told of a channel, as a value of JSON."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from chanx.asyncapi.clients.description import (
    ClientChannel,
    ClientMessage,
    ClientOperation,
    Credential,
)

MILLISECONDS: Final = 1000


def channel_data(channel: ClientChannel, names: Mapping[str, str]) -> dict[str, Any]:
    """Return what the runtime is told, without what is not to be said.

    Args:
        channel: The channel.
        names: The methods of its operations, by the operations' names.
    """
    limits = channel.limits
    data: dict[str, Any] = {
        "address": channel.address,
        "servers": [server for server in channel.servers if "{" not in server],
        "credentials": [_credential(item) for item in channel.credentials],
        "ref": [*channel.correlation],
        "isRefText": channel.correlation_kind == "string" and bool(channel.correlation),
        "ready": channel.ready and channel.ready.key,
        "complete": next((item.key for item in channel.incoming if item.is_complete), None),
        "heartbeat": _heartbeat(channel),
        "serverHeartbeat": _server_heartbeat(channel),
        "reconnect": _reconnect(channel),
        "maxSize": limits.max_message_size,
        "rate": _rate(channel),
        "closeCodes": {
            code: said(meaning=close.description, retry=close.retry)
            for code, close in sorted(channel.close_codes.items())
        },
    }
    return {
        **said(**data),
        "incoming": dict(_incoming(channel)),
        "messages": [*dict.fromkeys(message.key for message in channel.pushes)],
        "operations": {
            names[operation.name]: _operation(operation, channel)
            for operation in channel.operations
        },
    }


def said(**data: Any) -> dict[str, Any]:
    """Return what says something: neither None nor False, and not empty.

    Args:
        data: What may.
    """
    return {key: value for key, value in data.items() if value}


def _credential(credential: Credential) -> dict[str, Any]:
    return said(
        **{"in": credential.location},
        name=credential.name,
        scheme=credential.scheme,
        isSuffix=credential.location == "subprotocol" and credential.form == "suffix",
    )


def _heartbeat(channel: ClientChannel) -> dict[str, Any] | None:
    if (heartbeat := channel.heartbeat) is None:
        return None
    interval = heartbeat.interval and _number(heartbeat.interval * MILLISECONDS)
    return {"ping": dict(heartbeat.ping), **said(pong=heartbeat.pong, interval=interval)}


def _server_heartbeat(channel: ClientChannel) -> dict[str, Any] | None:
    if (asked := channel.server_heartbeat) is None:
        return None
    return {"ping": asked.ping.key, "pong": dict(asked.pong.constants)}


def _reconnect(channel: ClientChannel) -> dict[str, Any] | None:
    if (back := channel.reconnect) is None:
        return None
    return {"message": back.message.key, "retryAfter": [*back.retry_after]}


def _rate(channel: ClientChannel) -> dict[str, Any] | None:
    limits = channel.limits
    if limits.messages_per_second is None:
        return None
    return {"perSecond": _number(limits.messages_per_second), "burst": limits.burst or 1}


def _number(value: float) -> float:
    return int(value) if float(value).is_integer() else value


def _incoming(channel: ClientChannel) -> Iterator[tuple[str, Any]]:
    keys = Counter(message.key for message in channel.incoming)
    told = Counter(value for message in channel.incoming for value in _values(message))
    for message in channel.incoming:
        is_told = all(told[value] == 1 for value in _values(message))
        if message.values and (is_told or keys[message.key] > 1):
            yield message.key, {"is": {channel.telling: [*message.values]}}
        else:
            tags = {name: [*values] for name, values in message.tags.items()}
            has = [name for name in message.required if name not in tags]
            yield message.key, said(**{"is": tags}, has=has)


def _values(message: ClientMessage) -> Iterator[tuple[type[Any], Any]]:
    """Yield the values that tell a message, of which True is not 1."""
    for value in message.values:
        yield type(value), value


def _operation(operation: ClientOperation, channel: ClientChannel) -> dict[str, Any]:
    data: dict[str, Any] = {"kind": operation.kind, "frame": dict(operation.message.constants)}
    if operation.arguments is None:
        data["argument"] = None
    elif operation.arguments:
        data["argument"] = operation.wrapped
    if operation.kind == "send":
        return data
    data["errors"] = [*dict.fromkeys(message.key for message in operation.refusals)]
    by_name = {other.name: other for other in channel.operations}
    cancel = by_name.get(operation.cancel)
    if cancel is not None:
        data["cancel"] = dict(cancel.message.constants)
    elif operation.is_cancelled_by_ref:
        reserved = next(item for item in channel.outgoing if item.values == ("cancel",))
        data |= {"cancel": dict(reserved.constants), "cancelsByRef": True}
    return data | said(
        end=[*dict.fromkeys(message.key for message in operation.end)],
        idempotent=operation.is_idempotent,
    )


__all__ = ["MILLISECONDS", "channel_data", "said"]
