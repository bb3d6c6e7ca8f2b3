"""Schemas, refactorings of them that change no value, and mutations, for Hypothesis."""

import json
from collections.abc import Iterable
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from chanx.asyncapi.walk import is_array, is_object, subschemas

REPEATABLE = settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=80,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
"""The same examples each time."""

NAMES = ("a", "b", "c")
PATTERNS = ("^a", "^b", "b$", "^[a-c]+$", r"^\d{2}$", r"\S", "^(foo|bar)$")
BOUNDS = (0, 1, 2, 2.5, 5)
NODE: dict[str, Any] = {
    "type": "object",
    "properties": {
        "v": {"type": "string"},
        "next": {"anyOf": [{"$ref": "#/components/schemas/Node"}, {"type": "null"}]},
    },
    "required": ["v"],
}

Schema = dict[str, Any]


def _with(base: Any, **optional: Any) -> st.SearchStrategy[Schema]:
    return st.fixed_dictionaries(base, optional=optional)


def _under(
    keyword: str, values: st.SearchStrategy[Any], **others: Any
) -> st.SearchStrategy[Schema]:
    """Schemas with a keyword of which there are several values."""

    def schema(value: Any) -> Schema:
        return {**others, keyword: value}

    return values.map(schema)


def _numbers() -> st.SearchStrategy[Schema]:
    bounds = st.sampled_from(BOUNDS)
    return _with(
        {"type": st.sampled_from(["integer", "number"])},
        minimum=bounds,
        maximum=bounds,
        exclusiveMinimum=bounds,
        multipleOf=st.sampled_from([1, 2, 3, 0.5]),
    )


def _texts() -> st.SearchStrategy[Schema]:
    lengths = st.integers(0, 3)
    return _with(
        {"type": st.just("string")},
        minLength=lengths,
        maxLength=lengths,
        pattern=st.sampled_from(PATTERNS),
    )


def _values() -> st.SearchStrategy[Schema]:
    values = st.sampled_from(["a", "b", 1, 2, None, True, 1.5, "1"])
    unique = st.lists(values, min_size=1, max_size=3, unique_by=json.dumps)
    return st.one_of(_under("enum", unique), _under("const", values))


def _simple() -> st.SearchStrategy[Schema]:
    kinds = st.lists(
        st.sampled_from(["string", "integer", "null", "boolean"]),
        min_size=1,
        max_size=3,
        unique=True,
    )
    return st.one_of(
        _numbers(),
        _texts(),
        _values(),
        _under("type", kinds),
        st.just({"$ref": "#/components/schemas/Node"}),
    )


def _compound(inner: st.SearchStrategy[Schema]) -> st.SearchStrategy[Schema]:
    properties = st.dictionaries(st.sampled_from(NAMES), inner, min_size=1, max_size=3)

    def with_required(schema: Schema) -> st.SearchStrategy[Schema]:
        names: list[str] = sorted(schema["properties"])
        required = st.lists(st.sampled_from(names), unique=True)
        return _under("required", required, **schema)

    objects = _with(
        {"type": st.just("object"), "properties": properties},
        additionalProperties=st.just(False),
        minProperties=st.integers(0, 2),
    ).flatmap(with_required)
    arrays = _with(
        {"type": st.just("array"), "items": inner},
        minItems=st.integers(0, 2),
        maxItems=st.integers(1, 3),
        uniqueItems=st.booleans(),
    )
    branches = st.lists(inner, min_size=1, max_size=3)
    return st.one_of(
        objects,
        objects,
        arrays,
        *(_under(word, branches) for word in ("anyOf", "oneOf", "allOf")),
        _under("additionalProperties", inner, type="object"),
        _under("not", _values()),
        _with(
            {"if": _simple(), "then": inner},
            **{"else": inner, "type": st.just("string")},
        ),
        _under("propertyNames", _texts(), type="object", additionalProperties={"type": "null"}),
    )


