"""From JSON Schemas to shapes: references become names, ``allOf`` is merged."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from pathlib import PurePosixPath
from typing import Any, Final

from chanx.asyncapi.clients.declared import Declared
from chanx.asyncapi.clients.merging import Leaf, collect, merge, only_part
from chanx.asyncapi.clients.naming import type_name
from chanx.asyncapi.clients.shapes import (
    ANYTHING,
    NULL,
    Default,
    Field,
    Kind,
    ListOf,
    Literals,
    MapOf,
    Nothing,
    Record,
    Reference,
    Scalar,
    Shape,
    TupleOf,
    one_of,
)
from chanx.asyncapi.reading.files import split
from chanx.asyncapi.walk import (
    SCHEMA_KEYWORDS,
    array_of,
    is_array,
    is_object,
    located,
    object_of,
    pointer,
    tokens_of,
)

_KINDS: Final[Mapping[str, Kind]] = {
    "string": "string",
    "integer": "integer",
    "number": "number",
    "boolean": "boolean",
    "null": "null",
}
_MOST_ALTERNATIVES: Final = 64
"""Of a combination of unions; beyond, it is anything."""

_COMPONENTS: Final = ("components", "schemas")


@dataclass(slots=True)
class Schemas:
    """Makes shapes of a document's schemas. References in them have pointers as names.

    Args:
        document: The document, of one piece.

    Attributes:
        declared: The types that references lead to, by pointers.
        missing: References that lead nowhere, with where they stand. They are taken as anything.
        vague: Where schemas could not be said exactly, and why.
    """

    document: Mapping[str, Any]
    declared: dict[str, Declared] = field(default_factory=dict[str, Declared], init=False)
    missing: dict[str, str] = field(default_factory=dict[str, str], init=False)
    vague: dict[str, str] = field(default_factory=dict[str, str], init=False)
    _waiting: list[tuple[str, Any]] = field(default_factory=list[tuple[str, Any]], init=False)

    def shape(self, schema: Any, at: str, wanted: str) -> Shape:
        """Return the shape of a schema.

        Args:
            schema: The schema, draft-07.
            at: Where it stands, a JSON pointer.
            wanted: The name that it gets if it is an object and has none.
        """
        shape = self._shape(schema, at, wanted)
        # What is referred to is looked at afterwards: chains of references may be long.
        while self._waiting:
            place, target = self._waiting.pop()
            declared = self.declared[place]
            declared.shape = self._body(target, place, declared.wanted)
        return shape

    def _shape(self, schema: Any, at: str, wanted: str) -> Shape:
        if is_object(schema) and "$ref" in schema:
            target, found = located(self.document, schema, at)
            if target is None:
                self.missing[at] = str(schema["$ref"])
                return ANYTHING
            return self._named(target, found)
        body = self._body(schema, at, wanted)
        if not isinstance(body, Record):
            return body
        title = object_of(schema).get("title")
        named = title if isinstance(title, str) and 0 < len(title) <= 40 else wanted
        return self._declare(at, named, tokens_of(at)[::-1], body, _description(schema))

    def _named(self, schema: Any, at: str) -> Shape:
        """Return the shape of what a reference leads to."""
        if _is_plain(schema):
            body = self._body(schema, at, "")
            return ANYTHING if isinstance(body, Record) else body
        if at not in self.declared:
            file, within_file = split(at)
            tokens = tokens_of(within_file)
            wanted = tokens[-1] if tokens else PurePosixPath(file).name.partition(".")[0]
            is_component = not file and tuple(tokens[:2]) == _COMPONENTS and len(tokens) == 3
            around = () if is_component else (*tokens[-2::-1], *PurePosixPath(file).parts[::-1])
            self._declare(at, wanted, around, ANYTHING, _description(schema))
            self._waiting.append((at, schema))
        return Reference(at)

    def _declare(
        self, at: str, wanted: str, around: Iterable[str], shape: Shape | Record, description: str
    ) -> Reference:
        self.declared[at] = Declared(type_name(wanted), tuple(around), shape, description)
        return Reference(at)

    def declare_message(self, at: str, name: str, shape: Shape, description: str) -> Reference:
        """Return a type that a message has to itself, of whatever shape.

        Args:
            at: Where the message is described.
            name: Its name.
            shape: What it is.
            description: What the document says of it.
        """
        return self._declare(f"{at}//message", name, tokens_of(at)[::-1], shape, description)

    def _body(self, schema: Any, at: str, wanted: str) -> Shape | Record:
        if not is_object(schema):
            return Nothing() if schema is False else ANYTHING
        if (only := only_part(schema)) is not None:
            # What is said beside it is words, and it may have a name.
            return self._shape(only, f"{at}/allOf/0", wanted)
        leaves, unions = collect(self.document, schema, at)
        leaf = merge(leaves)
        if leaf is None:
            return Nothing()
        if not unions:
            return self._plain(leaf, at, wanted)
        if leaf.says_nothing and len(unions) == 1:
            return one_of(*self._alternatives(unions[0], wanted))
        count = 1
        for union in unions:
            count *= len(union)
        if count > _MOST_ALTERNATIVES:
            self.vague[at] = f"a combination of {count} alternatives is taken as anything"
            return ANYTHING
        made = [
            self._shape(
                {"allOf": [leaf.schema, *(part for part, _ in chosen)]},
                f"{at}//{number}",
                self._label(chosen, wanted, number),
            )
            for number, chosen in enumerate(product(*unions))
        ]
        return one_of(*made)

    def _alternatives(self, union: list[tuple[Any, str]], wanted: str) -> Iterator[Shape]:
        for number, (part, at) in enumerate(union):
            yield self._shape(part, at, self._label([(part, at)], wanted, number))

    def _label(self, parts: Iterable[tuple[Any, str]], wanted: str, number: int) -> str:
        """Return the name of an alternative: its constant, or else its place."""
        for part, _ in parts:
            schema, found = located(self.document, part, "")
            if found:
                return wanted + type_name(tokens_of(found)[-1])
            for item in object_of(object_of(schema).get("properties")).values():
                value = object_of(item).get("const")
                if isinstance(value, str) and value:
                    return wanted + type_name(value)
        return f"{wanted}Option{number + 1}"

    def _plain(self, leaf: Leaf, at: str, wanted: str) -> Shape | Record:
        schema = leaf.schema
        values = [schema["const"]] if "const" in schema else schema.get("enum")
        if is_array(values):
            if any(is_array(value) or is_object(value) for value in values):
                self.vague[at] = "values that are arrays or objects are taken as anything"
                return ANYTHING
            return one_of(*(Literals((value,)) for value in values))
        kinds = schema.get("type", "")
        listed = kinds if is_array(kinds) else [kinds]
        if listed == [""]:
            listed = ["object"] if _has_names(schema) else ["array"] if "items" in schema else [""]
        if schema.get("nullable") is True:
            listed = [*listed, "null"]
        made = [self._of_kind(str(kind), leaf, at, wanted) for kind in listed]
        if len(made) == 1:
            return made[0]
        named = (
            self._declare(at, wanted, tokens_of(at)[::-1], part, _description(schema))
            if isinstance(part, Record)
            else part
            for part in made
        )
        return one_of(*named)

    def _of_kind(self, kind: str, leaf: Leaf, at: str, wanted: str) -> Shape | Record:
        if kind == "object":
            return self._object(leaf, at, wanted)
        if kind == "array":
            return self._array(leaf, at, wanted)
        if kind == "null":
            return NULL
        if kind in _KINDS:
            given = leaf.schema.get("format", "") if kind == "string" else ""
            return Scalar(_KINDS[kind], str(given))
        return ANYTHING

    def _object(self, leaf: Leaf, at: str, wanted: str) -> Shape | Record:
        schema = leaf.schema
        others = schema.get("additionalProperties")
        rest = None
        if is_object(others) and others:
            rest = self._shape(others, f"{at}/additionalProperties", f"{wanted}Value")
        properties = object_of(schema.get("properties"))
        if not properties:
            patterns = object_of(schema.get("patternProperties")).items()
            below = f"{at}/patternProperties"
            known = [
                self._shape(part, f"{below}{pointer(name)}", f"{wanted}Value")
                for name, part in patterns
            ]
            if rest is not None:
                known.append(rest)
            return MapOf(one_of(*known) if known else ANYTHING)
        required = array_of(schema.get("required"))
        fields = [
            self._field(
                name,
                part,
                leaf.places.get(name, f"{at}/properties{pointer(name)}"),
                wanted,
                is_required=name in required,
            )
            for name, part in properties.items()
        ]
        return Record(tuple(fields), rest)

    def field(self, name: str, schema: Any, at: str, parent: str, *, is_required: bool) -> Field:
        """Return a property.

        Args:
            name: Its name.
            schema: Its schema.
            at: Where that stands.
            parent: The name of what it is a property of.
            is_required: Whether it is there always.
        """
        found = self._field(name, schema, at, parent, is_required=is_required)
        self.shape(True, at, "")  # what it refers to, too
        return found

    def _field(self, name: str, schema: Any, at: str, parent: str, *, is_required: bool) -> Field:
        described = object_of(schema)
        return Field(
            name=name,
            shape=self._shape(schema, at, parent + type_name(name).removesuffix("Type")),
            is_required=is_required,
            default=Default(described["default"]) if "default" in described else None,
            description=_description(schema),
        )

    def _array(self, leaf: Leaf, at: str, wanted: str) -> Shape:
        items = leaf.schema.get("prefixItems", leaf.schema.get("items"))
        if not is_array(items):
            given = True if items is None else items
            return ListOf(self._shape(given, f"{at}/items", f"{wanted}Item"))
        more = "items" if "prefixItems" in leaf.schema else "additionalItems"
        first = "prefixItems" if "prefixItems" in leaf.schema else "items"
        rest = leaf.schema.get(more, True)
        most = leaf.schema.get("maxItems")
        is_closed = rest is False or (isinstance(most, int) and most <= len(items))
        return TupleOf(
            tuple(
                self._shape(item, f"{at}/{first}/{index}", f"{wanted}Item{index + 1}")
                for index, item in enumerate(items)
            ),
            None if is_closed else self._shape(rest, f"{at}/{more}", f"{wanted}Item"),
        )


def _is_plain(schema: Any) -> bool:
    """Return whether a schema is said in a word, so that it needs no name."""
    if not is_object(schema):
        return True
    told = {key for key in schema if key in SCHEMA_KEYWORDS or key in ("const", "enum", "$ref")}
    return not told and not is_array(schema.get("type")) and schema.get("type") != "object"


def _has_names(schema: Mapping[str, Any]) -> bool:
    return any(
        key in schema
        for key in ("properties", "patternProperties", "additionalProperties", "required")
    )


def _description(schema: Any) -> str:
    said = object_of(schema).get("description")
    return said.strip() if isinstance(said, str) else ""


__all__ = ["Schemas"]
