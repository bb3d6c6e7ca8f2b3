"""The clients of a description: ``client.ts``, or ``client.js`` and ``client.d.ts``."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from chanx.asyncapi.clients.description import (
    ClientChannel,
    ClientMessage,
    ClientOperation,
    Description,
)
from chanx.asyncapi.clients.naming import type_name
from chanx.asyncapi.clients.shapes import Record, Reference, Shape
from chanx.asyncapi.clients.typescript.channel import channel_data
from chanx.asyncapi.clients.typescript.layout import (
    HARD,
    LINE,
    SOFT,
    After,
    Group,
    IfBroken,
    Indent,
    Layout,
    bracketed,
    join,
    laid_out,
)
from chanx.asyncapi.clients.typescript.types import (
    comment_layout,
    generic_layout,
    messages_shape,
    type_layout,
)
from chanx.asyncapi.clients.typescript.values import object_layout, property_name, text_literal

_SUFFIXES: Final = ("Client", "Events", "Incoming", "Options", "Outgoing", "Parameters", "Query")
_RUNTIME: Final = frozenset({"AddressOptions", "CallOptions"})


def prefixes(description: Description) -> tuple[str, ...]:
    """Return what the names of each channel's own types begin with.

    Args:
        description: What there is.
    """
    taken = {declaration.name for declaration in description.types} | _RUNTIME
    names: list[str] = []
    for channel in description.channels:
        name = re.sub("Type$", "", type_name(channel.name)) or "Channel"
        while any(name + suffix in taken for suffix in _SUFFIXES):
            name += "Channel"
        taken |= {name + suffix for suffix in _SUFFIXES}
        names.append(name)
    return tuple(names)


def method_names(channel: ClientChannel) -> dict[str, str]:
    """Return the methods of a channel's operations, in camel case, by the operations' names.

    Args:
        channel: The channel.
    """
    names: dict[str, str] = {}
    for operation in channel.operations:
        first, *rest = operation.name.rstrip("_").split("_")
        name = first + "".join(part[:1].upper() + part[1:] for part in rest)
        names[operation.name] = operation.name if name in names.values() else name
    return names


class ClientWriter:
    """Writes the clients of a description.

    Args:
        description: What there is.
        runtime: What to import the runtime from.
        types: What to import the types from.
    """

    def __init__(self, description: Description, *, runtime: str, types: str) -> None:
        self._description = description
        self._runtime = runtime
        self._types = types
        self._declared = {item.name: item.shape for item in description.types}
        self._named = [*zip(prefixes(description), description.channels, strict=True)]

    def source(self) -> str:
        """Return ``client.ts``."""
        if not self._named:
            return "export {};\n"
        parts: list[Layout] = [self._imports(["Channel"], ["connect"])]
        for name, channel in self._named:
            parts += self._types_of(name, channel)
            parts += [_constant(name, channel, ": Channel"), _function(name, channel)]
        return laid_out([join([HARD, HARD], parts), HARD])

    def javascript(self) -> str:
        """Return ``client.js``."""
        if not self._named:
            return "export {};\n"
        parts: list[Layout] = [_import([_specifier("connect")], self._runtime)]
        for name, channel in self._named:
            head = [*comment_layout(_about(channel)), f"export function connect{name}"]
            options = bracketed("(", ["options" if _is_needed(channel) else "options = {}"], ")")
            call = bracketed("(", [_constant_name(channel), "options"], ")")
            inner: Layout = [HARD, "return connect", call, ";"]
            body: Layout = [" {", Indent(inner), HARD, "}"]
            parts += [_constant(name, channel, ""), [*head, options, body]]
        return laid_out([join([HARD, HARD], parts), HARD])

    def declarations(self) -> str:
        """Return ``client.d.ts``."""
        if not self._named:
            return "export {};\n"
        parts: list[Layout] = [self._imports([], [])]
        for name, channel in self._named:
            optional = "" if _is_needed(channel) else "?"
            parameters = bracketed("(", [f"options{optional}: {name}Options"], ")")
            head = [*comment_layout(_about(channel)), f"export declare function connect{name}"]
            parts += self._types_of(name, channel)
            parts.append([*head, Group([parameters, f": {name}Client;"])])
        return laid_out([join([HARD, HARD], parts), HARD])

    def _imports(self, types: Iterable[str], values: Iterable[str]) -> Layout:
        used = {*types, "Client", "Options"}
        named = set[str]()
        for name, channel in self._named:
            for operation in channel.operations:
                used.add(_kind(operation))
                named |= set(_names(self._signature(operation)))
            named |= {message.name for message in channel.pushes}
            if channel.ready is not None:
                named.add(channel.ready.name)
            if channel.parameters:
                named.add(f"{name}Parameters")
            if channel.query:
                named.add(f"{name}Query")
        known = {*self._declared, *(f"{name}Parameters" for name, _ in self._named)}
        known |= {f"{name}Query" for name, _ in self._named}
        lines = [
            _import([*map(_specifier, values), *_typed(used, values)], self._runtime)
            if values
            else _import([*map(_specifier, sorted(used))], self._runtime, "import type")
        ]
        if found := sorted(named & known):
            lines.append(_import([*map(_specifier, found)], self._types, "import type"))
        return join(HARD, lines)

    def _types_of(self, name: str, channel: ClientChannel) -> Iterator[Layout]:
        events = [
            [f"{property_name(key)}: ", type_layout(messages_shape(messages)), ";"]
            for key, messages in _by_key(channel.pushes).items()
        ]
        body = _block(events) if events else "Record<never, never>"
        comment = comment_layout("What may come, by the key under which handlers ask for it.")
        yield [*comment, f"export type {name}Events =", After(body), ";"]
        yield _options(name, channel)
        yield self._client(name, channel)

    def _client(self, name: str, channel: ClientChannel) -> Layout:
        ready = channel.ready.name if channel.ready else "void"
        methods = method_names(channel)
        lines: list[Layout] = []
        for operation in channel.operations:
            method = property_name(methods[operation.name])
            signature = self._signature(operation)
            typed = [f"readonly {method}: ", generic_layout(_kind(operation), signature), ";"]
            lines.append([*comment_layout(operation.description), typed])
        head = [*comment_layout(channel.description), f"export interface {name}Client "]
        inner: Layout = [SOFT, f"{name}Events", ",", LINE, ready]
        base = Group(["extends Client<", Indent(inner), SOFT, ">"])
        return [*head, base, " ", _block(lines) if lines else "{}"]

    def _signature(self, operation: ClientOperation) -> list[Layout]:
        """Return the arguments of an operation's type."""
        ends = {message.key for message in operation.end}
        items = [message for message in operation.replies if message.key not in ends]
        reply = self._outcome(operation, items)
        given = self._argument(operation)
        if operation.kind == "stream":
            item = type_layout(messages_shape(items), is_argument=True)
            return [*given, item, self._outcome(operation, operation.end)]
        refusals = type_layout(messages_shape(operation.refusals), is_argument=True)
        return [*given, reply, refusals]

    def _outcome(self, operation: ClientOperation, messages: Sequence[object]) -> Layout:
        found = [item for item in operation.replies if item in messages]
        if not found:
            return "void"
        more = ("undefined",) if operation.is_empty_possible else ()
        return type_layout(messages_shape(found), is_argument=True, more=more)

    def _argument(self, operation: ClientOperation) -> list[Layout]:
        message = operation.message
        if operation.arguments is None:
            return [message.name]
        if not operation.arguments:
            return []
        record = self._record(message.shape)
        if operation.wrapped and record:
            shape = next(item.shape for item in record.fields if item.name == operation.wrapped)
            return [type_layout(shape, is_argument=True)]
        own = {item.name for item in operation.arguments}
        rest = [item.name for item in record.fields if item.name not in own] if record else []
        if not rest:
            return [message.name]
        keys = join([LINE, "| "], [text_literal(name) for name in rest])
        keys_layout: Layout = Group([IfBroken("| "), keys]) if len(rest) > 1 else keys
        return [generic_layout("Omit", [message.name, keys_layout])]

    def _record(self, shape: Shape | Record | None) -> Record | None:
        while isinstance(shape, Reference):
            shape = self._declared.get(shape.name)
        return shape if isinstance(shape, Record) else None


