"""What a consumer receives and sends, as operations."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from chanx.asyncapi.binary_frames import BinaryFrame
from chanx.asyncapi.class_paths import written_class
from chanx.asyncapi.class_schemas import Direction
from chanx.asyncapi.config import Perspective
from chanx.asyncapi.definitions import MessageUse
from chanx.asyncapi.error_messages import error_messages
from chanx.asyncapi.names import key_of
from chanx.asyncapi.texts import described, own_docstring, tags, words
from chanx.core.annotations import MessageTypes
from chanx.core.asks import NO_ANSWER, NO_ANSWER_TEXT
from chanx.core.declarations import emitted
from chanx.core.expected import declared_errors
from chanx.core.handler import Handler
from chanx.core.runtime import Runtime
from chanx.core.usage import Usage
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.core.wire import WireFormat
from chanx.messages import (
    AuthenticationMessage,
    BaseMessage,
    CompleteMessage,
    ErrorMessage,
    EventCompleteMessage,
    ExpectedErrorMessage,
    GroupCompleteMessage,
    PingMessage,
    PongMessage,
    ReconnectMessage,
    actions_of,
)


@dataclass(frozen=True, slots=True)
class Operation:
    """Something that a consumer receives or sends.

    Attributes:
        name: Its name within the channel: the handler's, or ``send.<action>`` without one.
        direction: Whether the server receives or sends.
        messages: The messages, one of which is received or sent each time.
        replies: What may be sent in return; None if it is not a request.
        ends: What a stream of any number of replies ends with, besides errors; None if it is none.
        title: Its name for a person.
        texts: Summary and description.
        tags: Names of tags.
        usage: How clients use it.
    """

    name: str
    direction: Direction
    messages: tuple[MessageUse, ...]
    replies: tuple[MessageUse, ...] | None
    ends: tuple[MessageUse, ...] | None
    title: str
    texts: Mapping[str, str]
    tags: tuple[str, ...] = ()
    usage: Usage = field(default=Usage())

    @property
    def is_ping(self) -> bool:
        """Whether it is chanx's ping, which is answered at once with a pong."""
        received = [use.model for use in self.messages]
        sent = [use.model for use in self.replies or ()]
        asks = self.direction == "received" and received == [PingMessage]
        return asks and PongMessage in sent

    @property
    def uses(self) -> tuple[MessageUse, ...]:
        """Every message that the operation names."""
        return (*self.messages, *(self.replies or ()))


def operations_of(
    consumer: type[AsyncJsonWebsocketConsumer[Any]], wire: WireFormat
) -> list[Operation]:
    """Return the operations of a consumer under the present settings.

    Args:
        consumer: The consumer's class.
        wire: How the document spells its keys.
    """
    runtime = consumer.current_runtime()
    handlers = consumer.handler_table.handlers

    def errors_of(handler: Handler) -> Mapping[str, str]:
        errors = declared_errors(consumer, handler)
        return {**errors, NO_ANSWER: NO_ANSWER_TEXT} if runtime.asks.answers else errors

    return [
        *(
            _request(handler, runtime, wire, errors_of(handler))
            for handler in handlers
            if handler.kind == "message"
        ),
        *(
            _binary(handler, runtime, wire, errors_of(handler))
            for handler in handlers
            if handler.kind == "binary"
        ),
        *(
            _event(handler, wire, errors_of(handler))
            for handler in handlers
            if handler.kind == "event" and (_concrete(handler.outputs) or handler.errors)
        ),
        *(
            _question(message, answers, wire)
            for message, answers in consumer.ask_table.answers.items()
        ),
        *(_push(message, wire) for message in _pushed(consumer, runtime)),
        *([] if runtime.limits.heartbeat is None else [_heartbeat(wire)]),
    ]


