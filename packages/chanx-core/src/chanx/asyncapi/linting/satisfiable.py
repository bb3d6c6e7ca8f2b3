"""The checks that something matches each schema, and that asking whether it does ends."""

from collections.abc import Iterator
from typing import Any, Final

from chanx.asyncapi.disjoint import Disjointness
from chanx.asyncapi.ecma_patterns import finds
from chanx.asyncapi.facts import Facts, types_of
from chanx.asyncapi.linting.finding import Finding, finding
from chanx.asyncapi.linting.values import lookup_of
from chanx.asyncapi.reading import Contents
from chanx.asyncapi.validation import Remembering, equality_key, mismatches
from chanx.asyncapi.walk import (
    Schema,
    array_of,
    is_array,
    is_object,
    located,
    object_of,
)

_ORDERED: Final = (
    ("minimum", "maximum", False),
    ("exclusiveMinimum", "maximum", True),
    ("minimum", "exclusiveMaximum", True),
    ("exclusiveMinimum", "exclusiveMaximum", True),
    ("minLength", "maxLength", False),
    ("minItems", "maxItems", False),
    ("minProperties", "maxProperties", False),
)
"""Keywords of which the first is below the second; whether it may not even be equal."""

_COUNTED: Final = {
    "array": "a number of items",
    "integer": "a whole number",
    "number": "a number",
    "object": "a number of properties",
    "string": "a length",
}

_SAYS_NOTHING: Final = frozenset(
    {"$comment", "$id", "$schema", "default", "deprecated", "description", "examples", "title"}
)
"""Keywords that no value fails."""


def check_satisfiable(contents: Contents) -> Iterator[Finding]:
    """Something matches each schema."""
    doubt = _Doubt(contents)
    told: set[int] = set()
    for at, schema in contents.schemas():
        if id(schema) in told or "$ref" in schema:
            continue
        told.add(id(schema))
        where, reason = doubt.reason(schema)
        if reason:
            yield finding(
                "unsatisfiable",
                at + where,
                f"Nothing matches the schema: {reason}.",
                "Correct one of the two.",
            )


class _Doubt:
    """Finds out why nothing matches a schema, if so.

    Args:
        contents: The document's.
    """

    def __init__(self, contents: Contents) -> None:
        self._document = contents.document
        self._lookup = Remembering(lookup_of(contents.document))
        self._apart = Disjointness(contents.document, is_object_meant=False)
        self._known: dict[int, tuple[str, str]] = {}
        self._hopeless: set[int] = set()

    def reason(self, schema: Schema) -> tuple[str, str]:
        """Return where below a schema it is wrong and why; empty texts if something may match.

        Of schemas within each other, only the innermost one is told of.
        """
        if id(schema) not in self._known:
            self._known[id(schema)] = "", ""  # what comes back to itself tells nothing more
            self._known[id(schema)] = self._reason(schema)
            if self._known[id(schema)][1]:
                self._hopeless.add(id(schema))
        return self._known[id(schema)]

    def _reason(self, schema: Schema) -> tuple[str, str]:
        if disordered := next(_disordered(schema), None):
            return disordered
        for part in array_of(schema.get("allOf")):
            found, _ = located(self._document, part, "")
            if is_object(found) and (self.reason(found)[1] or id(found) in self._hopeless):
                self._hopeless.add(id(schema))
                return "", ""  # told of there
        return "", self._contradiction(schema) or _closed(schema) or _twins(schema)

    def _contradiction(self, schema: Schema) -> str:
        facts = self._apart.facts_of(schema)
        if facts.types is not None and not facts.types:
            return "its parts have no type in common"
        if facts.values is not None:
            return self._constants(schema, [*facts.values.values()])
        kinds = facts.types or frozenset()
        kinds -= {"integer"} if "number" in kinds else set()
        reasons = [self._of_type(kind, facts) for kind in sorted(kinds)]
        if reasons and all(reasons):
            return reasons[0]
        for union in facts.unions:
            if all(self._apart.are_apart(part, schema) for part in union):
                return "each of its alternatives contradicts the rest of it"
        return self._exclusion(facts)

    def _constants(self, schema: Schema, values: list[Any]) -> str:
        if not values:
            return "its parts have no constant in common"
        if "const" not in schema:  # its own enum has them all
            schema = {key: part for key, part in schema.items() if key != "enum"}
        first = ""
        for value in values:
            reason = next(mismatches(schema, value, self._lookup), "")
            if not reason:
                return ""
            first = first or reason
        return first if len(values) == 1 else f"none of its constants does: {first}"

    def _of_type(self, kind: str, facts: Facts) -> str:
        """Return why nothing of a type matches; "" if something may."""
        bounds = facts.sizes.get(kind, facts.number)
        if kind in _COUNTED and bounds.is_empty(is_whole=kind != "number"):
            return f"it asks for {_COUNTED[kind]} {bounds}"
        return self._of_objects(facts) if kind == "object" else ""

    def _of_objects(self, facts: Facts) -> str:
        if len(facts.required) > facts.sizes["object"].most:
            return f"it requires {len(facts.required)} properties, more than it may have"
        for names in facts.allowed:
            if beyond := sorted(facts.required - names):
                return f"it requires {beyond[0]!r}, and a part of it has no such property"
            if facts.sizes["object"].least > len(names):
                return f"it asks for more than the {len(names)} properties that it may have"
        for name in sorted(facts.required):
            if any(any(mismatches(part, name, self._lookup)) for part in facts.names):
                return f"it requires {name!r}, and propertyNames refuses that name"
            parts = facts.properties.get(name, [])
            if any(
                self._apart.are_apart(part, other)
                for index, part in enumerate(parts)
                for other in parts[: index + 1]
            ):
                return f"what is said of {name!r}, which it requires, excludes each other"
        return ""

    def _exclusion(self, facts: Facts) -> str:
        for item in facts.excluded:
            schema, _ = located(self._document, item, "")
            said = {*object_of(schema)} - _SAYS_NOTHING
            if schema is True or (is_object(schema) and not said):
                return "its not excludes everything"
            kinds = types_of(object_of(schema)) if said == {"type"} else None
            if kinds is not None and facts.types is not None and facts.types <= kinds:
                return "its not excludes its type"
        return ""