def _by_key(messages: Iterable[ClientMessage]) -> dict[str, list[ClientMessage]]:
    """Return messages by the keys of their handlers, which two may share."""
    found: dict[str, list[ClientMessage]] = {}
    for message in messages:
        found.setdefault(message.key, []).append(message)
    return found


def _kind(operation: ClientOperation) -> str:
    bare = "Bare" if operation.arguments == () else ""
    return f"{bare}{'StreamRequest' if operation.kind == 'stream' else 'Request'}"


def _names(layout: Layout) -> Iterator[str]:
    """Yield all words of a layout."""
    match layout:
        case str():
            yield from re.findall(r"\w+", layout)
        case Group() | Indent():
            yield from _names(layout.contents)
        case list() | tuple():
            for part in layout:
                yield from _names(part)
        case _:
            pass


def _specifier(name: str) -> str:
    return name


def _typed(names: Iterable[str], values: Iterable[str]) -> list[str]:
    return [f"type {name}" for name in sorted({*names} - {*values})]


def _import(specifiers: Sequence[str], origin: str, keyword: str = "import") -> Layout:
    tail = f" from {text_literal(origin)};"
    if len(specifiers) == 1:
        return f"{keyword} {{ {specifiers[0]} }}{tail}"
    return [f"{keyword} ", bracketed("{", specifiers, "}", space=True), tail]