def _heartbeat(wire: WireFormat) -> Operation:
    """Return the ping that a silent client answers."""
    return Operation(
        "send.heartbeat",
        "sent",
        (_sent(PingMessage, wire),),
        (MessageUse(PongMessage, actions_of(PongMessage), "received", wire),),
        None,
        "Heartbeat",
        described(
            "Sent to a client that has been silent for a while. Any frame is an answer; "
            "who sends none in time is closed with 4510."
        ),
    )


def _request(
    handler: Handler, runtime: Runtime, wire: WireFormat, errors: Mapping[str, str]
) -> Operation:
    # Whoever waits for an answer gets one where the handler has none, and a stream's end.
    completes = runtime.settings.send_completion or not (handler.always_replies or handler.has_end)
    outcomes: MessageTypes = (
        ErrorMessage,
        *error_messages(errors),
        *([CompleteMessage] if completes else ()),
    )
    replies = dict.fromkeys((*_concrete(handler.outputs), *outcomes))
    ends: MessageTypes = handler.declared_ends or (CompleteMessage,)
    return Operation(
        _key(handler.name),
        "received",
        tuple(_received(handler, wire)),
        tuple(_sent(message, wire) for message in replies),
        tuple(_sent(message, wire) for message in ends) if handler.streams else None,
        words(handler.name),
        _texts(handler, handler.inputs),
        handler.tags,
        handler.usage,
    )


def _binary(
    handler: Handler, runtime: Runtime, wire: WireFormat, errors: Mapping[str, str]
) -> Operation:
    """Return what takes binary frames; without a ref, nothing but replies and errors answers."""
    completes = (CompleteMessage,) if runtime.settings.send_completion else ()
    frames = (BinaryFrame,) if handler.sends_bytes and handler.outputs is not None else ()
    outcomes = (*_concrete(handler.outputs), *frames, ErrorMessage, *error_messages(errors))
    return Operation(
        _key(handler.name),
        "received",
        (MessageUse(BinaryFrame, actions_of(BinaryFrame), "received", wire),),
        tuple(_sent(message, wire) for message in dict.fromkeys((*outcomes, *completes))),
        None,
        words(handler.name),
        _texts(handler, ()),
        handler.tags,
    )


def _texts(handler: Handler, messages: MessageTypes) -> dict[str, str]:
    """Return what a handler says of itself; if nothing, what its one message says."""
    text = handler.description
    if text is None and len(messages) == 1:
        text = own_docstring(written_class(messages[0]))
    return described(text, handler.summary)


def _key(name: str) -> str:
    """Return a handler's name; Python's identifiers are keys but for foreign letters."""
    return name if name.isascii() else key_of(name)


def stops_of(operations: Mapping[str, Operation]) -> dict[str, str]:
    """Return by their names the operations that others cancel, with the keys of those.

    Args:
        operations: The operations of a channel, by their keys.
    """
    stops: dict[str, str] = {}
    for key, operation in operations.items():
        if operation.usage.cancels is not None:
            stops.setdefault(_key(operation.usage.cancels), key)
    return stops


def _received(handler: Handler, wire: WireFormat) -> Iterator[MessageUse]:
    for message in handler.inputs:
        actions = [action for action, model in handler.routes.items() if model is message]
        yield MessageUse(message, tuple(actions), "received", wire)


def _event(handler: Handler, wire: WireFormat, errors: Mapping[str, str]) -> Operation:
    sent = (*_concrete(handler.outputs), *error_messages(errors))
    return Operation(
        _key(handler.name),
        "sent",
        tuple(_sent(message, wire) for message in sent),
        None,
        None,
        words(handler.name),
        _texts(handler, _concrete(handler.outputs)),
        handler.tags,
    )


def _question(message: type[BaseMessage], answers: MessageTypes, wire: WireFormat) -> Operation:
    """Return what the server asks the client, which may answer with an error."""
    use = _sent(message, wire)
    origin = written_class(message)
    replies: MessageTypes = tuple(dict.fromkeys((*answers, ExpectedErrorMessage)))
    return Operation(
        "request." + "-".join(map(key_of, use.actions)),
        "sent",
        (use,),
        tuple(MessageUse(reply, actions_of(reply), "received", wire) for reply in replies),
        None,
        words(origin.__name__),
        described(own_docstring(origin)),
    )


