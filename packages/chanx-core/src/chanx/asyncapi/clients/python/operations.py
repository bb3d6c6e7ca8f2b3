"""An operation as a class of Python, whose objects are called."""

from collections.abc import Iterator, Sequence
from typing import Final

from chanx.asyncapi.clients.description import ClientChannel, ClientMessage, ClientOperation
from chanx.asyncapi.clients.python.annotations import Annotations
from chanx.asyncapi.clients.python.fields import argument_names
from chanx.asyncapi.clients.python.layout import (
    Group,
    docstring,
    laid_out,
    literal,
    quoted,
    tuple_of,
    union,
)
from chanx.asyncapi.clients.shapes import Field
from chanx.asyncapi.names import pascal_case

SUFFIXES: Final = {"send": "Send", "request": "Request", "stream": "Stream"}

_TIMES: Final = {
    "send": (),
    "request": ("timeout: float | None = None",),
    "stream": ("timeout: float | None = None", "item_timeout: float | None = None"),
}


class OperationClass:
    """Writes an operation.

    Args:
        operation: What the document says of it.
        stem: What the names of its classes begin with.
        channel: Its channel.
        annotations: What spells types.
    """

    def __init__(
        self,
        operation: ClientOperation,
        stem: str,
        channel: ClientChannel,
        annotations: Annotations,
    ) -> None:
        self.operation = operation
        self.name: str = f"{stem}{SUFFIXES[operation.kind]}"
        self.refused: str = f"{stem}Refused" if operation.refusals else ""
        self._channel = channel
        self._annotations = annotations

    def parts(self) -> Iterator[str]:
        """Yield the classes."""
        operation = self.operation
        if self.refused:
            replies = _union_of(operation.refusals)
            head = laid_out(Group("class ", (), f"{self.refused}(Refused[{replies}]):"))
            said = docstring(f"The server refused `{operation.name}`.", 4)
            yield f"{head}\n{said}"
        sent = f"m.{operation.message.name}"
        base, result = f"Send[{sent}]", "None"
        if operation.kind == "request":
            result = _union_of(operation.replies, or_none=operation.is_empty_possible)
            base = f"Request[{sent}, {result}]"
        elif operation.kind == "stream":
            end = [message.name for message in operation.end]
            items = _union_of([item for item in operation.replies if item.name not in end])
            last = _union_of(operation.end, or_none=operation.is_empty_possible or not end)
            result = f"Stream[{items}, {last}]"
            base = f"StreamRequest[{sent}, {items}, {last}]"
        said = docstring(operation.description or f"Send {operation.message.key}.", 4)
        yield f"class {self.name}({base}):\n{said}\n{self._method(result)}"

    def _method(self, result: str) -> str:
        operation = self.operation
        times = _TIMES[operation.kind]
        taken = ["self", "message", *(time.partition(":")[0] for time in times)]
        fields = operation.arguments
        if fields is None:
            declared: list[str] = [f"message: m.{operation.message.name}"]
            passed: str | Group = "message"
        else:
            needed = [item for item in fields if item.is_required]
            ordered = [*needed, *(item for item in fields if not item.is_required)]
            names = argument_names((item.name for item in ordered), taken)
            declared = ["*", *(self._argument(item, names[item.name]) for item in ordered)]
            passed = self._model(fields, names)
        if fields is not None and not fields and not times:
            declared = []
        elif fields is None and times:
            declared.append("*")
        signature = Group(
            f"{'' if operation.kind == 'stream' else 'async '}def __call__(",
            ("self", *declared, *times),
            f") -> {result}:",
        )
        given = (f"{time.partition(':')[0]}={time.partition(':')[0]}" for time in times)
        called = {"send": "await ", "request": "return await ", "stream": "return "}
        call = Group(f"{called[operation.kind]}self.raw(", (passed, *given), ")")
        said = docstring(self._said(), 8)
        return f"    {laid_out(signature, 4)}\n{said}        {laid_out(call, 8)}\n"

    def _said(self) -> str:
        operation = self.operation
        message = operation.message.key
        if operation.kind == "stream":
            return f"Return the answers to `{message}`, which is sent when they are asked for."
        if operation.kind == "request" and operation.replies:
            return f"Send `{message}`, and return its reply."
        return f"Send `{message}`."

    def _argument(self, item: Field, name: str) -> str:
        if item.is_required:
            return f"{name}: {self._annotations.of(item.shape)}"
        spelled = self._annotations.of(item.shape)
        return f"{name}: {spelled} | Unset = UNSET"

    def _model(self, fields: Sequence[Field], names: dict[str, str]) -> str | Group:
        """Return the message, made of arguments."""
        operation = self.operation
        given: list[str] = [f"{quoted(item.name)}: {names[item.name]}" for item in fields]
        made: str | Group = Group("given({", tuple(given), "})")
        if operation.wrapped:
            made = Group(f"{{{quoted(operation.wrapped)}: given({{", tuple(given), "})}")
        if not given:
            made = "{}"
        return Group(f"m.{operation.message.name}.model_validate(", (made,), ")")

    def plan(self, max_buffered: str) -> Group:
        """Return what the runtime is told of it.

        Args:
            max_buffered: The items that a stream keeps, in Python.
        """
        operation, channel = self.operation, self._channel
        rules: list[str | Group] = []
        refusals = sorted({message.key for message in operation.refusals})
        if refusals != ["error"]:
            rules.append(tuple_of(map(quoted, refusals), "errors="))
        if operation.end:
            rules.append(tuple_of([quoted(message.key) for message in operation.end], "end="))
        stopping = [item for item in channel.operations if item.name == operation.cancel]
        if stopping:
            rules.append(f"cancel={literal(dict(stopping[0].message.constants))}")
        elif operation.is_cancelled_by_ref:
            rules.append(f"cancel={literal({channel.telling: 'cancel'})}")
            rules.append("cancels_by_ref=True")
        if operation.is_idempotent:
            rules.append("idempotent=True")
        given: list[str | Group] = [Group("rules=Rules(", tuple(rules), ")")]
        if self.refused:
            given.append(f"refused={self.refused}")
        if channel.limits.max_message_size is not None:
            given.append(f"max_size={channel.limits.max_message_size}")
        if operation.kind == "stream":
            given.append(f"max_buffered={max_buffered}")
        return Group("Plan(", tuple(given), ")")


def _union_of(messages: Sequence[ClientMessage], *, or_none: bool = False) -> str:
    names = [f"m.{message.name}" for message in messages]
    return union([*names, *(["None"] if or_none or not names else [])])


def class_stems(channels: Sequence[ClientChannel]) -> dict[tuple[str, str], str]:
    """Return what the names of operations' classes begin with, by channel and operation.

    Args:
        channels: The channels; the operations that several of them have get their names.
    """
    stems = {
        (channel.name, item.name): pascal_case(item.name)
        for channel in channels
        for item in channel.operations
    }
    counts = [*stems.values()]
    return {
        (channel, name): stem if counts.count(stem) == 1 else f"{pascal_case(channel)}{stem}"
        for (channel, name), stem in stems.items()
    }


__all__ = ["OperationClass", "class_stems"]