def _block(lines: Iterable[Layout]) -> Layout:
    return ["{", Indent([[HARD, line] for line in lines]), HARD, "}"]


def _options(name: str, channel: ClientChannel) -> Layout:
    lines: list[Layout] = []
    for key, fields in (("parameters", channel.parameters), ("query", channel.query)):
        named = f"{name}{key.title()}"
        if any(item.is_required for item in fields):
            lines.append(f"readonly {key}: {named};")
        elif fields:
            lines.append(f"readonly {key}?: {named} | undefined;")
    comment = comment_layout("What a user may choose, and has to say.")
    if not lines:
        return [*comment, f"export type {name}Options =", After("Options"), ";"]
    return [*comment, f"export interface {name}Options extends Options ", _block(lines)]


def _is_needed(channel: ClientChannel) -> bool:
    """Return whether nobody can connect without options."""
    return any(item.is_required for item in (*channel.parameters, *channel.query))


def _constant_name(channel: ClientChannel) -> str:
    return f"{channel.name.upper()}_CHANNEL"


def _constant(name: str, channel: ClientChannel, annotation: str) -> Layout:
    data: Mapping[str, object] = channel_data(channel, method_names(channel))
    head = f"const {_constant_name(channel)}{annotation} ="
    return [head, After(object_layout(data, is_broken=True)), ";"]


def _function(name: str, channel: ClientChannel) -> Layout:
    default = "" if _is_needed(channel) else " = {}"
    parameters = bracketed("(", [f"options: {name}Options{default}"], ")")
    head = [*comment_layout(_about(channel)), f"export function connect{name}"]
    call = bracketed("(", [_constant_name(channel), "options"], ")")
    inner: Layout = [HARD, f"return connect<{name}Client>", call, ";"]
    body: Layout = [" {", Indent(inner), HARD, "}"]
    return [*head, Group([parameters, f": {name}Client"]), body]


def _about(channel: ClientChannel) -> str:
    place = f"`{channel.address}`" if channel.address else f"the channel `{channel.keys[0]}`"
    return f"Connects to {place}, and keeps connected."


__all__ = ["ClientWriter", "method_names", "prefixes"]
