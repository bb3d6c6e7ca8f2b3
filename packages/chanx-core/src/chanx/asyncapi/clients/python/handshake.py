"""What a caller says of the handshake, as arguments of Python."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from chanx.asyncapi.clients.description import ClientChannel
from chanx.asyncapi.clients.python.annotations import Annotations, default_of
from chanx.asyncapi.clients.python.fields import argument_names
from chanx.asyncapi.clients.python.layout import Group, quoted
from chanx.asyncapi.clients.python.runtime_files import option_names
from chanx.asyncapi.clients.shapes import Field

_TAKEN: Final = ("self", "server", "token", "on_connect")


@dataclass(frozen=True, slots=True)
class Argument:
    """A parameter of the handshake.

    Attributes:
        part: Of which part of it.
        field: What the document says.
        name: What Python calls it.
    """

    part: str
    field: Field
    name: str

    def declared(self, annotations: Annotations) -> str:
        """Return it as a signature has it.

        Args:
            annotations: What spells types.
        """
        if self.field.is_required:
            return f"{self.name}: {annotations.of(self.field.shape)}"
        default = default_of(self.field) or "None"
        is_none = default == "None"
        spell = annotations.optional if is_none else annotations.of
        return f"{self.name}: {spell(self.field.shape)} = {default}"


def arguments_of(channel: ClientChannel) -> Iterator[Argument]:
    """Yield the parameters of a channel's handshake, those of the address first.

    Args:
        channel: The channel.
    """
    parts = {
        "parameters": channel.parameters,
        "query": channel.query,
        "headers": channel.headers,
        "cookies": channel.cookies,
    }
    taken = [*_TAKEN, *option_names()]
    for part, fields in parts.items():
        names = argument_names((item.name for item in fields), taken)
        taken += names.values()
        for item in fields:
            yield Argument(part, item, names[item.name])


def mappings_of(arguments: list[Argument]) -> list[str | Group]:
    """Return the parts of a handshake as arguments of the runtime.

    Args:
        arguments: The parameters.
    """
    return [
        Group(
            f"{part}={{",
            tuple(
                f"{quoted(item.field.name)}: {item.name}" for item in arguments if item.part == part
            ),
            "}",
        )
        for part in ("parameters", "query", "headers", "cookies")
    ]


__all__ = ["Argument", "arguments_of", "mappings_of"]
