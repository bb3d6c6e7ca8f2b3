"""The types of a description: ``types.ts``."""

import re
import textwrap
from collections.abc import Iterable, Sequence

from chanx.asyncapi.clients.description import ClientChannel, ClientMessage, Description
from chanx.asyncapi.clients.shapes import (
    Anything,
    Declaration,
    Field,
    ListOf,
    Literals,
    MapOf,
    Nothing,
    OneOf,
    Record,
    Reference,
    Scalar,
    Shape,
    TupleOf,
)
from chanx.asyncapi.clients.typescript.layout import (
    HARD,
    LINE,
    SOFT,
    WIDTH,
    After,
    Group,
    IfBroken,
    Indent,
    Layout,
    join,
    laid_out,
)
from chanx.asyncapi.clients.typescript.values import literal, property_name


def types_text(description: Description, names: Sequence[str]) -> str:
    """Return the declarations of all types.

    Args:
        description: What there is.
        names: What the types of each channel are called by, in the order of the channels.
    """
    parts = [declaration_layout(declaration) for declaration in description.types]
    for channel, name in zip(description.channels, names, strict=True):
        parts += _channel_types(channel, name)
    return laid_out([join([HARD, HARD], parts or ["export {};"]), HARD])


def _channel_types(channel: ClientChannel, name: str) -> Iterable[Layout]:
    yield _alias(f"{name}Incoming", type_layout(messages_shape(channel.incoming)), "")
    yield _alias(f"{name}Outgoing", type_layout(messages_shape(channel.outgoing)), "")
    if channel.parameters:
        yield _alias(f"{name}Parameters", _record(Record(channel.parameters), True), "")
    if channel.query:
        yield _alias(f"{name}Query", _record(Record(channel.query), True), "")


def messages_shape(messages: Iterable[ClientMessage]) -> Shape:
    """Return what is one of some messages.

    Args:
        messages: The messages.
    """
    shapes = tuple(dict.fromkeys(Reference(message.name) for message in messages))
    if not shapes:
        return Nothing()
    return shapes[0] if len(shapes) == 1 else OneOf(shapes)


def declaration_layout(declaration: Declaration) -> Layout:
    """Return a declaration.

    Args:
        declaration: The type.
    """
    shape = declaration.shape
    body = _record(shape, declaration.is_sent) if isinstance(shape, Record) else type_layout(shape)
    return _alias(declaration.name, body, declaration.description)


def _alias(name: str, body: Layout, description: str) -> Layout:
    head = [*comment_layout(description), f"export type {name} ="]
    if isinstance(body, Group) and _is_union(body):
        return [*head, " ", body, ";"]
    return [*head, After(body), ";"]


def _record(record: Record, is_sent: bool) -> Layout:
    if not record.fields and record.rest is None:
        return "Record<string, unknown>"
    lines: list[Layout] = []
    for field in record.fields:
        lines += [HARD, *comment_layout(field.description), _field(field, is_sent)]
    if record.rest is not None:
        lines += [HARD, "[key: string]: unknown;"]
    return ["{", Indent(lines), HARD, "}"]


def _field(field: Field, is_sent: bool) -> Layout:
    name = property_name(field.name)
    if field.is_required:
        return [name, ": ", type_layout(field.shape), ";"]
    shape = type_layout(field.shape, more=("undefined",) if is_sent else ())
    return [name, "?: ", shape, ";"]


def type_layout(shape: Shape, *, is_argument: bool = False, more: Sequence[str] = ()) -> Layout:
    """Return a type.

    Args:
        shape: The type.
        is_argument: Whether it stands between angle brackets or in a tuple.
        more: Further types that it may be.
    """
    parts = [*_parts(shape)]
    if "unknown" in parts:
        return "unknown"
    parts += more
    if len(parts) == 1:
        return parts[0]
    objects = [part for part in parts if isinstance(part, Group)]
    if len(objects) == 1 and _is_object(objects[0]) and len(parts) - 1 == parts.count("null"):
        return join(" | ", parts)
    bars: list[Layout] = [IfBroken("| "), join([LINE, "| "], [Indent(part) for part in parts])]
    return Group(bars) if is_argument else Group(Indent([SOFT, Group(bars)]))


