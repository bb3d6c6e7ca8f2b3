"""A channel as a client of Python."""

from collections.abc import Iterator, Mapping

from chanx.asyncapi.clients.description import ClientChannel
from chanx.asyncapi.clients.python.annotations import Annotations
from chanx.asyncapi.clients.python.constants import constant, constant_name
from chanx.asyncapi.clients.python.handshake import arguments_of, mappings_of
from chanx.asyncapi.clients.python.layout import (
    Group,
    annotated,
    docstring,
    laid_out,
    quoted,
    union,
)
from chanx.asyncapi.clients.python.operations import OperationClass
from chanx.asyncapi.names import pascal_case


class ChannelClient:
    """Writes the client of a channel.

    Args:
        channel: What the document says of it.
        stems: What the names of its operations' classes begin with, by channel and operation.
        annotations: What spells types.
    """

    def __init__(
        self,
        channel: ClientChannel,
        stems: Mapping[tuple[str, str], str],
        annotations: Annotations,
    ) -> None:
        title = pascal_case(channel.name)
        self._channel = channel
        self._annotations = annotations
        self._operations = [
            OperationClass(item, stems[channel.name, item.name], channel, annotations)
            for item in channel.operations
        ]
        self._client = f"{title}Client"
        self._push = f"{title}Push"
        self._message = f"{title}Message"
        self._connect = f"connect_{channel.name}"
        self._arguments = [*arguments_of(channel)]

    def names(self) -> list[str]:
        """Return the names that others may import."""
        refusals = [item.refused for item in self._operations if item.refused]
        classes = [item.name for item in self._operations]
        return [self._connect, self._client, self._push, *classes, *refusals]

    def parts(self) -> Iterator[str]:
        """Yield the parts of the module, each a class, a function or a constant."""
        yield constant(self._channel)
        for item in self._operations:
            yield from item.parts()
        yield self._unions()
        yield self._class()
        yield self._function()

    def _unions(self) -> str:
        names = [f"m.{message.name}" for message in self._channel.pushes]
        pushed = union(names) if names else "Never"
        bound = quoted(f"{self._push} | Unknown" if names else "Unknown")
        variable = Group(
            f"{self._message} = TypeVar(", (quoted(self._message), f"bound={bound}"), ")"
        )
        return (
            annotated(f"{self._push}: TypeAlias = ", pushed, "\n")
            + docstring("What may come without having been asked for.")
            + f"\n{laid_out(variable)}\n"
        )

    def _class(self) -> str:
        channel = self._channel
        ready = f"m.{channel.ready.name}" if channel.ready else "None"
        said = docstring(channel.description or f"A connection to {channel.address}.", 4)
        init = Group("def __init__(", ("self", *self._parameters()), ") -> None:")
        base = Group(
            "super().__init__(",
            (
                constant_name(channel),
                "server",
                *mappings_of(self._arguments),
                "token=token",
                "on_connect=on_connect",
                "options=options",
            ),
            ")",
        )
        lines = [f"        {laid_out(base, 8)}\n"]
        if self._operations:
            lines.append("        connection = self._connection\n")
        for item in self._operations:
            made = Group(
                f"self.{item.operation.name} = {item.name}(",
                ("connection", item.plan("self._max_buffered")),
                ")",
            )
            lines.append(f"        {laid_out(made, 8)}\n")
        return (
            f"class {self._client}(Client[{ready}, {self._push}]):\n{said}\n"
            f"    {laid_out(init, 4)}\n{''.join(lines)}\n"
            "    async def __aenter__(self) -> Self:\n"
            '        """Connect, and wait until the client is open."""\n'
            "        await super().__aenter__()\n"
            "        return self\n\n"
            f"{self._on()}"
        )

    def _on(self) -> str:
        handler = f"Handler[{self._message}]"
        typed = ("self", f"message: type[{self._message}]")
        decorating = Group("def on(", typed, f") -> Callable[[{handler}], {handler}]: ...")
        calling = Group("def on(", (*typed, f"handler: {handler}"), ") -> Callable[[], None]: ...")
        either = Group(
            "def on(",
            ("self", "message: type[Any]", "handler: Callable[[Any], object] | None = None"),
            ") -> Any:",
        )
        said = docstring(
            "Call a handler with each message of a type that comes unasked.\n\n"
            "With a handler, this returns what ends that; without, it decorates one.",
            8,
        )
        return (
            f"    @overload\n    {laid_out(decorating, 4)}\n\n"
            f"    @overload\n    {laid_out(calling, 4)}\n\n"
            f"    {laid_out(either, 4)}\n{said}        return self._on(message, handler)\n"
        )

    def _function(self) -> str:
        signature = Group(f"def {self._connect}(", self._parameters(), f") -> {self._client}:")
        passed = (
            "server",
            *(f"{item.name}={item.name}" for item in self._arguments),
            "token=token",
            "on_connect=on_connect",
            "**options",
        )
        where = self._channel.address or "the channel"
        said = docstring(f"Return a client of {where}; `async with` connects it.", 4)
        made = Group(f"return {self._client}(", passed, ")")
        return f"{laid_out(signature)}\n{said}    {laid_out(made, 4)}\n"

    def _parameters(self) -> tuple[str, ...]:
        channel = self._channel
        hook = f"Callable[[{self._client}, bool], Awaitable[None]] | None"
        token = "str | TokenProvider"
        return (
            f"server: str{' | None = None' if channel.servers else ''}",
            "*",
            *(item.declared(self._annotations) for item in self._arguments),
            f"token: {token}" if channel.is_credential_needed else f"token: {token} | None = None",
            f"on_connect: {hook} = None",
            "**options: Unpack[Options]",
        )


__all__ = ["ChannelClient"]
