"""What a document's schemas allow, without references and combinations.

A *term* is several schemas that hold together. Its *alternatives* are what it allows, one beside
the other: each is several *leaves*, which are schemas without ``$ref``, ``allOf``, ``anyOf`` and
``oneOf``. So inlining, reordering and different spellings of one union come to the same.
"""

from collections.abc import Iterable, Mapping
from functools import cached_property
from itertools import product
from typing import Any, Final, TypeAlias

from chanx.asyncapi.validation import matches
from chanx.asyncapi.walk import Schema, array_of, is_array, is_object, object_of, resolve

Term: TypeAlias = tuple["Schema | bool", ...]
Key: TypeAlias = tuple[int, ...]
Leaves: TypeAlias = tuple[Schema, ...]

ANYTHING: Final[Term] = ()
NOTHING: Final[Term] = (False,)
TEXT: Final[Schema] = {"type": "string"}

MAX_ALTERNATIVES: Final = 256
"""Of one term; beyond, nothing is proven of it."""

_COMBINED: Final = frozenset({"$ref", "allOf", "anyOf", "oneOf"})
_MEANING: Final = frozenset(
    {
        *("type", "const", "enum", "not", "if", "minLength", "maxLength", "pattern", "format"),
        *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
        *("items", "additionalItems", "minItems", "maxItems", "uniqueItems", "contains"),
        *("properties", "patternProperties", "additionalProperties", "propertyNames"),
        *("required", "minProperties", "maxProperties", "dependencies"),
    }
)
"""The keywords of draft-07 that constrain, except those that combine schemas; see _BRANCHES too."""

_BRANCHES: Final = frozenset({"then", "else"})
"""What ``if`` decides of: it says nothing without them, nor they without it (6.6)."""


class TooManyAlternatives(Exception):
    """A term has more alternatives than are looked at."""


