"""How long a client's frame may take to validate, and what is told of it."""

import gc
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, partial
from ipaddress import IPv6Network
from pathlib import Path
from typing import Annotated, Any, Literal, Union

import pytest
from jiter import from_json
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    create_model,
)
from typing_extensions import TypeAliasType

from chanx.core.careful import (
    FEWEST_BYTES,
    SHORT,
    CarefulValidator,
    TooMuchWork,
    longest_of,
    multiplies,
)
from chanx.core.codec import Codec
from chanx.core.decorators import ws_handler
from chanx.core.errors import FrameError
from chanx.core.frames import MOST_TOLD
from chanx.core.limits import Limits
from chanx.core.websocket import AsyncJsonWebsocketConsumer
from chanx.messages import BaseMessage
from tests.core.test_parsed import TYPES, VALUES, outcome

SIZE = Limits().max_message_size

MOST_SECONDS = 0.05
"""For which a frame may keep all other clients waiting, of this thread's own time."""

USUAL_SECONDS = 0.001
"""What a frame of the greatest size takes on that machine, with nothing else to do."""


def lowered(text: str) -> str:
    return text.lower()


class Left(BaseModel):
    left: int
    child: "Left | Right | None" = None


class Right(BaseModel):
    right: int
    child: "Left | Right | None" = None


class Leaf(BaseModel):
    model_config = ConfigDict(extra="forbid")

    a: int
    b: int
    c: int
    d: int
    e: int


class Tree(Leaf):
    left: "Tree | None" = None
    right: "Tree | None" = None


class Account(BaseModel):
    """Validated as text."""

    balance: Decimal
    interest: Decimal
    parent: "Account | None" = None
    notes: Any = None


class Named(BaseModel):
    children: "dict[str, Named]" = {}
    name: str


class Cat(BaseModel):
    kind: Literal["cat"]
    kittens: "list[Cat | Dog]" = []


class Dog(BaseModel):
    kind: Literal["dog"]
    puppies: "list[Cat | Dog]" = []


@dataclass
class Point:
    x: int
    y: int


_fields: dict[str, Any] = {f"field_{n}": (int, ...) for n in range(100)}
Wide: Any = create_model("Wide", **_fields)
_named = [create_model(f"Named{n}", **{name: _fields[name]}) for n, name in enumerate(_fields)]
Many: Any = Union[tuple(_named)]  # noqa: UP007 - of as many as are made
Three = int | list[int] | Leaf
Nine = dict[str, Three] | list[Three] | Three
Deep = dict[str, Nine] | list[Nine] | Nine

DECLARED: dict[str, Any] = {
    "list of integers": list[int],
    "list of models": list[Leaf],
    "list of wide models": list.__class_getitem__(Wide),
    "names of wide models": dict.__class_getitem__((str, Wide)),
    "tuple": tuple[Leaf, ...],
    "set": set[int],
    "list of dataclasses": list[Point],
    "list of a union": list[int | float | bool | dict[str, int] | tuple[int, int] | None],
    "unions in unions": Deep,
    "list of unions in unions": list[Deep],
    "tagged union": list[Annotated[Cat | Dog, Field(discriminator="kind")]],
    "models in each other": Left,
    "list of models in each other": list[Left | Right],
    "tree": Tree,
    "tree by names": Named,
    "accounts": Account,
    "list of decimals": list[Decimal],
    "list of networks": list[IPv6Network],
    "list of one of many": list.__class_getitem__(Many),
    "anything": Any,
}