def _parts(shape: Shape) -> Iterable[Layout]:
    match shape:
        case Anything():
            yield "unknown"
        case Nothing():
            yield "never"
        case Scalar(kind):
            yield "number" if kind == "integer" else kind
        case Literals(values):
            yield from map(literal, values)
        case Reference(name):
            yield name
        case ListOf(items):
            yield generic("Array", [items])
        case MapOf(values):
            inner = ["[key: string]: ", type_layout(values), IfBroken(";")]
            yield Group(["{", Indent([LINE, inner]), LINE, "}"])
        case TupleOf(items, rest):
            yield _tuple(items, rest)
        case OneOf(parts):
            for part in parts:
                yield from _parts(part)


def _is_union(part: Group) -> bool:
    return isinstance(part.contents, Indent)


def _is_object(part: Group) -> bool:
    return isinstance(part.contents, list) and part.contents[0] == "{"


def _tuple(items: Sequence[Shape], rest: Shape | None) -> Layout:
    is_alone = len(items) == 1 and rest is None
    parts = [type_layout(items[0], is_argument=True)] if is_alone else [*map(_item, items)]
    if rest is not None:
        parts.append(["...", generic("Array", [rest])])
    if not parts:
        return "[]"
    comma: Layout = "" if rest is not None else IfBroken(",")
    return Group(["[", Indent([SOFT, join([",", LINE], parts), comma]), SOFT, "]"])


def _item(shape: Shape) -> Layout:
    layout = type_layout(shape, is_argument=True)
    if not isinstance(layout, Group) or not isinstance(layout.contents, list):
        return layout
    if isinstance(layout.contents[0], IfBroken):  # a union, which takes brackets if it is broken
        inner = Indent([IfBroken(["(", SOFT]), layout.contents])
        return Group([inner, SOFT, IfBroken(")")])
    return layout


def generic(name: str, arguments: Sequence[Shape]) -> Layout:
    """Return a type with arguments.

    Args:
        name: Its name.
        arguments: Its arguments.
    """
    layouts = [type_layout(argument, is_argument=True) for argument in arguments]
    return generic_layout(name, layouts, is_plain=len(arguments) == 1 and _hugs(arguments[0]))


def generic_layout(name: str, arguments: Sequence[Layout], *, is_plain: bool = False) -> Layout:
    """Return a type with arguments.

    Args:
        name: Its name.
        arguments: Its arguments.
        is_plain: Whether there is one argument only, with which the brackets stay together.
    """
    if is_plain:
        return [f"{name}<", arguments[0], ">"]
    inner: Layout = [SOFT, join([",", LINE], arguments)]
    return Group([f"{name}<", Indent(inner), SOFT, ">"])


def _hugs(shape: Shape) -> bool:
    match shape:
        case OneOf(parts):
            kinds = [part for part in parts if part != Scalar("null")]
            return len(kinds) == 1 and isinstance(kinds[0], MapOf)
        case Anything() | Nothing() | Scalar() | Reference() | MapOf():
            return True
        case _:
            return False


def comment_layout(text: str) -> list[Layout]:
    """Return a text as a comment, with the end of its line; nothing for none.

    Args:
        text: The text.
    """
    lines = [line.rstrip() for line in text.strip().replace("*/", "*\\/").splitlines()]
    lines = [re.sub(r"[\x00-\x08\x0b-\x1f\u2028\u2029]", " ", line) for line in lines]
    if not lines:
        return []
    if len(lines) == 1 and len(lines[0]) <= WIDTH - 10:
        return [f"/** {lines[0]} */", HARD]
    wrapped = [part for line in lines for part in textwrap.wrap(line, WIDTH - 6) or [""]]
    body: list[Layout] = [[f" * {line}".rstrip(), HARD] for line in wrapped]
    return ["/**", HARD, body, " */", HARD]


__all__ = [
    "comment_layout",
    "declaration_layout",
    "generic",
    "generic_layout",
    "messages_shape",
    "type_layout",
    "types_text",
]