SCHEMAS: st.SearchStrategy[Schema] = st.recursive(_simple(), _compound, max_leaves=8)


SINGLE = ("items", "additionalProperties", "not", "if", "then", "else", "propertyNames")
"""Keywords under which one schema stands."""


def places(schema: Any) -> list[Schema]:
    """All schemas within a schema, itself first."""
    below = [place for _, part in subschemas(schema) for place in places(part)]
    return [schema, *below]


def respelled(schema: Schema, choose: Any, shared: dict[str, Schema]) -> Schema:
    """A schema that allows the same values, in another spelling at each place.

    Args:
        schema: The schema; it is left as it is.
        choose: Returns a number below another one.
        shared: Where schemas that are referred to are put.
    """
    copy: Any = {key: _respelled_part(key, value, choose, shared) for key, value in schema.items()}
    copy = {key: copy[key] for key in _shuffled(copy, choose)}
    if "const" in copy and choose(2):
        copy = {
            **{key: value for key, value in copy.items() if key != "const"},
            "enum": [copy["const"]],
        }
    if is_array(copy.get("type")) and copy.keys() == {"type"} and choose(2):
        copy = {(choose(2) and "anyOf") or "oneOf": [{"type": kind} for kind in copy["type"]]}
    if copy.get("type") == "integer" and isinstance(copy.get("minimum"), int) and choose(2):
        low = max(copy.pop("minimum"), copy.get("exclusiveMinimum", -1) // 1 + 1)
        copy["exclusiveMinimum"] = low - 1
    if (
        copy.get("type") == "object"
        and "additionalProperties" not in copy
        and "properties" in copy
        and choose(2)
    ):
        copy["additionalProperties"] = True
    wrapping = choose(5)
    if wrapping == 0:
        copy = {"allOf": [copy]}
    elif wrapping == 1:
        copy = {"anyOf": [copy], "title": "One of one"}
    elif wrapping == 2:
        name = f"Shared{len(shared)}"
        shared[name] = copy
        copy = {"$ref": f"#/components/schemas/{name}"}
    elif wrapping == 3:
        copy["description"] = "Words."
    made: Schema = copy
    return made


def _respelled_part(key: str, value: Any, choose: Any, shared: dict[str, Schema]) -> Any:
    if key == "properties":
        return {name: respelled(value[name], choose, shared) for name in _shuffled(value, choose)}
    if key in SINGLE and is_object(value):
        return respelled(value, choose, shared)
    if key in ("anyOf", "oneOf", "allOf"):
        return [respelled(part, choose, shared) for part in _shuffled(value, choose)]
    if key in ("required", "enum", "type") and is_array(value):
        return _shuffled(value, choose)
    return value


def _shuffled(items: Iterable[Any], choose: Any) -> list[Any]:
    def place(_: Any) -> int:
        return int(choose(9))

    return sorted(items, key=place)


@st.composite
def refactorings(draw: st.DrawFn) -> tuple[Schema, Schema, dict[str, Schema]]:
    """A schema, another spelling of it, and the components that this refers to."""
    schema = draw(SCHEMAS)
    numbers = draw(st.randoms(use_true_random=False))
    shared: dict[str, Schema] = {}
    return schema, respelled(schema, numbers.randrange, shared), shared


@st.composite
def mutations(draw: st.DrawFn) -> tuple[Schema, Schema]:
    """A schema, and another that differs from it at one place."""
    schema = draw(SCHEMAS)
    changed: Schema = json.loads(json.dumps(schema))
    place = draw(st.sampled_from(places(changed)))
    other = draw(SCHEMAS)
    how = draw(st.integers(0, 2))
    if how == 0:
        place.clear()
        place.update(other)
    elif how == 1 and len(place) > 1:
        del place[draw(st.sampled_from(sorted(place)))]
    else:
        key = draw(st.sampled_from(sorted(other)))
        place[key] = other[key]
    return schema, changed