def _disordered(schema: Schema) -> Iterator[tuple[str, str]]:
    for low, high, is_strict in _ORDERED:
        if low not in schema or high not in schema:
            continue
        if schema[low] > schema[high]:
            yield f"/{low}", f"its {low} {schema[low]} is above its {high} {schema[high]}"
        elif is_strict and schema[low] == schema[high]:
            yield f"/{low}", f"its {low} and its {high} are both {schema[low]}"


def _closed(schema: Schema) -> str:
    """Return why no object matches a closed schema that names no type, or patterns of names."""
    kinds = types_of(schema)
    if schema.get("additionalProperties") is not False or (kinds and "object" not in kinds):
        return ""
    patterns = object_of(schema.get("patternProperties"))
    beyond = [
        name
        for name in array_of(schema.get("required"))
        if name not in object_of(schema.get("properties"))
        and all(finds(pattern, name) is False for pattern in patterns)
    ]
    return f"it requires {beyond[0]!r}, which it has no property for" if beyond else ""


def _twins(schema: Schema) -> str:
    """Return why nothing matches exactly one of alternatives, each of which stands twice."""
    keys = [equality_key(part) for part in array_of(schema.get("oneOf"))]
    if keys and all(keys.count(key) > 1 for key in keys):
        return "its oneOf has each alternative twice, and one alone has to match"
    return ""


def check_loops(contents: Contents) -> Iterator[Finding]:
    """No schema asks whether a value matches itself before it asks anything of a part of it."""
    places = {id(schema): at for at, schema in contents.schemas()}
    done: set[int] = set()
    for _, schema in contents.schemas():
        path: list[Schema] = [schema]
        waiting = [iter(_beside(contents, schema))]
        if id(schema) in done:
            continue
        while waiting:
            following = next(waiting[-1], None)
            if following is None:
                waiting.pop()
                done.add(id(path.pop()))
            elif id(following) in map(id, path):
                start = next(i for i, one in enumerate(path) if one is following)
                yield _loop(min(places[id(one)] for one in path[start:] if id(one) in places))
                done.add(id(following))
            elif id(following) not in done:
                path.append(following)
                waiting.append(iter(_beside(contents, following)))


def _beside(contents: Contents, schema: Schema) -> Iterator[Schema]:
    """Yield the schemas that a schema measures the same value by."""
    given = [part for key in ("allOf", "anyOf", "oneOf") for part in array_of(schema.get(key))]
    given += [schema[key] for key in ("not", "if", "then", "else") if key in schema]
    given += [part for part in object_of(schema.get("dependencies")).values() if not is_array(part)]
    for part in given:
        found, _ = located(contents.document, part, "")
        if is_object(found):
            yield found


def _loop(at: str) -> Finding:
    return finding(
        "reference-cycle",
        at,
        "Whether a value matches it depends on whether it does: validators do not end.",
        "Refer to it for a property or an item, not for the value itself.",
    )


CHECKS: Final = (check_satisfiable, check_loops)

__all__ = ["CHECKS", "check_loops", "check_satisfiable"]