def _push(message: type[BaseMessage], wire: WireFormat) -> Operation:
    use = _sent(message, wire)
    origin = written_class(message)
    return Operation(
        "send." + "-".join(map(key_of, use.actions)),
        "sent",
        (use,),
        None,
        None,
        words(origin.__name__),
        described(own_docstring(origin)),
    )


def _pushed(
    consumer: type[AsyncJsonWebsocketConsumer[Any]], runtime: Runtime
) -> Sequence[type[BaseMessage]]:
    """Return what is sent outside handlers.

    Every consumer may send errors: a frame may lead to no handler, a connection be refused.
    """
    pushed: list[type[BaseMessage]] = [*emitted(consumer), *runtime.passthrough.values()]
    if consumer.authenticator_class is not None and runtime.settings.send_authentication_message:
        pushed.append(AuthenticationMessage)
    pushed.append(ErrorMessage)
    if runtime.settings.send_reconnect_message:
        pushed.append(ReconnectMessage)
    if runtime.settings.send_completion:
        pushed.append(GroupCompleteMessage)
        if runtime.takes_events:
            pushed.append(EventCompleteMessage)
    return list(dict.fromkeys(pushed))


def _concrete(outputs: MessageTypes | None) -> MessageTypes:
    """Leave out bases such as ``BaseMessage``, which stand for messages that are not declared."""
    return tuple(message for message in outputs or () if actions_of(message))


def _sent(message: type[BaseMessage], wire: WireFormat) -> MessageUse:
    return MessageUse(message, actions_of(message), "sent", wire)


def operation_object(
    operation: Operation,
    channel: str,
    keys: Mapping[MessageUse, str],
    security: Sequence[Mapping[str, Any]],
    perspective: Perspective,
    stop: str | None,
) -> dict[str, Any]:
    """Return the Operation Object of an operation.

    Args:
        operation: The operation.
        channel: The channel's key.
        keys: The key of each message.
        security: References to the channel's security schemes.
        perspective: From whose point of view it is described.
        stop: The key of the operation that cancels it; None if none does.
    """
    link = {"$ref": f"#/channels/{channel}"}

    def references(uses: Sequence[MessageUse]) -> list[dict[str, str]]:
        found = dict.fromkeys(keys[use] for use in uses)
        return [{"$ref": f"#/channels/{channel}/messages/{key}"} for key in found]

    receives = (operation.direction == "received") == (perspective == "server")
    described: dict[str, Any] = {
        "action": "receive" if receives else "send",
        "channel": link,
        "title": operation.title,
        **operation.texts,
    }
    if security:
        described["security"] = [dict(item) for item in security]
    if operation.tags:
        described["tags"] = tags(operation.tags)
    described["messages"] = references(operation.messages)
    if operation.replies is not None:
        described["reply"] = {"channel": dict(link), "messages": references(operation.replies)}
    described |= _usage(operation, channel, keys, stop)
    return described


def _usage(
    operation: Operation, channel: str, keys: Mapping[MessageUse, str], stop: str | None
) -> dict[str, Any]:
    """Return what clients may rely on, for which AsyncAPI has no fields."""
    told: dict[str, Any] = {}
    if operation.ends is not None:
        told["x-stream"] = {"end": list(dict.fromkeys(keys[use] for use in operation.ends))}
    if stop is not None:
        told["x-cancel"] = {"$ref": f"#/operations/{stop}"}
    if operation.usage.idempotent:
        told["x-idempotent"] = True
    if operation.usage.refresh:
        told["x-refresh"] = True
    return told


__all__ = ["Operation", "operation_object", "operations_of", "stops_of"]
