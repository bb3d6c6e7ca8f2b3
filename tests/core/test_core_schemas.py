"""What ``chanx.core.core_schemas`` takes for granted of pydantic.

If one of these fails with a new pydantic, its text says what consumers lose, and that package is
the place to mend it.
"""

import ast
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal, cast

import pytest
from pydantic import BaseModel, Discriminator, Field, Tag, field_serializer, model_validator
from pydantic_core import CoreSchema
from typing_extensions import TypedDict

import chanx.core
import chanx.testing
from chanx.core.core_schemas import (
    Node,
    building,
    built_schema,
    built_serializer,
    built_validator,
    definitions_of,
    fields_of,
    has_fields,
    is_field,
    mapped,
    new_serializer,
    new_validator,
    validating_parts,
)
from chanx.messages import BaseMessage


class Cat(BaseModel):
    kind: Literal["cat"] = "cat"


class Dog(BaseModel):
    kind: Literal["dog"] = "dog"


@dataclass
class Spot:
    x: int


class Keyed(TypedDict):
    y: int


class Shade(tuple[int, int], Enum):
    DARK = (0, 0)


class Everything(BaseMessage):
    action: Literal["everything"] = "everything"
    pet: Annotated[Cat | Dog, Field(discriminator="kind")] = Cat()
    other: Annotated[
        Annotated[Cat, Tag("cat")] | Annotated[Dog, Tag("dog")], Discriminator(lambda value: "cat")
    ] = Cat()
    spot: Spot = Spot(1)
    keyed: Keyed = Keyed(y=1)
    shade: Shade = Shade.DARK
    below: tuple["Everything", ...] = ()

    @field_serializer("spot", mode="wrap")
    def write(self, value: Any, handler: Callable[[Any], Any]) -> Any:
        return handler(value)

    @model_validator(mode="after")
    def check(self) -> "Everything":
        return self


class Bare(BaseMessage):
    action: Literal["bare"] = "bare"


class Simple(BaseMessage):
    action: Literal["simple"] = "simple"
    pet: Cat = Cat()


def found(kind: str) -> Iterator[Node]:
    return (part for part in validating_parts(built_schema(Everything)) if part.get("type") == kind)


def has_the_keys(kind: str, *keys: str) -> bool:
    parts = list(found(kind))
    return bool(parts) and all(key in part for part in parts for key in keys)


def field_lists_are_known() -> bool:
    lists = [part for part in validating_parts(built_schema(Everything)) if has_fields(part)]
    kinds = {part["type"] for part in lists}
    fields = [field for part in lists for field in fields_of(part)]
    return (
        kinds == {"model-fields", "dataclass-args", "typed-dict"}
        and {name for name, _ in fields} >= {"action", "pet", "kind", "x", "y"}
        and all(is_field(field) and "schema" in field for _, field in fields)
    )


def references_are_known() -> bool:
    definitions = definitions_of(built_schema(Everything))
    wanted = {part["schema_ref"] for part in found("definition-ref")}
    return bool(wanted) and wanted <= definitions.keys()


def aliases_are_keys_of_fields() -> bool:
    def change(part: Node) -> Node:
        if is_field(part):
            part |= {"validation_alias": [["wire"], ["name"]], "serialization_alias": "wire"}
        return part

    schema = mapped(built_schema(Bare), change)
    written = new_serializer(schema).to_python(Bare(), by_alias=True)
    read = [new_validator(schema).validate_python({key: "bare"}) for key in ("wire", "name")]
    return written == {"wire": "bare"} and read == [Bare(), Bare()]


def nested_classes_follow() -> bool:
    def change(part: Node) -> Node:
        if part.get("cls") is Cat:
            for _, field in fields_of(part["schema"]):
                field |= {"validation_alias": "wire", "serialization_alias": "wire"}
        return part

    Cat.model_rebuild(force=True)
    schema = mapped(built_schema(Simple), change)
    written = new_serializer(schema).to_python(Simple(), by_alias=True)
    read = new_validator(schema).validate_python({"action": "simple", "pet": {"wire": "cat"}})
    return bool(written["pet"] == {"wire": "cat"} and read.pet == Cat())


def serializers_are_no_validators() -> bool:
    return not list(found("function-wrap")) and "function-wrap" in str(built_schema(Everything))


def copies_are_the_same() -> bool:
    schema = built_schema(Everything)
    copy = mapped(schema, lambda part: part)
    value = new_validator(copy).validate_json('{"action":"everything","below":[]}')
    return bool(str(copy) == str(schema) and value.shade is Shade.DARK)


def classes_keep_what_they_built() -> bool:
    message = built_validator(Simple).validate_python({"action": "simple"})
    return bool(built_serializer(Simple).to_python(message)["action"] == "simple")


FACTS: dict[str, Callable[[], bool]] = {
    "classes no longer keep __pydantic_validator__ and __pydantic_serializer__: no message can be "
    "read or written": classes_keep_what_they_built,
    "models, dataclasses and typed dictionaries no longer list their fields as fields_of() reads "
    "them: camelCase and discriminator_field rename nothing": field_lists_are_known,
    "a model's schema no longer has cls and schema: discriminator_field renames no action": (
        lambda: has_the_keys("model", "cls", "schema")
    ),
    "references no longer lead to definitions by their ref: tagged unions of recursive models do "
    "not find their tag in camelCase": references_are_known,
    "tagged unions no longer have discriminator and choices: they do not find their tag in "
    "camelCase": lambda: has_the_keys("tagged-union", "discriminator", "choices"),
    "validators no longer name how their function is called: one that asks whether it is given "
    "JSON is told that it is not": lambda: has_the_keys("function-after", "function"),
    "fields no longer have validation_alias and serialization_alias: camelCase and "
    "discriminator_field rename nothing": aliases_are_keys_of_fields,
    "_use_prebuilt=False no longer makes nested classes follow: camelCase ends at the first nested "
    "class": nested_classes_follow,
    "serializers no longer stand under serialization: a message with one is taken for one whose "
    "validators return names of Python": serializers_are_no_validators,
    "mapped() no longer copies all of a schema as it is: objects of users are lost or copied": (
        copies_are_the_same
    ),
}


@pytest.mark.parametrize("broken", FACTS)
def test_pydantic_builds_core_schemas_as_known(broken: str) -> None:
    try:
        holds = FACTS[broken]()
    except Exception as error:  # noqa: BLE001 - whatever pydantic raises is told
        pytest.fail(f"With this pydantic {broken}. {type(error).__name__}: {error}")
    assert holds, f"With this pydantic {broken}."


def test_schemas_of_any_depth_are_looked_through() -> None:
    schema: Any = {"type": "int"}
    for _ in range(5_000):
        schema = {"type": "nullable", "schema": schema}
    assert sum(1 for _ in validating_parts(cast(CoreSchema, schema))) == 5_001


PRIVATE = {
    "SchemaSerializer",
    "SchemaValidator",
    "_use_prebuilt",
    "__pydantic_core_schema__",
    "__pydantic_serializer__",
}


@pytest.mark.parametrize("package", [chanx.core, chanx.testing])
def test_no_other_module_builds_validators_or_reads_a_class_schema(package: Any) -> None:
    [root] = package.__path__
    for path in Path(root).glob("**/*.py"):
        if path != Path(inspect.getfile(building)):
            assert not PRIVATE & set(_used(ast.parse(path.read_text("utf-8")))), path


def _used(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name)) | ast.Attribute(attr=name):
                yield name
            case ast.keyword(arg=str(name)):
                yield name
            case _:
                pass