def repeated(begin: str, item: str, end: str) -> str:
    """Return as many items as a frame holds."""
    return begin + ",".join([item] * ((SIZE - 100) // (len(item) + 1))) + end


def keyed(item: str) -> str:
    pairs = [f'"{n:04x}":{item}' for n in range((SIZE - 200) // (len(item) + 8))]
    return "{" + ",".join(pairs) + "}"


def tree(levels: int) -> str:
    return f'{{"left":{tree(levels - 1)},"right":{tree(levels - 1)}}}' if levels else "{}"


def chain(levels: int) -> str:
    return '{"left":1,"right":1,"child":' * levels + "{}" + "}" * levels


_long = '{"notes":' + repeated("[", "[]", "]")[:-2000].rpartition(",")[0] + "]}"

SENT = {
    "a chain with a long end": '{"parent":' * 150 + _long + "}" * 150,
    "objects": repeated("[", "{}", "]"),
    "arrays": repeated("[", "[]", "]"),
    "objects of the last of many": repeated("[", '{"field_99":1}', "]"),
    "texts": repeated("[", '"x"', "]"),
    "numbers and one text": repeated("[", "1", ',"x"]'),
    "objects by name": keyed("{}"),
    "arrays of arrays": repeated("[", "[[[]]]", "]"),
    "objects of arrays by name": keyed('{"a":[{}]}'),
    "a full tree": tree(11),
    "a chain": chain(190),
    "a short chain": chain(24),
    "chains": repeated("[", chain(16), "]"),
    "cats that are not cats": repeated("[", '{"kind":"cat","kittens":[{"kind":"cow"}]}', "]"),
    "a tree of names": '{"children":' + keyed('{"children":{"a":{}}}') + "}",
    "few objects": "[" + ",".join(["{}"] * 300) + "]",
}


def codec_of(payload: Any) -> Codec:
    fields: dict[str, Any] = {"action": (Literal["x"], "x"), "payload": (payload, ...)}
    message = create_model("Hostile", __base__=BaseMessage, **fields)

    class Desk(AsyncJsonWebsocketConsumer[Any]):
        @ws_handler(input_type=message)
        async def take(self, message: Any) -> None: ...

    codec = Desk.current_runtime().codec
    codec.build(())
    return codec


def seconds(call: Callable[[], object]) -> float:
    """Return the seconds of this thread's own time that a call takes."""
    gc.disable()  # a collection takes as long as this process has objects
    start = time.thread_time()
    call()
    took = time.thread_time() - start
    gc.enable()
    return took


@cache
def usual_codec() -> Codec:
    return codec_of(list[int])


def takes_too_long(call: Callable[[], object]) -> bool:
    """Return whether a call takes too long, twenty times, beside a frame of the usual kind.

    A machine that has much to do counts more of a thread's own time for the same work.
    """
    usual = usual_codec()
    frame = '{"action":"x","payload":' + repeated("[", "1", "]") + "}"
    usually = partial(usual.decode, frame)
    for _ in range(20):
        before, took, after = seconds(usually), seconds(call), seconds(usually)
        if took < MOST_SECONDS * max(1, before / USUAL_SECONDS, after / USUAL_SECONDS):
            return False
    return True


def answer(codec: Codec, text: str) -> str:
    try:
        message = codec.decode(text).message
        assert isinstance(message, BaseMessage)
        return codec.encode(message)
    except FrameError as error:
        return codec.encode(error.message())


def slow_frames(declared: str) -> list[str]:
    """Return which frames keep a consumer that declares this busy for too long."""
    codec = codec_of(DECLARED[declared])
    texts = {name: f'{{"action":"x","payload":{payload}}}' for name, payload in SENT.items()}
    return [name for name, text in texts.items() if takes_too_long(partial(answer, codec, text))]


@pytest.fixture(scope="module")
def slow() -> dict[str, list[str]]:
    """Which frames are slow, in a new process: one of thousands of tests takes twice as long."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.core.test_careful"],
        cwd=Path(__file__).resolve().parents[2],
        env={name: value for name, value in os.environ.items() if not name.startswith("COV")},
        capture_output=True,
        text=True,
        timeout=280,
        check=True,
    )
    found: dict[str, list[str]] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("declared", DECLARED)
def test_no_frame_keeps_others_waiting_for_long(declared: str, slow: dict[str, list[str]]) -> None:
    assert slow[declared] == []


@pytest.mark.parametrize("declared", DECLARED)
def test_no_answer_is_longer_than_a_frame_may_be(declared: str) -> None:
    codec = codec_of(DECLARED[declared])
    for name, payload in SENT.items():
        text = f'{{"action":"x","payload":{payload}}}'
        assert len(text) <= SIZE, name
        assert len(answer(codec, text)) <= SIZE, name


def refused(codec: Codec, payload: str) -> FrameError:
    with pytest.raises(FrameError) as caught:
        codec.decode(f'{{"action":"x","ref":7,"payload":{payload}}}')
    return caught.value


def test_some_errors_are_told_and_the_others_counted() -> None:
    error = refused(codec_of(list[int]), "[" + ",".join(["[]"] * 30) + "]")
    assert [each.loc for each in error.errors or ()] == [["payload", n] for n in range(MOST_TOLD)]
    assert error.detail == "The message does not validate; 10 more errors are not told."
    assert refused(codec_of(list[int]), "[[]]").detail == "The message does not validate."


def test_of_a_long_list_the_first_wrong_item_is_told() -> None:
    items = ",".join(["1"] * 1000)
    error = refused(codec_of(list[int]), f'[{items},"x",{items},"y"]')
    told = [(each.loc, each.type) for each in error.errors or ()]
    assert told == [(["payload", 1000], "int_parsing")]


def test_a_message_that_would_take_too_long_is_answered_with_its_ref() -> None:
    error = refused(codec_of(Left), chain(60))
    assert (error.code, error.ref, error.action) == ("validation_error", 7, "x")
    assert [each.type for each in error.errors or ()] == ["too_complex"]


Text = TypeAliasType("Text", "dict[str, Text] | list[Text] | int | None")


@pytest.mark.parametrize("declared", [Left, Tree | int, list[Tree | Named], Text, list[Text] | int])
@pytest.mark.parametrize("padding", ["", " " * 2000], ids=["short", "long"])
def test_what_watches_the_time_is_told_nobody(declared: Any, padding: str) -> None:
    sent: list[Any] = [[{"left": {"a": "x"}}], {"child": {"left": "x"}, "name": 1}, "x"]
    for payload in map(json.dumps, sent):
        try:
            TypeAdapter(declared).validate_json(payload)
        except ValidationError as error:
            expected = [(["payload", *each["loc"]], each["type"]) for each in error.errors()]
            found = refused(codec_of(declared), payload + padding).errors or []
            told = [(each.loc, each.type) for each in found]
            # pydantic 2.13 goes through a text by its keys, and through what is parsed by fields.
            assert sorted(told, key=str) == sorted(expected, key=str)


def test_valid_messages_that_nest_are_taken() -> None:
    levels = 5
    message = (
        codec_of(Left)
        .decode(
            '{"action":"x","payload":' + '{"left":1,"child":' * levels + "null" + "}" * levels + "}"
        )
        .message
    )
    assert str(message).count("left=1") == levels
    assert codec_of(Tree).decode(
        json.dumps({"action": "x", "payload": dict.fromkeys("abcde", 1) | {"left": None}})
    )


RECURSIVE: dict[str, Any] = {
    "models in each other": Left,
    "list of models in each other": list[Left | Right],
    "tree": Tree,
    "unions in unions": Deep,
    "cats": Cat,
    "one of many": list.__class_getitem__(Many),
    "paths": list[Path | int],
    "decimals": dict[str, Decimal | bool],
}


@pytest.mark.parametrize("name", [*TYPES, *RECURSIVE])
def test_a_careful_validator_takes_and_refuses_the_same(name: str) -> None:
    adapter = TypeAdapter[Any]({**TYPES, **RECURSIVE}[name])
    careful = CarefulValidator(adapter.core_schema)
    for text in (*VALUES, *map(json.dumps, NESTED)):
        data = text.encode()
        frame = from_json(data)
        in_json = outcome(partial(careful.validate_json, frame=frame), data)
        assert in_json == outcome(adapter.validate_json, data)
        parsed = outcome(partial(careful.validate_parsed, size=1), frame)
        assert parsed == outcome(adapter.validate_python, frame)


NESTED: list[Any] = [
    [{"field_0": 1}, {"field_99": "1", "field_98": 1}],
    [{"field_99": 1}, {"field_9": "x"}],
    ["a/b", 1, "1"],
    {"left": 1},
    {"left": 1, "child": {"right": "2", "child": {"left": 3}}},
    {"left": 1, "child": {"left": 2, "right": 3}},
    [{"left": 1}, {"right": 1.0}, {"right": 1, "child": {"left": 1.5}}],
    {"a": 1, "b": 2, "c": 3, "d": 4, "e": 5, "right": dict.fromkeys("abcde", 1)},
    {"a": 1, "b": 2, "c": 3, "d": 4, "e": 5, "right": dict.fromkeys("abcd", 1)},
    {"x": [1, {"a": 1}, [2]], "y": dict.fromkeys("abcde", 1)},
    {"kind": "cat", "kittens": [{"kind": "dog", "puppies": []}]},
    {"kind": "cat", "kittens": [{"kind": "dog", "kittens": 1, "puppies": 1}]},
]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (int | str, False),
        (list[int | str], False),
        (tuple[int | str, int | str | None], False),
        (dict[str, int | list[int | str]], True),
        (Left, True),
        (list[Left | Right], True),
        (Tree, False),
        (Cat, True),
        (Annotated[Left | Tree, Field(union_mode="left_to_right")], True),
    ],
    ids=str,
)
def test_unions_that_multiply_are_known(kind: Any, expected: bool) -> None:
    assert multiplies(TypeAdapter(kind).core_schema) is expected


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (str, FEWEST_BYTES),
        (Leaf, FEWEST_BYTES),
        (list[int], SHORT),
        (dict[str, Leaf], SHORT),
        (Tree, SHORT),
        (Annotated[str, AfterValidator(lowered)], SHORT),
        (Left, -1),
    ],
    ids=range(7),
)
def test_frames_need_no_bounds_as_long_as_little_can_be_wrong(kind: Any, expected: int) -> None:
    assert longest_of(TypeAdapter(kind).core_schema) == expected


def test_a_longer_frame_may_take_longer() -> None:
    # Where a project allows longer frames, valid ones need the time.
    careful = CarefulValidator(TypeAdapter(Left).core_schema)
    with pytest.raises(TooMuchWork):
        careful.validate_parsed(from_json(chain(40).encode()), 1)
    with pytest.raises(ValidationError):
        careful.validate_parsed(from_json(chain(13).encode()), 5_000_000)


if __name__ == "__main__":
    print(json.dumps({declared: slow_frames(declared) for declared in DECLARED}))
