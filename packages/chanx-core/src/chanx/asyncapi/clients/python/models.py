"""The types of a document as models of pydantic."""

from collections.abc import Iterator

from chanx.asyncapi.clients.description import Description
from chanx.asyncapi.clients.python.annotations import Annotations, default_of
from chanx.asyncapi.clients.python.fields import field_names
from chanx.asyncapi.clients.python.layout import annotated, docstring, literal, quoted
from chanx.asyncapi.clients.python.uses import exports, imports
from chanx.asyncapi.clients.shapes import (
    Declaration,
    Field,
    Literals,
    Record,
    Reference,
    Shape,
    within,
)


class Models:
    """Writes the models of a document.

    Args:
        description: What the document says.
        annotations: What spells types.
        runtime: Where the runtime is imported from.
    """

    def __init__(self, description: Description, annotations: Annotations, runtime: str) -> None:
        self._description = description
        self._annotations = annotations
        self._runtime = runtime
        self._types = {item.name: item for item in description.types}
        messages = [
            message
            for channel in description.channels
            for message in (*channel.incoming, *channel.outgoing)
        ]
        self._messages = {message.name for message in messages}

    def text(self) -> str:
        """Return the module, without its first lines."""
        records = [item for item in self._description.types if self._is_class(item)]
        aliases = [item for item in self._description.types if not self._is_class(item)]
        body = [*(self._class(item) for item in records), *self._aliases(aliases)]
        said = f"The types of {self._description.title}." if self._description.title else "Types."
        joined = "\n\n".join(body)
        return (
            f"{docstring(said)}\nfrom __future__ import annotations\n\n"
            f"{self._imports(joined)}\n\n{joined}"
            f"{exports(item.name for item in self._description.types)}"
        )

    def _imports(self, body: str) -> str:
        return imports(
            body,
            {
                "datetime": ("date as Date",),
                "typing": (*("TYPE_CHECKING", "Any", "ClassVar", "Literal", "Never", "TypeAlias"),),
                "uuid": ("UUID",),
            },
            {
                "pydantic": ("AwareDatetime", "ConfigDict", "Field", "RootModel"),
                "typing_extensions": ("TypeAliasType",),
            },
            {f"{self._runtime}.models": ("Model", "SentModel")},
        )

    def _is_class(self, item: Declaration) -> bool:
        return isinstance(item.shape, Record) or item.name in self._messages

    def _class(self, item: Declaration) -> str:
        said = docstring(item.description, 4)
        if isinstance(item.shape, Record):
            base = "SentModel" if item.is_sent and not item.is_received else "Model"
            lines = [*self._record(item.shape)]
            between = "\n" if said and lines else ""
            body = said + between + "".join(lines) or "    pass\n"
            return f"class {item.name}({base}):\n{body}"
        record = self._record_of(item.shape)
        if record is not None and isinstance(item.shape, Reference):
            return f"class {item.name}({item.shape.name}):\n{said or '    pass' + chr(10)}"
        root = annotated("root: ", self._annotations.of(item.shape), "\n", 4)
        return f"class {item.name}(RootModel[Any]):\n{said}{chr(10) if said else ''}{root}"

    def _record_of(self, shape: Shape | Record) -> Record | None:
        seen = set[str]()
        while isinstance(shape, Reference) and shape.name not in seen:
            seen.add(shape.name)
            shape = self._types[shape.name].shape
        return shape if isinstance(shape, Record) else None

    def _record(self, record: Record) -> Iterator[str]:
        if record.rest is not None:
            yield '    model_config = ConfigDict(extra="allow")\n\n'
        names = field_names(item.name for item in record.fields)
        always = [names[item.name] for item in record.fields if _constant(item) is not None]
        if always:
            listed = ", ".join(map(quoted, always)) + ("," if len(always) == 1 else "")
            yield f"    always: ClassVar[tuple[str, ...]] = ({listed})\n\n"
        for item in record.fields:
            yield self._field(item, names[item.name])

    def _field(self, item: Field, name: str) -> str:
        constant = _constant(item)
        default = constant if constant is not None else default_of(item)
        if constant is not None or (item.is_required or default is not None):
            spelled = self._annotations.of(item.shape)
        else:
            spelled, default = self._annotations.optional(item.shape), "None"
        if item.is_required and constant is None:
            default = None
        if default == "None" and spelled not in ("Any", "None"):
            spelled = self._annotations.optional(item.shape)
        if name != item.name:
            given = f"{default}, " if default is not None else ""
            tail = f" = Field({given}alias={quoted(item.name)})"
        else:
            tail = f" = {default}" if default is not None else ""
        return annotated(f"{name}: ", spelled, f"{tail}\n", 4) + docstring(item.description, 4)

    def _aliases(self, aliases: list[Declaration]) -> Iterator[str]:
        for item in aliases:
            spelled = self._annotations.of(item.shape)
            said = docstring(item.description)
            name = quoted(item.name)
            if self._is_recursive(item):
                # Type checkers follow such a name where it is an alias only.
                yield (
                    f"if TYPE_CHECKING:\n    {item.name}: TypeAlias = {quoted(spelled)}\nelse:\n"
                    f"    {item.name} = TypeAliasType({name}, {quoted(spelled)})\n{said}"
                )
            else:
                line = f"{item.name} = TypeAliasType({name}, {quoted(spelled)})\n"
                if len(line) > 89:
                    line = f"{item.name} = TypeAliasType(\n    {name},\n    {quoted(spelled)},\n)\n"
                yield f"{line}{said}"

    def _is_recursive(self, item: Declaration) -> bool:
        """Return whether an alias consists of itself, without a class between."""
        waiting, seen = [*within(item.shape)], set[str]()
        while waiting:
            shape = waiting.pop()
            if isinstance(shape, Reference):
                if shape.name == item.name:
                    return True
                other = self._types[shape.name]
                if shape.name not in seen and not self._is_class(other):
                    seen.add(shape.name)
                    body = other.shape
                    waiting += within(body) if isinstance(body, Record) else [body]
            else:
                waiting += within(shape)
        return False


def _constant(item: Field) -> str | None:
    """Return the one value that a field has always; None if there is none."""
    if item.is_required and isinstance(item.shape, Literals) and len(item.shape.values) == 1:
        value = item.shape.values[0]
        return None if isinstance(value, float) else literal(value)
    return None


__all__ = ["Models"]