class Side:
    """The schemas of one document.

    Args:
        document: The document; its schemas have to live as long as this.

    Attributes:
        missing: References that were followed and lead nowhere. What they stand for is taken as
            anything.
    """

    def __init__(self, document: object) -> None:
        self._document = document
        self._kept: list[object] = []  # so that the ids of what is made here stay theirs
        self._expanded: dict[int, list[Leaves]] = {}
        self._alternatives: dict[Key, list[Leaves]] = {}
        self._found: dict[str, Schema | bool] = {}
        self.missing: set[str] = set()

    @cached_property
    def words(self) -> frozenset[str]:
        """All keys of the document, the keywords of its schemas among them."""
        found, waiting = set[str](), [self._document]
        while waiting:
            value = waiting.pop()
            if is_object(value):
                found |= value.keys()
                waiting.extend(value.values())
            elif is_array(value):
                waiting.extend(value)
        return frozenset(found)

    def lookup(self, reference: str) -> Schema | bool:
        """Return the schema that a reference leads to."""
        if reference not in self._found:
            try:
                found = resolve(self._document, reference)
            except (LookupError, TypeError):
                self.missing.add(str(reference))
                found = True
            self._found[reference] = found if is_object(found) or isinstance(found, bool) else True
        return self._found[reference]

    def allows(self, term: Term, value: object) -> bool:
        """Return whether a value matches all schemas of a term, by chanx's own validator."""
        return all(matches(schema, value, self.lookup) for schema in term)

    def target(self, schema: Schema | bool) -> Schema | bool:
        """Return a schema, or where its references lead; those in a circle say nothing."""
        seen: set[str] = set()
        while is_object(schema) and "$ref" in schema:
            reference = str(schema["$ref"])
            if reference in seen:
                return True
            seen.add(reference)
            schema = self.lookup(reference)
        return schema

    def term(self, schemas: Iterable["Schema | bool"]) -> Term:
        """Return the term of schemas: each once, in an order of its own, nothing that says nothing.

        Args:
            schemas: The schemas.
        """
        found: dict[int, Schema | bool] = {}
        for given in schemas:
            schema = self.target(given)
            if schema is False:
                return NOTHING
            if is_object(schema) and schema:
                found[id(schema)] = schema
        return tuple(found[key] for key in sorted(found))

    def keep(self, schema: Schema) -> Schema:
        """Return a schema that was made, and keep it as long as this.

        Args:
            schema: The schema.
        """
        self._kept.append(schema)
        return schema

    def alternatives(self, term: Term) -> list[Leaves]:
        """Return what a term allows.

        Args:
            term: The term.

        Raises:
            TooManyAlternatives: If it is a combination of too many.
        """
        key = key_of(term)
        if key not in self._alternatives:
            self._alternatives[key] = self._product([self._expand(part, ()) for part in term])
        return self._alternatives[key]

    def _expand(self, schema: Schema | bool, within: tuple[int, ...]) -> list[Leaves]:
        schema = self.target(schema)
        if not is_object(schema):
            return [()] if schema else []
        if id(schema) in within:  # it consists of itself, which says nothing
            return [()]
        if id(schema) not in self._expanded:
            found = self._expand_parts(schema, (*within, id(schema)))
            if within:
                return found
            self._expanded[id(schema)] = found
        return self._expanded[id(schema)]

    def _expand_parts(self, schema: Schema, within: tuple[int, ...]) -> list[Leaves]:
        branches = _BRANCHES & schema.keys() if "if" in schema else frozenset[str]()
        meant = _MEANING | branches if branches else _MEANING - {"if"}
        leaf = {key: value for key, value in schema.items() if key in meant}
        factors: list[list[Leaves]] = [[(self.keep(leaf),)]] if leaf else []
        factors += [self._expand(part, within) for part in array_of(schema.get("allOf"))]
        for word in ("anyOf", "oneOf"):
            if not is_array(parts := schema.get(word)):
                continue
            unions = [self._expand(part, within) for part in parts]
            union = [leaves for alternatives in unions for leaves in alternatives]
            factors.append(union)
            if word == "oneOf" and not self._are_apart(unions):
                factors.append([(self.keep({"oneOf": parts}),)])
        return self._product(factors)

    def _product(self, factors: list[list[Leaves]]) -> list[Leaves]:
        size = 1
        for factor in factors:
            size *= len(factor)
            if size > MAX_ALTERNATIVES:
                raise TooManyAlternatives
        return [tuple(leaf for leaves in chosen for leaf in leaves) for chosen in product(*factors)]

    def _are_apart(self, unions: list[list[Leaves]]) -> bool:
        """Return whether no value is of two branches, as types or closed properties tell."""
        tellings = [[self._telling(leaves) for leaves in union] for union in unions]
        return all(
            _is_apart(one, other)
            for index, union in enumerate(tellings)
            for later in tellings[:index]
            for one in union
            for other in later
        )

    def _telling(self, leaves: Leaves) -> "_Telling":
        kinds, tags = set(KINDS), dict[str, frozenset[str]]()
        for leaf in leaves:
            kinds &= kinds_of(leaf)
            if (values := values_of(leaf)) is not None:
                kinds &= {kind_of(value) for value in values}
                tags[""] = _spelled(values)
            for name, given in object_of(leaf.get("properties")).items():
                described = self.target(given)
                if name not in array_of(leaf.get("required")) or not is_object(described):
                    continue
                if (values := values_of(described)) is not None:
                    tags[f"/{name}"] = _spelled(values)
        return frozenset(kinds), tags


_Telling: TypeAlias = tuple[frozenset[str], Mapping[str, frozenset[str]]]

KINDS: Final = ("null", "boolean", "number", "string", "array", "object")
"""The types of JSON; integers are numbers."""


def _is_apart(one: _Telling, other: _Telling) -> bool:
    shared = one[1].keys() & other[1].keys()
    return not (one[0] & other[0]) or any(
        one[1][name].isdisjoint(other[1][name]) for name in shared
    )


def _spelled(values: Iterable[object]) -> frozenset[str]:
    return frozenset(repr(_plain(value)) for value in values)


def _plain(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def key_of(term: Term) -> Key:
    """Return what tells a term from all others of its side."""
    return tuple(-1 if schema is False else id(schema) for schema in term)


def kinds_of(leaf: Schema) -> frozenset[str]:
    """Return the types of JSON that a leaf allows; all that it does not restrict."""
    given = leaf.get("type")
    if given is None:
        return frozenset(KINDS)
    names = given if is_array(given) else [given]
    return frozenset("number" if name == "integer" else str(name) for name in names)


def values_of(leaf: Schema) -> list[Any] | None:
    """Return the values that ``const`` or ``enum`` of a leaf name; None without these."""
    if "const" in leaf:
        return [leaf["const"]]
    return leaf["enum"] if is_array(leaf.get("enum")) else None


def kind_of(value: object) -> str:
    """Return the type of JSON that a value has."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if is_array(value) else "object"


__all__ = [
    "ANYTHING",
    "KINDS",
    "NOTHING",
    "TEXT",
    "Key",
    "Leaves",
    "Side",
    "Term",
    "TooManyAlternatives",
    "key_of",
    "kind_of",
    "kinds_of",
    "values_of",
]
